package io.talospve.spec;

import java.util.ArrayList;
import java.util.List;

/** Names the hosts that may carry machines. Not thread-safe. */
public final class HostPoolBuilder {
    private final List<Host> hosts = new ArrayList<>();

    HostPoolBuilder() {}

    /**
     * Adds a host.
     *
     * @param name name of the Proxmox node
     * @param datastoreId storage for the disks of machines on this host
     * @return this
     */
    public HostPoolBuilder host(String name, String datastoreId) {
        hosts.add(Host.builder().name(name).datastoreId(datastoreId).build());
        return this;
    }

    /**
     * Adds a host with a storage of its own for data disks.
     *
     * @param name name of the Proxmox node
     * @param datastoreId storage for the system disks of machines on this host
     * @param dataDatastoreId storage for their other disks
     * @return this
     */
    public HostPoolBuilder host(String name, String datastoreId, String dataDatastoreId) {
        hosts.add(Host.builder().name(name).datastoreId(datastoreId).dataDatastoreId(dataDatastoreId).build());
        return this;
    }

    List<Host> hosts() {
        return hosts;
    }
}
