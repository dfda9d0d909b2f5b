package io.talospve.proxmox.internal;

import java.util.OptionalLong;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reading of Proxmox' JSON, in which a number may be a string and a boolean is 0 or 1, as number or as string. */
final class Fields {
    private static final JsonMapper JSON =
            JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

    private Fields() {}

    static JsonNode parse(byte[] body) {
        return JSON.readTree(body);
    }

    /** Text of a scalar field; empty if it is absent or null. */
    static String text(JsonNode object, String name) {
        return scalar(object.path(name));
    }

    /** Text of a scalar; empty for null, absent and containers. */
    static String scalar(JsonNode value) {
        if (value.isString()) {
            return value.stringValue();
        }
        return value.isNumber() || value.isBoolean() ? value.toString() : "";
    }

    /** A whole number, also from a string or a fraction (cut off); empty if it is absent or no number. */
    static OptionalLong number(JsonNode object, String name) {
        String text = text(object, name).strip();
        try {
            return text.isEmpty() ? OptionalLong.empty() : OptionalLong.of(new java.math.BigDecimal(text).longValue());
        } catch (NumberFormatException e) {
            return OptionalLong.empty();
        }
    }

    static long number(JsonNode object, String name, long absent) {
        return number(object, name).orElse(absent);
    }

    /** 1, "1", true; anything else is false. */
    static boolean flag(JsonNode object, String name) {
        String text = text(object, name);
        return text.equals("1") || text.equals("true");
    }
}
