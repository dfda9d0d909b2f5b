package io.talospve.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.talospve.error.ConfigurationException;
import io.talospve.error.ErrorCode;
import io.talospve.error.RefusedException;
import io.talospve.error.RemoteException;
import io.talospve.spec.Secret;
import io.talospve.spi.SecretSink;
import io.talospve.spi.SecretSink.Presence;
import io.talospve.spi.SecretSource;
import io.talospve.testkit.contract.SecretSinkContract;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.node.ObjectNode;

class KubernetesSecretSinkTest {
    private static final String EXISTING = """
            {"apiVersion":"v1","kind":"Secret","type":"cluster.x-k8s.io/secret",
             "metadata":{"name":"k","labels":{"team":"ops"}},"data":{"value":"b2xk","ca.crt":"Y2E="}}""";
    private final SecretsApiServer server = new SecretsApiServer();

    @AfterEach
    void stop() {
        server.close();
    }

    @TestFactory
    Stream<DynamicTest> keepsTheContract() {
        return SecretSinkContract.checks(Cluster::new).stream()
                .map(check -> DynamicTest.dynamicTest(check.name(), check.body()::run));
    }

    private static final class Cluster implements SecretSinkContract.Store {
        private final SecretsApiServer server = new SecretsApiServer();

        @Override
        public SecretSink sink() {
            return open(server, "clusters");
        }

        @Override
        public Optional<SecretSource> source() {
            return Optional.of(open(server, "clusters").source());
        }

        @Override
        public Optional<String> stored(String key) {
            return Optional.ofNullable(server.stored(key)).map(KubernetesSecretSinkTest::value);
        }

        @Override
        public long writes() {
            return server.writes;
        }

        @Override
        public void close() {
            server.close();
        }
    }

    @Test
    void whatElseIsInTheObjectStays() {
        server.store("k", EXISTING);
        try (KubernetesSecretSink sink = open(server, "clusters")) {
            assertThat(sink.check("k", Secret.of("old"))).isEqualTo(Presence.SAME);
            sink.put("k", Secret.of("new"));
            ObjectNode stored = Objects.requireNonNull(server.stored("k"));
            assertThat(value(stored)).isEqualTo("new");
            assertThat(stored.path("data").path("ca.crt").stringValue()).isEqualTo("Y2E=");
            assertThat(stored.path("metadata").path("labels").path("team").stringValue()).isEqualTo("ops");
            assertThat(stored.path("type").stringValue()).isEqualTo("cluster.x-k8s.io/secret");
            assertThat(sink.source().read("k#ca.crt")).contains(Secret.of("ca"));
            assertThat(sink.name()).isEqualTo("kubernetes:clusters");
        }
    }

    @Test
    void somebodyElsesChangeIsNotLost() {
        server.store("k", EXISTING);
        try (KubernetesSecretSink sink = open(server, "clusters")) {
            server.beforeWrite = () -> server.store("k", EXISTING.replace("b2xk", "dGhlaXJz"));
            assertFailure(() -> sink.put("k", Secret.of("ours")), ErrorCode.REJECTED, true);
            assertThat(sink.source().read("k")).contains(Secret.of("theirs"));
            server.beforeWrite = () -> server.delete("k");
            assertFailure(() -> sink.put("k", Secret.of("ours")), ErrorCode.REJECTED, true);
            server.beforeWrite = () -> server.store("k", EXISTING);
            assertFailure(() -> sink.put("k", Secret.of("ours")), ErrorCode.REJECTED, true);
            sink.put("k", Secret.of("ours"));
            assertThat(sink.source().read("k")).contains(Secret.of("ours"));
        }
    }

    @Test
    void refusalsAreExplained() {
        server.store("fixed", EXISTING.replace("\"kind\"", "\"immutable\":true,\"kind\""));
        try (KubernetesSecretSink sink = open(server, "clusters");
                KubernetesSecretSink elsewhere = open(server, "other");
                KubernetesSecretSink gone = open(server, "gone");
                KubernetesSecretSink stranger = KubernetesSecretSink.builder()
                        .kubeconfig(server.kubeconfig("wrong"))
                        .namespace("clusters")
                        .build()) {
            assertFailure(() -> sink.put("fixed", Secret.of("new")), ErrorCode.REJECTED, false);
            RemoteException forbidden =
                    assertFailure(() -> elsewhere.check("k", Secret.of("v")), ErrorCode.DENIED, false);
            assertThat(forbidden.serverText().orElseThrow()).contains("secrets is forbidden");
            RemoteException missing = assertFailure(() -> gone.put("k", Secret.of("v")), ErrorCode.NOT_FOUND, false);
            assertThat(missing).hasMessageContaining("no namespace \"gone\"");
            assertFailure(() -> stranger.check("k", Secret.of("v")), ErrorCode.DENIED, false);
            assertThatThrownBy(() -> sink.put("big", Secret.of("x".repeat((1 << 20) + 1))))
                    .isInstanceOf(RefusedException.class);
        }
        assertThatThrownBy(() -> KubernetesSecretSink.builder().build())
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("KubernetesSecretSink: missing: kubeconfig, namespace");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Upper", "a/b", "../x", "a_b", "-a", "a-", "a..b", "a?x=y", "a b"})
    void namesThatKubernetesDoesNotTakeAreRefused(String key) {
        try (KubernetesSecretSink sink = open(server, "clusters")) {
            assertThatThrownBy(() -> sink.put(key, Secret.of("v"))).isInstanceOf(RefusedException.class);
        }
        assertThatThrownBy(() -> KubernetesSecretSink.builder().namespace(key))
                .isInstanceOf(ConfigurationException.class);
    }

    private static KubernetesSecretSink open(SecretsApiServer server, String namespace) {
        return KubernetesSecretSink.builder()
                .kubeconfig(server.kubeconfig(SecretsApiServer.TOKEN))
                .namespace(namespace)
                .build();
    }

    private static String value(ObjectNode secret) {
        return new String(
                Base64.getDecoder().decode(secret.path("data").path("value").stringValue()), StandardCharsets.UTF_8);
    }

    private static RemoteException assertFailure(Runnable call, ErrorCode code, boolean retryable) {
        RemoteException failure = catchThrowableOfType(RemoteException.class, call::run);
        assertThat(failure).isNotNull();
        assertThat(failure.code()).as(failure.getMessage()).isEqualTo(code);
        assertThat(failure.retryable()).as(failure.getMessage()).isEqualTo(retryable);
        return failure;
    }
}
