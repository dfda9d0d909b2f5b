package io.talospve.http;

import io.talospve.spec.Cidr;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.util.Collection;
import java.util.List;
import java.util.Locale;

/**
 * Everything through one HTTP proxy, except some hosts: addresses, networks in CIDR notation, names, and names with all
 * below them ({@code .example.org} or {@code example.org}), as NO_PROXY has them. Immutable.
 */
public final class ProxyRule extends ProxySelector {
    private final Proxy proxy;
    private final List<String> direct;

    /**
     * Makes the rule.
     *
     * @param proxy where the proxy is; resolved when it is used, if it is unresolved
     * @param direct what is reached without it
     */
    public ProxyRule(InetSocketAddress proxy, Collection<String> direct) {
        this.proxy = new Proxy(Proxy.Type.HTTP, proxy);
        this.direct = direct.stream().map(h -> h.strip().toLowerCase(Locale.ROOT)).filter(h -> !h.isEmpty()).toList();
    }

    @Override
    public List<Proxy> select(URI uri) {
        String host = uri.getHost().toLowerCase(Locale.ROOT);
        if (host.startsWith("[")) {
            host = host.substring(1, host.length() - 1);
        }
        for (String entry : direct) {
            if (matches(entry, host)) {
                return List.of(Proxy.NO_PROXY);
            }
        }
        return List.of(proxy);
    }

    private static boolean matches(String entry, String host) {
        if (entry.equals("*") || entry.equals(host)) {
            return true;
        }
        if (Cidr.isAddress(host)) {
            try {
                return entry.indexOf('/') > 0 && Cidr.parse(entry).contains(host);
            } catch (IllegalArgumentException notANetwork) {
                return false;
            }
        }
        String domain = entry.startsWith("*.") ? entry.substring(1) : entry.startsWith(".") ? entry : "." + entry;
        return host.endsWith(domain) || domain.equals("." + host);
    }

    @Override
    public void connectFailed(URI uri, SocketAddress address, IOException failure) {
        // the failed call says it
    }
}
