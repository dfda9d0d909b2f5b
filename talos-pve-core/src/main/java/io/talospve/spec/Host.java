package io.talospve.spec;

import java.util.Optional;
import org.immutables.value.Value;

/** A Proxmox host that may carry machines of this cluster: an entry of {@code host_pool} of the YAML. Immutable. */
@Value.Immutable
@ValueStyle
public interface Host {
    /** Name of the Proxmox node. */
    String name();

    /** Storage for the disks of machines on this host, their firmware and cloud-init drive. */
    String datastoreId();

    /** Storage for the disks other than the system disk; empty for the same. */
    Optional<String> dataDatastoreId();

    /** Starts one with the defaults. */
    static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link Host}. Not thread-safe. */
    class Builder extends ImmutableHost.Builder {
        Builder() {}
    }
}
