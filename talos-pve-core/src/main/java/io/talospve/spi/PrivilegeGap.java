package io.talospve.spi;

import java.util.Objects;

/**
 * A privilege that the hypervisor's account lacks.
 *
 * @param path the object's path in Proxmox' access control, for example {@code /storage/nas}
 * @param privilege for example {@code Datastore.AllocateSpace}; alternatives are separated by {@code or}
 * @param purpose what it is needed for, in a few words
 */
public record PrivilegeGap(String path, String privilege, String purpose) {
    /** Checks that nothing is missing. */
    public PrivilegeGap {
        Objects.requireNonNull(path, "path");
        Objects.requireNonNull(privilege, "privilege");
        Objects.requireNonNull(purpose, "purpose");
    }

    /** {@code VM.Allocate on /vms: to create virtual machines}. */
    @Override
    public String toString() {
        return privilege + " on " + path + ": " + purpose;
    }
}
