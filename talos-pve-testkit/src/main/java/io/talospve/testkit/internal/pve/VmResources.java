package io.talospve.testkit.internal.pve;

import io.talospve.testkit.internal.world.Vm;
import io.talospve.testkit.internal.world.Volume;
import io.talospve.testkit.internal.world.World;
import java.util.Map;
import java.util.Optional;

/** Sizes of virtual machines as lists show them. */
final class VmResources {
    private VmResources() {}

    /** Size of the first disk of the boot order that is no CD-ROM; 0 without one. */
    static long bootDisk(World world, VmOptions options, Vm vm) {
        Map<String, String> config = vm.config();
        String boot = config.getOrDefault("boot", "");
        java.util.List<String> order = boot.startsWith("order=")
                ? java.util.List.of(boot.substring(6).split(";"))
                : VmHardware.drives(config);
        for (String slot : order) {
            if (VmOptions.isDrive(slot) && config.containsKey(slot)) {
                Map<String, String> drive = options.rules(slot).parse(config.get(slot));
                if (!"cdrom".equals(drive.get("media"))) {
                    Optional<Volume> volume = world.volume(vm.host(), drive.get("file"));
                    return volume.map(Volume::sizeBytes).orElse(0L);
                }
            }
        }
        return 0;
    }
}
