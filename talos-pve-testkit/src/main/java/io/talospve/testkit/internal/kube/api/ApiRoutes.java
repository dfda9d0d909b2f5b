package io.talospve.testkit.internal.kube.api;

import static io.talospve.testkit.internal.kube.api.Tree.map;
import static io.talospve.testkit.internal.kube.api.Tree.text;

import io.talospve.testkit.internal.clock.SimClock;
import io.talospve.testkit.internal.kube.api.Resources.Options;
import io.talospve.testkit.internal.kube.api.Resources.Patch;
import io.talospve.testkit.internal.kube.api.Resources.Place;
import io.talospve.testkit.internal.kube.api.Resources.Written;
import io.talospve.testkit.internal.net.HttpsServer.Request;
import io.talospve.testkit.internal.net.HttpsServer.Response;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** The paths of the Kubernetes API: from a request to what it does, and to its answer. Thread-safe. */
public final class ApiRoutes {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final int MAX_BODY = 3 << 20;
    private static final List<String> READABLE = List.of("application/json", "application/yaml");

    private final ObjectStore store;
    private final TypeTable types;
    private final Resources resources;
    private final Discovery discovery;
    private final OpenApi openApi;
    private final SimClock clock;

    /** Routes to the objects of one cluster. */
    public ApiRoutes(ObjectStore store, TypeTable types, Resources resources, SimClock clock) {
        this.store = store;
        this.types = types;
        this.resources = resources;
        this.discovery = new Discovery(types);
        this.openApi = new OpenApi(types);
        this.clock = clock;
    }

    /**
     * Who asks.
     *
     * @param user name of the user
     * @param admin whether it may do everything; others may look at what kinds there are
     */
    public record Caller(String user, boolean admin) {}

    /** Answers a request. */
    public Response answer(Request request, Caller caller) {
        try {
            return route(request, caller);
        } catch (ApiError e) {
            return refused(e);
        }
    }

    /** A refusal. */
    public static Response refused(ApiError error) {
        return json(error.code(), error.status());
    }

    private Response route(Request request, Caller caller) {
        String[] steps = Arrays.stream(request.path().split("/")).filter(s -> !s.isEmpty()).toArray(String[]::new);
        boolean api = steps.length > 0 && steps[0].equals("api");
        boolean apis = steps.length > 0 && steps[0].equals("apis");
        if (steps.length > 1 && steps[0].equals("openapi") && steps[1].equals("v3")) {
            return json(
                    200,
                    steps.length == 2
                            ? openApi.index()
                            : openApi.document(String.join("/", List.of(steps).subList(2, steps.length)))
                                    .orElseThrow(ApiError::noResource));
        }
        int head = api ? 2 : 3;
        if (!api && !apis) {
            if (!caller.admin()) {
                throw ApiError.forbidden("forbidden: User \"" + caller.user() + "\" cannot "
                        + request.method().toLowerCase(Locale.ROOT) + " path \"" + request.path() + "\"");
            }
            throw ApiError.noResource();
        }
        if (steps.length <= head) {
            return discover(request, steps);
        }
        String group = api ? "" : steps[1];
        String version = steps[head - 1];
        List<String> rest = List.of(steps).subList(head, steps.length);
        boolean inNamespace = rest.size() > 2
                && rest.get(0).equals("namespaces")
                && !List.of("status", "finalize").contains(rest.get(2));
        String namespace = inNamespace ? rest.get(1) : "";
        List<String> own = inNamespace ? rest.subList(2, rest.size()) : rest;
        String name = own.size() > 1 ? own.get(1) : "";
        String subresource = own.size() > 2 ? own.get(2) : "";
        if (!caller.admin()) {
            throw forbidden(request, caller, group, own.get(0), namespace, name);
        }
        ResourceType type = types.byPlural(group, version, own.get(0)).orElseThrow(ApiError::noResource);
        if (own.size() > 3 || inNamespace && !type.namespaced()) {
            throw ApiError.noResource();
        }
        Place place = new Place(type, version, namespace, name, subresource);
        if (name.isEmpty()) {
            return collection(request, place);
        }
        if (type.namespaced() && namespace.isEmpty()) {
            throw ApiError.noResource();
        }
        return object(request, place);
    }

    private static ApiError forbidden(
            Request request, Caller caller, String group, String plural, String namespace, String name) {
        String verb = switch (request.method()) {
            case "POST" -> "create";
            case "PUT" -> "update";
            case "PATCH" -> "patch";
            case "DELETE" -> name.isEmpty() ? "deletecollection" : "delete";
            default -> name.isEmpty() ? flag(request, "watch") ? "watch" : "list" : "get";
        };
        return ApiError.forbidden(plural + (group.isEmpty() ? "" : "." + group) + (name.isEmpty() ? "" : " \"" + name + "\"")
                + " is forbidden: User \"" + caller.user() + "\" cannot " + verb + " resource \"" + plural
                + "\" in API group \"" + group + "\" "
                + (namespace.isEmpty() ? "at the cluster scope" : "in the namespace \"" + namespace + "\""));
    }

    private Response discover(Request request, String[] steps) {
        if (!request.method().equals("GET")) {
            throw ApiError.methodNotAllowed();
        }
        if (steps.length == 1) {
            return json(200, steps[0].equals("api") ? Discovery.core() : discovery.groups());
        }
        if (steps[0].equals("apis") && steps.length == 2) {
            return json(200, discovery.group(steps[1]).orElseThrow(ApiError::noResource));
        }
        String group = steps[0].equals("api") ? "" : steps[1];
        return json(200, discovery.resources(group, steps[steps.length - 1]).orElseThrow(ApiError::noResource));
    }

    // --- collections

    private Response collection(Request request, Place place) {
        return switch (request.method()) {
            case "GET" -> flag(request, "watch") ? watch(request, place) : list(request, place);
            case "POST" -> {
                if (place.type().namespaced() && place.namespace().isEmpty()) {
                    throw ApiError.methodNotAllowed();
                }
                Written made = resources.create(place, object(body(request)), options(request));
                yield written(request, made);
            }
            case "DELETE" -> {
                List<Object> gone = new ArrayList<>();
                for (Map<String, Object> one : selected(request, place)) {
                    gone.add(one);
                    resources.delete(
                            new Place(place.type(), place.version(), Tree.namespace(one), Tree.name(one), ""),
                            Map.of(),
                            dryRun(request));
                }
                yield json(200, listOf(place, gone, Long.toString(store.revision())));
            }
            default -> throw ApiError.methodNotAllowed();
        };
    }

    private static Predicate<Map<String, Object>> selector(Request request) {
        return Selectors.labels(parameter(request, "labelSelector"))
                .and(Selectors.fields(parameter(request, "fieldSelector")));
    }

    private List<Map<String, Object>> selected(Request request, Place place) {
        return store.list(place.type().qualified(), place.namespace()).stream()
                .filter(selector(request))
                .toList();
    }

    private Response list(Request request, Place place) {
        List<Map<String, Object>> all;
        String revision;
        synchronized (store) {
            all = selected(request, place);
            revision = Long.toString(store.revision());
        }
        String token = parameter(request, "continue");
        int from = 0;
        if (!token.isEmpty()) {
            Map<?, ?> position = position(token);
            String start = text(position, "start");
            while (from < all.size() && key(all.get(from)).compareTo(start) <= 0) {
                from++;
            }
            revision = text(position, "rv");
        }
        int limit = number(request, "limit");
        int to = limit <= 0 ? all.size() : Math.min(all.size(), from + limit);
        UnaryOperator<Map<String, Object>> shape = shape(request);
        List<Object> items = new ArrayList<>();
        if (table(request)) {
            Map<String, Object> table = Tables.of(place.type(), all.subList(from, to), revision, clock.now());
            if (to < all.size()) {
                Tree.in(table, "metadata").put("continue", token(revision, all.get(to - 1)));
            }
            return json(200, table);
        }
        for (Map<String, Object> one : all.subList(from, to)) {
            Map<String, Object> shown = shape.apply(Resources.shown(place, one));
            if (!place.type().custom()) {
                shown = new LinkedHashMap<>(shown);
                shown.remove("kind");
                shown.remove("apiVersion");
            }
            items.add(shown);
        }
        Map<String, Object> out = listOf(place, items, revision);
        if (to < all.size()) {
            Map<String, Object> metadata = Tree.in(out, "metadata");
            metadata.put("continue", token(revision, all.get(to - 1)));
            metadata.put("remainingItemCount", all.size() - to);
        }
        return json(200, out);
    }

    private static boolean table(Request request) {
        return request.headers().getOrDefault("accept", "").contains("as=Table");
    }

    private static String token(String revision, Map<String, Object> last) {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(
                        JSON.writeValueAsBytes(map("v", "meta.k8s.io/v1", "rv", revision, "start", key(last))));
    }

    private static Map<?, ?> position(String token) {
        try {
            return JSON.readValue(Base64.getUrlDecoder().decode(token), Map.class);
        } catch (IllegalArgumentException | JacksonException e) {
            throw ApiError.badRequest("continue key is not valid: " + e.getMessage());
        }
    }

    private static String key(Map<String, Object> object) {
        return Tree.namespace(object) + "/" + Tree.name(object);
    }

    private static Map<String, Object> listOf(Place place, List<?> items, String revision) {
        return map(
                "kind", place.type().kind() + "List",
                "apiVersion", place.type().apiVersion(place.version()),
                "metadata", map("resourceVersion", revision),
                "items", items);
    }

    private Response watch(Request request, Place place) {
        Predicate<Map<String, Object>> selected = selector(request);
        UnaryOperator<Map<String, Object>> shape = shape(request);
        String from = parameter(request, "resourceVersion");
        if (!from.matches("\\d{0,18}")) {
            throw ApiError.badRequest("Invalid value: \"" + from + "\": resourceVersion: strconv.ParseUint");
        }
        int seconds = number(request, "timeoutSeconds");
        return new Response(
                200,
                Map.of("content-type", "application/json"),
                new byte[0],
                sink -> {
                    new Watch(store, place, selected, shape, sink).start(from, flag(request, "sendInitialEvents"));
                    if (seconds > 0) {
                        SimClock.Cancellation end = clock.after(Duration.ofSeconds(seconds), sink::end);
                        sink.onClose(end::cancel);
                    }
                });
    }

    /** Some clients want only the metadata. */
    private static UnaryOperator<Map<String, Object>> shape(Request request) {
        String accept = request.headers().getOrDefault("accept", "");
        if (!accept.contains("as=PartialObjectMetadata")) {
            return UnaryOperator.identity();
        }
        return object -> map(
                "kind", "PartialObjectMetadata", "apiVersion", "meta.k8s.io/v1", "metadata", object.get("metadata"));
    }

    // --- one object

    private Response object(Request request, Place place) {
        String sub = place.subresource();
        if (sub.equals("scale") && Scale.has(place.type())) {
            return scale(request, whole(place));
        }
        if (sub.equals("eviction") && place.type().qualified().equals("pods") && request.method().equals("POST")) {
            resources.delete(whole(place), Map.of(), dryRun(request));
            return json(201, map("kind", "Status", "apiVersion", "v1", "metadata", Map.of(), "status", "Success", "code", 201));
        }
        if (sub.equals("log") && place.type().qualified().equals("pods") && request.method().equals("GET")) {
            return Response.text(200, PodLog.of(resources.get(whole(place)), parameter(request, "container")));
        }
        if (sub.equals("finalize") && place.type().qualified().equals("namespaces")) {
            return written(request, resources.update(whole(place), object(body(request)), options(request)));
        }
        if (!sub.isEmpty() && !(sub.equals("status") && place.type().status())) {
            throw ApiError.noResource();
        }
        return switch (request.method()) {
            case "GET" -> {
                Map<String, Object> found = resources.get(whole(place));
                yield json(
                        200,
                        table(request)
                                ? Tables.of(
                                        place.type(), List.of(found), text(found, "metadata.resourceVersion"), clock.now())
                                : shape(request).apply(found));
            }
            case "PUT" -> written(request, resources.update(place, object(body(request)), options(request)));
            case "PATCH" -> patch(request, place);
            case "DELETE" -> {
                if (!sub.isEmpty()) {
                    throw ApiError.methodNotAllowed();
                }
                // typed Go clients send these options as protobuf; without preconditions they say nothing of interest
                boolean readable = request.body().length > 0 && READABLE.contains(contentType(request));
                Object options = readable ? body(request) : Map.of();
                yield json(
                        200,
                        resources.delete(
                                place,
                                options instanceof Map<?, ?> map ? Tree.child(map, "preconditions") : Map.of(),
                                dryRun(request)));
            }
            default -> throw ApiError.methodNotAllowed();
        };
    }

    private static Place whole(Place place) {
        return new Place(place.type(), place.version(), place.namespace(), place.name(), "");
    }

    private Response scale(Request request, Place place) {
        Map<String, Object> live = resources.get(place);
        Map<String, Object> wanted = switch (request.method()) {
            case "GET" -> Scale.of(live);
            case "PUT" -> object(body(request));
            case "PATCH" -> Patches.merge(Scale.of(live), object(parse(bounded(request))));
            default -> throw ApiError.methodNotAllowed();
        };
        if (request.method().equals("GET")) {
            return json(200, wanted);
        }
        return json(200, Scale.of(resources.update(place, Scale.into(live, wanted), options(request)).object()));
    }

    private Response patch(Request request, Place place) {
        String type = contentType(request);
        Patch kind = switch (type) {
            case "application/json-patch+json" -> Patch.JSON;
            case "application/merge-patch+json" -> Patch.MERGE;
            case "application/strategic-merge-patch+json" -> Patch.STRATEGIC;
            case "application/apply-patch+yaml" -> Patch.APPLY;
            default -> throw ApiError.unsupportedMediaType(List.of(
                    "application/json-patch+json",
                    "application/merge-patch+json",
                    "application/strategic-merge-patch+json",
                    "application/apply-patch+yaml"));
        };
        Object patch = kind == Patch.APPLY ? Documents.one(bounded(request)) : parse(bounded(request));
        if (kind == Patch.JSON ? !(patch instanceof List) : !(patch instanceof Map)) {
            throw ApiError.badRequest("the patch is not of its type's form");
        }
        Options options = options(request);
        if (kind == Patch.APPLY && parameter(request, "fieldManager").isEmpty()) {
            options = new Options("", options.dryRun(), options.force(), options.strict());
        }
        return written(request, resources.patch(place, kind, patch, options));
    }

    private static Response written(Request request, Written written) {
        Response response = json(
                written.created() ? 201 : 200, shape(request).apply(written.object()));
        if (written.warnings().isEmpty()) {
            return response;
        }
        Map<String, String> headers = new LinkedHashMap<>(response.headers());
        headers.put("warning", "299 - \"" + String.join("; ", written.warnings()).replace("\"", "\\\"") + "\"");
        return new Response(response.status(), headers, response.body());
    }

    private static Options options(Request request) {
        String manager = parameter(request, "fieldManager");
        if (manager.isEmpty()) {
            manager = request.headers().getOrDefault("user-agent", "unknown").split("/", 2)[0];
        }
        return new Options(
                manager,
                dryRun(request),
                flag(request, "force"),
                parameter(request, "fieldValidation").equals("Strict"));
    }

    private static boolean dryRun(Request request) {
        String dryRun = parameter(request, "dryRun");
        if (!List.of("", "All").contains(dryRun)) {
            throw ApiError.badRequest("dryRun: Unsupported value: \"" + dryRun + "\": supported values: \"All\"");
        }
        return dryRun.equals("All");
    }

    private static String bounded(Request request) {
        if (request.body().length > MAX_BODY) {
            throw ApiError.tooLarge(MAX_BODY);
        }
        return new String(request.body(), StandardCharsets.UTF_8);
    }

    private static String contentType(Request request) {
        return request.headers().getOrDefault("content-type", "application/json").split(";", 2)[0].strip();
    }

    private static Object body(Request request) {
        String type = contentType(request);
        if (!READABLE.contains(type)) {
            throw ApiError.unsupportedMediaType(READABLE);
        }
        String text = bounded(request);
        return type.equals("application/yaml") ? Documents.one(text) : parse(text);
    }

    private static Object parse(String text) {
        try {
            return JSON.readValue(text, Object.class);
        } catch (JacksonException e) {
            throw ApiError.badRequest("couldn't get version/kind; json parse error: " + e.getOriginalMessage());
        }
    }

    private static Map<String, Object> object(Object body) {
        if (body instanceof Map<?, ?>) {
            return Tree.asMap(body);
        }
        throw ApiError.badRequest("the body is not an object");
    }

    private static boolean flag(Request request, String name) {
        return List.of("true", "1").contains(parameter(request, name));
    }

    private static int number(Request request, String name) {
        String text = parameter(request, name);
        return text.matches("\\d{1,9}") ? Integer.parseInt(text) : 0;
    }

    private static String parameter(Request request, String name) {
        List<String> values = request.query().getOrDefault(name, List.of());
        return values.isEmpty() ? "" : values.get(0);
    }

    private static Response json(int status, Object value) {
        return new Response(status, Map.of("content-type", "application/json"), JSON.writeValueAsBytes(value));
    }
}
