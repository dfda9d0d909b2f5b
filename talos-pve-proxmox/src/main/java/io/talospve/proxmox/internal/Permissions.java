package io.talospve.proxmox.internal;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * An account's effective permissions, as {@code GET /access/permissions} lists them: paths with their privileges, each with
 * whether it is handed down to the paths below. Immutable.
 */
final class Permissions {
    private final Map<String, Map<String, Boolean>> byPath;

    private Permissions(Map<String, Map<String, Boolean>> byPath) {
        this.byPath = byPath;
    }

    static Permissions read(JsonNode data) {
        Map<String, Map<String, Boolean>> byPath = new HashMap<>();
        for (String path : data.propertyNames()) {
            Map<String, Boolean> privileges = new HashMap<>();
            JsonNode listed = data.path(path);
            listed.propertyNames().forEach(privilege -> privileges.put(privilege, Fields.flag(listed, privilege)));
            byPath.put(path, privileges);
        }
        return new Permissions(byPath);
    }

    /** What is allowed on a path: its own entry, or what the nearest entry above hands down. */
    boolean allows(String path, String privilege) {
        Map<String, Boolean> own = byPath.get(path);
        if (own != null) {
            return own.containsKey(privilege);
        }
        for (String above = parent(path); !above.isEmpty(); above = parent(above)) {
            Map<String, Boolean> inherited = byPath.get(above);
            if (inherited != null) {
                return inherited.getOrDefault(privilege, false);
            }
        }
        return false;
    }

    /** The listed paths below another. */
    Set<String> below(String path) {
        Set<String> found = new HashSet<>();
        for (String listed : byPath.keySet()) {
            if (listed.startsWith(path + "/")) {
                found.add(listed);
            }
        }
        return found;
    }

    private static String parent(String path) {
        if (path.equals("/")) {
            return "";
        }
        int slash = path.lastIndexOf('/');
        return slash <= 0 ? "/" : path.substring(0, slash);
    }
}
