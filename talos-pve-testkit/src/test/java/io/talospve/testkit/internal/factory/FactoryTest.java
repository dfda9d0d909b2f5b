package io.talospve.testkit.internal.factory;

import static org.assertj.core.api.Assertions.assertThat;

import io.talospve.testkit.internal.clock.Latency;
import io.talospve.testkit.internal.clock.VirtualClock;
import io.talospve.testkit.internal.net.IoThreads;
import io.talospve.testkit.internal.tls.TestCa;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.KeyStore;
import java.time.Instant;
import java.util.Objects;
import java.util.Set;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class FactoryTest {
    private final IoThreads io = new IoThreads();
    private final TestCa ca = new TestCa("factory");
    private final Schematics schematics = new Schematics();
    private final FactoryServer server =
            new FactoryServer(io, new VirtualClock(Instant.EPOCH), new Latency(0), ca, schematics);
    private final FactoryImages images =
            new FactoryImages(schematics, server.hostAndPort(), Set.of("proxy.example.com", "harbor.example.com"));

    @AfterEach
    void close() {
        server.close();
        io.close();
    }

    private HttpResponse<String> send(String method, String path, String body) throws Exception {
        KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
        trusted.load(null, null);
        trusted.setCertificateEntry("ca", ca.certificate());
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(trusted);
        SSLContext tls = SSLContext.getInstance("TLS");
        tls.init(null, factory.getTrustManagers(), null);
        return HttpClient.newBuilder()
                .sslContext(tls)
                .build()
                .send(
                        HttpRequest.newBuilder(server.endpoint().resolve(URI.create(path)))
                                .method(method, HttpRequest.BodyPublishers.ofString(body))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
    }

    private static JsonNode vectors() throws Exception {
        try (var stream = FactoryTest.class.getResourceAsStream("/vectors/schematics.json")) {
            return JsonMapper.builder()
                    .build()
                    .readTree(new String(Objects.requireNonNull(stream).readAllBytes(), StandardCharsets.UTF_8))
                    .path("cases");
        }
    }

    @Test
    void idsAreThoseOfTheRealFactory() throws Exception {
        for (JsonNode vector : vectors()) {
            HttpResponse<String> answer = send("POST", "/schematics", vector.path("input").asString());
            assertThat(answer.statusCode()).isEqualTo(201);
            assertThat(answer.body()).as(vector.path("name").asString()).contains("\"" + vector.path("id").asString() + "\"");
            assertThat(send("GET", "/schematics/" + vector.path("id").asString(), "").body())
                    .isEqualTo(vector.path("canonical").asString());
        }
    }

    @Test
    void badSchematicsAndUnknownImagesAreRefusedWithWords() throws Exception {
        assertThat(send("POST", "/schematics", "customisation: {}").body())
                .contains("field customisation not found in type schematic.Schematic");
        assertThat(send("POST", "/schematics", "a: [").statusCode()).isEqualTo(400);
        assertThat(send("GET", "/image/" + "0".repeat(64) + "/v1.12.4/nocloud-amd64.iso", "").statusCode()).isEqualTo(404);
        send("POST", "/schematics", "customization: {}");
        String id = "376567988ad370138ad8b2698212367b8edcb69b5fd68c80be1f2ec7d603b4ba";
        assertThat(send("HEAD", "/image/" + id + "/v1.12.4/nocloud-amd64.iso", "").headers().firstValueAsLong("content-length"))
                .hasValue(8 << 20);
        assertThat(send("GET", "/image/" + id + "/v1.12.99/nocloud-amd64.iso", "").statusCode()).isEqualTo(404);
        assertThat(send("GET", "/image/" + id + "/v1.12.4/nosuch.iso", "").statusCode()).isEqualTo(400);
        assertThat(send("GET", "/version/v1.12.4/extensions/official", "").body()).contains("siderolabs/lldpd");
        assertThat(send("GET", "/versions", "").body()).contains("v1.12.4");
        assertThat(send("GET", "/schematics", "").statusCode()).isEqualTo(405);
    }

    @Test
    void onlyTheFactoryAndItsMirrorsResolve() throws Exception {
        send("POST", "/schematics", "customization: {}");
        String id = "376567988ad370138ad8b2698212367b8edcb69b5fd68c80be1f2ec7d603b4ba";
        String path = "/image/" + id + "/v1.12.4/nocloud-amd64.iso";
        assertThat(images.fetch("https://factory.talos.dev" + path).status()).isEqualTo(200);
        assertThat(images.fetch("https://" + server.hostAndPort() + path).image().orElseThrow().platform()).isEqualTo("nocloud");
        assertThat(images.fetch("https://proxy.example.com/factory.talos.dev" + path).status()).isEqualTo(200);
        assertThat(images.fetch("https://proxy.example.com/" + server.hostAndPort() + path).status()).isEqualTo(200);
        assertThat(images.fetch("https://proxy.example.com" + path).status()).isEqualTo(404);
        assertThat(images.fetch("https://elsewhere.example.com/factory.talos.dev" + path).status()).isZero();
        assertThat(images.fetch("https://factory.talos.dev" + path.replace("3765", "0000")).status()).isEqualTo(404);

        assertThat(images.pull("factory.talos.dev/nocloud-installer/" + id + ":v1.12.4").orElseThrow().platform()).isEqualTo("nocloud");
        assertThat(images.pull("harbor.example.com/talos/nocloud-installer/" + id + ":v1.12.4")).isPresent();
        assertThat(images.pull("harbor.example.com/talos/installer/" + id + ":v1.12.4").orElseThrow().platform()).isEqualTo("metal");
        assertThat(images.pull("registry.example.org/nocloud-installer/" + id + ":v1.12.4")).isEmpty();
        assertThat(images.pull("factory.talos.dev/nocloud-installer/" + "0".repeat(64) + ":v1.12.4")).isEmpty();
        assertThat(images.pull("factory.talos.dev/nocloud-installer/" + id + ":v9.9.9")).isEmpty();
    }
}
