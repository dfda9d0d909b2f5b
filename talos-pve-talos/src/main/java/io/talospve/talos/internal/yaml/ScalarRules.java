package io.talospve.talos.internal.yaml;

import java.math.BigInteger;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Decides which texts a YAML reader would take for something other than a string, by the rules of the YAML library that
 * Talos uses (YAML 1.1 leftovers included). Stateless.
 */
final class ScalarRules {
    private static final Set<String> WORDS = Set.of(
            "", "~", "null", "Null", "NULL", "true", "True", "TRUE", "false", "False", "FALSE", ".nan", ".NaN", ".NAN", ".inf",
            ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF", "<<", "y", "Y", "yes", "Yes", "YES", "on",
            "On", "ON", "n", "N", "no", "No", "NO", "off", "Off", "OFF");
    private static final int LONGEST_WORD = 5;
    private static final Pattern DECIMAL = Pattern.compile("[-+]?(\\.[0-9]+|[0-9]+(\\.[0-9]*)?)([eE][-+]?[0-9]+)?");
    private static final Pattern FRACTION = Pattern.compile("\\.[0-9]+(_[0-9]+)*([eE][-+]?[0-9]+(_[0-9]+)*)?");
    private static final Pattern PREFIXED = Pattern.compile("([-+]?)0(?:[xX]([0-9a-fA-F]+)|[oO]([0-7]+)|[bB]([01]+))");
    private static final Pattern BASE_60 = Pattern.compile("[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\\.[0-9_]*)?");
    private static final Pattern TIMESTAMP = Pattern.compile("(\\d{4})-(\\d{1,2})-(\\d{1,2})"
            + "(?:[Tt](\\d{1,2}):(\\d{1,2}):(\\d{1,2})(?:[.,]\\d+)?(?:Z|[-+]\\d{2}:\\d{2})"
            + "| (\\d{1,2}):(\\d{1,2}):(\\d{1,2})(?:[.,]\\d+)?)?");
    private static final BigInteger UNSIGNED_MAX = BigInteger.ONE.shiftLeft(64).subtract(BigInteger.ONE);

    private ScalarRules() {}

    /** Whether the plain text would be read as a string again. */
    static boolean readsAsString(String text) {
        if (text.length() <= LONGEST_WORD && WORDS.contains(text)) {
            return false;
        }
        char first = text.charAt(0);
        if (first == '.') {
            return !FRACTION.matcher(text).matches() || !isFinite(text.replace("_", ""));
        }
        if (first != '+' && first != '-' && (first < '0' || first > '9')) {
            return true;
        }
        String plain = text.indexOf('_') < 0 ? text : text.replace("_", "");
        return !isFinite(plain) && !isPrefixedInteger(plain) && !BASE_60.matcher(text).matches() && !isTimestamp(text);
    }

    private static boolean isFinite(String text) {
        return DECIMAL.matcher(text).matches() && !Double.isInfinite(Double.parseDouble(text));
    }

    private static boolean isPrefixedInteger(String text) {
        Matcher matcher = PREFIXED.matcher(text);
        if (!matcher.matches()) {
            return false;
        }
        BigInteger value = matcher.group(2) != null
                ? new BigInteger(matcher.group(2), 16)
                : matcher.group(3) != null ? new BigInteger(matcher.group(3), 8) : new BigInteger(matcher.group(4), 2);
        if (matcher.group(1).isEmpty()) {
            return value.compareTo(UNSIGNED_MAX) <= 0;
        }
        return (matcher.group(1).equals("-") ? value.negate() : value).bitLength() <= 63;
    }

    private static boolean isTimestamp(String text) {
        Matcher matcher = TIMESTAMP.matcher(text);
        if (!matcher.matches()) {
            return false;
        }
        try {
            LocalDate.of(number(matcher, 1), number(matcher, 2), number(matcher, 3));
        } catch (DateTimeException e) {
            return false;
        }
        int time = matcher.group(4) != null ? 4 : 7;
        return matcher.group(time) == null
                || number(matcher, time) < 24 && number(matcher, time + 1) < 60 && number(matcher, time + 2) < 60;
    }

    private static int number(Matcher matcher, int group) {
        return Integer.parseInt(matcher.group(group));
    }
}
