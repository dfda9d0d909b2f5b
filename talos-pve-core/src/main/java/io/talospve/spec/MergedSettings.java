package io.talospve.spec;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;

/** Puts settings of machines on top of each other. */
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
