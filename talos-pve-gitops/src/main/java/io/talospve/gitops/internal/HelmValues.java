package io.talospve.gitops.internal;

import io.talospve.spec.Secret;
import io.talospve.spec.SecretValue;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** Values of a chart: trees of maps, lists, texts, numbers, booleans, secrets and null. */
public final class HelmValues {
    /** Sorted, so that the same values give the same bytes in every process. */
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
            .build();

    private HelmValues() {}

    /**
     * Merges as Helm does: maps key by key, anything else is replaced as a whole. A null stays, so that Helm removes the
     * chart's own value.
     */
    public static Map<String, @Nullable Object> merge(
            Map<String, ? extends @Nullable Object> base, Map<String, ? extends @Nullable Object> over) {
        Map<String, @Nullable Object> merged = new LinkedHashMap<>(base);
        over.forEach((key, value) -> {
            Object before = merged.get(key);
            merged.put(
                    key,
                    before instanceof Map<?, ?> map && value instanceof Map<?, ?> more ? merge(texts(map), texts(more)) : value);
        });
        return merged;
    }

    /** The values as YAML text (in the subset that is JSON), secrets in their places. */
    public static Secret<String> text(Map<String, ? extends @Nullable Object> values, SecretTexts secrets) {
        return Secret.of(JSON.writeValueAsString(plain(values, secrets)) + "\n");
    }

    /** One value by its path; empty if it is not there or null. */
    public static Optional<Object> at(Map<String, ?> values, String... path) {
        Object value = values;
        for (String key : path) {
            value = value instanceof Map<?, ?> map ? map.get(key) : null;
        }
        return Optional.ofNullable(value);
    }

    /** Whether the value at a path is true; {@code fallback} if it is not there. */
    public static boolean isTrue(Map<String, ?> values, boolean fallback, String... path) {
        return at(values, path).map(value -> String.valueOf(value).equals("true")).orElse(fallback);
    }

    private static @Nullable Object plain(@Nullable Object value, SecretTexts secrets) {
        if (value instanceof SecretValue secret) {
            return secrets.of(secret);
        }
        if (value instanceof Map<?, ?> map) {
            Map<String, @Nullable Object> copy = new LinkedHashMap<>();
            map.forEach((key, inner) -> copy.put(String.valueOf(key), plain(inner, secrets)));
            return copy;
        }
        if (value instanceof List<?> list) {
            List<@Nullable Object> copy = new ArrayList<>();
            list.forEach(inner -> copy.add(plain(inner, secrets)));
            return copy;
        }
        return value;
    }

    private static Map<String, @Nullable Object> texts(Map<?, ?> map) {
        Map<String, @Nullable Object> copy = new LinkedHashMap<>();
        map.forEach((key, value) -> copy.put(String.valueOf(key), value));
        return copy;
    }
}
