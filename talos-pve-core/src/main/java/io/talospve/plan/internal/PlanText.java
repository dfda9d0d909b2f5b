package io.talospve.plan.internal;

import io.talospve.plan.Action;
import io.talospve.plan.HealthCondition;
import io.talospve.plan.MachinePlan;
import io.talospve.plan.Note;
import io.talospve.plan.Plan;
import io.talospve.plan.Step;
import io.talospve.plan.StepWork;
import io.talospve.plan.WantedImage;
import io.talospve.spi.MachineConfigRequest.ResolvedNic;
import io.talospve.spi.VmDisk;
import java.util.List;
import java.util.Locale;

/** A plan as a reviewer reads it. */
public final class PlanText {
    private final StringBuilder out = new StringBuilder();

    private PlanText() {}

    /** The whole text. */
    public static String of(Plan plan) {
        PlanText text = new PlanText();
        text.write(plan);
        return text.out.toString();
    }

    private void write(Plan plan) {
        line((plan.kind() == Plan.Kind.APPLY ? "Plan for cluster " : "Plan to destroy cluster ")
                + plan.cluster().name() + " (Talos " + plan.cluster().talos().version() + ", Kubernetes "
                + plan.cluster().kubernetesVersion() + ")");
        line(plan.basis() == Plan.Basis.EMPTY_WORLD
                ? "made offline: as if nothing existed; what exists is asked when it is applied"
                : "on " + plan.world());
        line("");
        plan.steps().forEach(step -> step(plan, step));
        if (!plan.steps().isEmpty()) {
            line("");
        }
        plan.notes().forEach(this::note);
        if (!plan.notes().isEmpty()) {
            line("");
        }
        line(counts(plan));
    }

    private void step(Plan plan, Step step) {
        line(step.action().sign() + " " + step.title());
        if (step.work() instanceof StepWork.CreateMachine create) {
            plan.machine(create.node()).ifPresent(this::machine);
        }
        if (step.work() instanceof StepWork.RegisterSchematic register) {
            image(plan, register.wanted());
        }
        if (step.work() instanceof StepWork.FetchImage fetch) {
            line("      from " + fetch.url().text());
        }
        if (step.work() instanceof StepWork.AwaitHealthy healthy) {
            for (HealthCondition condition : healthy.conditions()) {
                line("      " + condition);
            }
        }
        line("      because " + step.reason());
    }

    /** What is in an image, unless it is what the cluster says of all images. */
    private void image(Plan plan, WantedImage wanted) {
        if (!wanted.extensions().equals(plan.cluster().talos().extensions())) {
            line("      extensions  " + String.join(", ", wanted.extensions()));
        }
        if (!wanted.kernelArgs().isEmpty()) {
            line("      kernel arguments  " + String.join(" ", wanted.kernelArgs()));
        }
        if (wanted.secureBoot()) {
            line("      signed for secure boot");
        }
    }

    private void machine(MachinePlan machine) {
        line("      " + machine.cores() + " cpu, " + memory(machine.memoryMiB()) + " memory, vmid "
                + machine.vmid().text());
        for (VmDisk disk : machine.disks()) {
            line("      " + disk.slot() + "  " + disk.sizeGiB() + " GiB on " + disk.datastore() + ", wwn " + disk.wwn());
        }
        List<ResolvedNic> nics = machine.nics();
        for (int i = 0; i < nics.size(); i++) {
            ResolvedNic nic = nics.get(i);
            line("      net" + i + "   " + nic.network().attachedTo() + ", "
                    + addresses(nic)
                    + ", mac " + nic.mac());
        }
        line("      image  " + machine.isoVolume().text());
    }

    private static String addresses(ResolvedNic nic) {
        String fixed = nic.network().address().map(Object::toString).orElse("");
        if (nic.dhcp()) {
            return fixed.isEmpty() ? "DHCP" : "DHCP, reserved " + fixed;
        }
        return (fixed.isEmpty() ? "no address" : fixed)
                + nic.network().gateway().map(gateway -> ", gateway " + gateway).orElse("");
    }

    private void note(Note note) {
        String kind = note.kind().name().toLowerCase(Locale.ROOT).replace('_', ' ');
        line("! " + kind + ": " + (note.subject().isEmpty() ? "" : note.subject() + ": ") + note.text());
    }

    private static String counts(Plan plan) {
        long differences = plan.notes().stream()
                .filter(note -> note.kind() == Note.Kind.DIFFERENCE)
                .count();
        String tail = differences == 0
                ? ""
                : " " + differences + (differences == 1 ? " difference is" : " differences are") + " left as found.";
        if (!plan.hasChanges()) {
            return "No changes." + tail;
        }
        return count(plan, Action.CREATE) + " to create, " + count(plan, Action.CHANGE) + " to change, "
                + count(plan, Action.DELETE) + " to delete, " + count(plan, Action.AWAIT) + " to wait for." + tail;
    }

    private static long count(Plan plan, Action action) {
        return plan.steps().stream().filter(step -> step.action() == action).count();
    }

    private static String memory(int mib) {
        return mib % 1024 == 0 ? mib / 1024 + " GiB" : mib + " MiB";
    }

    private void line(String text) {
        out.append(text).append('\n');
    }
}
