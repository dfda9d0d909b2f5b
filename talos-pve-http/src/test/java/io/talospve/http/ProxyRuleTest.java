package io.talospve.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.URI;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProxyRuleTest {
    private final ProxyRule rule = new ProxyRule(
            InetSocketAddress.createUnresolved("proxy", 1),
            List.of("10.0.0.0/24", " .Lab.example", "lab.example", "2001:db8::/32"));

    @ParameterizedTest
    @ValueSource(strings = {"10.0.0.5", "api.lab.example", "lab.example", "[2001:db8::1]"})
    void hostsWithoutProxy(String host) {
        assertThat(rule.select(URI.create("https://" + host + ":6443"))).containsExactly(Proxy.NO_PROXY);
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.0.1.5", "collab.example", "[2001:db9::1]"})
    void hostsWithProxy(String host) {
        assertThat(rule.select(URI.create("https://" + host)).get(0).type()).isEqualTo(Proxy.Type.HTTP);
    }
}
