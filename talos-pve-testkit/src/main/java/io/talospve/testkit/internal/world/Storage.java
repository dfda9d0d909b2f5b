package io.talospve.testkit.internal.world;

import java.util.List;
import java.util.Set;

/**
 * A storage as storage.cfg defines it.
 *
 * @param id name
 * @param type {@code dir} or {@code lvmthin}
 * @param content what may be kept on it: iso, import, images, snippets, vztmpl, rootdir, backup
 * @param path directory, for type dir; otherwise empty
 * @param shared whether every host sees the same volumes
 * @param hosts hosts that have it; empty for all
 * @param totalBytes size on each host
 */
public record Storage(
        String id, String type, List<String> content, String path, boolean shared, Set<String> hosts, long totalBytes) {

    /** Makes its collections immutable. */
    public Storage {
        content = List.copyOf(content);
        hosts = Set.copyOf(hosts);
    }

    /** A directory. */
    public static Storage directory(String id, String path, boolean shared, List<String> content, long totalBytes) {
        return new Storage(id, "dir", content, path, shared, Set.of(), totalBytes);
    }

    /** A thin pool, on each host its own. */
    public static Storage thin(String id, long totalBytes) {
        return new Storage(id, "lvmthin", List.of("images", "rootdir"), "", false, Set.of(), totalBytes);
    }

    /** Whether volumes are files. */
    public boolean files() {
        return type.equals("dir");
    }

    /** Whether a host has it. */
    public boolean on(String host) {
        return hosts.isEmpty() || hosts.contains(host);
    }

    /** Path of a volume on the host. */
    public String pathOf(String volume) {
        if (!files()) {
            return "/dev/pve/" + volume;
        }
        int slash = volume.indexOf('/');
        String kind = slash < 0 ? "" : volume.substring(0, slash);
        return switch (kind) {
            case "iso" -> path + "/template/iso/" + volume.substring(slash + 1);
            case "vztmpl" -> path + "/template/cache/" + volume.substring(slash + 1);
            case "import", "snippets" -> path + "/" + volume;
            default -> path + "/images/" + volume;
        };
    }
}
