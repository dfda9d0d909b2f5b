package io.talospve.talos.api.contract;

import io.talospve.spec.Secret;
import io.talospve.spi.MachineAddress;
import io.talospve.spi.TalosAccess;
import io.talospve.spi.TalosApi;
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
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * The contract on real control planes: {@code -Dtalospve.talos.nodes=host:port,…} and
 * {@code -Dtalospve.talos.secrets=secrets.yaml}.
 */
@EnabledIfSystemProperty(named = "talospve.talos.nodes", matches = ".+", disabledReason = "no real machines are named")
class RealRunningMachinesTest extends RunningMachinesContract {
    private static final TalosPki PKI = new TalosPki(InstantSource.system(), new SecureRandom());
    private static GrpcTalosApi api;
    private static TalosAccess access;
    private static TalosAccess foreign;

    @BeforeAll
    static void open() throws IOException {
        api = GrpcTalosApi.create();
        Path secrets = Path.of(System.getProperty("talospve.talos.secrets", "secrets.yaml"));
        access = PKI.access(Secret.of(Files.readString(secrets)), Duration.ofHours(1));
        foreign = PKI.access(PKI.generate(), Duration.ofHours(1));
    }

    @AfterAll
    static void close() {
        api.close();
    }

    @Override
    TalosApi api() {
        return api;
    }

    @Override
    TalosAccess access() {
        return access;
    }

    @Override
    TalosAccess foreignAccess() {
        return foreign;
    }

    @Override
    List<MachineAddress> controlPlanes() {
        return Arrays.stream(System.getProperty("talospve.talos.nodes").split(","))
                .map(RealRunningMachinesTest::address)
                .toList();
    }

    private static MachineAddress address(String text) {
        int colon = text.lastIndexOf(':');
        return colon < 0
                ? MachineAddress.of(text)
                : new MachineAddress(text.substring(0, colon), Integer.parseInt(text.substring(colon + 1)));
    }
}
