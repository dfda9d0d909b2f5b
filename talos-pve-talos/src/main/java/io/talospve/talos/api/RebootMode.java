package io.talospve.talos.api;

/** How a machine reboots. */
public enum RebootMode {
    /** With kexec where that is possible. */
    DEFAULT,
    /** Through the firmware. */
    POWER_CYCLE,
    /** Without stopping Kubernetes' pods and services in order first. */
    FORCE
}
