package io.talospve.testkit.internal.talos;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads values out of nested maps and lists by dotted path. */
final class Tree {
    private Tree() {}

    static Optional<Object> at(Object root, String path) {
        Object value = root;
        for (String key : path.split("\\.")) {
            if (!(value instanceof Map<?, ?> map)) {
                return Optional.empty();
            }
            value = map.get(key);
        }
        return Optional.ofNullable(value);
    }

    static String text(Object root, String path) {
        return at(root, path).map(Object::toString).orElse("");
    }

    static boolean flag(Object root, String path) {
        return at(root, path).map(Boolean.TRUE::equals).orElse(false);
    }

    static List<?> list(Object root, String path) {
        return at(root, path).filter(List.class::isInstance).map(v -> (List<?>) v).orElse(List.of());
    }

    static Map<?, ?> map(Object root, String path) {
        return at(root, path).filter(Map.class::isInstance).map(v -> (Map<?, ?>) v).orElse(Map.of());
    }

    static List<String> texts(Object root, String path) {
        return list(root, path).stream().map(String::valueOf).toList();
    }
}
