package io.talospve.spec;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;

/** Puts settings of machines on top of each other, and of virtual machines too. */
final class MergedSettings {
    private MergedSettings() {}

    static MachineSettings of(MachineSettings wider, MachineSettings closer) {
        return MachineSettings.builder()
                .labels(merged(wider.labels(), closer.labels()))
                .annotations(merged(wider.annotations(), closer.annotations()))
                .taints(merged(wider.taints(), closer.taints()))
                .extensions(distinct(wider.extensions(), closer.extensions()))
                .extensionServices(merged(wider.extensionServices(), closer.extensionServices()))
                .kernelArgs(appended(wider.kernelArgs(), closer.kernelArgs()))
                .kernelModules(appended(wider.kernelModules(), closer.kernelModules()))
                .sysctls(merged(wider.sysctls(), closer.sysctls()))
                .kubeletArgs(merged(wider.kubeletArgs(), closer.kubeletArgs()))
                .logDestinations(distinct(wider.logDestinations(), closer.logDestinations()))
                .patches(appended(wider.patches(), closer.patches()))
                .build();
    }

    static VmSettings of(VmSettings wider, VmSettings closer) {
        return VmSettings.builder()
                .sockets(closer.sockets().or(wider::sockets))
                .cpuType(closer.cpuType().or(wider::cpuType))
                .hardwareVirtualization(closer.hardwareVirtualization().or(wider::hardwareVirtualization))
                .numa(closer.numa().or(wider::numa))
                .affinity(closer.affinity().or(wider::affinity))
                .balloon(closer.balloon().or(wider::balloon))
                .machineType(closer.machineType().or(wider::machineType))
                .firmware(closer.firmware().or(wider::firmware))
                .firmwareDatastore(closer.firmwareDatastore().or(wider::firmwareDatastore))
                .tpm(closer.tpm().or(wider::tpm))
                .scsiController(closer.scsiController().or(wider::scsiController))
                .disks(closer.disks().or(wider::disks))
                .dataDisks(closer.dataDisks().or(wider::dataDisks))
                .pool(closer.pool().or(wider::pool))
                .tags(distinct(wider.tags(), closer.tags()))
                .startup(closer.startup().or(wider::startup))
                .startOnBoot(closer.startOnBoot().or(wider::startOnBoot))
                .protection(closer.protection().or(wider::protection))
                .description(closer.description().or(wider::description))
                .build();
    }

    static VmOptions options(VmSettings settings) {
        VmOptions.Builder options = VmOptions.builder();
        settings.sockets().ifPresent(options::sockets);
        settings.cpuType().ifPresent(options::cpuType);
        settings.hardwareVirtualization().ifPresent(options::hardwareVirtualization);
        settings.numa().ifPresent(options::numa);
        settings.balloon().ifPresent(options::balloonMiB);
        settings.firmware().ifPresent(options::firmware);
        settings.tpm().ifPresent(options::tpm);
        settings.scsiController().ifPresent(options::scsiController);
        settings.disks().ifPresent(options::disks);
        settings.startOnBoot().ifPresent(options::startOnBoot);
        settings.protection().ifPresent(options::protection);
        return options.affinity(settings.affinity())
                .machine(settings.machineType())
                .firmwareDatastore(settings.firmwareDatastore())
                .dataDisks(settings.dataDisks())
                .pool(settings.pool())
                .tags(settings.tags())
                .startup(settings.startup())
                .description(settings.description())
                .build();
    }

    private static <V> Map<String, V> merged(Map<String, V> wider, Map<String, V> closer) {
        Map<String, V> merged = new LinkedHashMap<>(wider);
        merged.putAll(closer);
        return merged;
    }

    private static <T> List<T> appended(List<T> wider, List<T> closer) {
        List<T> all = new ArrayList<>(wider);
        all.addAll(closer);
        return all;
    }

    static <T> List<T> distinct(List<T> wider, List<T> closer) {
        LinkedHashSet<T> all = new LinkedHashSet<>(wider);
        all.addAll(closer);
        return List.copyOf(all);
    }
}
