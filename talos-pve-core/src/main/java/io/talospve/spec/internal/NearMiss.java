package io.talospve.spec.internal;

import java.util.Collection;
import java.util.Locale;
import java.util.Optional;

/** Finds what a person meant by a word that is not known: the nearest known one by edit distance. */
final class NearMiss {
    private NearMiss() {}

    /**
     * The known word that is nearest, if it is near enough to be meant.
     *
     * @param word what was written
     * @param known what is allowed
     * @return the nearest word within a third of its length (at least one edit), the first of several
     */
    static Optional<String> of(String word, Collection<String> known) {
        String best = null;
        int bestDistance = Integer.MAX_VALUE;
        String lower = word.toLowerCase(Locale.ROOT);
        for (String candidate : known) {
            int allowed = Math.max(1, Math.max(candidate.length(), word.length()) / 3);
            if (Math.abs(candidate.length() - word.length()) > allowed) {
                continue;
            }
            int distance = distance(lower, candidate.toLowerCase(Locale.ROOT));
            if (distance <= allowed && distance < bestDistance) {
                best = candidate;
                bestDistance = distance;
            }
        }
        return Optional.ofNullable(best);
    }

    /** {@code (did you mean "x"?)} with a leading blank, or empty. */
    static String hint(String word, Collection<String> known) {
        return of(word, known).map(match -> " (did you mean \"" + match + "\"?)").orElse("");
    }

    /** Edits between two words: insertions, deletions, replacements, swaps of neighbours. */
    private static int distance(String a, String b) {
        int[] beforePrevious = new int[b.length() + 1];
        int[] previous = new int[b.length() + 1];
        int[] current = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            previous[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            current[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replace = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                current[j] = Math.min(replace, Math.min(previous[j], current[j - 1]) + 1);
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
                    current[j] = Math.min(current[j], beforePrevious[j - 2] + 1);
                }
            }
            int[] spare = beforePrevious;
            beforePrevious = previous;
            previous = current;
            current = spare;
        }
        return previous[b.length()];
    }
}
