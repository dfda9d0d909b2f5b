package io.talospve.testkit.internal.kube.control;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Ranges of semantic versions as Flux reads them: {@code >=1.2.0 <2.0.0}, {@code 1.x}, {@code ~1.2}, {@code ^1.2.3}, {@code *}. */
final class VersionRange {
    private static final Pattern PART = Pattern.compile("(>=|<=|>|<|=|~|\\^)?\\s*v?(\\d+|[xX*])(?:\\.(\\d+|[xX*]))?(?:\\.(\\d+|[xX*]))?");
    private static final Pattern VERSION = Pattern.compile("v?(\\d+)\\.(\\d+)\\.(\\d+)");

    private VersionRange() {}

    /** The newest tag that is a version in a range; versions before a release are left out. */
    static Optional<String> newest(String range, List<String> tags) {
        return tags.stream()
                .filter(tag -> VERSION.matcher(tag).matches() && allows(range, numbers(tag)))
                .max(Comparator.comparingLong(tag -> ordinal(numbers(tag))));
    }

    private static int[] numbers(String tag) {
        Matcher m = VERSION.matcher(tag);
        return m.matches()
                ? new int[] {Integer.parseInt(m.group(1)), Integer.parseInt(m.group(2)), Integer.parseInt(m.group(3))}
                : new int[] {0, 0, 0};
    }

    private static long ordinal(int[] version) {
        return version[0] * 1_000_000_000_000L + version[1] * 1_000_000L + version[2];
    }

    private static boolean allows(String range, int[] version) {
        for (String choice : range.split("\\|\\|")) {
            Matcher part = PART.matcher(choice);
            boolean all = true;
            while (part.find()) {
                all &= allows(part, version);
            }
            if (all) {
                return true;
            }
        }
        return false;
    }

    private static boolean allows(Matcher part, int[] version) {
        int given = 0;
        int[] base = new int[3];
        while (given < 3 && part.group(given + 2) != null && part.group(given + 2).matches("\\d+")) {
            base[given] = Integer.parseInt(part.group(given + 2));
            given++;
        }
        long low = ordinal(base);
        long is = ordinal(version);
        String operator = part.group(1) == null ? "" : part.group(1);
        int moving = switch (operator) {
            case "~" -> Math.min(given, 2) - 1;
            case "^" -> base[0] > 0 || given < 2 ? 0 : 1;
            default -> given - 1;
        };
        long high = Long.MAX_VALUE;
        if (moving >= 0) {
            int[] next = new int[3];
            System.arraycopy(base, 0, next, 0, moving + 1);
            next[moving]++;
            high = ordinal(next);
        }
        return switch (operator) {
            case ">=" -> is >= low;
            case ">" -> is > low;
            case "<" -> is < low;
            case "<=" -> is <= low;
            default -> is >= low && is < high;
        };
    }
}
