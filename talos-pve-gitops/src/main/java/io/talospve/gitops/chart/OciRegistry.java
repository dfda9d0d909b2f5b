package io.talospve.gitops.chart;

import io.talospve.error.ErrorCode;
import io.talospve.error.RemoteException;
import io.talospve.gitops.ChartReference.Credentials;
import io.talospve.http.HeaderValue;
import io.talospve.http.HttpAnswer;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads one repository of a registry by the OCI distribution specification. Asks without credentials first; what the registry
 * then wants is in its WWW-Authenticate header: Basic, or a token from the server that the registry names. Single use.
 */
final class OciRegistry {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String MANIFEST = "application/vnd.oci.image.manifest.v1+json";
    private static final String CHART_LAYER = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
    private static final int MAX_MANIFEST = 1024 * 1024;

    private final ChartHttp http;
    private final URI base;
    private final String repository;
    private final @Nullable Credentials credentials;
    private final String what;
    private @Nullable String authorization;

    /**
     * A repository.
     *
     * @param base the registry, https or http
     * @param repository the repository's path with the chart's name
     * @param what what is got, for messages
     */
    OciRegistry(ChartHttp http, URI base, String repository, @Nullable Credentials credentials, String what) {
        this.http = http;
        this.base = base;
        this.repository = repository;
        this.credentials = credentials;
        this.what = what;
    }

    /** A chart's layer: its SHA-256 in hexadecimal. */
    record Layer(String sha256) {}

    /** Finds the chart of a version, with or without a leading "v". */
    Layer find(String version) {
        // A tag cannot have "+": Helm writes "_".
        String tag = version.replace('+', '_');
        String otherTag = tag.startsWith("v") ? tag.substring(1) : "v" + tag;
        URI address = uri("manifests/" + tag);
        HttpAnswer answer = get(address, MANIFEST, MAX_MANIFEST);
        if (answer.status() == 404) {
            HttpAnswer other = get(uri("manifests/" + otherTag), MANIFEST, MAX_MANIFEST);
            answer = other.status() / 100 == 2 ? other : answer;
        }
        return layer(address, http.body(what, address, answer));
    }

    private Layer layer(URI address, byte[] manifest) {
        try {
            JsonNode root = JSON.readTree(manifest);
            for (JsonNode layer : root.path("layers")) {
                String digest = layer.path("digest").asString("");
                if (layer.path("mediaType").asString("").equals(CHART_LAYER) && digest.matches("sha256:[0-9a-f]{64}")) {
                    return new Layer(digest.substring("sha256:".length()));
                }
            }
        } catch (JacksonException e) {
            // the same answer as for JSON that is no manifest of a chart
        }
        throw new RemoteException(
                ErrorCode.UNEXPECTED_ANSWER,
                what + " at " + ChartHttp.shown(address) + ": it is no Helm chart, its manifest has no layer of type " + CHART_LAYER,
                false,
                "look whether this is a chart's address, and not an image's",
                null,
                null);
    }

    /** Gets a layer; its digest is not checked here. */
    byte[] blob(Layer layer) {
        URI address = uri("blobs/sha256:" + layer.sha256());
        return http.body(what, address, get(address, "application/octet-stream, */*", ChartArchive.MAX_ARCHIVE));
    }

    private URI uri(String rest) {
        return base.resolve("/v2/" + repository + "/" + rest);
    }

    private HttpAnswer get(URI address, String accept, int maxBytes) {
        HttpAnswer answer = http.get(what, address, accept, authorization, maxBytes);
        if (answer.status() == 401 && authorization == null) {
            authorization = answer.headers().allValues("WWW-Authenticate").stream()
                    .map(Challenge::parse)
                    .flatMap(Optional::stream)
                    .findFirst()
                    .map(this::answerTo)
                    .orElse(null);
            if (authorization != null) {
                return http.get(what, address, accept, authorization, maxBytes);
            }
        }
        return answer;
    }

    private @Nullable String answerTo(Challenge challenge) {
        if (challenge.scheme().equals("basic")) {
            return credentials == null ? null : basic(credentials);
        }
        return challenge.scheme().equals("bearer") ? token(challenge.parameters()) : null;
    }

    private @Nullable String token(Map<String, String> parameters) {
        String realm = parameters.getOrDefault("realm", "");
        String scope = parameters.getOrDefault("scope", "repository:" + repository + ":pull");
        URI address;
        try {
            address = URI.create(realm
                    + (realm.contains("?") ? "&" : "?")
                    + "scope=" + URLEncoder.encode(scope, StandardCharsets.UTF_8)
                    + (parameters.containsKey("service")
                            ? "&service=" + URLEncoder.encode(parameters.get("service"), StandardCharsets.UTF_8)
                            : ""));
        } catch (IllegalArgumentException e) {
            address = URI.create("none:/");
        }
        if (address.getHost() == null) {
            throw new RemoteException(
                    ErrorCode.UNEXPECTED_ANSWER,
                    what + " at " + ChartHttp.shown(base) + ": the registry asks for a token and names no server for it",
                    false,
                    null,
                    null,
                    null);
        }
        ChartHttp.checkNoDowngrade("token for " + what, base, address);
        String task = "token for " + what;
        byte[] body = http.body(
                task,
                address,
                http.get(task, address, "application/json", credentials == null ? null : basic(credentials), MAX_MANIFEST));
        try {
            JsonNode root = JSON.readTree(body);
            String token = root.path("token").asString(root.path("access_token").asString(""));
            if (HeaderValue.fits(token)) {
                return "Bearer " + token;
            }
        } catch (JacksonException e) {
            // the same as an answer without a token; the body may hold one and is not shown
        }
        throw new RemoteException(
                ErrorCode.UNEXPECTED_ANSWER,
                task + " at " + ChartHttp.shown(address) + ": the answer has no token",
                false,
                null,
                null,
                null);
    }

    static String basic(Credentials credentials) {
        return "Basic " + Base64.getEncoder()
                .encodeToString((credentials.user() + ":" + credentials.password().reveal()).getBytes(StandardCharsets.UTF_8));
    }
}
