package io.talospve.testkit.internal.charts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.talospve.testkit.internal.clock.Latency;
import io.talospve.testkit.internal.clock.WallClock;
import io.talospve.testkit.internal.net.IoThreads;
import io.talospve.testkit.internal.tls.TestCa;
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.KeyStore;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ChartServerTest {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final WallClock clock = new WallClock();
    private final IoThreads io = new IoThreads();
    private final TestCa ca = new TestCa("charts");
    private final ChartServer server = new ChartServer(
            io, clock, new Latency(0), ca, new Charts(Map.of("cilium", List.of("1.19.99"))));
    private HttpClient http;

    @BeforeEach
    void trust() throws Exception {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("ca", ca.certificate());
        TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(trusted);
        SSLContext tls = SSLContext.getInstance("TLS");
        tls.init(null, trust.getTrustManagers(), null);
        http = HttpClient.newBuilder().sslContext(tls).build();
    }

    @AfterEach
    void stop() {
        server.close();
        io.close();
        clock.close();
    }

    private HttpResponse<byte[]> get(String path) throws Exception {
        return http.send(
                HttpRequest.newBuilder(URI.create(server.endpoint() + path)).build(),
                HttpResponse.BodyHandlers.ofByteArray());
    }

    @Test
    @SuppressWarnings("unchecked")
    void theIndexLeadsToPackagesWithTheirDigests() throws Exception {
        Map<String, Object> index = (Map<String, Object>) new Load(LoadSettings.builder().build())
                .loadFromString(new String(get("/index.yaml").body(), StandardCharsets.UTF_8));
        Map<String, List<Map<String, Object>>> entries = (Map<String, List<Map<String, Object>>>) index.get("entries");
        assertThat(entries).containsOnlyKeys("argo-cd", "cilium", "flux2");
        assertThat(entries.get("cilium")).extracting(e -> e.get("version")).contains("1.19.99", "1.19.3");
        assertThat(entries.get("flux2")).extracting(e -> e.get("version")).contains("2.18.2");
        entries.forEach((name, versions) -> versions.forEach(entry -> {
            assertThat(entry.get("description").toString()).startsWith("A stand-in for the ").contains("test kit");
            assertThat(entry.get("apiVersion")).isEqualTo("v2");
        }));
        Map<String, Object> newest = entries.get("cilium").get(0);
        HttpResponse<byte[]> file = get("/" + ((List<?>) newest.get("urls")).get(0));
        assertThat(file.statusCode()).isEqualTo(200);
        assertThat(Charts.sha256(file.body())).isEqualTo(newest.get("digest"));
        Map<String, String> unpacked = untar(file.body());
        assertThat(unpacked.get("cilium/Chart.yaml")).contains("version: 1.19.99\n").doesNotContain("${");
        assertThat(unpacked.keySet()).allMatch(path -> path.startsWith("cilium/")).contains("cilium/values.yaml");
        assertThat(get("/cilium-9.9.9.tgz").statusCode()).isEqualTo(404);
    }

    @Test
    void packagesHaveTheSameBytesEveryTime() {
        for (String name : List.of("cilium", "flux2", "argo-cd")) {
            String version = new Charts(Map.of()).versions().get(name).get(0);
            assertThat(new Charts(Map.of()).archive(name, version).orElseThrow())
                    .isEqualTo(new Charts(Map.of()).archive(name, version).orElseThrow());
        }
        assertThatThrownBy(() -> new Charts(Map.of("nginx", List.of("1.0.0")))).hasMessageContaining("no chart nginx");
    }

    @Test
    void aRegistryHasTheSameChart() throws Exception {
        assertThat(get("/v2/").statusCode()).isEqualTo(200);
        JsonNode tags = JSON.readTree(get("/v2/charts/flux2/tags/list").body());
        assertThat(tags.path("tags").toString()).contains("\"2.18.2\"");
        HttpResponse<byte[]> manifest = get("/v2/charts/flux2/manifests/2.18.2");
        assertThat(manifest.headers().firstValue("content-type")).contains("application/vnd.oci.image.manifest.v1+json");
        String digest = manifest.headers().firstValue("docker-content-digest").orElseThrow();
        assertThat(get("/v2/charts/flux2/manifests/" + digest).body()).isEqualTo(manifest.body());
        JsonNode layer = JSON.readTree(manifest.body()).path("layers").get(0);
        assertThat(layer.path("mediaType").asString()).isEqualTo("application/vnd.cncf.helm.chart.content.v1.tar+gzip");
        HttpResponse<byte[]> blob = get("/v2/charts/flux2/blobs/" + layer.path("digest").asString());
        assertThat(blob.body()).hasSize(layer.path("size").asInt()).isEqualTo(get("/flux2-2.18.2.tgz").body());
        JsonNode config = JSON.readTree(get("/v2/charts/flux2/blobs/"
                        + JSON.readTree(manifest.body()).path("config").path("digest").asString())
                .body());
        assertThat(config.path("name").asString()).isEqualTo("flux2");
        assertThat(get("/v2/charts/flux2/manifests/9.9.9").statusCode()).isEqualTo(404);
        assertThat(new String(get("/v2/charts/nginx/tags/list").body(), StandardCharsets.UTF_8)).contains("NAME_UNKNOWN");
    }

    /** A reader of its own, by the format's description. */
    private static Map<String, String> untar(byte[] archive) throws Exception {
        byte[] tar = new GZIPInputStream(new ByteArrayInputStream(archive)).readAllBytes();
        assertThat(tar.length % 512).isZero();
        Map<String, String> out = new LinkedHashMap<>();
        for (int at = 0; tar[at] != 0; ) {
            int sum = 0;
            for (int i = 0; i < 512; i++) {
                sum += i >= 148 && i < 156 ? ' ' : tar[at + i] & 0xFF;
            }
            assertThat(Integer.parseInt(new String(tar, at + 148, 6, StandardCharsets.US_ASCII), 8)).isEqualTo(sum);
            int size = Integer.parseInt(new String(tar, at + 124, 11, StandardCharsets.US_ASCII), 8);
            String name = new String(tar, at, 100, StandardCharsets.US_ASCII).replace("\0", "");
            out.put(name, new String(tar, at + 512, size, StandardCharsets.UTF_8));
            at += 512 + (size + 511) / 512 * 512;
        }
        return out;
    }
}
