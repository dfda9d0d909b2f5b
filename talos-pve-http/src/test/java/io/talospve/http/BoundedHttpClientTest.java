package io.talospve.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.talospve.error.ErrorCode;
import io.talospve.error.RemoteException;
import io.talospve.http.HttpFailure.Kind;
import io.talospve.testkit.internal.tls.TestCa;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.assertj.core.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class BoundedHttpClientTest {
    private static final TestCa CA = new TestCa("http");
    private static final String V6 = "2001:db8::7";
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final HttpHints HINTS = new HttpHints("give the CA", "is it up?", "look first");

    /** The two ways that an answer comes: by java.net.http, and by the tunnel to an IPv6 address behind a proxy. */
    enum Way {
        DIRECT,
        TUNNEL
    }

    /** A server, and a client that reaches it in one of the ways. */
    private static final class Wire implements AutoCloseable {
        final RawServer server = new RawServer(CA.issue("server", List.of("127.0.0.1", V6)), "127.0.0.1");
        final ConnectProxy proxy = new ConnectProxy(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), server.port()));
        final BoundedHttpClient client;
        final URI url;

        Wire(Way way) throws IOException {
            HttpSettings settings = HttpSettings.direct().withTrust(HttpTrust.authorities(CA.pem()));
            client = new BoundedHttpClient(way == Way.DIRECT ? settings : settings.withProxy(proxy.address(), List.of()));
            url = way == Way.DIRECT ? server.url() : URI.create("https://[" + V6 + "]:6443/a?b=c");
        }

        HttpAnswer get(int maxBytes) throws HttpFailure {
            return client.send(HttpRequest.newBuilder(url).build(), maxBytes, LONG);
        }

        HttpFailure fails(int maxBytes) {
            HttpFailure failure = catchThrowableOfType(HttpFailure.class, () -> get(maxBytes));
            assertThat(failure).isNotNull();
            return failure;
        }

        @Override
        public void close() throws IOException {
            client.close();
            proxy.close();
            server.close();
        }
    }

    @ParameterizedTest
    @EnumSource
    void anAnswerComesWithStatusHeadersAndBody(Way way) throws IOException {
        try (Wire wire = new Wire(way)) {
            wire.server.answers("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
                    + "HTTP/1.1 418 tea\r\nRetry-After:  7 \r\ncontent-length: 2\r\nX-A: 1\r\nx-a: 2\r\n\r\nno");
            HttpAnswer answer = wire.get(2);
            assertThat(answer.status()).isEqualTo(418);
            assertThat(answer.text()).isEqualTo("no");
            assertThat(answer.headers().firstValue("retry-after")).contains("7");
            assertThat(answer.headers().allValues("X-A")).containsExactly("1", "2");
        }
    }

    @ParameterizedTest
    @EnumSource
    void aRequestArrivesWhole(Way way) throws IOException {
        try (Wire wire = new Wire(way)) {
            wire.client.send(
                    HttpRequest.newBuilder(wire.url)
                            .header("Authorization", "Bearer t")
                            .PUT(BodyPublishers.ofString("päyload"))
                            .build(),
                    0,
                    LONG);
            wire.client.send(HttpRequest.newBuilder(wire.url).DELETE().build(), 0, LONG);
            String put = wire.server.requests.get(0);
            assertThat(put).startsWith("PUT /a?b=c HTTP/1.1\r\n").contains("Authorization: Bearer t\r\n").endsWith("\r\n\r\npäyload");
            assertThat(put).containsIgnoringCase("\r\nHost: " + wire.url.getAuthority() + "\r\n");
            assertThat(put).containsIgnoringCase("\r\nContent-Length: 8\r\n");
            assertThat(wire.server.requests.get(1)).startsWith("DELETE /a?b=c HTTP/1.1\r\n");
        }
    }

    @ParameterizedTest
    @EnumSource
    void oneByteMoreThanAllowedIsNotTaken(Way way) throws IOException {
        try (Wire wire = new Wire(way)) {
            for (String answer : List.of(
                    "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n12345678",
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\n12345\r\n3\r\n678\r\n0\r\nT: x\r\n\r\n",
                    "HTTP/1.1 200 OK\r\n\r\n12345678")) {
                wire.server.answers(answer);
                assertThat(wire.get(8).text()).isEqualTo("12345678");
                HttpFailure failure = wire.fails(7);
                assertThat(failure.kind()).isEqualTo(Kind.UNUSABLE);
                RemoteException error = failure.error("get it", HINTS);
                assertThat(error.code()).isEqualTo(ErrorCode.UNEXPECTED_ANSWER);
                assertThat(error).hasMessage("get it: the answer is longer than 7 bytes");
                assertThat(error.retryable()).isFalse();
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void anAnswerThatBreaksOffIsNotTakenForAWholeOne(Way way) throws IOException {
        try (Wire wire = new Wire(way)) {
            for (String answer : List.of(
                    "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{\"a\":1}",
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7\r\n{\"a\":1}\r\n",
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nf\r\n{\"a\":1}",
                    "HTTP/1.1 200 OK\r\nContent-",
                    "")) {
                wire.server.answers(answer);
                HttpFailure failure = wire.fails(100);
                assertThat(failure.kind()).as(answer).isEqualTo(Kind.LOST);
                assertThat(failure.effectUnknown()).as("it was a read").isFalse();
                assertThat(failure.error("get it", HINTS).code()).isEqualTo(ErrorCode.UNREACHABLE);
                assertThat(failure.error("get it", HINTS).retryable()).isTrue();
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatMayHaveHadItsEffectIsSaid(Way way) throws IOException {
        try (Wire wire = new Wire(way)) {
            wire.server.answers("");
            HttpRequest post = HttpRequest.newBuilder(wire.url).POST(BodyPublishers.ofString("x")).build();
            HttpFailure failure = catchThrowableOfType(HttpFailure.class, () -> wire.client.send(post, 9, LONG));
            assertThat(failure.kind()).isEqualTo(Kind.LOST);
            assertThat(failure.effectUnknown()).isTrue();
            assertThat(failure.error("make it", HINTS).hint()).contains("look first");
            assertThat(wire.server.requests).as("never sent twice").hasSize(1);
        }
    }

    @ParameterizedTest
    @EnumSource
    void headersWithoutEndAreNotRead(Way way) throws IOException {
        try (Wire wire = new Wire(way)) {
            String line = "X-A: " + "x".repeat(1000) + "\r\n";
            wire.server.answers(out -> {
                out.write("HTTP/1.1 200 OK\r\n".getBytes());
                while (true) {
                    out.write(line.getBytes());
                }
            });
            HttpFailure failure = wire.fails(100);
            assertThat(failure.kind()).isEqualTo(Kind.LOST);
            assertThat(failure.reason()).containsIgnoringCase("header").contains("393216");
        }
    }

    @ParameterizedTest
    @EnumSource
    void aSlowDripEndsWithTheTimeForTheWholeCall(Way way) throws Exception {
        CountDownLatch over = new CountDownLatch(1);
        AtomicReference<IOException> hungUp = new AtomicReference<>();
        CountDownLatch gone = new CountDownLatch(1);
        try (Wire wire = new Wire(way)) {
            wire.server.answers(out -> {
                out.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n".getBytes());
                try {
                    while (!over.await(10, TimeUnit.MILLISECONDS)) {
                        out.write('x');
                        out.flush();
                    }
                } catch (IOException e) {
                    hungUp.set(e);
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
                gone.countDown();
            });
            HttpRequest request = HttpRequest.newBuilder(wire.url).build();
            HttpFailure failure = catchThrowableOfType(
                    HttpFailure.class, () -> wire.client.send(request, 2_000_000, Duration.ofMillis(300)));
            assertThat(failure.kind()).isEqualTo(Kind.TIMED_OUT);
            assertThat(failure).hasMessage("no complete answer within 300 ms");
            assertThat(failure.retryable()).isTrue();
            assertThat(gone.await(20, TimeUnit.SECONDS)).as("the connection is given up").isTrue();
            assertThat(hungUp.get()).isNotNull();
        } finally {
            over.countDown();
        }
    }

    @ParameterizedTest
    @EnumSource
    void anInterruptEndsTheCallAndStays(Way way) throws Exception {
        CountDownLatch arrived = new CountDownLatch(1);
        CountDownLatch over = new CountDownLatch(1);
        try (Wire wire = new Wire(way)) {
            wire.server.answers(out -> {
                arrived.countDown();
                try {
                    over.await();
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
            });
            AtomicReference<Throwable> thrown = new AtomicReference<>();
            AtomicReference<Boolean> interrupted = new AtomicReference<>();
            Thread caller = new Thread(() -> {
                try {
                    wire.get(1);
                } catch (HttpFailure e) {
                    thrown.set(e.error("get it", HINTS));
                    interrupted.set(Thread.currentThread().isInterrupted());
                }
            });
            caller.start();
            assertThat(arrived.await(20, TimeUnit.SECONDS)).isTrue();
            caller.interrupt();
            caller.join();
            assertThat(((RemoteException) thrown.get()).code()).isEqualTo(ErrorCode.CANCELLED);
            assertThat(interrupted.get()).isTrue();
        } finally {
            over.countDown();
        }
    }

    @ParameterizedTest
    @EnumSource
    void anEncodingThatWasNotAskedForIsRefusedAndNotShownAsText(Way way) throws IOException {
        try (Wire wire = new Wire(way)) {
            String gzip = "Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\u001f\u008b\b";
            wire.server.answers("HTTP/1.1 200 OK\r\n" + gzip);
            HttpFailure failure = wire.fails(100);
            assertThat(failure.kind()).isEqualTo(Kind.UNUSABLE);
            assertThat(failure).hasMessage("the answer is encoded as gzip, which was not asked for");
            assertThat(wire.server.requests.get(0)).doesNotContainIgnoringCase("Accept-Encoding");
            HttpRequest request = HttpRequest.newBuilder(wire.url).build();
            assertThat(wire.client.fetch(request, 3, LONG).body()).as("a file is taken as it is").hasSize(3);
            wire.server.answers("HTTP/1.1 502 Bad Gateway\r\n" + gzip);
            assertThat(wire.get(100).status()).isEqualTo(502);
            assertThat(wire.get(100).words()).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource
    void redirectsAreNotFollowed(Way way) throws IOException {
        try (Wire wire = new Wire(way)) {
            wire.server.answers("HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n");
            assertThat(wire.get(0).status()).isEqualTo(302);
            assertThat(wire.get(0).errorCode()).isEqualTo(ErrorCode.UNEXPECTED_ANSWER);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aServerThatIsNotBelievedNeverSeesTheRequest(Way way) throws IOException {
        try (Wire wire = new Wire(way)) {
            HttpSettings settings = way == Way.DIRECT
                    ? HttpSettings.direct()
                    : HttpSettings.direct().withProxy(wire.proxy.address(), List.of());
            String fingerprint = CA.issue("other", List.of(V6)).fingerprint();
            Stream.of(
                            HttpTrust.jvm(),
                            HttpTrust.jvmAnd(new TestCa("http").pem()),
                            HttpTrust.authorities(new TestCa("http").pem()),
                            HttpTrust.pinned(List.of(fingerprint)))
                    .forEach(trust -> {
                        try (BoundedHttpClient other = new BoundedHttpClient(settings.withTrust(trust))) {
                            HttpRequest post =
                                    HttpRequest.newBuilder(wire.url).POST(BodyPublishers.ofString("secret")).build();
                            HttpFailure failure =
                                    catchThrowableOfType(HttpFailure.class, () -> other.send(post, 9, LONG));
                            assertThat(failure.kind()).isEqualTo(Kind.UNTRUSTED);
                            assertThat(failure.effectUnknown()).isFalse();
                            RemoteException error = failure.error("make it", HINTS);
                            assertThat(error.code()).isEqualTo(ErrorCode.UNTRUSTED);
                            assertThat(error.retryable()).isFalse();
                            assertThat(error.hint()).contains("give the CA");
                        }
                    });
            assertThat(wire.server.requests).isEmpty();
        }
    }

    @Test
    void aMachineAtAnIpv6AddressIsReachedThroughAProxy() throws IOException {
        InetAddress loopback = InetAddress.getByName("::1");
        Assumptions.assumeThat(listens(loopback)).as("this machine has an IPv6 loopback").isTrue();
        TestCa.Issued identity = CA.issue("server", List.of("::1"));
        try (RawServer server = new RawServer(identity, "::1");
                ConnectProxy proxy = new ConnectProxy(new InetSocketAddress(loopback, server.port()))) {
            server.answers(RawServer.ok("yes"));
            HttpSettings through = HttpSettings.direct().withProxy(proxy.address(), List.of());
            URI url = URI.create("https://[::1]:" + server.port() + "/version");
            for (HttpTrust trust : List.of(HttpTrust.authorities(CA.pem()), HttpTrust.pinned(List.of(identity.fingerprint())))) {
                try (BoundedHttpClient client = new BoundedHttpClient(through.withTrust(trust))) {
                    assertThat(client.send(HttpRequest.newBuilder(url).build(), 9, LONG).text()).isEqualTo("yes");
                }
            }
            assertThat(proxy.heads).hasSize(2).allSatisfy(head -> assertThat(head)
                    .startsWith("CONNECT [::1]:" + server.port() + " HTTP/1.1\r\nHost: [::1]:" + server.port() + "\r\n"));
            assertThat(server.requests.get(0)).contains("\r\nHost: [::1]:" + server.port() + "\r\n");
        }
    }

    private static boolean listens(InetAddress address) {
        try (ServerSocket socket = new ServerSocket(0, 1, address)) {
            return socket.getLocalPort() > 0;
        } catch (IOException e) {
            return false;
        }
    }

    /** As strict as java.net.http is for every other address: neither a name nor another address will do. */
    @ParameterizedTest
    @ValueSource(strings = {"2001:db8::8", "::7", "127.0.0.1", "server.example", "2001:db8::7.example"})
    void theTunnelWantsTheAddressItselfInTheCertificate(String subject) throws IOException {
        try (RawServer server = new RawServer(CA.issue(subject, List.of(subject)), "127.0.0.1");
                ConnectProxy proxy =
                        new ConnectProxy(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), server.port()));
                BoundedHttpClient client = new BoundedHttpClient(HttpSettings.direct()
                        .withTrust(HttpTrust.authorities(CA.pem()))
                        .withProxy(proxy.address(), List.of()))) {
            HttpRequest request = HttpRequest.newBuilder(URI.create("https://[" + V6 + "]/")).build();
            HttpFailure failure = catchThrowableOfType(HttpFailure.class, () -> client.send(request, 9, LONG));
            assertThat(failure.kind()).isEqualTo(Kind.UNTRUSTED);
            assertThat(failure.reason()).contains("2001:db8:");
            assertThat(server.requests).isEmpty();
            assertThat(proxy.heads.get(0)).startsWith("CONNECT [" + V6 + "]:443 HTTP/1.1\r\n");
        }
    }

    @ParameterizedTest
    @EnumSource
    void aProxyThatLeadsNowhereIsNoConnection(Way way) throws IOException {
        try (Wire wire = new Wire(Way.TUNNEL)) {
            wire.proxy.answer = "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n";
            URI url = way == Way.TUNNEL ? wire.url : URI.create("https://192.0.2.1:6443/");
            HttpRequest post = HttpRequest.newBuilder(url).POST(BodyPublishers.ofString("x")).build();
            HttpFailure failure = catchThrowableOfType(HttpFailure.class, () -> wire.client.send(post, 9, LONG));
            assertThat(failure.kind()).as(failure.reason()).isEqualTo(Kind.NOT_CONNECTED);
            assertThat(failure.reason()).contains("502");
            assertThat(failure.retryable()).isTrue();
            assertThat(failure.effectUnknown()).isFalse();
            wire.proxy.answer = "HTTP/1.1 407 Who are you\r\nProxy-Authenticate: Basic realm=x\r\nContent-Length: 0\r\n\r\n";
            HttpAnswer refused = wire.client.send(post, 9, LONG);
            assertThat(refused.errorCode()).isEqualTo(ErrorCode.DENIED);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
                "HTTP/1.1 200 OK\r\nContent-Length: +3\r\n\r\nabc",
                "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nabc",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffff\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nno header\r\n\r\n",
                "HTTP/1.1 200 OK\r\n folded: x\r\n\r\n",
                "HTTP/2 200\r\n\r\n",
                "SSH-2.0-OpenSSH_9.2\r\n\r\n"
            })
    void whatTwoReadersCouldUnderstandDifferentlyIsNotUnderstood(String answer) throws IOException {
        try (Wire wire = new Wire(Way.TUNNEL)) {
            wire.server.answers(answer);
            assertThat(wire.fails(100).kind()).isEqualTo(Kind.LOST);
        }
    }

    @Test
    void withoutAServerNothingArrived() throws IOException {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            port = free.getLocalPort();
        }
        try (BoundedHttpClient client = new BoundedHttpClient(HttpSettings.direct())) {
            HttpRequest post = HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + port))
                    .POST(BodyPublishers.noBody())
                    .build();
            HttpFailure failure = catchThrowableOfType(HttpFailure.class, () -> client.send(post, 9, LONG));
            assertThat(failure.kind()).isEqualTo(Kind.NOT_CONNECTED);
            assertThat(failure.effectUnknown()).isFalse();
            assertThat(failure.error("make it", HINTS).hint()).contains("is it up?");
        }
    }

    @Test
    void aServerWithoutTlsIsNamed() throws IOException {
        try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"));
                BoundedHttpClient client = new BoundedHttpClient(HttpSettings.direct())) {
            RawServer.daemon(() -> {
                try (Socket socket = listener.accept()) {
                    // answered as soon as it begins to speak: there is no end of a request to wait for
                    socket.getInputStream().read();
                    socket.getOutputStream().write("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes());
                    socket.getInputStream().transferTo(OutputStream.nullOutputStream());
                }
            });
            URI url = URI.create("https://127.0.0.1:" + listener.getLocalPort());
            HttpFailure failure =
                    catchThrowableOfType(HttpFailure.class, () -> client.send(HttpRequest.newBuilder(url).build(), 9, LONG));
            assertThat(failure.kind()).as(failure.reason() + failure.getCause()).isEqualTo(Kind.TLS_REFUSED);
            assertThat(failure.error("get it", HINTS).code()).isEqualTo(ErrorCode.UNTRUSTED);
            assertThat(failure.unreachable("get it", HINTS).retryable()).isTrue();
        }
    }
}
