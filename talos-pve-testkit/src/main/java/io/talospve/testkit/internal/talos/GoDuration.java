package io.talospve.testkit.internal.talos;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations in the words of Go: {@code 1m0s}, {@code 4s}, {@code 1.5s}. */
final class GoDuration {
    private static final Pattern PART = Pattern.compile("([0-9.]+)(ns|us|µs|ms|s|m|h)");

    private GoDuration() {}

    /** Reads what Go reads; the text must be a duration. */
    static Duration parse(String text) {
        BigDecimal nanos = BigDecimal.ZERO;
        Matcher part = PART.matcher(text);
        while (part.find()) {
            nanos = nanos.add(new BigDecimal(part.group(1)).multiply(BigDecimal.valueOf(unit(part.group(2)))));
        }
        return Duration.ofNanos(text.startsWith("-") ? -nanos.longValue() : nanos.longValue());
    }

    private static long unit(String name) {
        return switch (name) {
            case "ns" -> 1L;
            case "us", "µs" -> 1_000L;
            case "ms" -> 1_000_000L;
            case "s" -> 1_000_000_000L;
            case "m" -> 60_000_000_000L;
            default -> 3_600_000_000_000L;
        };
    }

    /** Writes a duration as Go prints it. */
    static String print(Duration duration) {
        long nanos = Math.abs(duration.toNanos());
        String sign = duration.isNegative() ? "-" : "";
        if (nanos == 0) {
            return "0s";
        }
        for (String name : new String[] {"ns", "µs", "ms"}) {
            if (nanos < unit(name) * 1000) {
                return sign + decimal(nanos, unit(name)) + name;
            }
        }
        long minutes = nanos / unit("m");
        String seconds = decimal(nanos % unit("m"), unit("s")) + "s";
        return sign
                + (minutes >= 60 ? minutes / 60 + "h" : "")
                + (minutes > 0 ? minutes % 60 + "m" : "")
                + seconds;
    }

    private static String decimal(long nanos, long unit) {
        BigDecimal value = BigDecimal.valueOf(nanos).divide(BigDecimal.valueOf(unit)).stripTrailingZeros();
        return value.toPlainString();
    }
}
