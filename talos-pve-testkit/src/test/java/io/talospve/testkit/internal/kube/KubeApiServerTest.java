package io.talospve.testkit.internal.kube;

import static org.assertj.core.api.Assertions.assertThat;

import io.talospve.testkit.internal.clock.Latency;
import io.talospve.testkit.internal.clock.WallClock;
import io.talospve.testkit.internal.kube.api.Resources;
import io.talospve.testkit.internal.kube.api.Resources.Options;
import io.talospve.testkit.internal.kube.outside.Outside;
import io.talospve.testkit.internal.net.IoThreads;
import io.talospve.testkit.internal.tls.NodePki;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class KubeApiServerTest {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String APPLY = "application/apply-patch+yaml";

    private final WallClock clock = new WallClock();
    private final IoThreads io = new IoThreads();
    private final AtomicBoolean etcd = new AtomicBoolean(true);
    private final KubeCluster cluster = new KubeCluster(clock, new Latency(0), new Outside(), 1);
    private NodePki authority;
    private KubeApiServer server;
    private HttpClient admin;

    @BeforeEach
    void start() throws Exception {
        authority = KubeTestPki.authority();
        server = new KubeApiServer(
                io, clock, new Latency(0), authority, List.of("127.0.0.1"), cluster, "v1.35.0", etcd::get);
        admin = client(authority.kubernetesClient("admin", "system:masters", Duration.ofDays(1)));
    }

    @AfterEach
    void stop() {
        server.close();
        io.close();
        clock.close();
    }

    private HttpClient client(NodePki.Issued identity) throws Exception {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("ca", authority.asCertificate());
        TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(trusted);
        KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
        KeyStore own = KeyStore.getInstance("PKCS12");
        own.load(null, null);
        own.setKeyEntry("me", identity.key(), new char[0], new Certificate[] {identity.certificate()});
        keys.init(own, new char[0]);
        SSLContext tls = SSLContext.getInstance("TLS");
        tls.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        return HttpClient.newBuilder().sslContext(tls).version(HttpClient.Version.HTTP_1_1).build();
    }

    private HttpRequest request(String method, String path, String type, String body) {
        return HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + server.address().getPort() + path))
                .header("content-type", type)
                .method(method, BodyPublishers.ofString(body))
                .build();
    }

    private HttpResponse<String> send(HttpClient who, String method, String path, String type, String body)
            throws Exception {
        return who.send(request(method, path, type, body), BodyHandlers.ofString());
    }

    private JsonNode ok(String method, String path, String type, String body) throws Exception {
        HttpResponse<String> answer = send(admin, method, path, type, body);
        assertThat(answer.statusCode()).as(answer.body()).isLessThan(300);
        return JSON.readTree(answer.body());
    }

    @Test
    void aWatchSeesEveryChangeInOrderAsItsSelectorLetsItThrough() throws Exception {
        String maps = "/api/v1/namespaces/default/configmaps";
        String map = "{apiVersion: v1, kind: ConfigMap, metadata: {name: m, labels: {color: %s}}, data: {a: \"%s\"}}";
        JsonNode made = ok("PATCH", maps + "/m?fieldManager=t", APPLY, map.formatted("red", "1"));
        String revision = made.path("metadata").path("resourceVersion").asString();
        HttpResponse<InputStream> watch = admin.send(
                request("GET", maps + "?watch=true&labelSelector=color%3Dred&resourceVersion=" + revision, "x/y", ""),
                BodyHandlers.ofInputStream());
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(watch.body(), StandardCharsets.UTF_8))) {
            ok("PATCH", maps + "/m?fieldManager=t", APPLY, map.formatted("red", "2"));
            ok("PATCH", maps + "/m?fieldManager=t", APPLY, map.formatted("red", "2"));
            ok("PATCH", maps + "/m?fieldManager=t", APPLY, map.formatted("blue", "2"));
            ok("PATCH", maps + "/m?fieldManager=t", APPLY, map.formatted("red", "3"));
            ok("DELETE", maps + "/m", "application/json", "");
            for (String wanted : List.of("MODIFIED 2", "DELETED 2", "ADDED 3", "DELETED 3")) {
                JsonNode event = JSON.readTree(lines.readLine());
                assertThat(event.path("type").asString() + " "
                                + event.path("object").path("data").path("a").asString())
                        .isEqualTo(wanted);
            }
        }
    }

    @Test
    void aWatchFromTooLongAgoIsToldSo() throws Exception {
        Map<String, Object> map = Map.of(
                "apiVersion", "v1", "kind", "ConfigMap", "metadata", Map.of("name", "m", "namespace", "default"));
        Resources.Place place = cluster.resources().placeOf(map).orElseThrow();
        cluster.resources().create(place, map, Options.by("t"));
        for (int i = 0; i < 10_100; i++) {
            cluster.resources().patch(place, Resources.Patch.MERGE, Map.of("data", Map.of("a", "" + i)), Options.by("t"));
        }
        HttpResponse<String> late = send(admin, "GET", "/api/v1/configmaps?watch=1&resourceVersion=5", "x/y", "");
        assertThat(late.body()).contains("\"type\":\"ERROR\"").contains("too old resource version: 5 (");
        assertThat(send(admin, "GET", "/api/v1/configmaps?watch=1&resourceVersion=x", "x/y", "").statusCode())
                .isEqualTo(400);
    }

    @Test
    void strangersAreRefused() throws Exception {
        HttpClient guest = client(authority.kubernetesClient("guest", "guests", Duration.ofDays(1)));
        assertThat(send(guest, "GET", "/apis", "x/y", "").statusCode()).isEqualTo(200);
        HttpResponse<String> nodes = send(guest, "DELETE", "/api/v1/nodes/a", "application/json", "");
        assertThat(nodes.statusCode()).isEqualTo(403);
        assertThat(nodes.body())
                .contains("nodes \\\"a\\\" is forbidden: User \\\"guest\\\" cannot delete resource \\\"nodes\\\" in API group"
                        + " \\\"\\\" at the cluster scope");
        HttpClient other = client(KubeTestPki.another().kubernetesClient("admin", "system:masters", Duration.ofDays(1)));
        assertThat(send(other, "GET", "/api/v1/nodes", "x/y", "").statusCode()).isEqualTo(401);
    }

    @Test
    void withoutEtcdNothingIsAnswered() throws Exception {
        etcd.set(false);
        assertThat(send(admin, "GET", "/api/v1/nodes", "x/y", "").statusCode()).isEqualTo(504);
        assertThat(send(admin, "GET", "/readyz", "x/y", "").statusCode()).isEqualTo(500);
        assertThat(send(admin, "GET", "/livez", "x/y", "").statusCode()).isEqualTo(200);
    }

    @Test
    void whatMakesNoSenseIsSaid() throws Exception {
        String maps = "/api/v1/namespaces/default/configmaps";
        String json = "application/json";
        assertThat(send(admin, "POST", maps, json, "{").statusCode()).isEqualTo(400);
        assertThat(send(admin, "POST", maps, "application/vnd.kubernetes.protobuf", "k8s").statusCode()).isEqualTo(415);
        assertThat(send(admin, "POST", maps, json, "{\"kind\":\"Secret\",\"apiVersion\":\"v1\"}").body())
                .contains("cannot be handled as a ConfigMap");
        assertThat(send(admin, "POST", maps, json, "{\"metadata\":{\"name\":\"x\",\"namespace\":\"other\"}}").body())
                .contains("does not match the namespace sent on the request");
        assertThat(send(admin, "POST", maps, json, "{\"metadata\":{}}").body())
                .contains("metadata.name: Required value: name or generateName is required");
        assertThat(send(admin, "PUT", maps + "/x", json, "{\"metadata\":{\"name\":\"x\"}}").statusCode()).isEqualTo(404);
        assertThat(send(admin, "POST", maps + "/x", json, "{}").statusCode()).isEqualTo(405);
        assertThat(send(admin, "GET", "/apis/nothing.example.com/v1/things", json, "").body())
                .contains("the server could not find the requested resource");
        assertThat(ok("POST", maps, json, "{\"metadata\":{\"generateName\":\"x-\"}}").path("metadata").path("name").asString())
                .matches("x-[a-z0-9]{5}");
        String workload = "{\"metadata\":{\"name\":\"w\"},\"spec\":{\"selector\":{\"matchLabels\":{\"a\":\"b\"}},\"template\":"
                + "{\"metadata\":{\"labels\":{\"a\":\"c\"}},\"spec\":{\"containers\":[{\"name\":\"c\"}]}}}}";
        assertThat(send(admin, "POST", "/apis/apps/v1/namespaces/default/deployments", json, workload).body())
                .contains("`selector` does not match template `labels`")
                .contains("spec.template.spec.containers[0].image: Required value");
    }
}
