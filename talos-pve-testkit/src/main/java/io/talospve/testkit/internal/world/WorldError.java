package io.talospve.testkit.internal.world;

/** Something that the datacenter cannot do; the message is what Proxmox says. */
public final class WorldError extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** An error with the text of Proxmox. */
    public WorldError(String message) {
        super(message, null, false, false);
    }
}
