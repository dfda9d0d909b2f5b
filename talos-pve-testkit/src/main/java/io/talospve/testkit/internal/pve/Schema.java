package io.talospve.testkit.internal.pve;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The parameters that a call knows. Immutable. */
final class Schema {
    private final Map<String, Param> params = new LinkedHashMap<>();
    private final Map<String, Integer> highestIndex = new LinkedHashMap<>();
    private final boolean nine;

    private Schema(boolean nine) {
        this.nine = nine;
    }

    static Schema of(boolean nine, Param... params) {
        return of(nine, Arrays.asList(params));
    }

    static Schema of(boolean nine, List<Param> params) {
        Schema schema = new Schema(nine);
        params.forEach(p -> schema.params.put(p.name(), p));
        return schema;
    }

    /** The same with more: plain ones, and numbered ones such as {@code scsi} with the highest number. */
    Schema with(List<Param> more, Map<String, Integer> numbered) {
        Schema schema = of(nine, new ArrayList<>(params.values()));
        more.forEach(p -> schema.params.put(p.name(), p));
        schema.highestIndex.putAll(numbered);
        return schema;
    }

    /** Names, numbered ones as {@code scsi[n]}. */
    Map<String, Param> table() {
        Map<String, Param> all = new TreeMap<>();
        all.putAll(params);
        return all;
    }

    /** The rules for a name; null if the call does not know it. */
    @Nullable Param find(String name) {
        Param plain = params.get(name);
        if (plain != null) {
            return name.endsWith("]") ? null : plain;
        }
        int digits = name.length();
        while (digits > 0 && Character.isDigit(name.charAt(digits - 1))) {
            digits--;
        }
        String stem = name.substring(0, digits);
        String number = name.substring(digits);
        Integer highest = highestIndex.get(stem);
        boolean plainNumber = number.length() >= 1 && number.length() <= 3
                && (number.length() == 1 || number.charAt(0) != '0');
        return highest != null && plainNumber && Integer.parseInt(number) <= highest ? params.get(stem + "[n]") : null;
    }

    /** Errors of a property string name the key with its option: {@code net0.model}. */
    private static String located(String name, String problem) {
        String start = "invalid format - format error\n";
        return problem.startsWith(start)
                ? start + problem.substring(start.length()).replaceAll("(?m)^(?=[\\w-]+: )", name + ".")
                : problem;
    }

    /** Checks a request; throws what Proxmox answers to a wrong one. */
    void verify(Map<String, Object> request) {
        Map<String, String> errors = new TreeMap<>();
        request.forEach((name, value) -> {
            if (name.equals(Multipart.SIZE) || name.startsWith(Multipart.SUM)) {
                return;
            }
            Param p = find(name);
            if (p == null) {
                errors.put(name, "property is not defined in schema and the schema does not allow additional properties");
                return;
            }
            String problem = p.problem(value);
            if (problem != null) {
                errors.put(name, located(name, problem));
            }
            String other = p.requires();
            if (other != null && !request.containsKey(other)) {
                errors.put(other, nine
                        ? "missing property required by '" + name + "'"
                        : "missing property - '" + name + "' requires this property");
            }
        });
        params.forEach((name, p) -> {
            if (p.required() && !request.containsKey(name)) {
                errors.put(name, "property is missing and it is not optional");
            }
        });
        if (!errors.isEmpty()) {
            throw ApiError.parameters(errors);
        }
    }
}
