package io.talospve.testkit.internal.factory;

import io.talospve.testkit.internal.clock.Latency;
import io.talospve.testkit.internal.clock.SimClock;
import io.talospve.testkit.internal.net.HttpsServer;
import io.talospve.testkit.internal.net.HttpsServer.Request;
import io.talospve.testkit.internal.net.HttpsServer.Response;
import io.talospve.testkit.internal.net.IoThreads;
import io.talospve.testkit.internal.tls.TestCa;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The image factory's HTTPS API. Thread-safe. */
public final class FactoryServer implements AutoCloseable {
    private static final Pattern EXTENSIONS = Pattern.compile("/version/([^/]+)/extensions/official");
    private static final Pattern SCHEMATIC = Pattern.compile("/schematics/([^/]+)");

    private final Schematics schematics;
    private final Images images;
    private final HttpsServer server;

    /** Opens the server with a certificate of an authority for 127.0.0.1, localhost and factory.talos.dev. */
    public FactoryServer(IoThreads io, SimClock clock, Latency latency, TestCa ca, Schematics schematics) {
        this.schematics = schematics;
        this.images = new Images(schematics);
        TestCa.Issued issued = ca.issue("factory.talos.dev", List.of("factory.talos.dev", "127.0.0.1", "localhost"));
        server = new HttpsServer(io, clock, latency, issued, this::answer);
    }

    /** Where the factory is. */
    public URI endpoint() {
        return URI.create("https://127.0.0.1:" + server.address().getPort());
    }

    /** {@code host:port} of the factory. */
    public String hostAndPort() {
        return "127.0.0.1:" + server.address().getPort();
    }

    @Override
    public void close() {
        server.close();
    }

    private Response answer(Request request) {
        String path = request.path();
        boolean reads = request.method().equals("GET") || request.method().equals("HEAD");
        if (path.equals("/schematics")) {
            return request.method().equals("POST") ? register(request) : notAllowed("POST");
        }
        Matcher extensions = EXTENSIONS.matcher(path);
        Matcher schematic = SCHEMATIC.matcher(path);
        if (!reads) {
            return notAllowed("GET, HEAD");
        }
        if (path.equals("/versions")) {
            return Response.json(200, strings(schematics.versions()));
        }
        if (path.equals("/healthz")) {
            return Response.text(200, "");
        }
        if (extensions.matches()) {
            return official(extensions.group(1));
        }
        if (schematic.matches()) {
            return schematics
                    .find(schematic.group(1))
                    .map(s -> new Response(
                            200,
                            Map.of("content-type", "application/yaml"),
                            s.canonical().getBytes(StandardCharsets.UTF_8)))
                    .orElseGet(() ->
                            Response.text(404, "schematic ID \"" + schematic.group(1) + "\" not found\n"));
        }
        Images.Found found = images.at(path);
        if (found.image().isEmpty()) {
            return Response.text(found.status(), found.text() + "\n");
        }
        byte[] body = new byte[Math.toIntExact(found.sizeBytes())];
        byte[] head = found.head();
        System.arraycopy(head, 0, body, 0, head.length);
        return new Response(200, Map.of("content-type", "application/octet-stream"), body);
    }

    private Response register(Request request) {
        try {
            return Response.json(201, "{\"id\":\"" + schematics.register(Schematic.parse(request.text())) + "\"}\n");
        } catch (Schematic.InvalidSchematic e) {
            return Response.text(400, e.getMessage() + "\n");
        }
    }

    private Response official(String version) {
        String tag = version.startsWith("v") ? version : "v" + version;
        if (!schematics.knows(tag)) {
            return Response.text(404, "version " + tag + " is not available\n");
        }
        return Response.json(
                200,
                schematics.extensions().stream()
                        .map(name -> "{\"name\":\"" + name + "\",\"ref\":\"ghcr.io/" + name + ":" + tag + "\",\"digest\":\"sha256:"
                                + new Schematic(name + tag, List.of()).id()
                                + "\",\"author\":\"Sidero Labs\",\"description\":\"" + name.substring(11) + " for Talos\"}")
                        .collect(Collectors.joining(",", "[", "]")));
    }

    private static String strings(List<String> values) {
        return Arrays.toString(values.stream().map(v -> '"' + v + '"').toArray());
    }

    private static Response notAllowed(String allowed) {
        return new Response(
                405,
                Map.of("allow", allowed, "content-type", "text/plain; charset=utf-8"),
                "Method Not Allowed\n".getBytes(StandardCharsets.UTF_8));
    }
}
