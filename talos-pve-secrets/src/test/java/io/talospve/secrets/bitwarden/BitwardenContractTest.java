package io.talospve.secrets.bitwarden;

import io.talospve.spec.Secret;
import io.talospve.spi.SecretSink;
import io.talospve.spi.SecretSource;
import io.talospve.testkit.contract.SecretSinkContract;
import io.talospve.testkit.internal.bitwarden.BitwardenServer;
import io.talospve.testkit.internal.bitwarden.Organization.PlainSecret;
import io.talospve.testkit.internal.clock.VirtualClock;
import java.net.URI;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

class BitwardenContractTest {
    @TestFactory
    Stream<DynamicTest> keepsTheContract() {
        return SecretSinkContract.checks(Bitwarden::new).stream()
                .map(check -> DynamicTest.dynamicTest(check.name(), check.body()::run));
    }

    private static final class Bitwarden implements SecretSinkContract.Store {
        private final VirtualClock clock = new VirtualClock(Instant.parse("2026-03-01T00:00:00Z"));
        private final BitwardenServer server = new BitwardenServer(clock);

        @Override
        public SecretSink sink() {
            return open();
        }

        private BitwardenSink open() {
            return BitwardenSink.builder()
                    .accessToken(Secret.of(server.accessToken()))
                    .server(URI.create(server.serverUrl() + "/"))
                    .caPem(server.caPem())
                    .project(server.projectName())
                    .time(clock::now)
                    .build();
        }

        @Override
        public Optional<SecretSource> source() {
            return Optional.of(open().source());
        }

        @Override
        public Optional<String> stored(String key) {
            return server.organization().plainSecrets(server.projectId()).stream()
                    .filter(s -> s.key().equals(key))
                    .map(PlainSecret::value)
                    .findFirst();
        }

        @Override
        public long writes() {
            return server.organization().writes();
        }

        @Override
        public boolean duplicate(String key, String value) {
            server.organization().addSecret(server.projectId(), key, value, "");
            return true;
        }

        @Override
        public void close() {
            server.close();
            clock.close();
        }
    }
}
