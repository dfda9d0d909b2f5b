package io.talospve.plan.internal;

import io.talospve.plan.Field;
import io.talospve.plan.MachinePlan;
import io.talospve.plan.Plan;
import io.talospve.plan.Step;
import io.talospve.plan.StepWork;
import io.talospve.spi.MachineConfigRequest.ResolvedNic;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A plan as JSON, for programs. */
public final class PlanJson {
    private static final JsonMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private PlanJson() {}

    /** The whole document. */
    public static String of(Plan plan) {
        ObjectNode root = JSON.createObjectNode();
        root.put("format", 1);
        root.put("kind", plan.kind().name());
        root.put("basis", plan.basis().name());
        root.put("cluster", plan.cluster().name());
        root.put("talos", plan.cluster().talos().version());
        root.put("kubernetes", plan.cluster().kubernetesVersion());
        ArrayNode machines = root.putArray("machines");
        plan.machines().forEach(machine -> machine(machines.addObject(), machine));
        ArrayNode steps = root.putArray("steps");
        plan.steps().forEach(step -> step(steps.addObject(), step));
        ArrayNode notes = root.putArray("notes");
        plan.notes().forEach(note -> {
            ObjectNode json = notes.addObject();
            json.put("kind", note.kind().name());
            json.put("subject", note.subject());
            json.put("text", note.text());
        });
        return JSON.writeValueAsString(root) + "\n";
    }

    private static void machine(ObjectNode json, MachinePlan machine) {
        json.put("name", machine.name());
        json.put("role", machine.role().talosType());
        json.put("host", machine.host());
        field(json, "vmid", machine.vmid());
        json.put("exists", machine.existing().isPresent());
        json.put("cpu", machine.cores());
        json.put("memoryMiB", machine.memoryMiB());
        ArrayNode disks = json.putArray("disks");
        machine.disks().forEach(disk -> {
            ObjectNode out = disks.addObject();
            out.put("slot", disk.slot());
            out.put("datastore", disk.datastore());
            out.put("sizeGiB", disk.sizeGiB());
            out.put("wwn", disk.wwn());
        });
        ArrayNode nics = json.putArray("nics");
        for (ResolvedNic nic : machine.nics()) {
            ObjectNode out = nics.addObject();
            out.put("bridge", nic.network().attachedTo());
            out.put("mac", nic.mac());
            if (nic.dhcp()) {
                out.put("dhcp", true);
            }
            nic.network().address().ifPresent(address -> out.put("address", address.toString()));
            nic.network().gateway().ifPresent(gateway -> out.put("gateway", gateway));
        }
        ArrayNode nameservers = json.putArray("nameservers");
        machine.nameservers().forEach(nameservers::add);
        field(json, "image", machine.isoVolume());
    }

    private static void step(ObjectNode json, Step step) {
        json.put("id", step.id());
        json.put("action", step.action().name());
        json.put("type", step.work().getClass().getSimpleName());
        json.put("title", step.title());
        json.put("reason", step.reason());
        ArrayNode needs = json.putArray("needs");
        step.needs().forEach(needs::add);
        if (step.work() instanceof StepWork.AwaitHealthy healthy) {
            ArrayNode conditions = json.putArray("conditions");
            healthy.conditions().forEach(condition -> {
                ObjectNode out = conditions.addObject();
                out.put("condition", condition.id().title());
                out.put("awaited", condition.awaited());
                if (!condition.awaited()) {
                    out.put("reason", condition.reason());
                }
            });
        }
        if (step.work() instanceof StepWork.FetchImage fetch) {
            field(json, "url", fetch.url());
        }
    }

    private static void field(ObjectNode json, String name, Field<?> field) {
        if (field instanceof Field.Known<?> known) {
            json.putPOJO(name, known.value());
        } else {
            json.putObject(name).put("unknown", ((Field.Unknown<?>) field).reason());
        }
    }
}
