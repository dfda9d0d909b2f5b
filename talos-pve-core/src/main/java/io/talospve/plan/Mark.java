package io.talospve.plan;

import io.talospve.spec.NodeRole;
import io.talospve.spi.VmDetails;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * What makes a virtual machine ours: the last line of its description, written in the create call itself. It proves
 * ownership only where it names the machine's own VMID and UUID; a clone or a restored backup carries a copy that does
 * not. Immutable.
 *
 * @param cluster name of the cluster
 * @param node name of the machine
 * @param role what the machine is
 * @param vmid the VMID it was created with
 * @param uuid the SMBIOS UUID it was created with
 * @param ca SHA-256 of the cluster's OS CA certificate, lower-case hexadecimal
 */
public record Mark(String cluster, String node, NodeRole role, int vmid, UUID uuid, String ca) {
    private static final String PREFIX = "talos-pve: ";
    private static final int VERSION = 1;
    private static final JsonMapper JSON = JsonMapper.builder().build();

    /** Checks that nothing is missing. */
    public Mark {
        Objects.requireNonNull(cluster, "cluster");
        Objects.requireNonNull(node, "node");
        Objects.requireNonNull(role, "role");
        Objects.requireNonNull(uuid, "uuid");
        Objects.requireNonNull(ca, "ca");
    }

    /** A description for people that ends with this mark. */
    public String description() {
        return description(Optional.empty());
    }

    /**
     * A description for people that ends with this mark.
     *
     * @param words text to begin with; empty for none
     */
    public String description(Optional<String> words) {
        return words.map(text -> text.strip() + "\n\n").orElse("") + "Machine " + node + " of the Talos Linux cluster " + cluster
                + ". Managed by talos-pve; keep the next line as it is.\n" + line();
    }

    /** The mark as one line. */
    public String line() {
        ObjectNode json = JSON.createObjectNode();
        json.put("v", VERSION);
        json.put("cluster", cluster);
        json.put("node", node);
        json.put("role", role.talosType());
        json.put("vmid", vmid);
        json.put("uuid", uuid.toString());
        json.put("ca", ca);
        return PREFIX + json;
    }

    /**
     * Reads the mark of a description.
     *
     * @param description a virtual machine's description
     * @return empty if its last line is no mark, or none that this version understands
     */
    public static Optional<Mark> find(String description) {
        String stripped = description.strip();
        String last = stripped.substring(stripped.lastIndexOf('\n') + 1).strip();
        if (!last.startsWith(PREFIX)) {
            return Optional.empty();
        }
        try {
            JsonNode json = JSON.readTree(last.substring(PREFIX.length()));
            if (json.path("v").asInt(0) != VERSION) {
                return Optional.empty();
            }
            for (NodeRole role : NodeRole.values()) {
                if (role.talosType().equals(json.path("role").asString(""))) {
                    return Optional.of(new Mark(
                            json.path("cluster").asString(""),
                            json.path("node").asString(""),
                            role,
                            json.path("vmid").asInt(0),
                            UUID.fromString(json.path("uuid").asString("")),
                            json.path("ca").asString("")));
                }
            }
            return Optional.empty();
        } catch (JacksonException | IllegalArgumentException notAMark) {
            return Optional.empty();
        }
    }

    /** Whether a virtual machine is the one this mark was written for, and not a copy of it. */
    public boolean belongsTo(VmDetails vm) {
        return vm.ref().vmid() == vmid && vm.uuid().filter(uuid::equals).isPresent();
    }
}
