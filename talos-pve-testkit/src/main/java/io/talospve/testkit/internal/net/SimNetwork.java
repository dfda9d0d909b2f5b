package io.talospve.testkit.internal.net;

import io.talospve.spec.Cidr;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The IP network inside the datacenter: which machine has an address, and which socket on loopback stands behind an
 * address and port. When two machines bring up the same address, the one that announced it last answers, as with ARP.
 *
 * <p>Thread-safe. Observers are called under no lock, in the thread that made the change.
 */
public final class SimNetwork {
    private final Map<String, List<Interface>> addresses = new HashMap<>();
    private final Map<Segment, List<DhcpServer>> dhcp = new ConcurrentHashMap<>();
    private final List<Observer> observers = new CopyOnWriteArrayList<>();

    /** What connecting to an address and port meets. */
    public sealed interface Lookup {
        /** Somebody listens. */
        record Target(InetSocketAddress socket) implements Lookup {}

        /** The address is up, the port is closed. */
        record Refused() implements Lookup {}

        /** Nobody has the address. */
        record Unreachable() implements Lookup {}
    }

    /** Is told when something begins or ends to listen on an address. */
    @FunctionalInterface
    public interface Observer {
        /**
         * The meaning of an address and port changed; look it up again.
         *
         * @param address IP address
         * @param port port
         */
        void changed(String address, int port);
    }

    /** One machine's connection to the network: its addresses and open ports. */
    public final class Interface {
        private final String machine;
        private final Map<Integer, InetSocketAddress> ports = new HashMap<>();

        private Interface(String machine) {
            this.machine = machine;
        }

        /** Name of the machine. */
        public String machine() {
            return machine;
        }

        /** Brings an address up, or announces it again: from now on this machine answers for it. */
        public void up(String address) {
            List<Integer> open;
            synchronized (addresses) {
                List<Interface> holders = addresses.computeIfAbsent(key(address), a -> new ArrayList<>());
                holders.remove(this);
                holders.add(this);
                open = List.copyOf(ports.keySet());
            }
            open.forEach(port -> tell(address, port));
        }

        /** Takes an address down. */
        public void down(String address) {
            List<Integer> open;
            synchronized (addresses) {
                List<Interface> holders = addresses.get(key(address));
                if (holders == null || !holders.remove(this)) {
                    return;
                }
                if (holders.isEmpty()) {
                    addresses.remove(key(address));
                }
                open = List.copyOf(ports.keySet());
            }
            open.forEach(port -> tell(address, port));
        }

        /** Opens a port on all addresses of the machine. */
        public void listen(int port, InetSocketAddress socket) {
            synchronized (addresses) {
                ports.put(port, socket);
            }
            mine().forEach(address -> tell(address, port));
        }

        /** Closes a port. */
        public void close(int port) {
            synchronized (addresses) {
                ports.remove(port);
            }
            mine().forEach(address -> tell(address, port));
        }

        /** The machine is gone: no address, no port. */
        public void down() {
            for (String address : mine()) {
                down(address);
            }
            synchronized (addresses) {
                ports.clear();
            }
        }

        private List<String> mine() {
            synchronized (addresses) {
                return addresses.entrySet().stream()
                        .filter(e -> e.getValue().contains(this))
                        .map(Map.Entry::getKey)
                        .toList();
            }
        }
    }

    /** Connects a machine, at first without an address. */
    public Interface connect(String machine) {
        return new Interface(machine);
    }

    /** What a connection to an address and port meets now. */
    public Lookup lookup(String address, int port) {
        synchronized (addresses) {
            List<Interface> holders = addresses.get(key(address));
            if (holders == null) {
                return new Lookup.Unreachable();
            }
            InetSocketAddress socket = holders.get(holders.size() - 1).ports.get(port);
            return socket == null ? new Lookup.Refused() : new Lookup.Target(socket);
        }
    }

    /** The machine that answers for an address; empty if nobody has it. */
    public Optional<Interface> holder(String address) {
        synchronized (addresses) {
            List<Interface> holders = addresses.get(key(address));
            return holders == null ? Optional.empty() : Optional.of(holders.get(holders.size() - 1));
        }
    }

    private record Segment(String bridge, int vlan) {}

    /**
     * Starts a DHCP server on a bridge.
     *
     * @param bridge the bridge, the same on every host
     * @param vlan VLAN on it, 0 for untagged
     * @param server the server
     */
    public void serveDhcp(String bridge, int vlan, DhcpServer server) {
        dhcp.computeIfAbsent(new Segment(bridge, vlan), segment -> new CopyOnWriteArrayList<>()).add(server);
    }

    /**
     * What a NIC that asks for an address gets.
     *
     * @param bridge the bridge that it is on
     * @param vlan the VLAN that it asks in, 0 for untagged
     * @param mac its hardware address
     * @param v6 whether it asks for an IPv6 address
     * @return the address with its network's prefix; empty if no server answers
     */
    public Optional<Cidr> lease(String bridge, int vlan, String mac, boolean v6) {
        return dhcp.getOrDefault(new Segment(bridge, vlan), List.of()).stream()
                .filter(server -> server.isV6() == v6)
                .flatMap(server -> server.lease(mac).stream())
                .findFirst();
    }

    /** Adds an observer. */
    public void observe(Observer observer) {
        observers.add(observer);
    }

    private void tell(String address, int port) {
        observers.forEach(o -> o.changed(address, port));
    }

    private static String key(String address) {
        return Cidr.isAddress(address) ? new Cidr(address, 0).address() : address;
    }
}
