package io.talospve.proxmox.internal;

import io.talospve.error.ConfigurationException;
import java.net.URI;

/**
 * Address of a node's API. Immutable.
 *
 * @param base {@code https://host:port}
 * @param port the port
 */
public record Endpoint(String base, int port) {
    private static final int DEFAULT_PORT = 8006;

    /**
     * Reads what people write: with or without port, trailing slash, {@code /api2/json}.
     *
     * @throws ConfigurationException if it is no https URL of a server
     */
    public static Endpoint of(URI url) {
        String path = url.getPath() == null ? "" : url.getPath().replaceAll("/+$", "");
        boolean known = path.isEmpty() || path.equals("/api2") || path.equals("/api2/json");
        if (!"https".equalsIgnoreCase(url.getScheme())
                || url.getHost() == null
                || url.getUserInfo() != null
                || url.getQuery() != null
                || !known) {
            throw new ConfigurationException(
                    "\"" + (url.getUserInfo() == null ? url : "…@" + url.getHost()) + "\" is not the address of a Proxmox VE API",
                    "write it as https://pve.example.org:8006");
        }
        int port = url.getPort() < 0 ? DEFAULT_PORT : url.getPort();
        return new Endpoint("https://" + url.getHost() + ":" + port, port);
    }

    @Override
    public String toString() {
        return base;
    }
}
