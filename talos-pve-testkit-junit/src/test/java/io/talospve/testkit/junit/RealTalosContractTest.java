package io.talospve.testkit.junit;

import io.talospve.error.ConfigurationException;
import io.talospve.spec.Secret;
import io.talospve.spi.MachineAddress;
import io.talospve.talos.api.GrpcTalosApi;
import io.talospve.talos.pki.TalosPki;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * The contract, kept by the client with any Talos cluster that it is pointed at. Needs {@code -Dtalospve.talos.nodes}, its
 * control planes as {@code host:port,…}, and {@code .secrets} (by default {@code secrets.yaml}); takes {@code .workers},
 * {@code .maintenance} (a machine in maintenance mode) and {@code .nobody} (an address without a machine).
 */
@EnabledIfSystemProperty(
        named = "talospve.talos.nodes",
        matches = ".+",
        disabledReason = "no real machines were given by -Dtalospve.talos.nodes")
class RealTalosContractTest extends TalosApiContract {
    private static GrpcTalosApi api;
    private static Place place;

    @Override
    protected synchronized Place place() {
        if (place == null) {
            TalosPki pki = new TalosPki(InstantSource.system(), new SecureRandom());
            Path secrets = Path.of(System.getProperty("talospve.talos.secrets", "secrets.yaml"));
            api = GrpcTalosApi.create();
            place = new Place(
                    api,
                    pki.access(Secret.of(read(secrets)), Duration.ofHours(1)),
                    pki.access(pki.generate(), Duration.ofHours(1)),
                    addresses("nodes"),
                    addresses("workers"),
                    addresses("maintenance").stream().findFirst(),
                    addresses("nobody").stream().findFirst());
        }
        return place;
    }

    @AfterAll
    static void close() {
        Optional.ofNullable(api).ifPresent(GrpcTalosApi::close);
    }

    private static List<MachineAddress> addresses(String name) {
        return Arrays.stream(System.getProperty("talospve.talos." + name, "").split(","))
                .filter(text -> !text.isBlank())
                .map(RealTalosContractTest::address)
                .toList();
    }

    private static MachineAddress address(String text) {
        int colon = text.lastIndexOf(':');
        return colon < 0 || text.indexOf(':') != colon
                ? MachineAddress.of(text)
                : new MachineAddress(text.substring(0, colon), Integer.parseInt(text.substring(colon + 1)));
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new ConfigurationException("cannot read " + file + ": " + e.getMessage(), null);
        }
    }
}
