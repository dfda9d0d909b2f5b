package io.talospve.spi;

import java.util.Objects;

/**
 * Where a virtual machine is: its host and VMID.
 *
 * @param host name of the Proxmox node
 * @param vmid the VMID, unique in the Proxmox cluster
 */
public record VmRef(String host, int vmid) {
    /** Checks that nothing mandatory is missing. */
    public VmRef {
        Objects.requireNonNull(host, "host");
    }

    @Override
    public String toString() {
        return "vm " + vmid + " on " + host;
    }
}
