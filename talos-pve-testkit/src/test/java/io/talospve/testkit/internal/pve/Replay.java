package io.talospve.testkit.internal.pve;

import io.talospve.testkit.internal.clock.Latency;
import io.talospve.testkit.internal.clock.VirtualClock;
import io.talospve.testkit.internal.world.Checksums;
import io.talospve.testkit.internal.world.Host;
import io.talospve.testkit.internal.world.PveVersion;
import io.talospve.testkit.internal.world.Storage;
import io.talospve.testkit.internal.world.Task;
import io.talospve.testkit.internal.world.Volume;
import io.talospve.testkit.internal.world.World;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/** Plays recorded exchanges against the simulated cluster, with its own UPIDs, tickets, secrets and digests. */
final class Replay implements AutoCloseable {
    private static final List<String> DIR = List.of("images", "iso", "vztmpl", "backup", "snippets", "rootdir");

    private final VirtualClock clock = new VirtualClock(Instant.parse("2026-11-22T14:58:01Z"));
    private final List<FakeGuest> guests = new ArrayList<>();
    private final World world;
    private final PveServer server;
    private final HttpClient client =
            HttpClient.newBuilder().sslContext(Lab.trust()).version(HttpClient.Version.HTTP_1_1).build();
    private final Map<String, String> mine = new HashMap<>();
    private String ticket = "";
    private String csrf = "";
    private String token = "";

    /** What came of an exchange. */
    record Outcome(Recording.Exchange real, int status, String reason, JsonNode body, Optional<String> exit) {}

    Replay(PveVersion version) {
        world = World.builder(clock, new Latency(1), power -> {
                    FakeGuest guest = new FakeGuest(power);
                    guest.agentRuns = false;
                    guest.obeysAcpi = false;
                    guests.add(guest);
                    return guest;
                }, new RecordedFiles())
                .version(version)
                .seed(7)
                .hosts(List.of("pve1", "pve2", "pve3"))
                .rootPassword("simpass123")
                .bridges(List.of("vmbr0"))
                .hostSize(2, 25_276_502_016L)
                .storages(List.of(
                        Storage.directory("local", "/var/lib/vz", false, DIR, 270_553_174_016L),
                        Storage.directory("nas", "/mnt/nas", true,
                                List.of("iso", "import", "images", "snippets", "vztmpl"), 270_553_174_016L)))
                .build();
        server = PveServer.start(world, Lab.CA);
        world.locked(() -> world.accounts().add("talos@pve", "longenough"));
    }

    World world() {
        return world;
    }

    // ---- preparing the state that a recording assumes ----

    void machine(String node, String vmid, String... params) {
        Map<String, String> all = new LinkedHashMap<>();
        all.put("vmid", vmid);
        for (int i = 0; i < params.length; i += 2) {
            all.put(params[i], params[i + 1]);
        }
        root("POST", "/nodes/" + node + "/qemu", all);
        settle();
    }

    void root(String method, String path, Map<String, String> params) {
        Outcome outcome = send(new Recording.Exchange(0, "", method, path, JsonNodeFactory.instance.nullNode(), "api",
                200, "OK", JsonNodeFactory.instance.objectNode()), params);
        if (outcome.status != 200) {
            throw new AssertionError(method + " " + path + ": " + outcome.reason + " " + outcome.body);
        }
    }

    void file(String name, String content, String format, long bytes) {
        world.locked(() -> world.put(new Volume(world.storages().get("nas"), "", name, content, format, 0, bytes,
                world.now(), Optional.empty(), Checksums.UNKNOWN)));
    }

    void disk(String name, int vmid) {
        world.locked(() -> world.put(new Volume(world.storages().get("nas"), "", name, "images", "raw", vmid, 1L << 30,
                world.now(), Optional.empty(), Checksums.UNKNOWN)));
    }

    void removeFiles(String content) {
        world.locked(() -> List.copyOf(world.volumesOn(world.storages().get("nas"), "pve1")).stream()
                .filter(v -> v.content().equals(content))
                .forEach(world::remove));
    }

    void removeMachine(int vmid) {
        world.locked(() -> {
            world.volumesOf(vmid, "pve1").forEach(world::remove);
            Optional.ofNullable(world.vms().get(vmid)).ifPresent(world::removeVm);
        });
    }

    Host host(String name) {
        return world.hosts().get(name);
    }

    // ---- playing ----

    Outcome play(Recording recording, Recording.Exchange real) {
        Optional<String> about = recording.exchanges().isEmpty() ? Optional.empty() : upidIn(real.path());
        if (about.isPresent()) {
            awaitAsRecorded(real, mine.getOrDefault(about.get(), about.get()));
        }
        Outcome outcome = send(real, params(real));
        learn(real, outcome.body);
        return outcome;
    }

    private static Optional<String> upidIn(String path) {
        return Arrays.stream(path.split("/"))
                .map(p -> java.net.URLDecoder.decode(p.replace("+", "%2B"), StandardCharsets.UTF_8))
                .filter(p -> p.startsWith("UPID:"))
                .findFirst();
    }

    private void awaitAsRecorded(Recording.Exchange real, String upid) {
        String state = real.body().at("/data/status").asString("");
        boolean ended = state.equals("stopped")
                || real.path().endsWith("/log") && real.body().toString().contains("TASK ");
        if (ended) {
            await(upid);
        }
    }

    /** Lets time pass until a task has ended. */
    void await(String upid) {
        for (int i = 0; i < 300 && task(upid).map(t -> t.ended().isEmpty()).orElse(false); i++) {
            clock.advance(Duration.ofSeconds(1));
        }
    }

    private Optional<Task> task(String upid) {
        return world.locked(() -> world.tasks().stream().filter(t -> t.upid().equals(upid)).findFirst());
    }

    /** Lets time pass until nothing but endless downloads runs. */
    void settle() {
        for (int i = 0; i < 60; i++) {
            boolean busy = world.locked(() -> world.tasks().stream()
                    .anyMatch(t -> t.ended().isEmpty() && !t.type().equals("download")));
            if (!busy) {
                return;
            }
            clock.advance(Duration.ofSeconds(1));
        }
    }

    void pass(Duration time) {
        clock.advance(time);
    }

    String exit(String upid) {
        return task(upid).map(Task::exitStatus).orElse("");
    }

    private Map<String, String> params(Recording.Exchange real) {
        Map<String, String> all = new LinkedHashMap<>();
        if (real.params().isObject()) {
            real.params().properties().forEach(e -> all.put(e.getKey(), map(e.getValue().asString())));
        }
        return all;
    }

    private String map(String value) {
        return mine.getOrDefault(value, value);
    }

    private Outcome send(Recording.Exchange real, Map<String, String> params) {
        String path = Arrays.stream(real.path().split("/"))
                .map(p -> map(java.net.URLDecoder.decode(p.replace("+", "%2B"), StandardCharsets.UTF_8)))
                .map(Lab::encode)
                .collect(Collectors.joining("/"));
        boolean query = real.method().equals("GET") || real.method().equals("DELETE");
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(server.endpoint() + "/api2/json" + path
                + (query && !params.isEmpty() ? "?" + Lab.form(params) : "")));
        switch (real.auth()) {
            case "ticket" -> {
                request.header("Cookie", "PVEAuthCookie=" + Lab.encode(ticket));
                request.header("CSRFPreventionToken", csrf);
            }
            case "token" -> request.header("Authorization", "PVEAPIToken=" + token);
            case "api" -> request.header("Authorization", "PVEAPIToken=" + server.apiToken());
            default -> { }
        }
        if (params.containsKey("_raw")) {
            request.header("Content-Type", params.get("_ctype"));
            request.method(real.method(), HttpRequest.BodyPublishers.ofString(params.get("_raw")));
        } else if (query) {
            request.method(real.method(), HttpRequest.BodyPublishers.noBody());
        } else {
            request.header("Content-Type", "application/x-www-form-urlencoded");
            request.method(real.method(), HttpRequest.BodyPublishers.ofString(Lab.form(params)));
        }
        try {
            HttpResponse<String> response = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
            JsonNode body = response.body().isEmpty()
                    ? JsonNodeFactory.instance.objectNode()
                    : Recording.JSON.readTree(response.body());
            return new Outcome(real, response.statusCode(), body.path("message").asString("").strip(), body,
                    Optional.empty());
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Notes what stands here for the recorded values. */
    private void learn(Recording.Exchange real, JsonNode body) {
        JsonNode theirs = real.body().path("data");
        JsonNode ours = body.path("data");
        if (real.upid() && ours.isString()) {
            mine.put(theirs.asString(), ours.asString());
        }
        for (String name : List.of("digest", "ticket", "value")) {
            if (theirs.path(name).isString() && ours.path(name).isString()) {
                mine.put(theirs.get(name).asString(), ours.get(name).asString());
            }
        }
        if (real.path().equals("/access/ticket") && ours.path("ticket").isString()) {
            ticket = ours.get("ticket").asString();
            csrf = ours.get("CSRFPreventionToken").asString();
        }
        if (ours.path("full-tokenid").isString() && real.auth().equals("ticket")) {
            token = ours.get("full-tokenid").asString() + "=" + ours.get("value").asString();
        }
    }

    @Override
    public void close() {
        server.close();
        world.close();
    }
}
