package io.talospve.secrets.bitwarden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.talospve.error.ConfigurationException;
import io.talospve.error.ErrorCode;
import io.talospve.error.RefusedException;
import io.talospve.error.RemoteException;
import io.talospve.spec.Secret;
import io.talospve.spi.SecretSink.Presence;
import io.talospve.testkit.internal.bitwarden.BitwardenFaults;
import io.talospve.testkit.internal.bitwarden.BitwardenFaults.Call;
import io.talospve.testkit.internal.bitwarden.BitwardenFaults.Fault;
import io.talospve.testkit.internal.bitwarden.BitwardenServer;
import io.talospve.testkit.internal.bitwarden.Organization.PlainSecret;
import io.talospve.testkit.internal.clock.VirtualClock;
import io.talospve.testkit.internal.tls.TestCa;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BitwardenSinkTest {
    private static final Secret<String> VALUE = Secret.of("apiVersion: v1\nkind: Config\n# café 🙂\n");
    private final VirtualClock clock = new VirtualClock(Instant.parse("2026-03-01T00:00:00Z"));
    private BitwardenServer server;

    @BeforeEach
    void start() {
        server = new BitwardenServer(clock);
    }

    @AfterEach
    void stop() {
        server.close();
        clock.close();
    }

    @Test
    void createsUpdatesAndLeavesAnUnchangedValueAlone() {
        try (BitwardenSink sink = sink(b -> { })) {
            assertThat(sink.check("lab-kubeconfig", VALUE)).isEqualTo(Presence.ABSENT);
            sink.put("lab-kubeconfig", VALUE);
            assertThat(sink.check("lab-kubeconfig", VALUE)).isEqualTo(Presence.SAME);
            sink.put("lab-kubeconfig", VALUE);
            assertThat(secrets()).singleElement().satisfies(s -> {
                assertThat(s.value()).isEqualTo(VALUE.reveal());
                assertThat(s.note()).isEmpty();
                assertThat(s.versions()).isEqualTo(1);
            });
            assertThat(sink.check("lab-kubeconfig", Secret.of("other"))).isEqualTo(Presence.DIFFERENT);
            sink.put("lab-kubeconfig", Secret.of("other"));
            assertThat(secrets()).singleElement().satisfies(s -> {
                assertThat(s.value()).isEqualTo("other");
                assertThat(s.versions()).isEqualTo(2);
            });
            assertThat(server.organization().logins()).isEqualTo(1);
            assertThat(server.organization().writes()).isEqualTo(2);
        }
    }

    @Test
    void findsItsProjectByNameAndKeepsAPersonsNote() {
        server.organization().addProject("other");
        server.organization().addSecret(server.projectId(), "k", "old", "do not touch");
        try (BitwardenSink sink = sink(b -> b.project("homelab"))) {
            sink.put("k", VALUE);
            assertThat(secrets()).singleElement().satisfies(s -> {
                assertThat(s.value()).isEqualTo(VALUE.reveal());
                assertThat(s.note()).isEqualTo("do not touch");
            });
            assertThat(sink.name()).isEqualTo("bitwarden:homelab");
        }
    }

    @Test
    void theSourceReadsWithTheSameLogin() {
        server.organization().addSecret(server.projectId(), "flux-token", "ghp_1", "");
        try (BitwardenSink sink = sink(b -> { })) {
            sink.put("k", VALUE);
            assertThat(sink.source().read("flux-token")).contains(Secret.of("ghp_1"));
            assertThat(sink.source().read("Flux-Token")).isEmpty();
            assertThat(server.organization().logins()).isEqualTo(1);
        }
    }

    @Test
    void aMissingProjectIsCreatedOnlyOnDemandAndOnlyByWriting() {
        try (BitwardenSink sink = sink(b -> b.project("new"))) {
            assertThatThrownBy(() -> sink.check("k", VALUE))
                    .isInstanceOf(RemoteException.class)
                    .hasMessageContaining("no Bitwarden project named \"new\"; it sees \"homelab\"");
        }
        try (BitwardenSink sink = sink(b -> b.project("new").createProject(true))) {
            assertThat(sink.check("k", VALUE)).isEqualTo(Presence.ABSENT);
            assertThat(server.organization().projectNames()).containsExactly("homelab");
            sink.put("k", VALUE);
            sink.put("l", VALUE);
            assertThat(server.organization().projectNames()).containsExactly("homelab", "new");
        }
        try (BitwardenSink again = sink(b -> b.project("new").createProject(true))) {
            assertThat(again.check("k", VALUE)).isEqualTo(Presence.SAME);
        }
    }

    @Test
    void twoProjectsOfOneNameAreAmbiguous() {
        String second = server.organization().addProject("homelab");
        try (BitwardenSink sink = sink(b -> b.project("homelab"))) {
            assertThatThrownBy(() -> sink.put("k", VALUE))
                    .isInstanceOf(RefusedException.class)
                    .hasMessageContaining(second)
                    .hasMessageContaining(server.projectId());
        }
    }

    @Test
    void severalEntriesOfOneNameAreRefusedByTheirIds() {
        String first = server.organization().addSecret(server.projectId(), "k", "1", "");
        String second = server.organization().addSecret(server.projectId(), "k", VALUE.reveal(), "");
        try (BitwardenSink sink = sink(b -> { })) {
            assertThat(sink.check("k", VALUE)).isEqualTo(Presence.AMBIGUOUS);
            RefusedException refused = catchThrowableOfType(RefusedException.class, () -> sink.put("k", VALUE));
            assertThat(refused.code()).isEqualTo(ErrorCode.AMBIGUOUS_SECRET);
            assertThat(refused).hasMessageContaining(first).hasMessageContaining(second);
            assertThat(server.organization().writes()).isZero();
            assertThatThrownBy(() -> sink.source().read("k")).isInstanceOf(RefusedException.class);
        }
    }

    @Test
    void theSameNameInAnotherProjectIsAnotherEntry() {
        String other = server.organization().addProject("other");
        server.organization().addSecret(other, "k", "theirs", "");
        try (BitwardenSink sink = sink(b -> { })) {
            sink.put("k", VALUE);
        }
        assertThat(server.organization().plainValues(other)).containsEntry("k", "theirs");
        assertThat(secrets()).hasSize(1);
    }

    @Test
    void whatIsTooLongIsRefusedBeforeAnythingIsSent() {
        try (BitwardenSink sink = sink(b -> { })) {
            sink.put("fits", Secret.of("x".repeat(26_191)));
            sink.put("k".repeat(687), VALUE);
            long before = server.organization().writes();
            assertThatThrownBy(() -> sink.put("big", Secret.of("x".repeat(26_192))))
                    .isInstanceOf(RefusedException.class)
                    .hasMessageContaining("35016 characters once encrypted, Bitwarden takes 35000");
            assertThatThrownBy(() -> sink.put("k".repeat(688), VALUE))
                    .isInstanceOf(RefusedException.class)
                    .hasMessageContaining("the name of the secret");
            assertThat(server.organization().writes()).isEqualTo(before);
        }
    }

    @Test
    void aLoginIsRenewedFiveMinutesBeforeItExpires() {
        try (BitwardenSink sink = sink(b -> { })) {
            sink.check("k", VALUE);
            clock.advance(Duration.ofMinutes(54).plusSeconds(59));
            sink.check("k", VALUE);
            assertThat(server.organization().logins()).isEqualTo(1);
            clock.advance(Duration.ofSeconds(1));
            sink.check("k", VALUE);
            assertThat(server.organization().logins()).isEqualTo(2);
        }
    }

    @Test
    void aLoginThatEndedEarlyIsRenewedOnce() {
        try (BitwardenSink sink = sink(b -> { })) {
            sink.put("k", VALUE);
            server.endSessions();
            sink.put("k", Secret.of("2"));
            assertThat(server.organization().logins()).isEqualTo(2);
            assertThat(secrets()).singleElement().satisfies(s -> assertThat(s.value()).isEqualTo("2"));
            server.faults(before(c -> c.path().startsWith("/api/"), new Fault.Error(401, "")));
            assertFailure(() -> sink.check("k", VALUE), ErrorCode.DENIED, false);
            assertThat(server.organization().logins()).isEqualTo(3);
        }
    }

    @Test
    void aRefusedLoginNamesTheRegionAndNoSecret() {
        String token = server.accessToken().replaceFirst("\\.[^.:]+:", ".revokedSecret123:");
        try (BitwardenSink sink = sink(b -> b.accessToken(Secret.of(token)))) {
            RemoteException refused = assertFailure(() -> sink.check("k", VALUE), ErrorCode.DENIED, false);
            assertThat(refused.serverText()).contains("invalid_client");
            assertThat(refused + refused.hint().orElse("")).doesNotContain("revokedSecret123");
        }
        assertThat(Servers.US.loginHint()).contains("EU region");
        assertThat(Servers.EU.loginHint()).contains("US region");
    }

    @Test
    void aTokenWithAnotherKeyIsExplained() {
        String token = server.accessToken().replaceFirst(":.*", ":AAAAAAAAAAAAAAAAAAAAAA==");
        try (BitwardenSink sink = sink(b -> b.accessToken(Secret.of(token)))) {
            assertThatThrownBy(() -> sink.check("k", VALUE))
                    .hasMessageContaining("the login was accepted, but what it answered cannot be decrypted");
        }
    }

    @Test
    void tooManyRequestsIsRetryableAndSaysWhen() {
        try (BitwardenSink sink = sink(b -> { })) {
            server.faults(before(c -> c.method().equals("POST") && c.path().endsWith("/secrets"),
                    new Fault.TooManyRequests(17)));
            RemoteException failure = assertFailure(() -> sink.put("k", VALUE), ErrorCode.SERVER_FAILED, true);
            assertThat(failure.hint()).contains("try again in 17 s");
        }
    }

    @Test
    void theRealLimitsAreReachedAndPass() {
        server.rateLimited(true);
        try (BitwardenSink sink = sink(b -> { })) {
            for (int i = 0; i < 5; i++) {
                sink.put("k" + i, VALUE);
            }
            RemoteException failure = assertFailure(() -> sink.put("k5", VALUE), ErrorCode.SERVER_FAILED, true);
            assertThat(failure.hint()).contains("try again in 1 s");
            clock.advance(Duration.ofSeconds(1));
            sink.put("k5", VALUE);
            assertThat(secrets()).hasSize(6);
        }
    }

    @Test
    void aReadOnlyAccountIsToldThatItMayNotWrite() {
        server.organization().writable(server.projectId(), false);
        try (BitwardenSink sink = sink(b -> { })) {
            assertThat(sink.check("k", VALUE)).isEqualTo(Presence.ABSENT);
            RemoteException failure = assertFailure(() -> sink.put("k", VALUE), ErrorCode.NOT_FOUND, false);
            assertThat(failure.hint().orElseThrow()).contains("Can read, write");
            assertThat(failure.serverText()).contains("Resource not found.");
        }
    }

    @Test
    void anAnswerLostAfterTheEffectDoesNotMakeTheEntryTwice() {
        try (BitwardenSink sink = sink(b -> { })) {
            server.faults(new BitwardenFaults() {
                @Override
                public Optional<Fault> after(Call call) {
                    return call.method().equals("POST") && call.path().endsWith("/secrets")
                            ? Optional.of(new Fault.Drop())
                            : Optional.empty();
                }
            });
            assertFailure(() -> sink.put("k", VALUE), ErrorCode.UNREACHABLE, true);
            server.faults(BitwardenFaults.NONE);
            sink.put("k", VALUE);
            assertThat(secrets()).hasSize(1);
            assertThat(server.organization().writes()).isEqualTo(1);
        }
    }

    @Test
    void writersOfOneSinkDoNotMakeAnEntryOrAProjectTwice() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(6);
        try (BitwardenSink sink = sink(b -> b.project("fresh").createProject(true))) {
            List<Future<?>> running = java.util.stream.IntStream.range(0, 6)
                    .<Future<?>>mapToObj(i -> threads.submit(() -> sink.put("k" + i % 2, VALUE)))
                    .toList();
            for (Future<?> one : running) {
                one.get();
            }
            String project = server.organization().projectId("fresh").orElseThrow();
            assertThat(server.organization().projectNames()).containsExactly("homelab", "fresh");
            assertThat(server.organization().plainValues(project)).containsOnlyKeys("k0", "k1");
            assertThat(server.organization().logins()).isEqualTo(1);
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void aBrokenEntryIsNamedNotSkipped() {
        String id = server.organization().addSecret(server.projectId(), "k", "v", "");
        server.organization().tamper(id, "2.AAAA|AAAA|AAAA", "x");
        try (BitwardenSink sink = sink(b -> { })) {
            assertThatThrownBy(() -> sink.put("k", VALUE))
                    .isInstanceOf(RemoteException.class)
                    .hasMessageContaining("the name of secret " + id + " cannot be decrypted");
        }
    }

    @Test
    void otherAnswersAreUnderstood() {
        try (BitwardenSink sink = sink(b -> { })) {
            server.faults(before(c -> true, new Fault.Error(503, "maintenance")));
            RemoteException down = assertFailure(() -> sink.check("k", VALUE), ErrorCode.SERVER_FAILED, true);
            assertThat(down.serverText()).contains("maintenance");
            server.faults(before(c -> true, new Fault.Raw(200, "text/html", "<html>hotel wifi</html>")));
            assertFailure(() -> sink.check("k", VALUE), ErrorCode.UNEXPECTED_ANSWER, false);
            server.faults(before(c -> true, new Fault.Raw(302, "text/html", "")));
            assertFailure(() -> sink.check("k", VALUE), ErrorCode.UNEXPECTED_ANSWER, false);
            server.faults(before(c -> true, new Fault.Drop()));
            assertFailure(() -> sink.check("k", VALUE), ErrorCode.UNREACHABLE, true);
        }
    }

    /** A server, or a box in between, may answer anything: every error is one of ours and shows no secret. */
    @Test
    void whateverIsAnsweredTheErrorIsOneOfOurs() {
        List<String> bodies = List.of(
                "",
                "null",
                "[]",
                "17",
                "\"x\"",
                "{",
                "{\"a\":1,\"a\":2}",
                "{\"secrets\":null}",
                "{\"secrets\":[null]}",
                "{\"secrets\":[{\"id\":7,\"key\":\"x\"}]}",
                "{\"secrets\":[{\"id\":\"../../x?y\",\"key\":\"x\"}]}",
                "{\"secrets\":[{\"id\":\"" + server.projectId() + "\",\"key\":null}]}",
                "{\"secrets\":[{\"id\":\"" + server.projectId() + "\",\"key\":\"2.a|b|c\"}]}",
                "{\"message\":[1],\"validationErrors\":7}",
                "{\"validationErrors\":{\"Key\":\"x\"}}",
                "{\"access_token\":\"a\\nb\",\"expires_in\":3600,\"encrypted_payload\":\"x\"}",
                "{\"access_token\":\"a.b.c\",\"expires_in\":-1,\"encrypted_payload\":\"x\"}",
                "{\"access_token\":\"a.b.c\",\"expires_in\":3600,\"encrypted_payload\":\"2.AAAA|AAAA|AAAA\"}",
                "[".repeat(5000));
        String secret = server.accessToken().split("[.:]")[2];
        try (BitwardenSink sink = sink(b -> { })) {
            for (String path : List.of("/identity/", "/api/")) {
                for (int status : new int[] {200, 201, 400, 404, 418, 500}) {
                    for (String body : bodies) {
                        server.faults(before(
                                c -> c.path().startsWith(path), new Fault.Raw(status, "application/json", body)));
                        RemoteException failure =
                                catchThrowableOfType(RemoteException.class, () -> sink.put("k", VALUE));
                        assertThat(failure).as(path + status + body).isNotNull();
                        assertThat(failure + failure.hint().orElse("")).doesNotContain(secret);
                    }
                }
            }
        }
        assertThat(secrets()).isEmpty();
    }

    @Test
    void theCloudsAreKnownByTheirWebAddresses() {
        assertThat(Servers.at(URI.create("https://vault.bitwarden.com/"))).isEqualTo(Servers.US);
        assertThat(Servers.at(URI.create("https://api.bitwarden.eu"))).isEqualTo(Servers.EU);
        assertThat(Servers.at(URI.create("https://notbitwarden.eu")).api()).isEqualTo("https://notbitwarden.eu/api");
        assertThat(Servers.at(URI.create("https://h.example/bw/")).identity())
                .isEqualTo("https://h.example/bw/identity");
    }

    @Test
    void anUnknownAuthorityIsRefused() {
        try (BitwardenSink sink = sink(b -> b.caPem(new TestCa("Somebody else").pem()))) {
            assertFailure(() -> sink.check("k", VALUE), ErrorCode.UNTRUSTED, false);
        }
        assertThatThrownBy(() -> sink(b -> b.caPem("not PEM"))).isInstanceOf(ConfigurationException.class);
        assertThatThrownBy(() -> sink(b -> b.server(URI.create("http://localhost:1"))))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("https://");
    }

    @Test
    void aServerThatIsNotThereIsRetryable() {
        String url = server.serverUrl();
        server.close();
        try (BitwardenSink sink = sink(b -> b.server(URI.create(url)))) {
            assertFailure(() -> sink.check("k", VALUE), ErrorCode.UNREACHABLE, true);
        }
    }

    @Test
    void everythingMissingIsNamedAtOnce() {
        assertThatThrownBy(() -> BitwardenSink.builder().build())
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("BitwardenSink: missing: accessToken, project");
    }

    private BitwardenSink sink(Consumer<BitwardenSink.Builder> more) {
        BitwardenSink.Builder builder = BitwardenSink.builder()
                .accessToken(Secret.of(server.accessToken()))
                .server(URI.create(server.serverUrl()))
                .caPem(server.caPem())
                .project(server.projectId())
                .time(clock::now);
        more.accept(builder);
        return builder.build();
    }

    private List<PlainSecret> secrets() {
        return server.organization().plainSecrets(server.projectId());
    }

    private static BitwardenFaults before(Predicate<Call> which, Fault fault) {
        return new BitwardenFaults() {
            @Override
            public Optional<Fault> before(Call call) {
                return which.test(call) ? Optional.of(fault) : Optional.empty();
            }
        };
    }

    private static RemoteException assertFailure(Runnable call, ErrorCode code, boolean retryable) {
        RemoteException failure = catchThrowableOfType(RemoteException.class, call::run);
        assertThat(failure).isNotNull();
        assertThat(failure.code()).as(failure.getMessage()).isEqualTo(code);
        assertThat(failure.retryable()).as(failure.getMessage()).isEqualTo(retryable);
        return failure;
    }
}
