package io.talospve.testkit.internal.factory;

import io.talospve.testkit.internal.yaml.GoYaml;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * What an image consists of besides Talos. Its id is the SHA-256 of its canonical YAML.
 *
 * @param canonical canonical YAML
 * @param extensions full names of the official extensions, in order
 */
record Schematic(String canonical, List<String> extensions) {

    /** A schematic that the factory does not take, with the factory's words. */
    static final class InvalidSchematic extends Exception {
        private static final long serialVersionUID = 1;

        InvalidSchematic(String message) {
            super(message);
        }
    }

    /** Reads a schematic as a user posts it. */
    static Schematic parse(String yaml) throws InvalidSchematic {
        Object root;
        try {
            root = new Load(LoadSettings.builder().setMaxAliasesForCollections(10).build()).loadFromString(yaml);
        } catch (YamlEngineException e) {
            throw new InvalidSchematic("yaml: " + e.getMessage());
        }
        Map<String, Object> top = fields(root == null ? Map.of() : root, "schematic.Schematic", "overlay", "customization");
        Map<String, Object> canonical = new LinkedHashMap<>();
        put(canonical, "overlay", overlay(top.get("overlay")));
        List<String> extensions = new ArrayList<>();
        canonical.put("customization", customization(top.get("customization"), extensions));
        return new Schematic(GoYaml.write(canonical), List.copyOf(extensions));
    }

    /** SHA-256 of the canonical form, in hexadecimal. */
    String id() {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(canonical.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Map<String, Object> overlay(@Nullable Object value) throws InvalidSchematic {
        Map<String, Object> given = fields(value == null ? Map.of() : value, "schematic.Overlay", "image", "name", "options");
        Map<String, Object> out = new LinkedHashMap<>();
        for (String key : List.of("image", "name")) {
            if (given.get(key) != null && !string(given.get(key)).isEmpty()) {
                out.put(key, string(given.get(key)));
            }
        }
        if (given.get("options") != null) {
            put(out, "options", sorted(given.get("options")));
        }
        return out;
    }

    private static Map<String, Object> customization(@Nullable Object value, List<String> extensions)
            throws InvalidSchematic {
        Map<String, Object> given = fields(
                value == null ? Map.of() : value,
                "schematic.Customization",
                "extraKernelArgs",
                "meta",
                "systemExtensions",
                "secureboot",
                "bootloader");
        Map<String, Object> out = new LinkedHashMap<>();
        put(out, "extraKernelArgs", strings(given.get("extraKernelArgs")));
        List<Object> meta = new ArrayList<>();
        for (Object entry : list(given.get("meta"))) {
            Map<String, Object> fields = fields(entry, "schematic.MetaValue", "key", "value");
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("key", fields.getOrDefault("key", 0));
            one.put("value", string(fields.getOrDefault("value", "")));
            meta.add(one);
        }
        put(out, "meta", meta);
        Map<String, Object> system =
                fields(orEmpty(given.get("systemExtensions")), "schematic.SystemExtensions", "officialExtensions");
        extensions.addAll(strings(system.get("officialExtensions")));
        if (!extensions.isEmpty()) {
            out.put("systemExtensions", Map.of("officialExtensions", List.copyOf(extensions)));
        }
        Map<String, Object> secureboot = fields(
                orEmpty(given.get("secureboot")), "schematic.SecureBootCustomization", "includeWellKnownCertificates");
        if (Boolean.TRUE.equals(secureboot.get("includeWellKnownCertificates"))) {
            out.put("secureboot", Map.of("includeWellKnownCertificates", true));
        }
        if (given.get("bootloader") != null && !string(given.get("bootloader")).isEmpty()) {
            out.put("bootloader", string(given.get("bootloader")));
        }
        return out;
    }

    private static Object orEmpty(@Nullable Object value) {
        return value == null ? Map.of() : value;
    }

    private static void put(Map<String, Object> out, String key, Object value) {
        boolean empty = value instanceof Map<?, ?> map ? map.isEmpty() : ((List<?>) value).isEmpty();
        if (!empty) {
            out.put(key, value);
        }
    }

    private static Map<String, Object> fields(Object value, String type, String... known) throws InvalidSchematic {
        if (!(value instanceof Map<?, ?> map)) {
            throw new InvalidSchematic(
                    "yaml: unmarshal errors:\n  line 1: cannot unmarshal !!str `" + value + "` into " + type);
        }
        Map<String, Object> out = new LinkedHashMap<>();
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            String key = String.valueOf(entry.getKey());
            if (!List.of(known).contains(key)) {
                throw new InvalidSchematic(
                        "yaml: unmarshal errors:\n  line 1: field " + key + " not found in type " + type);
            }
            if (entry.getValue() != null) {
                out.put(key, entry.getValue());
            }
        }
        return out;
    }

    private static List<?> list(@Nullable Object value) throws InvalidSchematic {
        if (value == null) {
            return List.of();
        }
        if (!(value instanceof List<?> list)) {
            throw new InvalidSchematic("yaml: unmarshal errors:\n  line 1: cannot unmarshal !!str `" + value + "` into []string");
        }
        return list;
    }

    private static List<String> strings(@Nullable Object value) throws InvalidSchematic {
        List<String> out = new ArrayList<>();
        for (Object item : list(value)) {
            out.add(string(item));
        }
        return out;
    }

    private static String string(@Nullable Object value) throws InvalidSchematic {
        if (value == null || value instanceof Map || value instanceof List) {
            throw new InvalidSchematic("yaml: unmarshal errors:\n  line 1: cannot unmarshal !!map into string");
        }
        return value.toString();
    }

    private static Object sorted(Object value) {
        if (value instanceof Map<?, ?> map) {
            Map<String, Object> out = new TreeMap<>();
            map.forEach((k, v) -> out.put(String.valueOf(k), sorted(v)));
            return out;
        }
        return value;
    }
}
