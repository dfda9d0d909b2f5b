package io.talospve.examples;

import io.talospve.TalosPve;
import io.talospve.error.ConfigurationException;
import io.talospve.spec.Secret;
import io.talospve.store.ClusterStore;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Connects to a real datacenter by the variables that Proxmox and Bitwarden users already have set. */
final class Environment {
    /** Where the public image factory's artifacts are, for Proxmox VE and machines. */
    private static final String PUBLIC_FACTORY = "https://factory.talos.dev";

    private final Map<String, String> variables;
    private final List<String> problems = new ArrayList<>();

    Environment(Map<String, String> variables) {
        this.variables = variables;
    }

    TalosPve connect() {
        String endpoint = required("PROXMOX_VE_ENDPOINT");
        String token = required("PROXMOX_VE_API_TOKEN");
        Optional<String> proxmoxCa = file("PROXMOX_VE_CA");
        Optional<String> bitwardenCa = file("BWS_CA");
        Optional<String> factoryCa = file("TALOS_IMAGE_FACTORY_CA");
        Optional<String> chartsCa = file("TALOS_PVE_CHART_MIRROR_CA");
        Optional<String> bitwarden = get("BWS_ACCESS_TOKEN");
        String project = bitwarden.isPresent() ? required("BWS_PROJECT") : "";
        Optional<InetSocketAddress> proxy = proxy();
        if (!problems.isEmpty()) {
            throw new ConfigurationException(
                    String.join("\n", problems), "examples/provision --help lists the variables.");
        }
        return TalosPve.connect(c -> {
            c.store(ClusterStore.directory(Path.of(get("TALOS_PVE_STORE").orElse(".talos-pve"))));
            c.proxmox(p -> {
                p.url(URI.create(endpoint)).apiToken(Secret.of(token));
                get("PROXMOX_VE_FINGERPRINT").ifPresentOrElse(p::fingerprint, () -> proxmoxCa.ifPresent(p::caPem));
            });
            c.imageFactory(f -> {
                get("TALOS_IMAGE_FACTORY").ifPresent(url -> {
                    f.url(url);
                    if (isLoopback(url)) {
                        // Proxmox VE and the machines cannot fetch from our loopback.
                        f.artifactsUrl(PUBLIC_FACTORY);
                    }
                });
                factoryCa.ifPresent(f::caPem);
            });
            c.charts(h -> {
                get("TALOS_PVE_CHART_MIRROR").ifPresent(url -> h.mirror(URI.create(url)));
                chartsCa.ifPresent(h::caPem);
            });
            bitwarden.ifPresent(accessToken -> c.bitwarden(b -> {
                b.accessToken(Secret.of(accessToken)).project(project);
                get("BWS_SERVER_URL").ifPresent(url -> b.server(URI.create(url)));
                bitwardenCa.ifPresent(b::caPem);
            }));
            proxy.ifPresent(c::proxy);
            c.noProxy(noProxy());
        });
    }

    /** Whether credentials will be delivered anywhere besides the store. */
    boolean hasSink() {
        return get("BWS_ACCESS_TOKEN").isPresent();
    }

    private static boolean isLoopback(String url) {
        String host = String.valueOf(URI.create(url).getHost());
        return host.equals("localhost") || host.startsWith("127.") || host.equals("[::1]");
    }

    private Optional<String> get(String name) {
        return Optional.ofNullable(variables.get(name))
                .or(() -> Optional.ofNullable(variables.get(name.toLowerCase(Locale.ROOT))))
                .filter(value -> !value.isBlank());
    }

    private String required(String name) {
        Optional<String> value = get(name);
        if (value.isEmpty()) {
            problems.add(name + " is not set");
        }
        return value.orElse("");
    }

    private Optional<String> file(String name) {
        return get(name).flatMap(path -> {
            try {
                return Optional.of(Files.readString(Path.of(path)));
            } catch (IOException e) {
                problems.add(name + ": cannot read " + path + ": " + e);
                return Optional.empty();
            }
        });
    }

    private Optional<InetSocketAddress> proxy() {
        return get("HTTPS_PROXY").flatMap(text -> {
            URI url = URI.create(text.contains("://") ? text : "http://" + text);
            if (url.getHost() == null || !"http".equals(url.getScheme())) {
                problems.add("HTTPS_PROXY: " + text + " is not http://host:port");
                return Optional.empty();
            }
            return Optional.of(new InetSocketAddress(url.getHost(), url.getPort() < 0 ? 3128 : url.getPort()));
        });
    }

    private List<String> noProxy() {
        return get("NO_PROXY").stream()
                .flatMap(text -> Arrays.stream(text.split(",")))
                .map(String::strip)
                .filter(host -> !host.isEmpty())
                .toList();
    }
}
