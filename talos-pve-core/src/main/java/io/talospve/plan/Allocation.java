package io.talospve.plan;

import io.talospve.spi.VmRef;
import io.talospve.store.Journal;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/**
 * The identity that was chosen for a machine, journalled before the call that creates it.
 *
 * @param node the machine's name
 * @param ref host and VMID
 * @param uuid SMBIOS UUID
 */
public record Allocation(String node, VmRef ref, UUID uuid) {
    /**
     * The allocations in force, by machine: the last one each that was not declared void.
     *
     * @param entries all entries of the journal
     */
    public static Map<String, Allocation> inForce(List<Journal.Entry> entries) {
        Map<String, Allocation> result = new TreeMap<>();
        for (Journal.Entry entry : entries) {
            Map<String, String> data = entry.data();
            if (entry.type() == Journal.Type.ALLOCATED) {
                result.put(
                        data.get("node"),
                        new Allocation(
                                data.get("node"),
                                new VmRef(data.get("host"), Integer.parseInt(data.get("vmid"))),
                                UUID.fromString(data.get("uuid"))));
            } else if (entry.type() == Journal.Type.ALLOCATION_VOID) {
                result.remove(data.get("node"));
            }
        }
        return result;
    }

    /** What the journal says of this allocation. */
    public Map<String, String> data() {
        return Map.of("node", node, "host", ref.host(), "vmid", Integer.toString(ref.vmid()), "uuid", uuid.toString());
    }
}
