package io.talospve.talos.config.internal;

import java.util.List;
import java.util.Optional;
import org.immutables.value.Value;

/** A network link of a machine and what is configured on it. Immutable. */
@Value.Immutable
@Value.Style(
        visibility = Value.Style.ImplementationVisibility.PACKAGE,
        overshadowImplementation = true,
        jdkOnly = true)
public interface Link {
    /** Its name within the configuration: {@code net0}, {@code bond0}, {@code net0.100}. */
    String name();

    /** What it is made of. */
    Kind kind();

    /** Static addresses with prefix. */
    List<String> addresses();

    /** Routes through it. */
    List<RouteTo> routes();

    /** Whether a DHCP server gives it an IPv4 address. */
    @Value.Default
    default boolean dhcp4() {
        return false;
    }

    /** Whether a DHCP server gives it an IPv6 address. */
    @Value.Default
    default boolean dhcp6() {
        return false;
    }

    /** MTU in bytes. */
    Optional<Integer> mtu();

    /** Whether it has anything of its own to configure; a member of a bond has not. */
    @Value.Derived
    default boolean enslaved() {
        return kind() instanceof Kind.Physical physical && physical.inBond();
    }

    /** Starts one. */
    static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link Link}. Not thread-safe. */
    class Builder extends ImmutableLink.Builder {
        Builder() {}
    }

    /** What a link is made of. */
    sealed interface Kind {
        /**
         * A NIC.
         *
         * @param mac its MAC address, lower case
         * @param inBond whether it is a member of a bond
         */
        record Physical(String mac, boolean inBond) implements Kind {}

        /**
         * A bond of NICs.
         *
         * @param members names of its links
         * @param macs MAC addresses of its links
         * @param mode mode of Linux' bonding driver
         * @param miimon interval of link monitoring in milliseconds
         * @param lacpRate {@code slow} or {@code fast}
         * @param xmitHashPolicy how packets are spread
         */
        record Bonded(
                List<String> members,
                List<String> macs,
                String mode,
                int miimon,
                Optional<String> lacpRate,
                Optional<String> xmitHashPolicy)
                implements Kind {
            /** How long a link must be up or down before it counts; Talos asks for it with LACP. A multiple of miimon. */
            Optional<Integer> delay() {
                return mode.equals("802.3ad") ? Optional.of(2 * miimon) : Optional.empty();
            }
        }

        /**
         * A VLAN.
         *
         * @param parent name of the link below
         * @param id VLAN id
         */
        record Tagged(String parent, int id) implements Kind {}
    }

    /**
     * A route.
     *
     * @param destination destination with prefix; empty for the default route
     * @param gateway next hop
     * @param metric metric; empty for Talos' own
     */
    record RouteTo(Optional<String> destination, String gateway, Optional<Integer> metric) {}
}
