package io.talospve.gitops.chart;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** A web server on the loopback that answers by path and remembers what it was asked. */
final class ChartServer implements AutoCloseable {
    final List<String> requests = new CopyOnWriteArrayList<>();
    private final Map<String, Answer> answers = new ConcurrentHashMap<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final HttpServer server;
    private final String scheme;

    @FunctionalInterface
    interface Answer {
        void to(HttpExchange exchange) throws IOException;
    }

    ChartServer() {
        this(null);
    }

    ChartServer(Identity identity) {
        try {
            InetSocketAddress any = new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0);
            if (identity == null) {
                server = HttpServer.create(any, 0);
            } else {
                HttpsServer https = HttpsServer.create(any, 0);
                https.setHttpsConfigurator(new HttpsConfigurator(identity.context));
                server = https;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        scheme = identity == null ? "http" : "https";
        server.setExecutor(threads);
        server.createContext("/", exchange -> {
            String path = exchange.getRequestURI().toString();
            requests.add(path + " " + exchange.getRequestHeaders().getOrDefault("Authorization", List.of("-")).get(0));
            try (exchange) {
                answers.getOrDefault(exchange.getRequestURI().getPath(), status(404, "no such thing")).to(exchange);
            }
        });
        server.start();
    }

    static Answer body(byte[] body) {
        return exchange -> send(exchange, 200, body);
    }

    static Answer status(int status, String text, String... headers) {
        return exchange -> {
            for (int i = 0; i < headers.length; i += 2) {
                exchange.getResponseHeaders().add(headers[i], headers[i + 1]);
            }
            send(exchange, status, text.getBytes(StandardCharsets.UTF_8));
        };
    }

    static Answer redirect(String to) {
        return status(302, "", "Location", to);
    }

    /** Answers only with the right Authorization header, else 401. */
    static Answer only(String authorization, String challenge, Answer answer) {
        return exchange -> {
            if (authorization.equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
                answer.to(exchange);
            } else {
                status(401, "who are you?", "WWW-Authenticate", challenge).to(exchange);
            }
        };
    }

    private static void send(HttpExchange exchange, int status, byte[] body) throws IOException {
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
    }

    ChartServer on(String path, Answer answer) {
        answers.put(path, answer);
        return this;
    }

    ChartServer on(String path, String text) {
        return on(path, body(text.getBytes(StandardCharsets.UTF_8)));
    }

    /** A repository at / with one chart. */
    ChartServer repository(String name, String version, byte[] archive) {
        return on("/index.yaml", index(name, version, name + ".tgz", ChartArchive.sha256(archive)))
                .on("/" + name + ".tgz", body(archive));
    }

    static String index(String name, String version, String url, String digest) {
        return """
                apiVersion: v1
                entries:
                  other:
                  - {name: other, version: 9.9.9, urls: [other.tgz]}
                  %s:
                  - apiVersion: v2
                    name: %s
                    version: 0.0.1
                    dependencies:
                    - {name: x, version: %s, urls: [wrong.tgz]}
                    urls: [wrong.tgz]
                  - apiVersion: v2
                    annotations: {list: "[a]"}
                    digest: %s
                    name: %s
                    version: %s
                    urls:
                    - %s
                """
                .formatted(name, name, version, digest, name, version, url);
    }

    URI uri(String path) {
        return URI.create(scheme + "://127.0.0.1:" + port() + path);
    }

    int port() {
        return server.getAddress().getPort();
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }

    /** A certificate for 127.0.0.1 and its key. */
    record Identity(SSLContext context, String pem, String fingerprint) {
        static Identity make(Path work) {
            try {
                Path store = work.resolve("server.p12");
                Process keytool = new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                                "-genkeypair", "-alias", "server", "-keyalg", "EC", "-dname", "CN=charts", "-validity", "2",
                                "-ext", "san=ip:127.0.0.1", "-storetype", "PKCS12", "-keystore", store.toString(),
                                "-storepass", "changeit")
                        .redirectErrorStream(true)
                        .start();
                keytool.getInputStream().readAllBytes();
                if (!keytool.waitFor(60, TimeUnit.SECONDS) || keytool.exitValue() != 0) {
                    throw new IllegalStateException("keytool failed");
                }
                KeyStore keys = KeyStore.getInstance("PKCS12");
                try (InputStream in = Files.newInputStream(store)) {
                    keys.load(in, "changeit".toCharArray());
                }
                KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
                factory.init(keys, "changeit".toCharArray());
                SSLContext context = SSLContext.getInstance("TLS");
                context.init(factory.getKeyManagers(), null, null);
                byte[] encoded = ((X509Certificate) keys.getCertificate("server")).getEncoded();
                String pem = "-----BEGIN CERTIFICATE-----\n" + Base64.getMimeEncoder().encodeToString(encoded)
                        + "\n-----END CERTIFICATE-----\n";
                return new Identity(context, pem, ChartArchive.sha256(encoded));
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
