package io.talospve.testkit.internal.bitwarden;

import static org.assertj.core.api.Assertions.assertThat;

import io.talospve.testkit.internal.clock.VirtualClock;
import io.talospve.testkit.internal.tls.TestCa;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The simulator's own rules, asked over plain HTTP. */
class BitwardenServerTest {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private final VirtualClock clock = new VirtualClock(Instant.parse("2026-03-01T00:00:00Z"));
    private final TestCa ca = new TestCa("bitwarden");
    private final BitwardenServer server = new BitwardenServer(clock, ca);
    private final HttpClient http = client(ca);
    private final String clientId = server.accessToken().split("\\.")[1];
    private final String clientSecret = server.accessToken().split("\\.")[2].replaceFirst(":.*", "");
    private final Vault token = Vault.ofToken(
            Base64.getDecoder().decode(server.accessToken().substring(server.accessToken().indexOf(':') + 1)));
    private String bearer = "";
    private String organization = "";
    private Vault vault = new Vault(new byte[64]);

    @AfterEach
    void stop() {
        server.close();
        clock.close();
    }

    @Test
    void aLoginGivesWhatClientsNeed() throws Exception {
        JsonNode answer = login();
        assertThat(answer.path("expires_in").intValue()).isEqualTo(3600);
        assertThat(answer.path("token_type").stringValue()).isEqualTo("Bearer");
        JsonNode claims = JSON.readTree(Base64.getUrlDecoder().decode(bearer.split("\\.")[1]));
        assertThat(claims.path("scope").isArray()).isTrue();
        assertThat(claims.path("exp").longValue()).isEqualTo(clock.now().plusSeconds(3600).getEpochSecond());
        assertThat(call("GET", "/api/organizations/" + organization + "/projects", null).statusCode()).isEqualTo(200);
        clock.advance(Duration.ofHours(1));
        assertThat(call("GET", "/api/organizations/" + organization + "/projects", null).statusCode()).isEqualTo(401);
    }

    @Test
    void wrongLoginsAreRefusedAsTheRealOneDoes() throws Exception {
        Map<String, String> wrong = Map.of(
                form("api.secrets", clientId, "x", "client_credentials"), "invalid_client",
                form("api.secrets", "x", clientSecret, "client_credentials"), "invalid_client",
                form("api", clientId, clientSecret, "client_credentials"), "invalid_scope",
                form("api.secrets", clientId, clientSecret, "password"), "unsupported_grant_type");
        for (Map.Entry<String, String> one : wrong.entrySet()) {
            HttpResponse<String> answer = post("/identity/connect/token", one.getKey(), "application/x-www-form-urlencoded");
            assertThat(answer.statusCode()).isEqualTo(400);
            assertThat(answer.body()).isEqualTo("{\"error\":\"" + one.getValue() + "\"}");
        }
    }

    @Test
    void aSecretNeedsItsProjectOnEveryWrite() throws Exception {
        login();
        JsonNode made = json(200, call("POST", secretsPath(), secret("k", "v", server.projectId())));
        String id = made.path("id").stringValue();
        assertThat(made.path("object").stringValue()).isEqualTo("secret");
        JsonNode list = json(200, call("GET", "/api/projects/" + server.projectId() + "/secrets", null));
        assertThat(list.path("secrets").get(0).path("id").stringValue()).isEqualTo(id);
        assertThat(list.path("secrets").get(0).has("value")).isFalse();
        assertThat(list.path("projects").size()).isEqualTo(1);
        json(200, call("PUT", "/api/secrets/" + id, secret("k", "v2", server.projectId())
                .replaceFirst("\\{", "{\"valueChanged\":true,")));
        assertThat(server.organization().plainSecrets(server.projectId()).get(0).versions()).isEqualTo(2);
        json(404, call("POST", secretsPath(), secret("k", "v", "")));
        json(404, call("PUT", "/api/secrets/" + id, secret("k", "v3", "")));
        assertThat(server.organization().plainSecrets(server.projectId())).isEmpty();
        json(404, call("GET", "/api/secrets/" + id, null));
    }

    @Test
    void fieldsAreValidated() throws Exception {
        login();
        JsonNode plain = json(400, call("POST", secretsPath(),
                "{\"key\":\"plain\",\"value\":\"" + vault.seal("x".repeat(26_192), new SecureRandom())
                        + "\",\"projectIds\":[\"a\",\"b\"]}"));
        assertThat(plain.path("object").stringValue()).isEqualTo("error");
        JsonNode problems = plain.path("validationErrors");
        assertThat(problems.path("Key").get(0).stringValue()).contains("not a valid encrypted string");
        assertThat(problems.path("Value").get(0).stringValue()).contains("maximum encrypted value length of 35000");
        assertThat(problems.path("Note").get(0).stringValue()).contains("required");
        assertThat(problems.path("ProjectIds").get(0).stringValue()).contains("Only one project");
        json(400, call("POST", secretsPath(), "{"));
        assertThat(post("/api/secrets/delete", "[]", "text/plain").statusCode()).isEqualTo(415);
        json(404, call("GET", "/api/organizations/00000000-0000-4000-8000-000000000000/projects", null));
        json(404, call("GET", "/api/nothing", null));
    }

    @Test
    void syncAndGetByIdsAnswerAsTheRealOnes() throws Exception {
        login();
        Instant before = clock.now();
        String id = server.organization().addSecret(server.projectId(), "k", "v", "n");
        String sync = "/api/organizations/" + organization + "/secrets/sync";
        assertThat(json(200, call("GET", sync, null)).path("secrets").path("data").size()).isEqualTo(1);
        clock.advance(Duration.ofMinutes(1));
        JsonNode unchanged = json(200, call("GET", sync + "?lastSyncedDate=" + clock.now(), null));
        assertThat(unchanged.path("hasChanges").booleanValue()).isFalse();
        assertThat(unchanged.path("secrets").isNull()).isTrue();
        assertThat(json(200, call("GET", sync + "?lastSyncedDate=" + before.minusSeconds(1), null))
                        .path("hasChanges")
                        .booleanValue())
                .isTrue();
        json(400, call("GET", sync + "?lastSyncedDate=" + clock.now().plusSeconds(60), null));
        JsonNode found = json(200, call("POST", "/api/secrets/get-by-ids", "{\"ids\":[\"" + id + "\"]}"));
        assertThat(vault.open(found.path("data").get(0).path("value").stringValue())).isEqualTo("v");
        json(404, call("POST", "/api/secrets/get-by-ids", "{\"ids\":[\"" + id + "\",\"" + organization + "\"]}"));
        json(404, call("POST", "/api/secrets/delete", "[]"));
        json(404, call("POST", "/api/secrets/delete", "[\"" + id + "\",\"" + organization + "\"]"));
        server.organization().writable(server.projectId(), false);
        JsonNode denied = json(200, call("POST", "/api/secrets/delete", "[\"" + id + "\"]"));
        assertThat(denied.path("data").get(0).path("error").stringValue()).isEqualTo("access denied");
        assertThat(server.organization().plainSecrets(server.projectId())).hasSize(1);
        server.organization().writable(server.projectId(), true);
        JsonNode deleted = json(200, call("POST", "/api/secrets/delete", "[\"" + id + "\"]"));
        assertThat(deleted.path("data").get(0).path("error").isNull()).isTrue();
        assertThat(server.organization().plainSecrets(server.projectId())).isEmpty();
    }

    @Test
    void theLimitsAreTheDocumentedOnes() throws Exception {
        server.rateLimited(true);
        for (int i = 0; i < 5; i++) {
            login();
        }
        HttpResponse<String> sixth = post(
                "/identity/connect/token",
                form("api.secrets", clientId, clientSecret, "client_credentials"),
                "application/x-www-form-urlencoded");
        assertThat(sixth.statusCode()).isEqualTo(429);
        assertThat(sixth.headers().firstValue("Retry-After")).contains("1");
        clock.advance(Duration.ofSeconds(1));
        for (int i = 0; i < 5; i++) {
            login();
        }
        clock.advance(Duration.ofSeconds(1));
        HttpResponse<String> eleventh = post(
                "/identity/connect/token",
                form("api.secrets", clientId, clientSecret, "client_credentials"),
                "application/x-www-form-urlencoded");
        assertThat(eleventh.headers().firstValue("Retry-After")).contains("58");
        for (int i = 0; i < 200; i++) {
            assertThat(call("GET", "/api/projects/" + server.projectId(), null).statusCode()).isEqualTo(200);
        }
        assertThat(call("GET", "/api/projects/" + server.projectId(), null).statusCode()).isEqualTo(429);
    }

    @Test
    void aServerWithoutALoginSaysWhoItIs() throws Exception {
        JsonNode config = json(200, call("GET", "/api/config", null));
        assertThat(config.path("environment").path("identity").stringValue())
                .isEqualTo(server.serverUrl() + "/identity");
        assertThat(call("GET", "/api/alive", null).statusCode()).isEqualTo(200);
        assertThat(call("GET", "/api/projects/" + server.projectId(), null).statusCode()).isEqualTo(401);
    }

    private JsonNode login() throws Exception {
        JsonNode answer = json(
                200,
                post(
                        "/identity/connect/token",
                        form("api.secrets", clientId, clientSecret, "client_credentials"),
                        "application/x-www-form-urlencoded"));
        bearer = answer.path("access_token").stringValue();
        organization = JSON.readTree(Base64.getUrlDecoder().decode(bearer.split("\\.")[1]))
                .path("organization")
                .stringValue();
        vault = new Vault(Base64.getDecoder()
                .decode(JSON.readTree(token.open(answer.path("encrypted_payload").stringValue()))
                        .path("encryptionKey")
                        .stringValue()));
        return answer;
    }

    private String secretsPath() {
        return "/api/organizations/" + organization + "/secrets";
    }

    private String secret(String key, String value, String project) {
        SecureRandom random = new SecureRandom();
        return JSON.writeValueAsString(Map.of(
                "key", vault.seal(key, random),
                "value", vault.seal(value, random),
                "note", vault.seal("", random),
                "projectIds", project.isEmpty() ? List.of() : List.of(project)));
    }

    private static String form(String scope, String id, String secret, String grant) {
        return "scope=" + scope + "&client_id=" + id + "&client_secret=" + secret + "&grant_type=" + grant;
    }

    private static JsonNode json(int status, HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        return JSON.readTree(answer.body());
    }

    private HttpResponse<String> call(String method, String path, String body) throws Exception {
        HttpRequest.Builder request = request(path);
        if (body != null) {
            request.header("Content-Type", "application/json");
        }
        return send(request.method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body)));
    }

    private HttpResponse<String> post(String path, String body, String type) throws Exception {
        return send(request(path).header("Content-Type", type).POST(BodyPublishers.ofString(body)));
    }

    private HttpRequest.Builder request(String path) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(server.serverUrl() + path));
        return bearer.isEmpty() ? request : request.header("Authorization", "Bearer " + bearer);
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return http.send(request.build(), BodyHandlers.ofString(StandardCharsets.UTF_8));
    }

    private static HttpClient client(TestCa ca) {
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setCertificateEntry("ca", ca.certificate());
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(store);
            SSLContext tls = SSLContext.getInstance("TLS");
            tls.init(null, trust.getTrustManagers(), null);
            return HttpClient.newBuilder().sslContext(tls).build();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
