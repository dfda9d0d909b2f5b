package io.talospve.testkit.internal.bitwarden;

import io.talospve.testkit.internal.bitwarden.Organization.StoredProject;
import io.talospve.testkit.internal.bitwarden.Organization.StoredSecret;
import io.talospve.testkit.internal.clock.SimClock;
import io.talospve.testkit.internal.net.HttpsServer.Request;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.macs.HMac;
import org.bouncycastle.crypto.params.KeyParameter;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the server answers to each path. Calls take effect one at a time. */
final class BitwardenRoutes {
    private static final Duration SESSION = Duration.ofHours(1);
    private static final int LONGEST_NAME = 1_000;
    private static final int LONGEST_KEY = 1_000;
    private static final int LONGEST_VALUE = 35_000;
    private static final int LONGEST_NOTE = 10_000;

    private final Organization organization;
    private final SimClock clock;
    private final byte[] signingKey;
    private final Map<String, Instant> sessions = new HashMap<>();
    private final JsonMapper json = JsonMapper.builder().build();

    BitwardenRoutes(Organization organization, SimClock clock) {
        this.organization = organization;
        this.clock = clock;
        signingKey = organization.newKey();
    }

    BitwardenAnswer answer(Request request) {
        String method = request.method();
        String path = request.path();
        Map<String, String> headers = request.headers();
        String body = request.text();
        synchronized (organization) {
            if (path.equals("/identity/connect/token")) {
                return method.equals("POST") ? login(headers, body) : BitwardenAnswer.error(405, "Method not allowed");
            }
            if (method.equals("GET") && path.matches("/(api|identity)/alive")) {
                return new BitwardenAnswer(200, clock.now().toString(), Map.of());
            }
            if (method.equals("GET") && path.equals("/api/config")) {
                return BitwardenAnswer.ok(config("https://" + headers.get("host")));
            }
            if (!path.startsWith("/api/")) {
                return BitwardenAnswer.notFound();
            }
            if (!authenticated(headers)) {
                return new BitwardenAnswer(
                        401, null, Map.of("WWW-Authenticate", "Bearer error=\"invalid_token\""));
            }
            JsonNode content = null;
            if (!method.equals("GET")) {
                String type = headers.get("content-type");
                if (type == null || !type.startsWith("application/json")) {
                    return BitwardenAnswer.error(415, "Unsupported Media Type");
                }
                try {
                    content = json.readTree(body);
                } catch (JacksonException e) {
                    return BitwardenAnswer.invalid(Map.of("$", List.of("The JSON value could not be converted.")));
                }
            }
            return route(method, List.of(path.substring("/api/".length()).split("/")), request, content);
        }
    }

    /** What the server says about itself, without a login. */
    private static Map<String, @Nullable Object> config(String base) {
        Map<String, @Nullable Object> environment = new LinkedHashMap<>();
        environment.put("cloudRegion", null);
        environment.put("vault", base);
        environment.put("api", base + "/api");
        environment.put("identity", base + "/identity");
        environment.put("notifications", base + "/notifications");
        environment.put("sso", base + "/sso");
        Map<String, @Nullable Object> config = new LinkedHashMap<>();
        config.put("version", "2026.1.0");
        config.put("gitHash", "simulated");
        config.put("server", null);
        config.put("environment", environment);
        config.put("featureStates", Map.of());
        config.put("object", "config");
        return config;
    }

    private BitwardenAnswer route(
            String method, List<String> path, Request request, @Nullable JsonNode content) {
        String form = method + " " + form(path);
        if (path.get(0).equals("organizations") && path.size() > 1 && !path.get(1).equals(organization.id())) {
            return BitwardenAnswer.notFound();
        }
        JsonNode given = content == null ? json.createObjectNode() : content;
        return switch (form) {
            case "GET organizations/*/projects" -> reading(listProjects());
            case "POST organizations/*/projects" -> createProject(given);
            case "GET projects/*" -> reading(project(path.get(1)).map(p -> BitwardenAnswer.ok(view(p))));
            case "PUT projects/*" -> renameProject(path.get(1), given);
            case "POST projects/delete" -> delete(given, "project", id -> {
                organization.secrets().values().forEach(s -> {
                    if (id.equals(s.project)) {
                        s.project = null;
                    }
                });
                return organization.projects().remove(id) != null;
            });
            case "GET projects/*/secrets" -> reading(
                    project(path.get(1)).map(p -> listing(s -> p.id.equals(s.project))));
            case "GET organizations/*/secrets" -> reading(listing(s -> true));
            case "POST organizations/*/secrets" -> createSecret(given);
            case "GET organizations/*/secrets/sync" -> reading(sync(request.query().get("lastSyncedDate")));
            case "GET secrets/*" -> reading(secret(path.get(1)).map(s -> BitwardenAnswer.ok(view(s, true))));
            case "PUT secrets/*" -> updateSecret(path.get(1), given);
            case "POST secrets/get-by-ids" -> byIds(given);
            case "POST secrets/delete" -> delete(
                    given, "secret", id -> organization.secrets().remove(id) != null);
            default -> BitwardenAnswer.notFound();
        };
    }

    /** The path with its ids replaced by a star. */
    private static String form(List<String> path) {
        List<String> parts = new ArrayList<>(path);
        parts.replaceAll(part -> part.matches("[0-9a-fA-F-]{36}") ? "*" : part);
        return String.join("/", parts);
    }

    private BitwardenAnswer reading(BitwardenAnswer answer) {
        organization.countRead();
        return answer;
    }

    private BitwardenAnswer reading(Optional<BitwardenAnswer> answer) {
        return reading(answer.orElseGet(BitwardenAnswer::notFound));
    }

    // ---- login ----

    private BitwardenAnswer login(Map<String, String> headers, String body) {
        String type = headers.get("content-type");
        if (type == null || !type.startsWith("application/x-www-form-urlencoded")) {
            return refused("invalid_request");
        }
        Map<String, String> form = new HashMap<>();
        for (String pair : body.split("&")) {
            int equals = pair.indexOf('=');
            if (equals > 0) {
                form.put(
                        URLDecoder.decode(pair.substring(0, equals), StandardCharsets.UTF_8),
                        URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
            }
        }
        if (!"client_credentials".equals(form.get("grant_type"))) {
            return refused("unsupported_grant_type");
        }
        if (!"api.secrets".equals(form.get("scope"))) {
            return refused("invalid_scope");
        }
        if (!organization.clientId().equals(form.get("client_id"))
                || !organization.clientSecret().equals(form.get("client_secret"))) {
            return refused("invalid_client");
        }
        organization.countLogin();
        Instant expires = clock.now().plus(SESSION);
        String token = token(expires);
        sessions.put(token, expires);
        Map<String, Object> answer = new TreeMap<>();
        answer.put("access_token", token);
        answer.put("expires_in", SESSION.toSeconds());
        answer.put("token_type", "Bearer");
        answer.put("scope", "api.secrets");
        answer.put("encrypted_payload", organization.encryptedPayload());
        return BitwardenAnswer.ok(answer);
    }

    private static BitwardenAnswer refused(String error) {
        return new BitwardenAnswer(400, Map.of("error", error), Map.of());
    }

    private String token(Instant expires) {
        Map<String, Object> claims = new TreeMap<>();
        claims.put("iss", "http://localhost");
        claims.put("nbf", clock.now().getEpochSecond());
        claims.put("iat", clock.now().getEpochSecond());
        claims.put("exp", expires.getEpochSecond());
        claims.put("scope", List.of("api.secrets"));
        claims.put("client_id", organization.clientId());
        claims.put("client_sub", organization.clientId());
        claims.put("sub", organization.clientId());
        claims.put("type", "ServiceAccount");
        claims.put("organization", organization.id());
        claims.put("jti", organization.newId());
        String head = base64(json.writeValueAsBytes(new TreeMap<>(Map.of("alg", "HS256", "typ", "at+jwt"))))
                + "." + base64(json.writeValueAsBytes(claims));
        HMac mac = new HMac(new SHA256Digest());
        mac.init(new KeyParameter(signingKey));
        byte[] message = head.getBytes(StandardCharsets.US_ASCII);
        mac.update(message, 0, message.length);
        byte[] signature = new byte[mac.getMacSize()];
        mac.doFinal(signature, 0);
        return head + "." + base64(signature);
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private boolean authenticated(Map<String, String> headers) {
        String header = headers.get("authorization");
        if (header == null || !header.startsWith("Bearer ")) {
            return false;
        }
        Instant expires = sessions.get(header.substring("Bearer ".length()));
        return expires != null && clock.now().isBefore(expires);
    }

    /** Ends all sessions, as the server does when a token is revoked or a key rotates. */
    void endSessions() {
        synchronized (organization) {
            sessions.clear();
        }
    }

    // ---- projects ----

    private BitwardenAnswer listProjects() {
        return BitwardenAnswer.list(
                organization.projects().values().stream().map(this::view).toList());
    }

    private Optional<StoredProject> project(String id) {
        return Optional.ofNullable(organization.projects().get(id));
    }

    private BitwardenAnswer createProject(JsonNode given) {
        Problems problems = new Problems();
        String name = problems.encrypted(given, "name", LONGEST_NAME);
        if (problems.any()) {
            return problems.answer();
        }
        organization.countWrite();
        return BitwardenAnswer.ok(view(organization.store(name)));
    }

    private BitwardenAnswer renameProject(String id, JsonNode given) {
        Problems problems = new Problems();
        String name = problems.encrypted(given, "name", LONGEST_NAME);
        if (problems.any()) {
            return problems.answer();
        }
        StoredProject project = organization.projects().get(id);
        if (project == null || !project.writable) {
            return BitwardenAnswer.notFound();
        }
        project.name = name;
        project.revised = clock.now();
        organization.countWrite();
        return BitwardenAnswer.ok(view(project));
    }

    private Map<String, Object> view(StoredProject project) {
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("id", project.id);
        view.put("organizationId", organization.id());
        view.put("name", project.name);
        view.put("creationDate", project.created.toString());
        view.put("revisionDate", project.revised.toString());
        view.put("read", true);
        view.put("write", project.writable);
        view.put("object", "project");
        return view;
    }

    // ---- secrets ----

    private Optional<StoredSecret> secret(String id) {
        return Optional.ofNullable(organization.secrets().get(id)).filter(s -> s.project != null);
    }

    private BitwardenAnswer listing(Predicate<StoredSecret> which) {
        List<Map<String, Object>> found = organization.secrets().values().stream()
                .filter(s -> s.project != null)
                .filter(which)
                .map(s -> view(s, false))
                .toList();
        List<Map<String, Object>> projects = organization.projects().values().stream()
                .map(p -> Map.<String, Object>of("id", p.id, "name", p.name))
                .toList();
        return BitwardenAnswer.ok(
                Map.of("secrets", found, "projects", projects, "object", "SecretsWithProjectsList"));
    }

    private BitwardenAnswer createSecret(JsonNode given) {
        Problems problems = new Problems();
        String key = problems.encrypted(given, "key", LONGEST_KEY);
        String value = problems.encrypted(given, "value", LONGEST_VALUE);
        String note = problems.encrypted(given, "note", LONGEST_NOTE);
        List<String> projects = problems.projects(given);
        if (problems.any()) {
            return problems.answer();
        }
        // a machine account can only write into a project that it may write to
        if (projects.isEmpty() || !writable(projects.get(0))) {
            return BitwardenAnswer.notFound();
        }
        StoredSecret secret =
                new StoredSecret(organization.newId(), key, value, note, projects.get(0), clock.now());
        organization.secrets().put(secret.id, secret);
        organization.countWrite();
        return BitwardenAnswer.ok(view(secret, true));
    }

    private BitwardenAnswer updateSecret(String id, JsonNode given) {
        Problems problems = new Problems();
        String key = problems.encrypted(given, "key", LONGEST_KEY);
        String value = problems.encrypted(given, "value", LONGEST_VALUE);
        String note = problems.encrypted(given, "note", LONGEST_NOTE);
        List<String> projects = problems.projects(given);
        if (problems.any()) {
            return problems.answer();
        }
        StoredSecret secret = secret(id).orElse(null);
        if (secret == null || secret.project == null || !writable(secret.project)) {
            return BitwardenAnswer.notFound();
        }
        if (!projects.isEmpty() && !writable(projects.get(0))) {
            return BitwardenAnswer.notFound();
        }
        if (given.path("valueChanged").asBoolean(false)) {
            secret.earlierValues.add(secret.value);
        }
        secret.key = key;
        secret.value = value;
        secret.note = note;
        secret.revised = clock.now();
        organization.countWrite();
        if (projects.isEmpty()) {
            // the secret has left its project, and with it the machine account's sight
            secret.project = null;
            return BitwardenAnswer.notFound();
        }
        secret.project = projects.get(0);
        return BitwardenAnswer.ok(view(secret, true));
    }

    private boolean writable(String projectId) {
        return project(projectId).map(p -> p.writable).orElse(false);
    }

    private BitwardenAnswer byIds(JsonNode given) {
        if (!given.path("ids").isArray()) {
            return BitwardenAnswer.invalid(Map.of("Ids", List.of("The Ids field is required.")));
        }
        if (given.path("ids").isEmpty()) {
            return reading(BitwardenAnswer.notFound());
        }
        List<Map<String, Object>> found = new ArrayList<>();
        for (JsonNode id : given.path("ids")) {
            Optional<StoredSecret> secret = secret(id.asString());
            if (secret.isEmpty()) {
                return reading(BitwardenAnswer.notFound());
            }
            found.add(view(secret.get(), true));
        }
        return reading(BitwardenAnswer.list(found));
    }

    private BitwardenAnswer sync(@Nullable List<String> lastSynced) {
        Instant since = Instant.MIN;
        if (lastSynced != null) {
            try {
                // an unescaped + of a zone arrives as a space
                since = OffsetDateTime.parse(lastSynced.get(0).replace(' ', '+')).toInstant();
            } catch (DateTimeParseException e) {
                return BitwardenAnswer.invalid(Map.of(
                        "lastSyncedDate", List.of("The value is not valid for LastSyncedDate.")));
            }
        }
        if (since.isAfter(clock.now())) {
            return BitwardenAnswer.error(400, "Last synced date must be in the past.");
        }
        Instant after = since;
        List<StoredSecret> seen = organization.secrets().values().stream()
                .filter(s -> s.project != null)
                .toList();
        boolean changed = seen.stream().anyMatch(s -> s.revised.isAfter(after)) || lastSynced == null;
        Map<String, @Nullable Object> answer = new LinkedHashMap<>();
        answer.put("hasChanges", changed);
        answer.put(
                "secrets",
                changed
                        ? BitwardenAnswer.list(seen.stream().map(s -> view(s, true)).toList())
                                .body()
                        : null);
        answer.put("object", "secretsSync");
        return BitwardenAnswer.ok(answer);
    }

    private BitwardenAnswer delete(JsonNode given, String what, Predicate<String> remove) {
        if (!given.isArray()) {
            return BitwardenAnswer.invalid(Map.of("$", List.of("The JSON value could not be converted.")));
        }
        boolean project = what.equals("project");
        List<String> ids = new ArrayList<>();
        for (JsonNode id : given) {
            ids.add(id.asString(""));
        }
        if (ids.isEmpty()
                || ids.stream().anyMatch(id -> project ? project(id).isEmpty() : secret(id).isEmpty())) {
            return BitwardenAnswer.notFound();
        }
        // what one may not delete is said in the answer, which is a success all the same
        List<Map<String, ?>> results = new ArrayList<>();
        for (String id : ids) {
            boolean allowed = project
                    ? writable(id)
                    : secret(id).map(s -> s.project != null && writable(s.project)).orElse(false);
            if (allowed) {
                remove.test(id);
                organization.countWrite();
            }
            Map<String, @Nullable Object> result = new LinkedHashMap<>();
            result.put("id", id);
            result.put("error", allowed ? null : "access denied");
            result.put("object", "BulkDelete");
            results.add(result);
        }
        return BitwardenAnswer.list(results);
    }

    private Map<String, Object> view(StoredSecret secret, boolean whole) {
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("id", secret.id);
        view.put("organizationId", organization.id());
        view.put("key", secret.key);
        if (whole) {
            view.put("value", secret.value);
            view.put("note", secret.note);
        }
        view.put("creationDate", secret.created.toString());
        view.put("revisionDate", secret.revised.toString());
        boolean write = secret.project != null && writable(secret.project);
        view.put("read", true);
        view.put("write", write);
        view.put(
                "projects",
                project(secret.project == null ? "" : secret.project)
                        .map(p -> List.of(Map.of("id", p.id, "name", p.name)))
                        .orElse(List.of()));
        view.put("object", whole ? "secret" : "SecretWithProjects");
        return view;
    }

    /** What is wrong with a request's fields. */
    private static final class Problems {
        private final Map<String, List<String>> found = new TreeMap<>();

        boolean any() {
            return !found.isEmpty();
        }

        BitwardenAnswer answer() {
            return BitwardenAnswer.invalid(found);
        }

        String encrypted(JsonNode given, String field, int longest) {
            String name = Character.toUpperCase(field.charAt(0)) + field.substring(1);
            JsonNode value = given.path(field);
            if (!value.isString() || value.stringValue().isEmpty()) {
                add(name, "The " + name + " field is required.");
                return "";
            }
            String text = value.stringValue();
            if (EncryptedText.parse(text).isEmpty()) {
                add(name, name + " is not a valid encrypted string.");
            }
            if (text.length() > longest) {
                add(name, "The field " + name + " exceeds the maximum encrypted value length of " + longest
                        + " characters.");
            }
            return text;
        }

        List<String> projects(JsonNode given) {
            List<String> ids = new ArrayList<>();
            for (JsonNode id : given.path("projectIds")) {
                ids.add(id.asString());
            }
            if (ids.size() > 1) {
                add("ProjectIds", "Only one project assignment is supported.");
            }
            return ids;
        }

        private void add(String field, String problem) {
            found.computeIfAbsent(field, f -> new ArrayList<>()).add(problem);
        }
    }
}
