package io.talospve.http.internal;

import io.talospve.http.HttpAnswer;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/**
 * One request to an https URL with an IPv6 address, through an HTTP proxy. java.net.http cannot do that: it takes the address
 * with its brackets for a server name of TLS and fails before it asks any trust manager. The proxy is asked to CONNECT, TLS is
 * checked for the bare address as strictly as everywhere (chain, and IP address in the certificate; or the pin), and one
 * request is made over HTTP/1.1 on a connection that ends with it. Single use.
 */
public final class ProxyTunnel {
    private final InetSocketAddress proxy;
    private final HttpRequest request;
    private final String address;
    private final int port;
    private final Duration connectTimeOut;
    private final Socket plain = new Socket(Proxy.NO_PROXY);

    private ProxyTunnel(InetSocketAddress proxy, HttpRequest request, Duration connectTimeOut) {
        String host = request.uri().getHost();
        this.proxy = proxy;
        this.request = request;
        this.address = host.substring(1, host.length() - 1);
        this.port = request.uri().getPort() < 0 ? 443 : request.uri().getPort();
        this.connectTimeOut = connectTimeOut;
    }

    /**
     * A tunnel for a request that needs one: https, an IPv6 address, and a proxy before it.
     *
     * @param proxies chooses the proxy
     * @param request the request
     * @param connectTimeOut how long connecting to the proxy may take
     */
    public static Optional<ProxyTunnel> ifNeeded(ProxySelector proxies, HttpRequest request, Duration connectTimeOut) {
        URI uri = request.uri();
        if (!uri.getScheme().equalsIgnoreCase("https") || !uri.getHost().startsWith("[")) {
            return Optional.empty();
        }
        // the first that is offered, as java.net.http does
        return proxies.select(uri).stream()
                .limit(1)
                .filter(chosen -> chosen.type() == Proxy.Type.HTTP)
                .map(chosen -> new ProxyTunnel((InetSocketAddress) chosen.address(), request, connectTimeOut))
                .findFirst();
    }

    /**
     * Makes the request on a thread of its own.
     *
     * @param tls whom to believe
     * @param maxBytes longest body that is read
     */
    public CompletableFuture<HttpAnswer> start(SSLContext tls, int maxBytes) {
        CompletableFuture<HttpAnswer> answer = new CompletableFuture<>();
        Thread thread = new Thread(
                () -> {
                    try (plain) {
                        answer.complete(exchange(tls, maxBytes));
                    } catch (IOException | RuntimeException e) {
                        answer.completeExceptionally(e);
                    }
                },
                "talos-pve-http-tunnel");
        thread.setDaemon(true);
        thread.start();
        return answer;
    }

    /** Ends the exchange wherever it is. */
    public void abort() {
        try {
            plain.close();
        } catch (IOException e) {
            // it is closed all the same
        }
    }

    private HttpAnswer exchange(SSLContext tls, int maxBytes) throws IOException {
        plain.connect(
                proxy.isUnresolved() ? new InetSocketAddress(proxy.getHostString(), proxy.getPort()) : proxy,
                Math.toIntExact(Math.min(connectTimeOut.toMillis() + 1, Integer.MAX_VALUE)));
        plain.setTcpNoDelay(true);
        AnswerReader.Head proxied = connectThroughProxy();
        if (proxied.status() == 407) {
            // as java.net.http does: who asks wants to know that the proxy wants a password
            return new HttpAnswer(407, proxied.headers(), new byte[0]);
        }
        if (proxied.status() / 100 != 2) {
            throw new ConnectException("the proxy answered " + proxied.status() + " to CONNECT " + target());
        }
        try (SSLSocket socket = (SSLSocket) tls.getSocketFactory().createSocket(plain, address, port, true)) {
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            socket.setSSLParameters(parameters);
            socket.startHandshake();
            send(socket.getOutputStream());
            return new AnswerReader(new BufferedInputStream(socket.getInputStream())).answer(maxBytes);
        }
    }

    /** Unbuffered, so that no byte of TLS is taken. */
    private AnswerReader.Head connectThroughProxy() throws IOException {
        plain.getOutputStream()
                .write(("CONNECT " + target() + " HTTP/1.1\r\nHost: " + target() + "\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
        return new AnswerReader(plain.getInputStream()).head();
    }

    private String target() {
        return request.uri().getHost() + ":" + port;
    }

    private void send(OutputStream out) throws IOException {
        URI uri = request.uri();
        String path = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        StringBuilder head = new StringBuilder(request.method())
                .append(' ')
                .append(path)
                .append(uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery())
                .append(" HTTP/1.1\r\nHost: ")
                .append(uri.getHost())
                .append(uri.getPort() < 0 ? "" : ":" + uri.getPort())
                .append("\r\nConnection: close\r\n");
        // the JDK has let no line break into names and values
        request.headers().map().forEach((name, values) ->
                values.forEach(value -> head.append(name).append(": ").append(value).append("\r\n")));
        byte[] body = request.bodyPublisher().map(ProxyTunnel::bytes).orElse(new byte[0]);
        if (body.length > 0 || !request.method().equals("GET")) {
            head.append("Content-Length: ").append(body.length).append("\r\n");
        }
        bytes.writeBytes(head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
        bytes.writeBytes(body);
        out.write(bytes.toByteArray());
        out.flush();
    }

    private static byte[] bytes(HttpRequest.BodyPublisher publisher) {
        BoundedBody whole = new BoundedBody(Integer.MAX_VALUE);
        publisher.subscribe(new Flow.Subscriber<>() {
            @Override
            public void onSubscribe(Flow.Subscription subscription) {
                whole.onSubscribe(subscription);
            }

            @Override
            public void onNext(ByteBuffer buffer) {
                whole.onNext(List.of(buffer));
            }

            @Override
            public void onError(Throwable failure) {
                whole.onError(failure);
            }

            @Override
            public void onComplete() {
                whole.onComplete();
            }
        });
        return whole.getBody().toCompletableFuture().join();
    }
}
