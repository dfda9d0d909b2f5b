package io.talospve.testkit.internal.pve;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A comma-separated list of {@code key=value}, one key of which may be left out, as Proxmox keeps disks and NICs.
 * Immutable rules; values are maps in the order in which they were written.
 */
final class PropertyString implements Param.Format {
    private final Map<String, Param> keys = new LinkedHashMap<>();
    private final Map<String, String> aliases;
    private final Map<String, String> keyAliases;
    private final @Nullable String defaultKey;

    /**
     * Rules.
     *
     * @param defaultKey the key that may be left out
     * @param aliases other names of keys
     * @param keyAliases keys that set two keys at once: {@code virtio=MAC} is model and macaddr; name to "model macaddr"
     */
    PropertyString(
            @Nullable String defaultKey,
            Map<String, String> aliases,
            Map<String, String> keyAliases,
            List<Param> params) {
        this.defaultKey = defaultKey;
        this.aliases = Map.copyOf(aliases);
        this.keyAliases = Map.copyOf(keyAliases);
        params.forEach(p -> keys.put(p.name(), p));
    }

    PropertyString(@Nullable String defaultKey, Param... params) {
        this(defaultKey, Map.of(), Map.of(), List.of(params));
    }

    Map<String, Param> keys() {
        return Map.copyOf(keys);
    }

    @Nullable String defaultKey() {
        return defaultKey;
    }

    /** Splits and checks; throws {@link IllegalArgumentException} with Proxmox's text. */
    Map<String, String> parse(String text) {
        Map<String, String> found = new LinkedHashMap<>();
        for (String part : text.split(",", -1)) {
            if (part.isBlank()) {
                continue;
            }
            int equals = part.indexOf('=');
            if (equals < 0) {
                if (defaultKey == null) {
                    throw new IllegalArgumentException("value without key, but schema does not define a default key");
                }
                add(found, defaultKey, part);
                continue;
            }
            String key = part.substring(0, equals);
            String value = part.substring(equals + 1);
            String two = keyAliases.get(key);
            if (two != null) {
                String[] both = two.split(" ");
                add(found, both[0], key);
                add(found, both[1], value);
                continue;
            }
            String name = aliases.getOrDefault(key, key);
            Param p = keys.get(name);
            if (p == null) {
                if (defaultKey != null && !found.containsKey(defaultKey) && !text.contains(",")) {
                    add(found, defaultKey, part);
                    continue;
                }
                throw new IllegalArgumentException("format error\n" + key
                        + ": property is not defined in schema and the schema does not allow additional properties");
            }
            add(found, name, p.type() == Param.Type.BOOLEAN ? bool(value) : value);
        }
        TreeMap<String, String> errors = new TreeMap<>();
        found.forEach((name, value) -> {
            String problem = keys.get(name) == null ? null : keys.get(name).problem(value);
            if (problem != null) {
                errors.put(name, problem.strip());
            }
        });
        keys.forEach((name, p) -> {
            if (p.required() && !found.containsKey(name)) {
                errors.put(name, "property is missing and it is not optional");
            }
        });
        if (!errors.isEmpty()) {
            StringBuilder all = new StringBuilder("format error");
            errors.forEach((name, problem) -> all.append('\n').append(name).append(": ").append(problem));
            throw new IllegalArgumentException(all.toString());
        }
        return found;
    }

    private static void add(Map<String, String> found, String name, String value) {
        if (found.put(name, value) != null) {
            throw new IllegalArgumentException("duplicate key in comma-separated list property: " + name);
        }
    }

    private static String bool(String value) {
        return switch (value.toLowerCase(java.util.Locale.ROOT)) {
            case "1", "on", "yes", "true" -> "1";
            case "0", "off", "no", "false" -> "0";
            default -> value;
        };
    }

    @Override
    public void check(String value) {
        parse(value);
    }

    /** Writes it as Proxmox does: the default key without its name first, then the others in alphabetical order. */
    String print(Map<String, String> values) {
        StringBuilder text = new StringBuilder();
        if (defaultKey != null && values.containsKey(defaultKey)) {
            String paired = keyAliases.get(values.get(defaultKey));
            if (paired != null && values.containsKey(paired.split(" ")[1])) {
                text.append(values.get(defaultKey)).append('=').append(values.get(paired.split(" ")[1]));
            } else {
                text.append(values.get(defaultKey));
            }
        }
        new TreeMap<>(values).forEach((key, value) -> {
            boolean written = key.equals(defaultKey)
                    || (!keyAliases.isEmpty() && key.equals("macaddr") && defaultKey != null);
            if (!written) {
                if (text.length() > 0) {
                    text.append(',');
                }
                text.append(key).append('=').append(value);
            }
        });
        return text.toString();
    }
}
