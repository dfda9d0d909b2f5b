package io.talospve.talos.config.internal.patch;

import io.talospve.talos.config.internal.patch.FieldType.Field;
import io.talospve.talos.config.internal.patch.FieldType.ListOf;
import io.talospve.talos.config.internal.patch.FieldType.MapOf;
import io.talospve.talos.config.internal.patch.FieldType.Scalar;
import io.talospve.talos.config.internal.patch.FieldType.Struct;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Seeded random patches over every field that Talos knows: new values, empty ones, and deletions of what is there. */
final class RandomPatches {
    private static final List<String> NEW_KINDS =
            List.of("VLANConfig", "BondConfig", "EthernetConfig", "RegistryAuthConfig", "WatchdogTimerConfig", "StaticHostConfig", "ZswapConfig");
    /** Texts that stand for something else need a valid form. */
    private static final Map<String, String> TEXTS = Map.of(
            "address", "10.9.8.7/24",
            "destination", "10.77.0.0/16",
            "gateway", "10.9.8.1",
            "url", "https://other.example.com/v2",
            "endpoint", "https://10.9.8.7:6443",
            "match", "disk.size > 10u",
            "minSize", "5GiB",
            "bondMode", "active-backup");

    private final Random random;

    RandomPatches(long seed) {
        this.random = new Random(seed);
    }

    Map<String, Object> next(List<Map<String, Object>> documents) {
        if (random.nextInt(10) == 0) {
            return fresh(NEW_KINDS.get(random.nextInt(NEW_KINDS.size())));
        }
        Map<String, Object> target = random.nextInt(10) < 6 ? documents.get(0) : documents.get(random.nextInt(documents.size()));
        String kind = (String) target.getOrDefault("kind", DocumentFields.MAIN);
        Map<String, Object> patch = new LinkedHashMap<>();
        for (String key : List.of("apiVersion", "kind", "name")) {
            if (target.containsKey(key) && target.containsKey("kind")) {
                patch.put(key, target.get(key));
            }
        }
        if (target.containsKey("kind") && random.nextInt(12) == 0) {
            patch.put("$patch", "delete");
            return patch;
        }
        Struct fields = DocumentFields.talos112().of(kind).orElseThrow();
        struct(fields, target, 0).forEach(patch::putIfAbsent);
        return patch;
    }

    private Map<String, Object> fresh(String kind) {
        Map<String, Object> patch = new LinkedHashMap<>();
        patch.put("apiVersion", "v1alpha1");
        patch.put("kind", kind);
        Struct fields = DocumentFields.talos112().of(kind).orElseThrow();
        if (fields.fields().containsKey("name")) {
            patch.put("name", "fresh" + random.nextInt(3));
        }
        struct(fields, Map.of(), 0).forEach(patch::putIfAbsent);
        return patch;
    }

    /** Some fields of a struct; the deeper, the fewer. */
    private Map<String, Object> struct(Struct type, Map<?, ?> existing, int depth) {
        Map<String, Object> map = new LinkedHashMap<>();
        List<String> names = new ArrayList<>(type.fields().keySet());
        if (names.isEmpty()) {
            return map;
        }
        for (int i = 1 + random.nextInt(3); i > 0; i--) {
            String name = names.get(random.nextInt(names.size()));
            Object there = existing.get(name);
            if (there != null && depth > 0 && random.nextInt(6) == 0) {
                map.put(name, Map.of("$patch", "delete"));
                continue;
            }
            Object value = value(name, type.fields().get(name), there, depth + 1);
            if (value != null) {
                map.put(name, value);
            }
        }
        return map;
    }

    private Object value(String name, Field field, Object existing, int depth) {
        // Without a provider, Talos writes no encryption; without permissions, a file gets 0o0: nobody means either.
        if (name.equals("encryption") || name.equals("files")) {
            return null;
        }
        FieldType type = field.type();
        if (type instanceof Struct struct) {
            Map<String, Object> map = struct(struct, existing instanceof Map<?, ?> there ? there : Map.of(), depth);
            return map.isEmpty() ? null : map;
        }
        if (type instanceof ListOf list) {
            return list(name, list, existing instanceof List<?> there ? there : List.of(), depth);
        }
        if (type instanceof MapOf map) {
            Map<String, Object> entries = new LinkedHashMap<>();
            Map<?, ?> there = existing instanceof Map<?, ?> known ? known : Map.of();
            there.keySet().stream().findFirst().ifPresent(key -> {
                Object value = random.nextInt(5) == 0 ? Map.of("$patch", "delete") : value((String) key, map.element(), there.get(key), depth);
                if (value != null) {
                    entries.put((String) key, value);
                }
            });
            for (int i = random.nextInt(3); i > 0; i--) {
                Object value = value(name, map.element(), null, depth);
                if (value != null) {
                    entries.putIfAbsent("key" + random.nextInt(12), value);
                }
            }
            return entries.isEmpty() ? null : entries;
        }
        if (type instanceof FieldType.Anything) {
            return existing instanceof Map<?, ?> there && random.nextBoolean() ? partly(there) : Map.of("x", List.of("a", "b"), "y", Map.of("z", true));
        }
        return switch ((Scalar) type) {
            case STRING -> switch (random.nextInt(6)) {
                case 0 -> "";
                case 1 -> "true";
                case 2 -> "two\nlines\n";
                default -> "text" + random.nextInt(5);
            };
            case NUMBER -> random.nextInt(4) == 0 ? 0 : 1 + random.nextInt(60);
            case BOOL -> random.nextBoolean();
            case TEXT -> TEXTS.get(name);
            case BYTES -> "YWJj";
        };
    }

    private Object list(String name, ListOf type, List<?> existing, int depth) {
        List<Object> list = new ArrayList<>();
        if (name.equals("nameservers") && type.element().type() instanceof Struct) {
            return List.of(Map.of("address", "10.9.8." + random.nextInt(200)));
        }
        if (random.nextInt(8) == 0) {
            return list;
        }
        if (!existing.isEmpty() && existing.get(0) instanceof Map<?, ?> first && type.element().type() instanceof Struct) {
            String key = first.containsKey("name") ? "name" : first.containsKey("mountPath") ? "mountPath" : null;
            if (key != null && random.nextInt(3) > 0) {
                Map<String, Object> element = new LinkedHashMap<>();
                element.put(key, first.get(key));
                if (random.nextBoolean()) {
                    element.put("$patch", "delete");
                }
                list.add(element);
            }
        }
        for (int i = random.nextInt(3); i > 0; i--) {
            Object element = value(name, type.element(), null, depth);
            if (element != null) {
                list.add(element);
            }
        }
        return list.isEmpty() ? null : list;
    }

    private Map<String, Object> partly(Map<?, ?> existing) {
        Map<String, Object> map = new LinkedHashMap<>();
        existing.forEach((key, value) -> {
            if (value instanceof Map<?, ?> inner) {
                map.put((String) key, partly(inner));
            } else if (value instanceof List<?>) {
                map.put((String) key, List.of("more"));
            } else if (random.nextBoolean()) {
                map.put((String) key, value instanceof String ? "changed" : value);
            }
        });
        map.put("added", 7);
        return map;
    }
}
