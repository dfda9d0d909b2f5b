package io.talospve.http;

import io.talospve.testkit.internal.tls.TestCa;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/** Answers every request, on loopback, with the bytes that a test gives, and ends the connection after each. */
final class RawServer implements AutoCloseable {
    /** Writes an answer. */
    interface Answer {
        void to(OutputStream out) throws IOException;
    }

    /** Heads and bodies of the requests. */
    final List<String> requests = new CopyOnWriteArrayList<>();

    private final Queue<Socket> open = new ConcurrentLinkedQueue<>();
    private final ServerSocket listener;
    private final @Nullable SSLContext tls;
    private volatile Answer answer = ok("");

    /** Without TLS. */
    RawServer() {
        this(null, "127.0.0.1");
    }

    /** With a certificate, on an address. */
    RawServer(TestCa.@Nullable Issued identity, String address) {
        tls = identity == null ? null : context(identity);
        try {
            listener = new ServerSocket(0, 50, InetAddress.getByName(address));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        daemon(this::accept);
    }

    private static SSLContext context(TestCa.Issued identity) {
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setKeyEntry("key", identity.key(), new char[0], new Certificate[] {identity.certificate()});
            KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(store, new char[0]);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys.getKeyManagers(), null, null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    RawServer answers(Answer given) {
        answer = given;
        return this;
    }

    RawServer answers(String text) {
        return answers(out -> out.write(text.getBytes(StandardCharsets.ISO_8859_1)));
    }

    static Answer ok(String body) {
        return out -> out.write(("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " + body.length() + "\r\n\r\n" + body)
                .getBytes(StandardCharsets.ISO_8859_1));
    }

    int port() {
        return listener.getLocalPort();
    }

    URI url() {
        return URI.create((tls != null ? "https" : "http") + "://127.0.0.1:" + port() + "/a?b=c");
    }

    private void accept() throws IOException {
        while (true) {
            Socket plain = listener.accept();
            open.add(plain);
            daemon(() -> {
                try (plain;
                        Socket socket = tls == null ? plain : secured(plain, tls)) {
                    String head = head(socket.getInputStream());
                    int length = head.toLowerCase(Locale.ROOT).indexOf("content-length: ");
                    byte[] body = socket.getInputStream()
                            .readNBytes(length < 0 ? 0 : Integer.parseInt(head.substring(length + 16).split("\r")[0]));
                    requests.add(head + new String(body, StandardCharsets.UTF_8));
                    answer.to(socket.getOutputStream());
                    socket.getOutputStream().flush();
                }
            });
        }
    }

    /** Layered, because a TLS socket cannot be closed while a write to it blocks. */
    private static Socket secured(Socket plain, SSLContext tls) throws IOException {
        SSLSocket socket = (SSLSocket) tls.getSocketFactory().createSocket(plain, null, -1, true);
        socket.setUseClientMode(false);
        return socket;
    }

    static String head(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0) {
                throw new IOException("no request");
            }
            head.append((char) next);
        }
        return head.toString();
    }

    static void daemon(Body body) {
        Thread thread = new Thread(() -> {
            try {
                body.run();
            } catch (IOException ended) {
                // one side closed
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    interface Body {
        void run() throws IOException;
    }

    @Override
    public void close() throws IOException {
        listener.close();
        for (Socket socket : open) {
            socket.close();
        }
    }
}
