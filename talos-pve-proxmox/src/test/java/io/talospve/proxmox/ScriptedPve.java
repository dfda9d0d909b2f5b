package io.talospve.proxmox;

import io.talospve.testkit.internal.tls.TestCa;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;

/**
 * An HTTPS server on sockets that says what a test tells it and remembers what it was asked. It behaves as pveproxy does
 * on the wire: keep-alive, a close after every status from 400, a reason phrase. On loopback, on a free port.
 */
public final class ScriptedPve implements AutoCloseable {
    /** What was asked; header names in lower case. */
    public record Request(String method, String target, Map<String, String> headers, String body, int connection) {
        public String line() {
            return method + " " + target.replaceFirst("^/api2/json", "");
        }
    }

    /** What is answered. */
    public record Response(int status, String reason, String body, boolean drop, boolean close) {
        public static Response data(String json) {
            return new Response(200, "OK", "{\"data\":" + json + "}", false, false);
        }

        public static Response error(int status, String reason, String body) {
            return new Response(status, reason, body, false, true);
        }

        /** {@code die} in a handler, as 8.4 and later send it. */
        public static Response die(String text) {
            return error(500, text.lines().findFirst().orElse(""), "{\"data\":null,\"message\":\"" + text + "\\n\"}");
        }

        public static Response notVerified(String parameter, String text) {
            return error(
                    400,
                    "Parameter verification failed.",
                    "{\"data\":null,\"message\":\"Parameter verification failed.\\n\",\"errors\":{\"" + parameter + "\":\""
                            + text + "\"}}");
        }

        /** The connection ends instead of an answer. */
        public static Response dropped() {
            return new Response(0, "", "", true, true);
        }

        public Response thenClose() {
            return new Response(status, reason, body, drop, true);
        }
    }

    public static final TestCa CA = new TestCa("scripted");

    private final SSLServerSocket server;
    private final TestCa.Issued identity;
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "scripted-pve");
        thread.setDaemon(true);
        return thread;
    });
    private final Function<Request, Response> script;
    private final List<Request> requests = Collections.synchronizedList(new ArrayList<>());
    private final AtomicInteger connections = new AtomicInteger();
    private final ConcurrentLinkedQueue<Socket> open = new ConcurrentLinkedQueue<>();

    public ScriptedPve(Function<Request, Response> script) {
        this(List.of("127.0.0.1", "localhost"), script);
    }

    public ScriptedPve(List<String> names, Function<Request, Response> script) {
        this.script = script;
        identity = CA.issue("alpha", names);
        try {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            store.setKeyEntry("key", identity.key(), new char[0], new Certificate[] {identity.certificate()});
            KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(store, new char[0]);
            SSLContext tls = SSLContext.getInstance("TLS");
            tls.init(keys.getKeyManagers(), null, null);
            server = (SSLServerSocket)
                    tls.getServerSocketFactory().createServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        }
        threads.execute(this::accept);
    }

    public String url() {
        return "https://127.0.0.1:" + server.getLocalPort();
    }

    public String fingerprint() {
        return identity.fingerprint();
    }

    public List<Request> requests() {
        synchronized (requests) {
            return List.copyOf(requests);
        }
    }

    public List<String> lines() {
        return requests().stream().map(Request::line).toList();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                open.add(socket);
                socket.setTcpNoDelay(true);
                int number = connections.incrementAndGet();
                threads.execute(() -> serve(socket, number));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(Socket socket, int connection) {
        try (socket) {
            InputStream in = new BufferedInputStream(socket.getInputStream());
            OutputStream out = socket.getOutputStream();
            while (true) {
                String first = line(in);
                if (first.isEmpty()) {
                    return;
                }
                String[] parts = first.split(" ");
                Map<String, String> headers = new LinkedHashMap<>();
                for (String header = line(in); !header.isEmpty(); header = line(in)) {
                    int colon = header.indexOf(':');
                    headers.put(header.substring(0, colon).toLowerCase(Locale.ROOT), header.substring(colon + 1).strip());
                }
                int length = Integer.parseInt(headers.getOrDefault("content-length", "0"));
                String body = new String(in.readNBytes(length), StandardCharsets.UTF_8);
                Request request = new Request(parts[0], parts[1], headers, body, connection);
                requests.add(request);
                Response response = script.apply(request);
                if (response.drop()) {
                    return;
                }
                byte[] bytes = response.body().getBytes(StandardCharsets.UTF_8);
                boolean close = response.close() || response.status() >= 400;
                out.write(("HTTP/1.1 " + response.status() + " " + response.reason() + "\r\n"
                                + "Connection: " + (close ? "close" : "Keep-Alive") + "\r\n"
                                + "Content-Length: " + bytes.length + "\r\n"
                                + "Content-Type: application/json;charset=UTF-8\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
                out.write(bytes);
                out.flush();
                if (close) {
                    return;
                }
            }
        } catch (IOException e) {
            // the client went away
        }
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder text = new StringBuilder();
        for (int c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
            if (c != '\r') {
                text.append((char) c);
            }
        }
        return text.toString();
    }

    @Override
    public void close() {
        try {
            server.close();
            for (Socket socket : open) {
                socket.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            threads.shutdownNow();
        }
    }
}
