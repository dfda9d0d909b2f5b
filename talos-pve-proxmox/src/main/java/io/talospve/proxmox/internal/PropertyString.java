package io.talospve.proxmox.internal;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A Proxmox property string, {@code value,key=value,…}: the first part may stand without a key. Two of them are equal
 * when they hold the same pairs, in whatever order. Immutable.
 */
final class PropertyString {
    /** Name under which a part without a key is kept. */
    static final String BARE = "";

    private final Map<String, String> parts;

    private PropertyString(Map<String, String> parts) {
        this.parts = Collections.unmodifiableMap(parts);
    }

    /** Reads one; empty parts (a trailing comma) are dropped, of a repeated key the last counts, as in Proxmox. */
    static PropertyString parse(String text) {
        Map<String, String> parts = new LinkedHashMap<>();
        for (String part : text.split(",")) {
            String trimmed = part.strip();
            if (trimmed.isEmpty()) {
                continue;
            }
            int equals = trimmed.indexOf('=');
            if (equals < 0) {
                parts.put(BARE, trimmed);
            } else {
                parts.put(trimmed.substring(0, equals).strip(), trimmed.substring(equals + 1).strip());
            }
        }
        return new PropertyString(parts);
    }

    Optional<String> get(String key) {
        return Optional.ofNullable(parts.get(key));
    }

    /** The value without a key, or that of the key it stands for. */
    Optional<String> bareOr(String key) {
        return get(BARE).or(() -> get(key));
    }

    Map<String, String> parts() {
        return parts;
    }

    /** Inside property strings Proxmox takes 1, on, yes, true for true. */
    boolean flag(String key) {
        return get(key).map(v -> v.equals("1") || v.equalsIgnoreCase("on") || v.equalsIgnoreCase("yes") || v.equalsIgnoreCase("true"))
                .orElse(false);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof PropertyString that && parts.equals(that.parts);
    }

    @Override
    public int hashCode() {
        return parts.hashCode();
    }

    @Override
    public String toString() {
        StringBuilder out = new StringBuilder();
        parts.forEach((key, value) -> out.append(out.length() == 0 ? "" : ",").append(key.isEmpty() ? value : key + "=" + value));
        return out.toString();
    }
}
