package io.talospve.spi;

import java.util.Objects;

/**
 * Where a machine's Talos API listens.
 *
 * @param host IP address (or name)
 * @param port TCP port, usually 50000
 */
public record MachineAddress(String host, int port) {
    /** Port of Talos' API on every machine. */
    public static final int TALOS_PORT = 50000;

    /** Checks that nothing mandatory is missing. */
    public MachineAddress {
        Objects.requireNonNull(host, "host");
    }

    /**
     * A machine's Talos API on its usual port.
     *
     * @param host IP address (or name)
     */
    public static MachineAddress of(String host) {
        return new MachineAddress(host, TALOS_PORT);
    }

    @Override
    public String toString() {
        return host.indexOf(':') >= 0 ? "[" + host + "]:" + port : host + ":" + port;
    }
}
