package io.talospve.testkit.internal.kube.api;

import static io.talospve.testkit.internal.kube.api.Tree.at;
import static io.talospve.testkit.internal.kube.api.Tree.child;
import static io.talospve.testkit.internal.kube.api.Tree.in;
import static io.talospve.testkit.internal.kube.api.Tree.list;
import static io.talospve.testkit.internal.kube.api.Tree.map;
import static io.talospve.testkit.internal.kube.api.Tree.text;

import io.talospve.testkit.internal.kube.api.ApiError.Cause;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes objects by the rules of the API: names, namespaces, schemas, generations, resource versions, subresource
 * status, finalizers, field managers. Refusals are {@link ApiError}. Thread-safe.
 */
public final class Resources {
    private static final List<String> PROTECTED = List.of("default", "kube-system", "kube-public", "kube-node-lease");

    private final ObjectStore store;
    private final TypeTable types;
    private final Supplier<Instant> now;
    private final Random random;
    private final Defaults defaults;
    private volatile Admission admission = (type, object) -> { };

    /**
     * Resources over a store.
     *
     * @param seed for UIDs and generated names
     */
    public Resources(ObjectStore store, TypeTable types, Supplier<Instant> now, long seed) {
        this.store = store;
        this.types = types;
        this.now = now;
        this.random = new Random(seed);
        this.defaults = new Defaults(store);
    }

    /** Has a say before an object is created. */
    @FunctionalInterface
    public interface Admission {
        /**
         * Lets an object pass or throws.
         *
         * @throws ApiError to refuse it
         */
        void admit(ResourceType type, Map<String, Object> object);
    }

    /**
     * Asks whether an object may be created; for those that make objects without a request.
     *
     * @throws ApiError if not
     */
    public void admit(ResourceType type, Map<String, Object> object) {
        admission.admit(type, object);
    }

    /** Sets who has a say. */
    public void admission(Admission next) {
        admission = next;
    }

    /**
     * An object's place.
     *
     * @param type its kind
     * @param version version that the client speaks
     * @param namespace empty for a cluster-scoped kind
     * @param name empty where the object brings its own
     * @param subresource {@code status} or empty
     */
    public record Place(ResourceType type, String version, String namespace, String name, String subresource) {}

    /**
     * How to write.
     *
     * @param manager name of the field manager
     * @param dryRun whether nothing is stored
     * @param force whether an apply takes over fields of others
     * @param strict whether unknown fields are refused
     */
    public record Options(String manager, boolean dryRun, boolean force, boolean strict) {
        /** A plain write. */
        public static Options by(String manager) {
            return new Options(manager, false, false, false);
        }
    }

    /**
     * What a write left.
     *
     * @param object the object
     * @param created whether it is new
     * @param warnings sentences for the client
     */
    public record Written(Map<String, Object> object, boolean created, List<String> warnings) {}

    /** Kinds of patches. */
    public enum Patch {
        /** RFC 6902. */
        JSON,
        /** RFC 7386. */
        MERGE,
        /** Kubernetes' own, for built-in kinds. */
        STRATEGIC,
        /** Server-side apply. */
        APPLY
    }

    /** The place that an object of a known kind goes to. */
    public Optional<Place> placeOf(Map<String, Object> object) {
        String apiVersion = text(object, "apiVersion");
        return types.byKind(apiVersion, text(object, "kind")).map(type -> {
            String namespace = Tree.namespace(object);
            return new Place(
                    type,
                    apiVersion.substring(apiVersion.indexOf('/') + 1),
                    !type.namespaced() ? "" : namespace.isEmpty() ? "default" : namespace,
                    Tree.name(object),
                    "");
        });
    }

    /** An object, in the version asked for. */
    public Map<String, Object> get(Place place) {
        return shown(
                place,
                store.get(place.type().qualified(), place.namespace(), place.name())
                        .orElseThrow(() -> ApiError.notFound(place.type(), place.name())));
    }

    /** A stored object as a version shows it. */
    static Map<String, Object> shown(Place place, Map<String, Object> object) {
        Map<String, Object> out = map("kind", place.type().kind(), "apiVersion", place.type().apiVersion(place.version()));
        object.forEach((key, value) -> {
            if (!key.equals("kind") && !key.equals("apiVersion")) {
                out.put(key, value);
            }
        });
        return out;
    }

    /** Creates an object. */
    public Written create(Place place, Map<String, Object> body, Options options) {
        synchronized (store) {
            Map<String, Object> object = Tree.copy(body);
            checkHeader(place, object);
            Map<String, Object> metadata = in(object, "metadata");
            if (text(metadata, "name").isEmpty() && !text(metadata, "generateName").isEmpty()) {
                metadata.put("name", text(metadata, "generateName") + suffix(5));
            }
            if (place.type().namespaced()) {
                metadata.put("namespace", place.namespace());
                checkNamespace(place, Tree.name(object));
            }
            if (!text(metadata, "resourceVersion").isEmpty()) {
                throw ApiError.badRequest("resourceVersion should not be set on objects to be created");
            }
            if (store.get(place.type().qualified(), place.namespace(), Tree.name(object)).isPresent()) {
                throw ApiError.alreadyExists(place.type(), Tree.name(object));
            }
            return finish(place, object, null, options, false);
        }
    }

    /** Replaces an object. */
    public Written update(Place place, Map<String, Object> body, Options options) {
        synchronized (store) {
            Map<String, Object> live = live(place);
            Map<String, Object> object = Tree.copy(body);
            checkHeader(place, object);
            if (!Tree.name(object).equals(place.name())) {
                throw ApiError.badRequest("the name of the object (" + Tree.name(object)
                        + ") does not match the name on the URL (" + place.name() + ")");
            }
            return finish(place, object, live, options, false);
        }
    }

    /**
     * Patches an object; an apply creates it if it is not there.
     *
     * @param patch a list of operations for {@link Patch#JSON}, else a map
     */
    public Written patch(Place place, Patch kind, Object patch, Options options) {
        synchronized (store) {
            Optional<Map<String, Object>> found =
                    store.get(place.type().qualified(), place.namespace(), place.name());
            if (kind == Patch.APPLY) {
                return apply(place, Tree.asMap(patch), found.orElse(null), options);
            }
            if (kind == Patch.STRATEGIC && place.type().custom()) {
                throw ApiError.unsupportedMediaType(List.of(
                        "application/json-patch+json", "application/merge-patch+json", "application/apply-patch+yaml"));
            }
            Map<String, Object> live = found.orElseThrow(() -> ApiError.notFound(place.type(), place.name()));
            Map<String, Object> object = Tree.copy(shown(place, live));
            object = switch (kind) {
                case JSON -> Patches.json(object, (List<?>) patch);
                case MERGE -> Patches.merge(object, Tree.asMap(patch));
                default -> Patches.strategic(
                        object, Tree.asMap(patch), List.of(), ListKinds.of(place.type(), place.version()));
            };
            return finish(place, object, live, options, false);
        }
    }

    private Written apply(
            Place place, Map<String, Object> patch, @Nullable Map<String, Object> live, Options options) {
        if (options.manager().isEmpty()) {
            throw ApiError.invalid(
                    "meta.k8s.io",
                    "PatchOptions",
                    "",
                    List.of(Cause.required("fieldManager", "is required for apply patch")));
        }
        Map<String, Object> applied = Tree.copy(patch);
        if (text(applied, "kind").isEmpty() || text(applied, "apiVersion").isEmpty()) {
            throw ApiError.badRequest("invalid object type: apiVersion and kind must be set");
        }
        checkHeader(place, applied);
        Map<String, Object> metadata = in(applied, "metadata");
        if (!list(metadata, "managedFields").isEmpty()) {
            throw ApiError.badRequest("metadata.managedFields must be nil");
        }
        metadata.putIfAbsent("name", place.name());
        if (!Tree.name(applied).equals(place.name())) {
            throw ApiError.badRequest("metadata.name must be equal to the name in the URL");
        }
        if (place.type().namespaced()) {
            metadata.put("namespace", place.namespace());
            if (live == null) {
                checkNamespace(place, place.name());
            }
        }
        if (live == null && !place.subresource().isEmpty()) {
            throw ApiError.notFound(place.type(), place.name());
        }
        if (live == null && !text(metadata, "uid").isEmpty()) {
            throw ApiError.conflict(
                    place.type(), place.name(), "uid mismatch: the provided object specified uid " + text(metadata, "uid")
                            + ", and no existing object was found");
        }
        List<String> unknown = List.of();
        CustomSchema schema = place.type().schemas().get(place.version());
        if (schema != null) {
            unknown = schema.prune(applied);
            if (options.strict() && !unknown.isEmpty()) {
                throw strict(unknown);
            }
        }
        if (place.type().status()) {
            if (place.subresource().isEmpty()) {
                applied.remove("status");
            } else {
                applied.keySet().retainAll(List.of("apiVersion", "kind", "metadata", "status"));
            }
        }
        if (place.type().qualified().equals("secrets")) {
            defaultStringData(applied);
        }
        FieldManagers.Manager manager = new FieldManagers.Manager(
                options.manager(), "Apply", place.type().apiVersion(place.version()), place.subresource());
        Map<String, Object> merged = FieldManagers.apply(
                applied, live, manager, options.force(), ListKinds.of(place.type(), place.version()), now.get());
        if (live != null && !text(metadata, "resourceVersion").isEmpty()) {
            in(merged, "metadata").put("resourceVersion", text(metadata, "resourceVersion"));
        }
        Written written = finish(place, merged, live, options, true);
        return new Written(written.object(), written.created(), warnings(unknown));
    }

    private static void defaultStringData(Map<String, Object> secret) {
        if (secret.containsKey("stringData")) {
            Map<String, Object> data = in(secret, "data");
            child(secret, "stringData").forEach((key, value) -> data.put(
                    key,
                    java.util.Base64.getEncoder()
                            .encodeToString(
                                    String.valueOf(value).getBytes(java.nio.charset.StandardCharsets.UTF_8))));
            secret.remove("stringData");
        }
    }

    private static List<String> warnings(List<String> unknown) {
        return unknown.stream().map(field -> "unknown field \"" + field + "\"").toList();
    }

    private static ApiError strict(List<String> unknown) {
        return ApiError.badRequest("strict decoding error: " + String.join(", ", warnings(unknown)));
    }

    private void checkHeader(Place place, Map<String, Object> object) {
        String apiVersion = place.type().apiVersion(place.version());
        String kind = place.type().kind();
        object.putIfAbsent("apiVersion", apiVersion);
        object.putIfAbsent("kind", kind);
        if (!text(object, "kind").equals(kind)) {
            throw ApiError.badRequest(text(object, "kind") + " in version \"" + place.version()
                    + "\" cannot be handled as a " + kind + ": converting (" + text(object, "apiVersion") + ", Kind="
                    + text(object, "kind") + ") to " + kind + ": unknown conversion");
        }
        if (!text(object, "apiVersion").equals(apiVersion)) {
            throw ApiError.badRequest("the API version in the data (" + text(object, "apiVersion")
                    + ") does not match the expected API version (" + apiVersion + ")");
        }
        if (object.get("metadata") != null && !(object.get("metadata") instanceof Map)) {
            throw ApiError.badRequest("metadata is not an object");
        }
        String namespace = Tree.namespace(object);
        if (!namespace.isEmpty() && !namespace.equals(place.namespace())) {
            throw ApiError.badRequest(
                    "the namespace of the provided object does not match the namespace sent on the request");
        }
    }

    private void checkNamespace(Place place, String name) {
        Map<String, Object> namespace = store.get("namespaces", "", place.namespace())
                .orElseThrow(() -> ApiError.notFound(
                        types.byName("namespaces").orElseThrow(), place.namespace()));
        if (at(namespace, "metadata.deletionTimestamp") != null) {
            throw ApiError.forbidden(
                    place.type(),
                    name,
                    "unable to create new content in namespace " + place.namespace() + " because it is being terminated");
        }
    }

    private Map<String, Object> live(Place place) {
        return store.get(place.type().qualified(), place.namespace(), place.name())
                .orElseThrow(() -> ApiError.notFound(place.type(), place.name()));
    }

    /** Checks and stores an object that the client made; needs the store's monitor. */
    private Written finish(
            Place place, Map<String, Object> object, @Nullable Map<String, Object> live, Options options, boolean applied) {
        ResourceType type = place.type();
        Map<String, Object> metadata = in(object, "metadata");
        String version = text(metadata, "resourceVersion");
        if (live != null && !version.isEmpty() && !version.equals(text(live, "metadata.resourceVersion"))) {
            throw ApiError.conflict(
                    type,
                    place.name(),
                    "the object has been modified; please apply your changes to the latest version and try again");
        }
        if (live != null && !text(metadata, "uid").isEmpty() && !Tree.uid(live).equals(text(metadata, "uid"))) {
            throw ApiError.conflict(
                    type,
                    place.name(),
                    "Precondition failed: UID in precondition: " + text(metadata, "uid") + ", UID in object meta: "
                            + Tree.uid(live));
        }
        List<String> unknown = List.of();
        CustomSchema schema = type.schemas().get(place.version());
        if (schema != null) {
            unknown = schema.prune(object);
            if (options.strict() && !unknown.isEmpty()) {
                throw strict(unknown);
            }
            schema.fill(object);
        } else {
            defaults.fill(type, object);
        }
        separateStatus(place, object, live);
        serverMetadata(type, object, live);
        List<Cause> problems = new ArrayList<>(ObjectRules.problems(type, object, live));
        if (schema != null) {
            problems.addAll(schema.problems(object));
        }
        if (!problems.isEmpty()) {
            throw ApiError.invalid(type.group(), type.kind(), Tree.name(object), problems);
        }
        if (live == null) {
            admission.admit(type, object);
        }
        if (!applied) {
            FieldManagers.updated(
                    object,
                    live,
                    new FieldManagers.Manager(
                            options.manager(), "Update", type.apiVersion(place.version()), place.subresource()),
                    ListKinds.of(type, place.version()),
                    now.get());
        }
        if (live != null && unchanged(object, live)) {
            return new Written(shown(place, live), false, warnings(unknown));
        }
        if (type.counted()) {
            long generation = live == null ? 0 : Tree.number(live, "metadata.generation", 0);
            metadata.put("generation", live == null || specChanged(type, object, live) ? generation + 1 : generation);
        }
        if (options.dryRun()) {
            return new Written(shown(place, object), live == null, warnings(unknown));
        }
        if (live != null && leaves(object)) {
            store.remove(type.qualified(), place.namespace(), place.name());
        } else {
            store.put(type.qualified(), object);
        }
        return new Written(shown(place, object), live == null, warnings(unknown));
    }

    private static boolean leaves(Map<String, Object> object) {
        return at(object, "metadata.deletionTimestamp") != null
                && list(object, "metadata.finalizers").isEmpty()
                && list(object, "spec.finalizers").isEmpty();
    }

    /** The main resource leaves status alone, status leaves all else alone. */
    private static void separateStatus(Place place, Map<String, Object> object, @Nullable Map<String, Object> live) {
        if (!place.type().status()) {
            return;
        }
        if (place.subresource().isEmpty()) {
            Object kept = live == null ? null : live.get("status");
            object.remove("status");
            if (kept != null) {
                object.put("status", kept);
            }
            return;
        }
        Map<String, Object> current = Tree.copy(java.util.Objects.requireNonNull(live));
        Object status = object.get("status");
        Object managed = at(object, "metadata.managedFields");
        object.clear();
        object.putAll(current);
        object.remove("status");
        if (status != null) {
            object.put("status", status);
        }
        if (managed != null) {
            in(object, "metadata").put("managedFields", managed);
        }
    }

    private void serverMetadata(ResourceType type, Map<String, Object> object, @Nullable Map<String, Object> live) {
        Map<String, Object> metadata = in(object, "metadata");
        for (String key : List.of(
                "uid", "creationTimestamp", "generation", "deletionTimestamp", "deletionGracePeriodSeconds", "resourceVersion")) {
            metadata.remove(key);
            Object kept = at(live, "metadata." + key);
            if (kept != null) {
                metadata.put(key, kept);
            }
        }
        if (live == null) {
            metadata.put("uid", uid());
            metadata.put("creationTimestamp", Conditions.stamp(now.get()));
            if (type.qualified().equals("namespaces")) {
                object.put("status", map("phase", "Active"));
            }
        }
        if (type.namespaced() && live != null) {
            metadata.put("namespace", Tree.namespace(live));
        }
    }

    private static boolean unchanged(Map<String, Object> object, Map<String, Object> live) {
        return Tree.same(object, live) || Tree.same(timeless(object), timeless(live));
    }

    private static Map<String, Object> timeless(Map<String, Object> object) {
        Map<String, Object> out = new LinkedHashMap<>(object);
        out.remove("apiVersion");
        out.remove("kind");
        Map<String, Object> metadata = new LinkedHashMap<>(child(object, "metadata"));
        List<Object> managers = new ArrayList<>();
        for (Object entry : list(metadata, "managedFields")) {
            Map<String, Object> one = new LinkedHashMap<>(Tree.asMap(entry));
            one.remove("time");
            managers.add(one);
        }
        metadata.put("managedFields", managers);
        out.put("metadata", metadata);
        return out;
    }

    private static boolean specChanged(ResourceType type, Map<String, Object> object, Map<String, Object> live) {
        for (Map<String, Object> one : List.of(object, live)) {
            for (String key : one.keySet()) {
                boolean counts = !key.equals("metadata")
                        && !key.equals("apiVersion")
                        && !key.equals("kind")
                        && !(key.equals("status") && type.status());
                if (counts && !Tree.same(object.get(key), live.get(key))) {
                    return true;
                }
            }
        }
        return false;
    }

    /**
     * Deletes an object: at once, or as soon as its finalizers are gone.
     *
     * @param preconditions {@code uid} and {@code resourceVersion} that it must have; may be empty
     * @return the object while it is being deleted, else a Status
     */
    public Map<String, Object> delete(Place place, Map<String, Object> preconditions, boolean dryRun) {
        synchronized (store) {
            Map<String, Object> live = live(place);
            for (String key : List.of("uid", "resourceVersion")) {
                String wanted = text(preconditions, key);
                String is = text(live, "metadata." + key);
                if (!wanted.isEmpty() && !wanted.equals(is)) {
                    throw ApiError.conflict(
                            place.type(),
                            place.name(),
                            "Precondition failed: " + (key.equals("uid") ? "UID" : "ResourceVersion") + " in precondition: "
                                    + wanted + ", " + (key.equals("uid") ? "UID" : "ResourceVersion") + " in object meta: " + is);
                }
            }
            boolean namespace = place.type().qualified().equals("namespaces");
            if (namespace && PROTECTED.contains(place.name())) {
                throw ApiError.forbidden(place.type(), place.name(), "this namespace may not be deleted");
            }
            if (dryRun) {
                return gone(place, live);
            }
            if (namespace || !list(live, "metadata.finalizers").isEmpty()) {
                if (at(live, "metadata.deletionTimestamp") != null) {
                    return shown(place, live);
                }
                Map<String, Object> dying = Tree.copy(live);
                in(dying, "metadata").put("deletionTimestamp", Conditions.stamp(now.get()));
                in(dying, "metadata").put("deletionGracePeriodSeconds", 0);
                if (namespace) {
                    in(dying, "status").put("phase", "Terminating");
                }
                return shown(place, store.put(place.type().qualified(), dying));
            }
            store.remove(place.type().qualified(), place.namespace(), place.name());
            return gone(place, live);
        }
    }

    private static Map<String, Object> gone(Place place, Map<String, Object> live) {
        Map<String, Object> details = map("name", place.name());
        if (!place.type().group().isEmpty()) {
            details.put("group", place.type().group());
        }
        details.put("kind", place.type().plural());
        details.put("uid", Tree.uid(live));
        return map("kind", "Status", "apiVersion", "v1", "metadata", Map.of(), "status", "Success", "details", details);
    }

    private String uid() {
        return new UUID(random.nextLong() & ~0xF000L | 0x4000L, random.nextLong() & ~(3L << 62) | 1L << 63).toString();
    }

    /** Metadata of an object that the cluster itself makes and that nobody manages. */
    public Map<String, Object> metadata(String namespace, String name) {
        synchronized (store) {
            Map<String, Object> out = map("name", name);
            if (!namespace.isEmpty()) {
                out.put("namespace", namespace);
            }
            out.put("uid", uid());
            out.put("creationTimestamp", Conditions.stamp(now.get()));
            return out;
        }
    }

    /** Letters and digits as generated names end with. */
    public String suffix(int length) {
        String letters = "bcdfghjklmnpqrstvwxz2456789";
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < length; i++) {
            out.append(letters.charAt(random.nextInt(letters.length())));
        }
        return out.toString();
    }
}
