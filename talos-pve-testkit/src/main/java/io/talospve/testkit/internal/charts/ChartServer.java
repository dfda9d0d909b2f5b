package io.talospve.testkit.internal.charts;

import io.talospve.testkit.internal.clock.Latency;
import io.talospve.testkit.internal.clock.SimClock;
import io.talospve.testkit.internal.net.HttpsServer;
import io.talospve.testkit.internal.net.HttpsServer.Request;
import io.talospve.testkit.internal.net.HttpsServer.Response;
import io.talospve.testkit.internal.net.IoThreads;
import io.talospve.testkit.internal.tls.TestCa;
import io.talospve.testkit.internal.yaml.GoYaml;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import tools.jackson.databind.json.JsonMapper;

/**
 * Serves charts: {@code /index.yaml} and {@code /<name>-<version>.tgz} as chart repositories do, and {@code
 * /v2/charts/<name>} as OCI registries do. Thread-safe.
 */
public final class ChartServer implements AutoCloseable {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final Pattern PACKAGE = Pattern.compile("/([a-z0-9-]+?)-(\\d+\\.\\d+\\.\\d+[^/]*)\\.tgz");
    private static final Pattern REGISTRY = Pattern.compile("/v2/charts/([a-z0-9-]+)/(manifests|blobs|tags)/([^/]+)");
    private static final String MANIFEST = "application/vnd.oci.image.manifest.v1+json";
    private static final String CONFIG = "application/vnd.cncf.helm.config.v1+json";
    private static final String LAYER = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";

    private final Charts charts;
    private final HttpsServer server;

    /** Opens the server with a certificate of an authority for 127.0.0.1 and localhost. */
    public ChartServer(IoThreads io, SimClock clock, Latency latency, TestCa ca, Charts charts) {
        this.charts = charts;
        TestCa.Issued issued = ca.issue("charts", List.of("127.0.0.1", "localhost"));
        server = new HttpsServer(io, clock, latency, issued, this::answer);
    }

    /** Where the repository is, {@code https://127.0.0.1:…}. */
    public URI endpoint() {
        return URI.create("https://127.0.0.1:" + server.address().getPort());
    }

    /** The same charts as a registry, {@code oci://127.0.0.1:…/charts}. */
    public URI registry() {
        return URI.create("oci://127.0.0.1:" + server.address().getPort() + "/charts");
    }

    @Override
    public void close() {
        server.close();
    }

    private Response answer(Request request) {
        if (!request.method().equals("GET") && !request.method().equals("HEAD")) {
            return Response.text(405, "405 method not allowed\n");
        }
        String path = request.path();
        if (path.equals("/index.yaml")) {
            return new Response(
                    200, Map.of("content-type", "application/yaml"), index().getBytes(StandardCharsets.UTF_8));
        }
        Matcher file = PACKAGE.matcher(path);
        if (file.matches()) {
            return charts.archive(file.group(1), file.group(2))
                    .map(content -> new Response(200, Map.of("content-type", "application/gzip"), content))
                    .orElseGet(() -> Response.text(404, "404 page not found\n"));
        }
        if (path.equals("/v2/") || path.equals("/v2")) {
            return new Response(
                    200,
                    Map.of("content-type", "application/json", "docker-distribution-api-version", "registry/2.0"),
                    "{}".getBytes(StandardCharsets.UTF_8));
        }
        Matcher registry = REGISTRY.matcher(path);
        return registry.matches()
                ? registry(registry.group(1), registry.group(2), registry.group(3))
                : Response.text(404, "404 page not found\n");
    }

    private String index() {
        Map<String, Object> entries = new LinkedHashMap<>();
        charts.versions().forEach((name, versions) -> {
            List<Object> all = new ArrayList<>();
            // newest first
            for (int i = versions.size() - 1; i >= 0; i--) {
                String version = versions.get(i);
                Map<String, Object> entry = new LinkedHashMap<>(metadata(name, version));
                entry.put("created", "2026-01-01T00:00:00Z");
                entry.put("digest", Charts.sha256(charts.archive(name, version).orElseThrow()));
                entry.put("urls", List.of(name + "-" + version + ".tgz"));
                all.add(entry);
            }
            entries.put(name, all);
        });
        Map<String, Object> index = new LinkedHashMap<>();
        index.put("apiVersion", "v1");
        index.put("entries", entries);
        index.put("generated", "2026-01-01T00:00:00Z");
        return GoYaml.write(index);
    }

    @SuppressWarnings("unchecked")
    private Map<String, Object> metadata(String name, String version) {
        return (Map<String, Object>) new Load(LoadSettings.builder().build())
                .loadFromString(charts.metadata(name, version).orElseThrow());
    }

    // --- registry

    private Response registry(String name, String what, String reference) {
        List<String> versions = charts.versions().get(name);
        if (versions == null) {
            return error(404, "NAME_UNKNOWN", "repository name not known to registry");
        }
        return switch (what) {
            case "tags" -> Response.json(
                    200, JSON.writeValueAsString(Map.of("name", "charts/" + name, "tags", versions)));
            case "manifests" -> versions.stream()
                    // a tag cannot hold a plus
                    .filter(v -> v.replace('+', '_').equals(reference) || digest(manifest(name, v)).equals(reference))
                    .findFirst()
                    .map(v -> blob(MANIFEST, manifest(name, v)))
                    .orElseGet(() -> error(404, "MANIFEST_UNKNOWN", "manifest unknown"));
            default -> versions.stream()
                    .flatMap(v -> List.of(
                                    blob(CONFIG, config(name, v)),
                                    blob("application/octet-stream", charts.archive(name, v).orElseThrow()))
                            .stream())
                    .filter(found -> digest(found.body()).equals(reference))
                    .findFirst()
                    .orElseGet(() -> error(404, "BLOB_UNKNOWN", "blob unknown to registry"));
        };
    }

    private byte[] config(String name, String version) {
        return JSON.writeValueAsBytes(metadata(name, version));
    }

    private byte[] manifest(String name, String version) {
        byte[] config = config(name, version);
        byte[] content = charts.archive(name, version).orElseThrow();
        Map<String, Object> manifest = new LinkedHashMap<>();
        manifest.put("schemaVersion", 2);
        manifest.put("mediaType", MANIFEST);
        manifest.put("config", descriptor(CONFIG, config));
        manifest.put("layers", List.of(descriptor(LAYER, content)));
        return JSON.writeValueAsBytes(manifest);
    }

    private static Map<String, Object> descriptor(String type, byte[] content) {
        Map<String, Object> out = new LinkedHashMap<>();
        out.put("mediaType", type);
        out.put("digest", digest(content));
        out.put("size", content.length);
        return out;
    }

    private static String digest(byte[] content) {
        return "sha256:" + Charts.sha256(content);
    }

    private static Response blob(String type, byte[] content) {
        return new Response(200, Map.of("content-type", type, "docker-content-digest", digest(content)), content);
    }

    private static Response error(int status, String code, String message) {
        return Response.json(
                status,
                JSON.writeValueAsString(
                        Map.of("errors", List.of(Map.of("code", code, "message", message)))));
    }
}
