package io.talospve.proxmox.internal;

import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** Tags of a VM: a set of lower-case words. 8.4 keeps what the create call said as it was, so compare as sets only. */
final class Tags {
    private Tags() {}

    static Set<String> parse(String text) {
        return Arrays.stream(text.split("[,;\\s]+"))
                .filter(tag -> !tag.isEmpty())
                .map(tag -> tag.toLowerCase(Locale.ROOT))
                .collect(Collectors.toUnmodifiableSet());
    }

    static String format(Set<String> tags) {
        return tags.stream().map(tag -> tag.toLowerCase(Locale.ROOT)).sorted().distinct().collect(Collectors.joining(";"));
    }
}
