package io.talospve.proxmox.internal;

import java.math.BigDecimal;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Proxmox' disk sizes: {@code 128G}, {@code 512M}, {@code 368K}, {@code 1.5T}, or bytes without a unit. */
final class DiskSize {
    private static final Pattern FORM = Pattern.compile("(\\d+(?:\\.\\d+)?)([KMGT])?");
    private static final long KIB = 1024;

    private DiskSize() {}

    /** Bytes; empty if it is no size. */
    static OptionalLong bytes(String text) {
        Matcher match = FORM.matcher(text.strip());
        if (!match.matches()) {
            return OptionalLong.empty();
        }
        String unit = match.group(2) == null ? "" : match.group(2);
        long factor = switch (unit) {
            case "K" -> KIB;
            case "M" -> KIB * KIB;
            case "G" -> KIB * KIB * KIB;
            case "T" -> KIB * KIB * KIB * KIB;
            default -> 1;
        };
        return OptionalLong.of(new BigDecimal(match.group(1)).multiply(BigDecimal.valueOf(factor)).longValue());
    }

    /** Whole GiB, cut off: what is surely there. */
    static long gib(String text) {
        return bytes(text).orElse(0) / (KIB * KIB * KIB);
    }
}
