package io.talospve.testkit.junit;

import io.talospve.error.ConfigurationException;
import io.talospve.proxmox.ProxmoxHypervisor;
import io.talospve.spi.HypervisorInfo;
import io.talospve.spi.TimeSource;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * The contract, kept by the client with any Proxmox VE that it is pointed at. Needs {@code -Dtalospve.proxmox.endpoint},
 * {@code .token}, {@code .fingerprint} or {@code .ca} (a PEM file), {@code .datastore} and {@code .bridge}; takes
 * {@code .host} (by default the first that is online), {@code .pool}, {@code .iso.datastore} and {@code .iso.url}.
 */
@EnabledIfSystemProperty(
        named = "talospve.proxmox.endpoint",
        matches = "https://.+",
        disabledReason = "no real Proxmox VE was given by -Dtalospve.proxmox.endpoint")
class RealProxmoxContractTest extends HypervisorContract {
    @Override
    protected Place place() {
        ProxmoxHypervisor.Builder builder = ProxmoxHypervisor.builder()
                .url(URI.create(mandatory("endpoint")))
                .apiToken(mandatory("token"));
        optional("fingerprint").ifPresent(builder::fingerprint);
        optional("ca").map(RealProxmoxContractTest::read).ifPresent(builder::caPem);
        ProxmoxHypervisor hypervisor = builder.build();
        String host = optional("host").orElseGet(() -> hypervisor.info().hosts().stream()
                .filter(HypervisorInfo.HostInfo::online)
                .map(HypervisorInfo.HostInfo::name)
                .findFirst()
                .orElseThrow());
        String datastore = mandatory("datastore");
        return new Place(
                hypervisor,
                TimeSource.system(),
                host,
                datastore,
                mandatory("bridge"),
                optional("pool"),
                optional("iso.url").map(url -> new Image(optional("iso.datastore").orElse(datastore), url)));
    }

    private static Optional<String> optional(String name) {
        return Optional.ofNullable(System.getProperty("talospve.proxmox." + name)).filter(value -> !value.isBlank());
    }

    private static String mandatory(String name) {
        return optional(name)
                .orElseThrow(() -> new ConfigurationException("-Dtalospve.proxmox." + name + " is missing", null));
    }

    private static String read(String file) {
        try {
            return Files.readString(Path.of(file));
        } catch (java.io.IOException e) {
            throw new ConfigurationException("cannot read " + file + ": " + e.getMessage(), null);
        }
    }
}
