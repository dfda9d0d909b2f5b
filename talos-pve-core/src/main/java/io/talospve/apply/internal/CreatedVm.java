package io.talospve.apply.internal;

import io.talospve.spi.VmCreation;
import io.talospve.spi.VmCreation.NicCreation;
import io.talospve.spi.VmDetails;
import io.talospve.spi.VmNic;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** What a virtual machine is like right after its creation has succeeded: as it was asked for. Saves reading it. */
final class CreatedVm {
    private CreatedVm() {}

    static VmDetails of(VmCreation asked) {
        List<VmNic> nics = new ArrayList<>();
        for (NicCreation nic : asked.nics()) {
            nics.add(new VmNic(nics.size(), nic.bridge(), nic.mac()));
        }
        VmDetails.Builder vm = VmDetails.builder();
        return vm.ref(asked.ref())
                .name(asked.name())
                .description(asked.description())
                .uuid(asked.uuid())
                .running(false)
                .template(false)
                .protection(asked.options().protection())
                .cores(asked.cores())
                .memoryMiB(asked.memoryMiB())
                .disks(asked.disks())
                .nics(nics)
                .isoVolumes(asked.isoVolume().equals("none") ? Set.of() : Set.of(asked.isoVolume()))
                // of a member of a pool they may have to follow
                .tags(asked.options().pool().isPresent() ? Set.of() : asked.tags())
                .build();
    }
}
