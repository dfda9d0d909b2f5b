package io.talospve.proxmox.internal;

import java.util.Map;
import java.util.TreeMap;

/**
 * One API call: method, path below {@code /api2/json} and parameters. Immutable.
 *
 * @param method GET, POST, PUT or DELETE
 * @param path encoded path, for example {@code /nodes/alpha/qemu}
 * @param parameters parameters by name, sorted so that equal calls have equal bytes
 */
public record Call(String method, String path, Map<String, String> parameters) {
    /** Copies the parameters. */
    public Call {
        parameters = java.util.Collections.unmodifiableMap(new TreeMap<>(parameters));
    }

    /** A read. */
    public static Call get(String... segments) {
        return new Call("GET", FormEncoding.path(segments), Map.of());
    }

    /** A call that creates something or starts work. */
    public static Call post(String... segments) {
        return new Call("POST", FormEncoding.path(segments), Map.of());
    }

    /** A call that changes something. */
    public static Call put(String... segments) {
        return new Call("PUT", FormEncoding.path(segments), Map.of());
    }

    /** A call that removes something. */
    public static Call delete(String... segments) {
        return new Call("DELETE", FormEncoding.path(segments), Map.of());
    }

    /** The same call with one more parameter. */
    public Call with(String name, String value) {
        Map<String, String> more = new TreeMap<>(parameters);
        more.put(name, value);
        return new Call(method, path, more);
    }

    /** The same call with more parameters. */
    public Call with(Map<String, String> others) {
        Map<String, String> more = new TreeMap<>(parameters);
        more.putAll(others);
        return new Call(method, path, more);
    }

    /** Whether it changes nothing, so that it may be sent again. */
    boolean isRead() {
        return method.equals("GET");
    }

    /** Whether the parameters travel in the query: pveproxy refuses a body on GET and DELETE. */
    boolean parametersInQuery() {
        return method.equals("GET") || method.equals("DELETE");
    }

    /** Path and query. */
    String target() {
        return parametersInQuery() && !parameters.isEmpty() ? path + "?" + FormEncoding.form(parameters) : path;
    }

    /** Method and path, without parameters: they may hold a password. */
    @Override
    public String toString() {
        return method + " " + path;
    }
}
