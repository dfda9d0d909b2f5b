package io.talospve.spec;

import java.util.List;
import java.util.Optional;
import org.immutables.value.Value;

/**
 * A bond of several NICs: {@code bond} of the network that carries the bond's addresses. Immutable.
 */
@Value.Immutable
@ValueStyle
public interface Bond {
    /** Name of the link within the machine. Default {@code bond0}. */
    @Value.Default
    default String name() {
        return "bond0";
    }

    /** How the NICs share the work. Default active-backup, which needs nothing from the switch. */
    @Value.Default
    default BondMode mode() {
        return BondMode.ACTIVE_BACKUP;
    }

    /** The other networks of the machine that are bonded with this one, by bridge; they carry no address. */
    List<String> members();

    /** Interval of link monitoring in milliseconds. Default 100. */
    @Value.Default
    default int miimon() {
        return 100;
    }

    /** {@code slow} or {@code fast}; only with 802.3ad. */
    Optional<String> lacpRate();

    /** {@code layer2}, {@code layer2+3} or {@code layer3+4}; only with balance-xor, 802.3ad, balance-tlb. */
    Optional<String> xmitHashPolicy();

    /** Starts one with the defaults. */
    static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link Bond}. Not thread-safe. */
    class Builder extends ImmutableBond.Builder {
        Builder() {}
    }
}
