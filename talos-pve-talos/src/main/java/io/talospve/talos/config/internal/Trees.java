package io.talospve.talos.config.internal;

import io.talospve.talos.internal.yaml.NaturalOrder;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Trees that Talos keeps without knowing their fields; it writes their keys sorted. Stateless. */
final class Trees {
    private Trees() {}

    static Map<String, Object> sorted(Map<String, ?> tree) {
        Map<String, Object> sorted = new TreeMap<>(NaturalOrder.INSTANCE);
        tree.forEach((key, value) -> sorted.put(key, value(value)));
        return sorted;
    }

    @SuppressWarnings("unchecked")
    private static @Nullable Object value(@Nullable Object value) {
        if (value instanceof Map<?, ?> map) {
            return sorted((Map<String, ?>) map);
        }
        return value instanceof List<?> list ? list.stream().map(Trees::value).toList() : value;
    }
}
