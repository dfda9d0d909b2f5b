package io.talospve.gitops.internal;

import io.talospve.spec.Secret;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.common.FlowStyle;

/** Kubernetes objects of our own, as YAML texts. */
final class ObjectText {
    private static final DumpSettings BLOCK = DumpSettings.builder()
            .setDefaultFlowStyle(FlowStyle.BLOCK)
            .setWidth(Integer.MAX_VALUE)
            .build();

    private ObjectText() {}

    /** Any object with a spec. */
    static Secret<String> of(String apiVersion, String kind, String namespace, String name, Map<String, ?> spec) {
        return text(head(apiVersion, kind, namespace, name, Map.of()), "spec", spec);
    }

    /** A Namespace. */
    static Secret<String> namespace(String name, Map<String, String> labels) {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        object.put("apiVersion", "v1");
        object.put("kind", "Namespace");
        object.put("metadata", map("name", name, "labels", labels));
        return write(object);
    }

    /** A Secret. */
    static Secret<String> secret(String namespace, String name, Map<String, String> labels, Map<String, String> data) {
        return secret(namespace, name, "Opaque", labels, data);
    }

    /** A Secret of a type. */
    static Secret<String> secret(
            String namespace, String name, String type, Map<String, String> labels, Map<String, String> data) {
        Map<String, @Nullable Object> object = head("v1", "Secret", namespace, name, labels);
        object.put("type", type);
        Map<String, String> encoded = new LinkedHashMap<>();
        data.forEach((key, value) -> encoded.put(key, base64(value)));
        return text(object, "data", encoded);
    }

    static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    /** A map from pairs; a pair with an empty or null value is left out. */
    static Map<String, Object> map(@Nullable Object... pairs) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            Object value = pairs[i + 1] instanceof Optional<?> optional ? optional.orElse(null) : pairs[i + 1];
            if (value != null && !(value instanceof Map<?, ?> inner && inner.isEmpty())) {
                map.put(String.valueOf(pairs[i]), value);
            }
        }
        return map;
    }

    private static Map<String, @Nullable Object> head(
            String apiVersion, String kind, String namespace, String name, Map<String, String> labels) {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        object.put("apiVersion", apiVersion);
        object.put("kind", kind);
        object.put("metadata", map("name", name, "namespace", namespace, "labels", labels));
        return object;
    }

    private static Secret<String> text(Map<String, @Nullable Object> object, String key, Map<String, ?> value) {
        object.put(key, value);
        return write(object);
    }

    private static Secret<String> write(Map<String, ?> object) {
        return Secret.of(new Dump(BLOCK).dumpToString(sorted(object)));
    }

    /** Sorted, so that the same object gives the same bytes in every process. */
    private static @Nullable Object sorted(@Nullable Object value) {
        if (value instanceof Map<?, ?> map) {
            Map<String, @Nullable Object> copy = new TreeMap<>();
            map.forEach((key, inner) -> copy.put(String.valueOf(key), sorted(inner)));
            return copy;
        }
        return value instanceof List<?> list ? list.stream().map(ObjectText::sorted).toList() : value;
    }
}
