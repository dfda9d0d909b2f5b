package io.talospve.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.talospve.testkit.internal.tls.TestCa;
import java.net.URI;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HttpTrustTest {
    private static final TestCa CA = new TestCa("trust");

    @Test
    void whoeverTheTrustIsForIsBelieved() throws Exception {
        TestCa.Issued named = CA.issue("server", List.of("127.0.0.1"));
        TestCa.Issued elsewhere = CA.issue("server", List.of("elsewhere.example"));
        String two = "Subject: another one\n" + new TestCa("another").pem() + CA.pem();
        for (HttpTrust trust : List.of(
                HttpTrust.authorities(CA.pem()),
                HttpTrust.authorities(two),
                HttpTrust.jvmAnd(two),
                HttpTrust.pinned(List.of("00".repeat(32), named.fingerprint())),
                HttpTrust.pinned(List.of(" " + named.fingerprint().replace(":", "").toLowerCase(Locale.ROOT))))) {
            assertThat(status(named, trust)).isEqualTo(200);
        }
        assertThat(status(elsewhere, HttpTrust.pinned(List.of(elsewhere.fingerprint()))))
                .as("the pinned certificate is the identity, whatever its name")
                .isEqualTo(200);
        assertThatThrownBy(() -> status(elsewhere, HttpTrust.jvmAnd(two)))
                .isInstanceOfSatisfying(HttpFailure.class, e -> {
                    assertThat(e.reason()).contains("127.0.0.1");
                    assertThat(e.seenFingerprint()).isEmpty();
                });
    }

    @Test
    void anotherFingerprintIsSaidSoThatItCanBeCompared() {
        TestCa.Issued named = CA.issue("server", List.of("127.0.0.1"));
        assertThatThrownBy(() -> status(named, HttpTrust.pinned(List.of("00".repeat(32)))))
                .isInstanceOfSatisfying(HttpFailure.class, e -> {
                    assertThat(e.seenFingerprint()).contains(named.fingerprint());
                    assertThat(e.reason()).endsWith(", pinned is " + "00".repeat(32));
                });
    }

    private static int status(TestCa.Issued identity, HttpTrust trust) throws Exception {
        try (RawServer server = new RawServer(identity, "127.0.0.1").answers(RawServer.ok(""));
                BoundedHttpClient client = new BoundedHttpClient(HttpSettings.direct().withTrust(trust))) {
            return client.send(HttpRequest.newBuilder(server.url()).build(), 0, Duration.ofSeconds(20)).status();
        }
    }

    @Test
    void whatIsNoTrustIsRefusedAtOnce() {
        Stream.<ThrowingCallable>of(
                        () -> HttpTrust.authorities(""),
                        () -> HttpTrust.authorities("nothing"),
                        () -> HttpTrust.jvmAnd("nothing"),
                        () -> HttpTrust.authorities(List.of()),
                        () -> HttpTrust.authorities("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
                        () -> HttpTrust.pinned(List.of()),
                        () -> HttpTrust.pinned(List.of("ab:cd")),
                        () -> HttpTrust.pinned(List.of("zz".repeat(32))),
                        () -> HttpSettings.direct().withConnectTimeOut(Duration.ZERO))
                .forEach(bad -> assertThatThrownBy(bad).isInstanceOf(IllegalArgumentException.class));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "a b", "a\nb", "ä"})
    void whatFitsInNoHeaderIsRefusedWithoutShowingIt(String token) {
        assertThat(HeaderValue.fits(token)).isFalse();
        assertThatThrownBy(() -> HeaderValue.require("the token", token)).hasMessageStartingWith("the token is empty or holds");
    }

    @Test
    void aTimeThatIsOverIsATimeOut() throws Exception {
        try (RawServer server = new RawServer();
                BoundedHttpClient client = new BoundedHttpClient(HttpSettings.direct())) {
            Duration none = Deadline.in(Duration.ofSeconds(-1)).left();
            assertThatThrownBy(() -> client.send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port())).build(), 9, none))
                    .isInstanceOfSatisfying(HttpFailure.class, e -> assertThat(e.kind()).isEqualTo(HttpFailure.Kind.TIMED_OUT));
        }
    }
}
