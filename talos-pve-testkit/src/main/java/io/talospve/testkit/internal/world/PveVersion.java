package io.talospve.testkit.internal.world;

/** A release of Proxmox VE whose behaviour the datacenter has. */
public enum PveVersion {
    /** 8.4.21. */
    V8_4("8.4.21", "8.4", "2606ac8500000000", "7.2.22"),
    /** 9.2.11. */
    V9_2("9.2.11", "9.2", "0000000000000000", "10.0.13");

    private final String version;
    private final String release;
    private final String repoId;
    private final String qemu;

    PveVersion(String version, String release, String repoId, String qemu) {
        this.version = version;
        this.release = release;
        this.repoId = repoId;
        this.qemu = qemu;
    }

    /** Full version, {@code 9.2.11}. */
    public String version() {
        return version;
    }

    /** Release, {@code 9.2}. */
    public String release() {
        return release;
    }

    /** Identifier of the build. */
    public String repoId() {
        return repoId;
    }

    /** Version of QEMU that new configurations carry in their {@code meta}. */
    public String qemu() {
        return qemu;
    }

    /** Whether this is 9.x. */
    public boolean nine() {
        return this == V9_2;
    }
}
