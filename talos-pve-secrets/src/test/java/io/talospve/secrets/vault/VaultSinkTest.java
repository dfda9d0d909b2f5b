package io.talospve.secrets.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.talospve.error.ConfigurationException;
import io.talospve.error.ErrorCode;
import io.talospve.error.RefusedException;
import io.talospve.error.RemoteException;
import io.talospve.http.HttpSettings;
import io.talospve.http.HttpTrust;
import io.talospve.spec.Secret;
import io.talospve.spi.SecretSink.Presence;
import io.talospve.spi.SecretSink;
import io.talospve.spi.SecretSource;
import io.talospve.testkit.contract.SecretSinkContract;
import io.talospve.testkit.internal.net.ConnectProxy;
import io.talospve.testkit.internal.net.IoThreads;
import io.talospve.testkit.internal.net.SimNetwork;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VaultSinkTest {
    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-03-01T00:00:00Z"));
    private final VaultServer server = new VaultServer(now::get);

    @AfterEach
    void stop() {
        server.close();
    }

    @TestFactory
    Stream<DynamicTest> keepsTheContract() {
        return SecretSinkContract.checks(Kv::new).stream()
                .map(check -> DynamicTest.dynamicTest(check.name(), check.body()::run));
    }

    private static final class Kv implements SecretSinkContract.Store {
        private final VaultServer server = new VaultServer(Instant::now);

        @Override
        public SecretSink sink() {
            return builder(server).token(Secret.of(VaultServer.ROOT)).build();
        }

        @Override
        public Optional<SecretSource> source() {
            return Optional.of(
                    builder(server).token(Secret.of(VaultServer.ROOT)).build().source());
        }

        @Override
        public Optional<String> stored(String key) {
            return Optional.ofNullable(server.newest("clusters/" + key))
                    .map(fields -> fields.path("value").stringValue());
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
    void keepsOtherFieldsAndRevivesADeletedSecret() {
        server.write("clusters/k", "{\"value\":\"old\",\"owner\":\"ops\",\"n\":3}");
        server.write("clusters/gone", "{\"value\":\"old\"}");
        server.write("clusters/gone", null);
        try (VaultSink sink = root()) {
            sink.put("k", Secret.of("new"));
            assertThat(Objects.requireNonNull(server.newest("clusters/k")).toString())
                    .isEqualTo("{\"value\":\"new\",\"owner\":\"ops\",\"n\":3}");
            assertThat(sink.check("gone", Secret.of("old"))).isEqualTo(Presence.ABSENT);
            sink.put("gone", Secret.of("old"));
            assertThat(sink.check("gone", Secret.of("old"))).isEqualTo(Presence.SAME);
            assertThat(sink.name()).isEqualTo("vault:kv/clusters");
        }
    }

    @Test
    void somebodyElsesWriteIsNotLost() {
        server.write("clusters/k", "{\"value\":\"old\"}");
        server.beforeWrite = () -> server.write("clusters/k", "{\"value\":\"theirs\"}");
        try (VaultSink sink = root()) {
            assertFailure(() -> sink.put("k", Secret.of("ours")), ErrorCode.REJECTED, true);
            assertThat(sink.source().read("k")).contains(Secret.of("theirs"));
            sink.put("k", Secret.of("ours"));
            assertThat(sink.source().read("k")).contains(Secret.of("ours"));
        }
    }

    @Test
    void creatingNeverOverwrites() {
        try (VaultSink sink = root()) {
            assertThat(sink.createIfAbsent("k", Secret.of("first"))).isTrue();
            assertThat(sink.createIfAbsent("k", Secret.of("second"))).isFalse();
            server.beforeWrite = () -> server.write("clusters/raced", "{\"value\":\"theirs\"}");
            assertThat(sink.createIfAbsent("raced", Secret.of("ours"))).isFalse();
            server.beforeWrite = () -> server.write("clusters/other", "{\"unrelated\":\"x\"}");
            assertFailure(() -> sink.createIfAbsent("other", Secret.of("ours")), ErrorCode.REJECTED, true);
            assertThat(sink.createIfAbsent("other", Secret.of("ours"))).isTrue();
            assertThat(sink.read("k")).contains(Secret.of("first"));
            assertThat(sink.read("raced")).contains(Secret.of("theirs"));
            assertThat(sink.read("other#unrelated")).contains(Secret.of("x"));
        }
    }

    @Test
    void sourcesReadOtherFieldsAndFolders() {
        server.write("clusters/git/flux", "{\"value\":\"t\",\"user\":\"bot\",\"n\":3}");
        try (VaultSink sink = root()) {
            assertThat(sink.source().read("git/flux")).contains(Secret.of("t"));
            assertThat(sink.source().read("git/flux#user")).contains(Secret.of("bot"));
            assertThat(sink.source().read("git/flux#none")).isEmpty();
        }
    }

    @Test
    void aLoginIsRenewedBeforeItExpiresAndOnceWhenRevoked() {
        try (VaultSink sink = builder(server)
                .appRole("role", Secret.of("secret-id-value"))
                .time(now::get)
                .build()) {
            sink.put("k", Secret.of("1"));
            sink.put("k", Secret.of("2"));
            assertThat(server.logins).isEqualTo(1);
            now.updateAndGet(t -> t.plus(Duration.ofMinutes(18)));
            sink.put("k", Secret.of("3"));
            assertThat(server.logins).isEqualTo(2);
            server.revokeAll();
            sink.put("k", Secret.of("4"));
            assertThat(server.logins).isEqualTo(3);
        }
    }

    @Test
    void refusalsAreExplainedWithoutSecrets() {
        try (VaultSink sink =
                builder(server).appRole("role", Secret.of("wrong-secret-id")).build()) {
            RemoteException denied = assertFailure(() -> sink.check("k", Secret.of("v")), ErrorCode.DENIED, false);
            assertThat(denied.serverText()).contains("invalid role or secret ID");
            assertThat(denied.getMessage()).doesNotContain("wrong-secret-id");
        }
        try (VaultSink sink = builder(server).token(Secret.of("hvs.expired")).build()) {
            RemoteException denied = assertFailure(() -> sink.check("k", Secret.of("v")), ErrorCode.DENIED, false);
            assertThat(denied.hint().orElseThrow()).contains("expired");
        }
        try (VaultSink sink = root();
                VaultSink readOnly = builder(server)
                        .folder("readonly")
                        .token(Secret.of(VaultServer.ROOT))
                        .build()) {
            RemoteException denied =
                    assertFailure(() -> readOnly.put("k", Secret.of("v")), ErrorCode.DENIED, false);
            assertThat(denied.serverText()).contains("1 error occurred: * permission denied");
            server.sealed = true;
            RemoteException sealed = assertFailure(() -> sink.put("k", Secret.of("v")), ErrorCode.SERVER_FAILED, true);
            assertThat(sealed.hint().orElseThrow()).contains("unseal");
            server.sealed = false;
            server.quotaSeconds = 7;
            RemoteException quota = assertFailure(() -> sink.put("k", Secret.of("v")), ErrorCode.SERVER_FAILED, true);
            assertThat(quota.hint()).contains("try again in 7 s");
        }
    }

    @Test
    void theWrongKindOfEngineIsSaid() {
        try (VaultSink sink = builder(server).mount("nowhere").token(Secret.of(VaultServer.ROOT)).build()) {
            RemoteException failure = assertFailure(() -> sink.check("k", Secret.of("v")), ErrorCode.NOT_FOUND, false);
            assertThat(failure.hint().orElseThrow()).contains("mounted at \"nowhere\"");
        }
        try (VaultSink sink = builder(server).mount("kv1").token(Secret.of(VaultServer.ROOT)).build()) {
            RemoteException failure =
                    assertFailure(() -> sink.check("k", Secret.of("v")), ErrorCode.UNEXPECTED_ANSWER, false);
            assertThat(failure.hint().orElseThrow()).contains("KV version 1");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/", "a//b", "a/", "/a", "..", "a/../b", ".hidden", "a?b", "a#b", "a%2fb", "a\nb", "ä"})
    void pathsThatMeanSomethingElseAreRefused(String key) {
        try (VaultSink sink = root()) {
            assertThatThrownBy(() -> sink.put(key, Secret.of("v"))).isInstanceOf(RefusedException.class);
        }
    }

    @Test
    void everythingMissingIsNamedAtOnce() {
        assertThatThrownBy(() -> VaultSink.builder().build())
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("VaultSink: missing: server, token, appRole or kubernetes");
        assertThatThrownBy(() -> VaultSink.builder().token(Secret.of("hvs.one\nhvs.two")))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageNotContaining("hvs");
        assertThatThrownBy(() -> VaultSink.builder().server(URI.create("http://vault:8200")))
                .isInstanceOf(ConfigurationException.class);
    }

    private VaultSink root() {
        return builder(server).token(Secret.of(VaultServer.ROOT)).build();
    }

    private static VaultSink.Builder builder(VaultServer server) {
        return VaultSink.builder()
                .server(URI.create(server.url()))
                .caPem(server.caPem())
                .mount("kv")
                .folder("clusters");
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.0.0.30", "fd00::30"})
    void aPinnedServerIsReachedThroughAProxy(String address) {
        SimNetwork network = new SimNetwork();
        SimNetwork.Interface machine = network.connect("vault");
        machine.up(address);
        try (VaultServer server = new VaultServer(InstantSource.system());
                IoThreads io = new IoThreads();
                ConnectProxy proxy = new ConnectProxy(io, network)) {
            machine.listen(8200, server.address());
            String url = "https://" + (address.contains(":") ? "[" + address + "]" : address) + ":8200";
            HttpSettings site = HttpSettings.direct()
                    .withTrust(HttpTrust.pinned(List.of(server.fingerprint())))
                    .withProxy(proxy.address(), List.of("127.0.0.1"));
            VaultSink.Builder builder =
                    builder(server).server(URI.create(url)).token(Secret.of(VaultServer.ROOT)).http(site);
            try (VaultSink sink = builder.build()) {
                sink.put("kubeconfig", Secret.of("value"));
                assertThat(sink.check("kubeconfig", Secret.of("value"))).isEqualTo(SecretSink.Presence.SAME);
            }
            try (VaultSink sink = builder.caPem(server.caPem()).build()) {
                assertFailure(() -> sink.read("kubeconfig"), ErrorCode.UNTRUSTED, false);
            }
        }
    }

    private static RemoteException assertFailure(Runnable call, ErrorCode code, boolean retryable) {
        RemoteException failure = catchThrowableOfType(RemoteException.class, call::run);
        assertThat(failure).isNotNull();
        assertThat(failure.code()).as(failure.getMessage()).isEqualTo(code);
        assertThat(failure.retryable()).as(failure.getMessage()).isEqualTo(retryable);
        return failure;
    }
}
