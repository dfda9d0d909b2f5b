package io.talospve.testkit.internal.talos;

import static io.talospve.testkit.internal.talos.Forwarding.error;

import io.grpc.Status;
import io.talospve.talos.proto.cosi.Event;
import io.talospve.talos.proto.cosi.EventType;
import io.talospve.talos.proto.cosi.GetRequest;
import io.talospve.talos.proto.cosi.GetResponse;
import io.talospve.talos.proto.cosi.IDQuery;
import io.talospve.talos.proto.cosi.LabelQuery;
import io.talospve.talos.proto.cosi.LabelTerm;
import io.talospve.talos.proto.cosi.ListRequest;
import io.talospve.talos.proto.cosi.ListResponse;
import io.talospve.talos.proto.cosi.Resource;
import io.talospve.talos.proto.cosi.WatchRequest;
import io.talospve.talos.proto.cosi.WatchResponse;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** Get, List and Watch of resources. */
final class CosiApi {
    static final Status NO_WRITE = Status.PERMISSION_DENIED.withDescription("write access is not allowed");

    private CosiApi() {}

    static void get(TalosSystem system, Set<String> roles, GetRequest request, Reply<GetResponse> reply) {
        Cosi.Kind kind = kind(request.getNamespace(), request.getType(), roles);
        Resource found = system.cosi()
                .get(kind, request.getId())
                .orElseThrow(() -> error(
                        Status.NOT_FOUND,
                        "resource " + kind.type() + "(" + kind.namespace() + "/" + request.getId()
                                + "@undefined) doesn't exist"));
        reply.complete(GetResponse.newBuilder().setResource(found).build());
    }

    static void list(TalosSystem system, Set<String> roles, ListRequest request, Reply<ListResponse> reply) {
        Cosi.Kind kind = kind(request.getNamespace(), request.getType(), roles);
        Predicate<Resource> wanted = filter(
                request.getOptions().getIdQuery(), request.getOptions().getLabelQueryList());
        for (Resource resource : system.cosi().list(kind)) {
            if (!wanted.test(resource)) {
                continue;
            }
            reply.next(ListResponse.newBuilder().setResource(resource).build());
        }
        reply.done();
    }

    static void watch(TalosSystem system, Set<String> roles, WatchRequest request, Reply<WatchResponse> reply) {
        Cosi.Kind kind = kind(request.getNamespace(), request.getType(), roles);
        if (!request.hasOptions() && request.hasId()) {
            throw error(Status.INTERNAL, "runtime error: invalid memory address or nil pointer dereference");
        }
        Predicate<Resource> wanted = filter(
                request.getOptions().getIdQuery(), request.getOptions().getLabelQueryList());
        Cosi cosi = system.cosi();
        Optional<String> id = request.hasId() ? Optional.of(request.getId()) : Optional.empty();
        reply.next(WatchResponse.getDefaultInstance());
        if (id.isPresent()) {
            Resource now = cosi.get(kind, id.get()).orElse(null);
            reply.next(WatchResponse.newBuilder()
                    .addEvent(now == null
                            ? Event.newBuilder()
                                    .setEventType(EventType.DESTROYED)
                                    .setResource(cosi.absent(kind, id.get()))
                            : Event.newBuilder().setEventType(EventType.CREATED).setResource(now))
                    .build());
        } else if (request.getOptions().getBootstrapContents()) {
            for (Resource resource : cosi.list(kind).stream().filter(wanted).toList()) {
                reply.next(WatchResponse.newBuilder()
                        .addEvent(Event.newBuilder().setEventType(EventType.CREATED).setResource(resource))
                        .build());
            }
            reply.next(WatchResponse.newBuilder()
                    .addEvent(Event.newBuilder()
                            .setEventType(EventType.BOOTSTRAPPED)
                            .setResource(cosi.absent(kind, ""))
                            .setBookmark(cosi.bookmark(kind)))
                    .build());
        }
        AtomicReference<Cosi.Watcher> watcher = new AtomicReference<>();
        watcher.set(cosi.watch(kind, id, event -> {
            if (wanted.test(event.getResource())) {
                reply.next(WatchResponse.newBuilder().addEvent(event).build());
            }
        }));
        reply.atEnd(() -> watcher.get().cancel());
        reply.park();
    }

    /** A resource passes if its id matches and any of the label queries holds. */
    private static Predicate<Resource> filter(IDQuery ids, List<LabelQuery> labels) {
        Pattern id;
        try {
            id = Pattern.compile(ids.getRegexp());
        } catch (PatternSyntaxException e) {
            String problem = e.getDescription().startsWith("Unclosed character class")
                    ? "missing closing ]: `" + ids.getRegexp() + "`"
                    : e.getDescription() + ": `" + ids.getRegexp() + "`";
            throw error(Status.INVALID_ARGUMENT, "failed to compile regexp: error parsing regexp: " + problem);
        }
        return resource -> id.matcher(resource.getMetadata().getId()).find()
                && (labels.isEmpty()
                        || labels.stream().anyMatch(q -> q.getTermsList().stream().allMatch(t -> holds(t, resource))));
    }

    private static boolean holds(LabelTerm term, Resource resource) {
        String value = resource.getMetadata().getLabelsOrDefault(term.getKey(), null);
        boolean result = switch (term.getOp()) {
            case EXISTS -> value != null;
            case NOT_EXISTS -> value == null;
            case EQUAL, IN -> value != null && term.getValueList().contains(value);
            default -> false;
        };
        return result != term.getInvert();
    }

    private static Cosi.Kind kind(String namespace, String type, Set<String> roles) {
        List<String> namespaces = ResourceTypes.namespaces(type);
        if (namespaces.isEmpty()) {
            throw error(Status.PERMISSION_DENIED, "resource type \"" + type + "\" is not supported");
        }
        if (!namespaces.contains(namespace)) {
            throw error(
                    Status.PERMISSION_DENIED,
                    "namespace \"" + namespace + "\" is not supported");
        }
        if (ResourceTypes.sensitive(type) && !roles.contains("os:admin")) {
            throw error(Status.PERMISSION_DENIED, "not authorized");
        }
        return new Cosi.Kind(namespace, type);
    }
}
