package io.talospve.spec;

import java.util.List;
import java.util.Optional;
import org.immutables.value.Value;

/**
 * A tagged network on a NIC or bond: an entry of {@code vlans}. Immutable.
 */
@Value.Immutable
@ValueStyle
public interface Vlan {
    /** VLAN id, 1 to 4094. */
    int id();

    /** Static addresses; empty for DHCP if {@link #dhcp()}, else for none. */
    List<Cidr> addresses();

    /** Ask a DHCP server for the address. Default false. */
    @Value.Default
    default boolean dhcp() {
        return false;
    }

    /** MTU in bytes; empty for that of the link below. */
    Optional<Integer> mtu();

    /** Static routes. */
    List<Route> routes();

    /** Starts one with the defaults. */
    static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link Vlan}. Not thread-safe. */
    class Builder extends ImmutableVlan.Builder {
        Builder() {}
    }
}
