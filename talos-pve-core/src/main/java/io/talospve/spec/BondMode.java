package io.talospve.spec;

/** How the NICs of a bond share the work: the modes of Linux' bonding driver. */
public enum BondMode {
    /** In turns. */
    BALANCE_RR("balance-rr"),
    /** One works, the others wait; needs nothing from the switch. */
    ACTIVE_BACKUP("active-backup"),
    /** By hash of the addresses. */
    BALANCE_XOR("balance-xor"),
    /** Everything on all. */
    BROADCAST("broadcast"),
    /** LACP; the switch must take part. */
    LACP("802.3ad"),
    /** Outgoing by load. */
    BALANCE_TLB("balance-tlb"),
    /** Outgoing and incoming by load. */
    BALANCE_ALB("balance-alb");

    private final String kernelName;

    BondMode(String kernelName) {
        this.kernelName = kernelName;
    }

    /**
     * Linux' name of the mode, also in the YAML and in Talos' configuration.
     *
     * @return for example {@code 802.3ad}
     */
    public String kernelName() {
        return kernelName;
    }
}
