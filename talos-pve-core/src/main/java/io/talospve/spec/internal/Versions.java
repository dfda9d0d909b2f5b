package io.talospve.spec.internal;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Which Talos runs which Kubernetes, from Talos' support matrix. */
final class Versions {
    /** First and last Kubernetes minor by Talos minor, both of major 1. */
    private static final TreeMap<Integer, int[]> KUBERNETES =
            new TreeMap<>(Map.of(9, new int[] {27, 32}, 10, new int[] {28, 33}, 11, new int[] {29, 34}, 12, new int[] {30, 35}));

    private static final Pattern VERSION =
            Pattern.compile("v(0|[1-9]\\d{0,3})\\.(0|[1-9]\\d{0,3})\\.(0|[1-9]\\d{0,3})(-(alpha|beta|rc)\\.\\d{1,4})?");

    private Versions() {}

    /**
     * A version's first two numbers.
     *
     * @param major the first
     * @param minor the second
     */
    record Minor(int major, int minor) {}

    /** Reads a version. */
    static Optional<Minor> minor(String version) {
        Matcher matcher = VERSION.matcher(version);
        return matcher.matches()
                ? Optional.of(new Minor(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2))))
                : Optional.empty();
    }

    /** What a malformed version should look like. */
    static String malformed(String found, String example) {
        String corrected = found.matches("\\d+\\.\\d+\\.\\d+.*") ? "v" + found : example;
        return "\"" + found + "\" is not a version; write it as " + corrected;
    }

    static boolean talosSupported(Minor talos) {
        return talos.major == 1 && KUBERNETES.containsKey(talos.minor);
    }

    static String supportedTalos() {
        return KUBERNETES.keySet().stream().map(minor -> "1." + minor).collect(Collectors.joining(", "));
    }

    static boolean together(Minor talos, Minor kubernetes) {
        int[] range = KUBERNETES.get(talos.minor);
        return kubernetes.major == 1 && range != null && kubernetes.minor >= range[0] && kubernetes.minor <= range[1];
    }

    static String kubernetesFor(Minor talos) {
        int[] range = KUBERNETES.get(talos.minor);
        return range == null ? "none" : "1." + range[0] + " to 1." + range[1];
    }
}
