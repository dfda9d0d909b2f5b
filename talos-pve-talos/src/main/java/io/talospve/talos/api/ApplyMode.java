package io.talospve.talos.api;

/** When a new machine configuration takes effect. */
public enum ApplyMode {
    /** At once, with a reboot; also if nothing changed. */
    REBOOT,
    /** At once, with a reboot only if the change needs one. */
    AUTO,
    /** At once; refused if the change needs a reboot. Not in maintenance mode. */
    NO_REBOOT,
    /** At the next boot. Not in maintenance mode. */
    STAGED,
    /** At once and taken back after a time-out, unless it is applied again in another mode. In maintenance mode it stays. */
    TRY
}
