package io.talospve.plan;

import io.talospve.spi.MachineConfigRequest.ResolvedNic;
import io.talospve.spi.VmDetails;
import io.talospve.spi.VmDisk;
import io.talospve.spi.VmNic;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** In what an existing machine is not what the spec says. Pure. */
final class MachineDifferences {
    private final ConfigurationDrift drift;

    MachineDifferences(ConfigurationDrift drift) {
        this.drift = drift;
    }

    /** What differs, for people: nothing of it is changed. */
    List<Note> of(MachinePlan machine, VmDetails vm) {
        List<Note> notes = new ArrayList<>();
        if (!vm.name().equals(machine.name())) {
            notes.add(new Note(
                    Note.Kind.DIFFERENCE,
                    machine.name(),
                    vm.ref() + " was renamed to " + vm.name() + "; it is still this machine, whose hostname stays"));
        }
        difference(notes, machine, "cpu", machine.cores(), vm.cores());
        difference(notes, machine, "memory (MiB)", machine.memoryMiB(), vm.memoryMiB());
        for (VmDisk wanted : machine.disks()) {
            Optional<VmDisk> found = vm.disks().stream()
                    .filter(disk -> disk.slot().equals(wanted.slot()))
                    .findFirst();
            difference(
                    notes,
                    machine,
                    "disk " + wanted.slot() + " (GiB)",
                    wanted.sizeGiB(),
                    found.<Object>map(VmDisk::sizeGiB).orElse("none"));
        }
        for (int i = 0; i < machine.nics().size(); i++) {
            ResolvedNic wanted = machine.nics().get(i);
            int index = i;
            Optional<VmNic> found =
                    vm.nics().stream().filter(nic -> nic.index() == index).findFirst();
            difference(notes, machine, "net" + i + " mac", wanted.mac(), found.map(VmNic::mac).orElse("none"));
            difference(
                    notes,
                    machine,
                    "net" + i + " bridge",
                    wanted.network().attachedTo(),
                    found.map(VmNic::bridge).orElse("none"));
        }
        if (drift.configurationDiffers(machine)) {
            notes.add(new Note(
                    Note.Kind.DIFFERENCE,
                    machine.name(),
                    "its machine configuration is not the one that this spec gives; a running machine is not"
                            + " reconfigured by this version"));
        }
        return notes;
    }

    private static void difference(List<Note> notes, MachinePlan machine, String what, Object wanted, Object found) {
        if (!String.valueOf(wanted).equals(String.valueOf(found))) {
            notes.add(new Note(
                    Note.Kind.DIFFERENCE,
                    machine.name(),
                    what + " is " + found + ", the spec says " + wanted
                            + "; an existing machine's hardware is not changed by this version"));
        }
    }
}
