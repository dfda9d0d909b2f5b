package io.talospve.testkit.internal.pve;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads parameters from a JSON body. */
final class JsonBody {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private JsonBody() {}

    static Map<String, Object> parse(byte[] content) {
        JsonNode tree;
        try {
            tree = JSON.readTree(content);
        } catch (JacksonException e) {
            throw ApiError.of(400, "Unable to decode JSON content");
        }
        if (!tree.isObject()) {
            throw ApiError.of(400, "Unable to decode JSON content");
        }
        Map<String, Object> found = new LinkedHashMap<>();
        tree.properties().forEach(e -> {
            JsonNode value = e.getValue();
            if (value.isArray()) {
                List<Object> all = new ArrayList<>();
                value.forEach(v -> all.add(v.asString()));
                found.put(e.getKey(), all);
            } else if (value.isBoolean()) {
                found.put(e.getKey(), value.asBoolean() ? "1" : "0");
            } else if (!value.isNull()) {
                found.put(e.getKey(), value.asString());
            }
        });
        return found;
    }
}
