package io.talospve.testkit.internal.net;

import io.talospve.spec.Cidr;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Leases addresses of one network: reserved ones, else the next of the upper half. A lease is for ever. Thread-safe. */
public final class DhcpServer {
    private static final int POOL = 4096;

    private final Cidr network;
    private final Map<String, String> reservations;
    private final Map<String, String> leases = new HashMap<>();

    /**
     * A server that has leased nothing yet.
     *
     * @param network its addresses
     * @param reservations address by MAC address in lower case
     */
    public DhcpServer(Cidr network, Map<String, String> reservations) {
        this.network = network.subnet();
        this.reservations = Map.copyOf(reservations);
    }

    boolean isV6() {
        return network.isV6();
    }

    /** The address of a NIC with the network's prefix; empty if the pool is used up. */
    synchronized Optional<Cidr> lease(String mac) {
        String key = mac.toLowerCase(Locale.ROOT);
        String address = reservations.containsKey(key) ? reservations.get(key) : leases.get(key);
        if (address == null) {
            address = nextFree();
            if (address == null) {
                return Optional.empty();
            }
            leases.put(key, address);
        }
        return Optional.of(new Cidr(address, network.prefix()));
    }

    private @Nullable String nextFree() {
        int bits = network.isV6() ? 128 : 32;
        BigInteger size = BigInteger.ONE.shiftLeft(bits - network.prefix());
        BigInteger half = size.shiftRight(1);
        for (int i = 0; i < POOL; i++) {
            BigInteger offset = half.add(BigInteger.valueOf(i));
            // The last address of an IPv4 network is its broadcast address.
            if (offset.compareTo(size.subtract(BigInteger.ONE)) >= 0) {
                return null;
            }
            String address = address(offset, bits / 8);
            if (!reservations.containsValue(address) && !leases.containsValue(address)) {
                return address;
            }
        }
        return null;
    }

    private String address(BigInteger offset, int bytes) {
        try {
            BigInteger base = new BigInteger(1, InetAddress.getByName(network.address()).getAddress());
            byte[] sum = base.add(offset).toByteArray();
            byte[] fixed = new byte[bytes];
            for (int i = 0; i < Math.min(bytes, sum.length); i++) {
                fixed[bytes - 1 - i] = sum[sum.length - 1 - i];
            }
            return new Cidr(InetAddress.getByAddress(fixed).getHostAddress(), bytes * 8).address();
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an address is not looked up", e);
        }
    }
}
