package io.talospve.testkit.internal.pve;

import io.talospve.testkit.internal.world.Host;
import io.talospve.testkit.internal.world.World;
import io.talospve.testkit.internal.world.WorldError;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** Answers API requests: who calls, which call, may they, on which host, are the parameters right, then the work. */
final class PveApi {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    /** How long a wrong login takes to be refused, and an agent that does not answer to be given up. */
    private static final Duration SLOW_REFUSAL = Duration.ofSeconds(3);
    private static final System.Logger LOG = System.getLogger(PveApi.class.getName());

    private final World world;
    private final Sessions sessions;
    private final Endpoints endpoints;

    /** Data that is fetched without the world's lock. */
    @FunctionalInterface
    interface Later {
        Object get();
    }

    /**
     * A request as it came.
     *
     * @param method HTTP method
     * @param path decoded path behind {@code /api2/json}
     * @param params parameters of query and body
     */
    record Request(
            String method,
            String path,
            Map<String, Object> params,
            @Nullable String authorization,
            @Nullable String cookie,
            @Nullable String csrf) {
        @Override
        public String toString() {
            return method + " " + path;
        }
    }

    /**
     * An answer.
     *
     * @param reason reason phrase of the status line
     * @param body JSON; empty for none
     * @param later how much later than usual it comes
     * @param proxied whether another process or host answered, whose headers are passed on
     */
    record Answer(int status, String reason, String body, Duration later, boolean proxied) {}

    PveApi(World world) {
        this.world = world;
        this.sessions = new Sessions(world);
        this.endpoints = new Endpoints(world.version());
        VmOptions options = new VmOptions(world.version().nine());
        QemuCalls qemu = new QemuCalls(world, options);
        qemu.addTo(endpoints);
        new CopyCalls(world, options, qemu.ha()).addTo(endpoints);
        new HaCalls(world, qemu.ha()).addTo(endpoints);
        new ClusterCalls(world, options, qemu.power()).addTo(endpoints);
        new StorageCalls(world).addTo(endpoints);
        new TaskCalls(world).addTo(endpoints);
        new AccessCalls(world, sessions).addTo(endpoints);
        new PoolCalls(world).addTo(endpoints);
    }

    Endpoints endpoints() {
        return endpoints;
    }

    /** Checks who calls; throws the 401 of the transport. */
    Caller authenticate(Request request) {
        if (request.path.equals("/access/ticket") && request.method.equals("POST")
                || request.path.equals("/access/domains")) {
            return Caller.NOBODY;
        }
        return world.locked(() ->
                sessions.authenticate(request.method, request.authorization, request.cookie, request.csrf));
    }

    /** Does what a request asks for. */
    Answer answer(Request request, Host entry) {
        try {
            Caller caller = authenticate(request);
            Call[] call = new Call[1];
            Object data = world.locked(() -> {
                Endpoints.Match match = find(request);
                call[0] = new Call(world, entry, caller, merged(request, match.params()));
                return dispatch(match.endpoint(), call[0]);
            });
            if (data instanceof Later later) {
                data = later.get();
            }
            Map<String, Object> envelope = new LinkedHashMap<>();
            envelope.put("data", data);
            if (call[0].total() >= 0) {
                envelope.put("total", call[0].total());
            }
            return new Answer(200, "OK", JSON.writeValueAsString(envelope), call[0].delay(), call[0].proxied());
        } catch (ApiError e) {
            return failure(e);
        } catch (WorldError e) {
            return failure(ApiError.die(String.valueOf(e.getMessage())));
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, () -> request.method + " " + request.path, e);
            return failure(ApiError.die(e.getClass().getSimpleName() + " in the simulated datacenter: "
                    + e.getMessage()));
        }
    }

    Answer failure(ApiError e) {
        String reason = e.text().lines().findFirst().orElse("");
        boolean slow = e.status() == 401 || e.text().equals(QemuCalls.NO_AGENT);
        Duration later = slow ? world.latency().scaled(SLOW_REFUSAL.toMillis()) : Duration.ZERO;
        if (e.emptyBody()) {
            return new Answer(e.status(), reason, "", later, false);
        }
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("data", null);
        body.put("message", e.text() + (e.text().endsWith("\n") ? "" : "\n"));
        if (!e.errors().isEmpty()) {
            body.put("errors", e.errors());
        }
        return new Answer(e.status(), reason, JSON.writeValueAsString(body), later, false);
    }

    private Endpoints.Match find(Request request) {
        List<String> parts = new ArrayList<>();
        for (String part : request.path.split("/")) {
            if (!part.isEmpty()) {
                parts.add(part);
            }
        }
        return endpoints.find(request.method, parts).orElseThrow(() -> ApiError.of(
                501, "Method '" + request.method + " " + request.path + "' not implemented"));
    }

    private static Map<String, Object> merged(Request request, Map<String, Object> fromPath) {
        Map<String, Object> all = new LinkedHashMap<>(fromPath);
        request.params.forEach((name, value) -> {
            Object there = fromPath.get(name);
            if (there != null && !there.equals(value)) {
                throw ApiError.parameter(
                        name, "duplicate parameter (already defined in URI) with conflicting values!");
            }
            all.put(name, value);
        });
        return all;
    }

    private @Nullable Object dispatch(Endpoint endpoint, Call call) {
        boolean onNode = endpoint.template().startsWith("/nodes/{node}");
        boolean remote = onNode && !call.text("node").equals(call.entry().name())
                && !call.text("node").equals("localhost");
        if (onNode && call.text("node").equals("localhost")) {
            call.params().put("node", call.entry().name());
        }
        verifyPath(endpoint, call);
        endpoint.permission().accept(call);
        Host worker = call.entry();
        if (remote) {
            worker = Optional.ofNullable(world.hosts().get(call.text("node")))
                    .orElseThrow(() -> Call.unknownNode(call.text("node")));
            if (!worker.online()) {
                throw ApiError.bare(595, "No route to host");
            }
            if (!worker.proxyRunning()) {
                throw ApiError.bare(595, "Connection refused");
            }
        }
        if (endpoint.privileged() && !worker.daemonRunning()) {
            throw ApiError.bare(595, "Connection refused");
        }
        if (remote || endpoint.privileged()) {
            call.setProxied();
        }
        endpoint.schema().verify(call.params());
        return endpoint.work().apply(call);
    }

    /** A permission is asked for by what the path names, so that must be well-formed first. */
    private static void verifyPath(Endpoint endpoint, Call call) {
        Map<String, String> wrong = new LinkedHashMap<>();
        for (String name : List.of("vmid", "node", "storage", "newid", "poolid", "userid")) {
            Param p = endpoint.schema().find(name);
            if (p != null && call.has(name)) {
                String problem = p.problem(call.params().get(name));
                if (problem != null) {
                    wrong.put(name, problem);
                }
            }
        }
        if (!wrong.isEmpty()) {
            throw ApiError.parameters(wrong);
        }
    }

}
