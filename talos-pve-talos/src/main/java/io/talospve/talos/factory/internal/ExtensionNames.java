package io.talospve.talos.factory.internal;

import io.talospve.error.ErrorCode;
import io.talospve.error.RefusedException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Turns the short names that people write into the full names that the factory has. Stateless. */
public final class ExtensionNames {
    private static final Map<String, String> WELL_KNOWN = Map.of(
            "lldp", "siderolabs/lldpd",
            "lldpd", "siderolabs/lldpd",
            "qemu-guest-agent", "siderolabs/qemu-guest-agent",
            "util-linux-tools", "siderolabs/util-linux-tools",
            "iscsi-tools", "siderolabs/iscsi-tools",
            "nfs-utils", "siderolabs/nfs-utils");
    private static final int MOST_CANDIDATES = 10;

    private ExtensionNames() {}

    /**
     * Full names of extensions that every supported Talos version has; a name with an owner is full already.
     *
     * @param names short or full names
     * @return full names in the same order, empty if one is not known
     */
    public static Optional<List<String>> wellKnown(List<String> names) {
        List<String> full = new ArrayList<>();
        for (String name : names) {
            String known = name.indexOf('/') > 0 ? name : WELL_KNOWN.get(name);
            if (known == null) {
                return Optional.empty();
            }
            full.add(known);
        }
        return Optional.of(full);
    }

    /**
     * Looks a name up: a full name must be there; a short one is taken exactly, else as part of exactly one name.
     *
     * @param name short or full name
     * @param official every full name that there is
     * @param talosVersion for messages
     * @return the full name
     * @throws RefusedException if there is none or more than one, with the candidates
     */
    public static String find(String name, List<String> official, String talosVersion) {
        if (name.indexOf('/') >= 0) {
            if (official.contains(name)) {
                return name;
            }
            throw unknown(name, official, talosVersion);
        }
        List<String> exact = official.stream().filter(full -> shortName(full).equals(name)).toList();
        List<String> candidates = exact.isEmpty()
                ? official.stream().filter(full -> !name.isEmpty() && shortName(full).contains(name)).toList()
                : exact;
        if (candidates.size() == 1) {
            return candidates.get(0);
        }
        if (candidates.isEmpty()) {
            throw unknown(name, official, talosVersion);
        }
        throw new RefusedException(
                ErrorCode.PLAN_REFUSED,
                "resolving the extension \"" + name + "\" for Talos " + talosVersion + ": it may mean "
                        + candidates.stream().sorted().collect(Collectors.joining(", ")),
                "write the full name of one of them");
    }

    private static RefusedException unknown(String name, List<String> official, String talosVersion) {
        String near = official.stream()
                .sorted((a, b) -> {
                    int byDistance = Integer.compare(distance(shortName(name), shortName(a)), distance(shortName(name), shortName(b)));
                    return byDistance != 0 ? byDistance : a.compareTo(b);
                })
                .limit(MOST_CANDIDATES)
                .collect(Collectors.joining(", "));
        return new RefusedException(
                ErrorCode.PLAN_REFUSED,
                "resolving the extension \"" + name + "\" for Talos " + talosVersion + ": the image factory has none of this name",
                near.isEmpty() ? "the image factory offers no extension for this version" : "nearest names: " + near);
    }

    private static String shortName(String full) {
        return full.substring(full.indexOf('/') + 1);
    }

    /** Levenshtein distance. */
    private static int distance(String a, String b) {
        int[] previous = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            previous[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int[] row = new int[b.length() + 1];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(replaced, Math.min(previous[j], row[j - 1]) + 1);
            }
            previous = row;
        }
        return previous[b.length()];
    }
}
