package io.talospve.talos.config.internal;

import io.talospve.spec.Bond;
import io.talospve.spec.Cidr;
import io.talospve.spec.Network;
import io.talospve.spec.Route;
import io.talospve.spec.Vlan;
import io.talospve.spi.MachineConfigRequest.ResolvedNic;
import io.talospve.talos.config.internal.Link.Kind;
import io.talospve.talos.config.internal.Link.RouteTo;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Turns the networks of a machine into links: NICs called {@code net0}, {@code net1}, … in the order of the virtual machine,
 * then bonds, then VLANs called {@code <link>.<id>}. Stateless.
 */
final class Links {
    private Links() {}

    static List<Link> of(List<ResolvedNic> nics) {
        Map<String, Integer> index = IntStream.range(0, nics.size())
                .boxed()
                .collect(Collectors.toMap(i -> nics.get(i).network().bridge(), i -> i, (first, second) -> first));
        Set<Integer> inBond = nics.stream()
                .flatMap(nic -> members(nic.network(), index).stream())
                .collect(Collectors.toSet());
        List<Link> links = new ArrayList<>();
        List<Link> bonds = new ArrayList<>();
        List<Link> vlans = new ArrayList<>();
        for (int i = 0; i < nics.size(); i++) {
            Network network = nics.get(i).network();
            Link.Builder nic = Link.builder()
                    .name("net" + i)
                    .kind(new Kind.Physical(nics.get(i).mac().toLowerCase(Locale.ROOT), inBond.contains(i)));
            String carrier = network.bond().map(Bond::name).orElse("net" + i);
            if (network.bond().isPresent()) {
                bonds.add(configured(Link.builder().name(carrier), network)
                        .kind(bonded(network.bond().get(), members(network, index), nics))
                        .build());
            } else if (!inBond.contains(i)) {
                configured(nic, network);
            }
            links.add(nic.build());
            network.vlans().forEach(vlan -> vlans.add(tagged(carrier, vlan)));
        }
        links.addAll(bonds);
        links.addAll(vlans);
        return links;
    }

    /** A bond's members: the NIC that carries it first. */
    private static List<Integer> members(Network network, Map<String, Integer> index) {
        List<Integer> members = new ArrayList<>();
        network.bond().ifPresent(bond -> {
            members.add(index.get(network.bridge()));
            bond.members().stream().map(index::get).filter(i -> i != null).forEach(members::add);
        });
        return members;
    }

    private static Kind bonded(Bond bond, List<Integer> members, List<ResolvedNic> nics) {
        return new Kind.Bonded(
                members.stream().map(i -> "net" + i).toList(),
                members.stream().map(i -> nics.get(i).mac().toLowerCase(Locale.ROOT)).toList(),
                bond.mode().kernelName(),
                bond.miimon(),
                bond.lacpRate(),
                bond.xmitHashPolicy());
    }

    private static Link.Builder configured(Link.Builder link, Network network) {
        boolean dhcp = network.dhcp() || network.allAddresses().isEmpty() && network.vlans().isEmpty();
        // An address beside DHCP is what the server has reserved; it is not configured here.
        List<Cidr> fixed = dhcp ? network.addresses() : network.allAddresses();
        boolean reservedV6 = network.address().filter(Cidr::isV6).isPresent();
        List<RouteTo> routes = new ArrayList<>();
        if (!dhcp) {
            network.gateway().ifPresent(gateway -> routes.add(new RouteTo(Optional.empty(), gateway, Optional.empty())));
        }
        network.routes().stream().map(Links::route).forEach(routes::add);
        return link.addresses(fixed.stream().map(Cidr::toString).toList())
                .routes(routes)
                .dhcp4(dhcp && !reservedV6)
                .dhcp6(dhcp && reservedV6)
                .mtu(network.mtu());
    }

    private static Link tagged(String parent, Vlan vlan) {
        return Link.builder()
                .name(parent + "." + vlan.id())
                .kind(new Kind.Tagged(parent, vlan.id()))
                .addresses(vlan.addresses().stream().map(Cidr::toString).toList())
                .routes(vlan.routes().stream().map(Links::route).toList())
                .dhcp4(vlan.dhcp())
                .mtu(vlan.mtu())
                .build();
    }

    private static RouteTo route(Route route) {
        return new RouteTo(
                route.network().map(network -> network.subnet().toString()), route.gateway(), route.metric());
    }
}
