package io.talospve.talos.api.internal;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A machine's own words without what it repeats of a configuration: the differences of a change, the values of keys it does
 * not know, a value that has the wrong type, credentials in URLs.
 */
final class ServerWords {
    private static final String DIFFERENCES = "\ndiff:";
    private static final String UNKNOWN_KEYS = "unknown keys found during decoding:\n";
    private static final Pattern QUOTED_VALUE = Pattern.compile("`[^`]*`");
    private static final Pattern USER_OF_URL = Pattern.compile("(?<=://)[^/\\s@\"]+@");
    private static final Pattern KEY = Pattern.compile("^(\\s*(?:- )*[^\\s:][^:]*:)(?: (.*))?$");
    private static final Pattern BLOCK_VALUE = Pattern.compile("[|>][-+0-9]*");

    private ServerWords() {}

    static String without(String text) {
        String kept = text;
        int differences = kept.indexOf(DIFFERENCES);
        if (differences >= 0) {
            kept = kept.substring(0, differences) + " (differences left out)";
        }
        int keys = kept.indexOf(UNKNOWN_KEYS);
        if (keys >= 0) {
            int start = keys + UNKNOWN_KEYS.length();
            kept = kept.substring(0, start) + keysOnly(kept.substring(start));
        }
        kept = QUOTED_VALUE.matcher(kept).replaceAll("`***`");
        return USER_OF_URL.matcher(kept).replaceAll("***@");
    }

    private static String keysOnly(String yaml) {
        StringBuilder keys = new StringBuilder();
        int blockIndent = -1;
        for (String line : yaml.split("\n", -1)) {
            int indent = line.length() - line.stripLeading().length();
            if (blockIndent >= 0 && (line.isBlank() || indent > blockIndent)) {
                continue;
            }
            blockIndent = -1;
            Matcher key = KEY.matcher(line);
            if (line.isBlank()) {
                keys.append(line);
            } else if (!key.matches()) {
                keys.append(" ".repeat(indent)).append("***");
            } else if (key.group(2) == null) {
                keys.append(line);
            } else {
                keys.append(key.group(1)).append(" ***");
                if (BLOCK_VALUE.matcher(key.group(2)).matches()) {
                    blockIndent = indent;
                }
            }
            keys.append('\n');
        }
        return keys.substring(0, Math.max(0, keys.length() - 1));
    }
}
