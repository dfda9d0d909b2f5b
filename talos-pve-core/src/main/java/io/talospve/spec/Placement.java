package io.talospve.spec;

/** How the hosts of new machines are chosen. An existing machine stays where it is, whatever this says. */
public enum Placement {
    /** Machine number i (from 0) on entry i modulo size of the pool's hosts. */
    MODULO,
    /** On the host with the fewest machines of this cluster and role; of several the first of the pool. */
    SPREAD,
    /** On the host where most memory and disk are left free; refused if it fits on none. */
    BALANCED
}
