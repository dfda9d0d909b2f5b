package io.talospve.testkit.internal.pve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.talospve.testkit.internal.world.PveVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/**
 * Conformance with exchanges recorded at real clusters, if they are there: same status, same error text and parameter
 * errors, same shape of data, tasks end the same. Prints what differs, per file and per class of status.
 */
class RecordingsTest {
    private static final Path FOLDER = Path.of("..", "..", "shared", "data", "pve-recordings");

    /** Labels that are not counted, with the reason. */
    private static final Map<String, String> OUT_OF_SCOPE = Map.of(
            "offline migrate 410 pve2->pve1 (no ssh here)", "the recorded hosts had no ssh; simulated ones can migrate",
            "offline migrate 410 pve2->pve1 (no ssh here) (task log)", "as above");

    private final Map<String, int[]> tally = new TreeMap<>();
    private final List<String> differences = new ArrayList<>();

    @ParameterizedTest
    @EnumSource(PveVersion.class)
    void answersAsRecorded(PveVersion version) throws IOException {
        if (!Files.isDirectory(FOLDER)) {
            System.out.println("RECORDINGS ABSENT: " + FOLDER + " is not there, conformance is not measured");
        }
        assumeTrue(Files.isDirectory(FOLDER), "no recordings");
        try (Replay replay = new Replay(version)) {
            if (version.nine()) {
                play(replay, "9.2-run2");
                play(replay, "9.2-run3");
                play(replay, "9.2-run5");
            } else {
                play(replay, "8.4-run5");
                play(replay, "8.4-run2");
                play(replay, "8.4-run3");
            }
        }
        report(version);
    }

    private void report(PveVersion version) {
        int[] all = new int[2];
        int[] errors = new int[2];
        StringBuilder text = new StringBuilder("PVE " + version.version() + " conformance with recordings\n");
        tally.forEach((key, counts) -> {
            text.append(String.format(Locale.ROOT, "  %-22s %3d of %3d%n", key, counts[0], counts[1]));
            for (int i = 0; i < 2; i++) {
                all[i] += counts[i];
                errors[i] += key.endsWith("2xx") ? 0 : counts[i];
            }
        });
        text.append(String.format(Locale.ROOT, "  all %d of %d, status >= 400: %d of %d%n", all[0], all[1], errors[0],
                errors[1]));
        OUT_OF_SCOPE.forEach((label, why) -> text.append("  not counted: ").append(label).append(": ").append(why)
                .append('\n'));
        differences.forEach(d -> text.append("  differs: ").append(d).append('\n'));
        System.out.print(text);
        assertThat(all[1]).as("counted exchanges").isGreaterThan(200);
        assertThat(all[0] * 100.0 / all[1]).as("all").isGreaterThanOrEqualTo(98);
        assertThat(errors[0] * 100.0 / errors[1]).as("errors").isGreaterThanOrEqualTo(95);
    }

    private void play(Replay replay, String name) throws IOException {
        Recording recording = Recording.read(FOLDER.resolve(name + ".jsonl"));
        prepare(replay, name);
        Set<String> counted = new HashSet<>();
        Map<String, String> tasks = new LinkedHashMap<>();
        for (Recording.Exchange real : racesWinnerFirst(recording.exchanges())) {
            if (OUT_OF_SCOPE.containsKey(real.note()) || real.status() == 0 || real.taskPoll() && !real.body().at("/data/exitstatus").isString()) {
                continue;
            }
            before(replay, name, real.note());
            if (settled(real)) {
                replay.settle();
            }
            Replay.Outcome outcome = replay.play(recording, real);
            if (!real.counted() || !counted.add(real.key())) {
                continue;
            }
            Optional<String> difference = compare(real, outcome);
            if (difference.isEmpty() && real.upid() && recording.exits().containsKey(real.body().get("data").asString())) {
                tasks.put(outcome.body().get("data").asString(),
                        real.line() + " " + real.note() + "\n" + recording.exits().get(real.body().get("data").asString()));
                continue;
            }
            count(name, real.status(), real.line() + " " + real.note(), difference);
        }
        replay.settle();
        tasks.forEach((upid, expected) -> {
            replay.await(upid);
            String[] parts = expected.split("\n", 2);
            String exit = replay.exit(upid).replaceAll("tmp_dwnl\\.\\d+", "tmp_dwnl.N");
            String wanted = parts[1].replaceAll("tmp_dwnl\\.\\d+", "tmp_dwnl.N");
            count(name, 200, parts[0],
                    exit.equals(wanted) ? Optional.empty() : Optional.of("task: " + wanted + " became " + exit));
        });
    }

    private void count(String file, int status, String label, Optional<String> difference) {
        int[] counts = tally.computeIfAbsent(file + " " + status / 100 + "xx", k -> new int[2]);
        counts[1]++;
        if (difference.isEmpty()) {
            counts[0]++;
        } else {
            differences.add(file + ":" + label + ": " + difference.get());
        }
    }

    /** In a race the order of the lines is that of the answers; the winner's request came first. */
    private static List<Recording.Exchange> racesWinnerFirst(List<Recording.Exchange> all) {
        List<Recording.Exchange> ordered = new ArrayList<>();
        List<Recording.Exchange> losers = new ArrayList<>();
        for (Recording.Exchange e : all) {
            boolean race = e.note().startsWith("race ") && e.method().equals("POST");
            if (race && e.status() != 200) {
                losers.add(e);
                continue;
            }
            if (!race && !e.path().equals("/cluster/nextid")) {
                ordered.addAll(losers);
                losers.clear();
            }
            ordered.add(e);
        }
        ordered.addAll(losers);
        return ordered;
    }

    /** Whether everything before has ended when this is asked. */
    private static boolean settled(Recording.Exchange real) {
        return !real.note().startsWith("race ") && !real.path().contains("/tasks/UPID")
                && !real.note().equals("active tasks");
    }

    private static Optional<String> compare(Recording.Exchange real, Replay.Outcome ours) {
        if (real.status() != ours.status()) {
            return Optional.of("status " + real.status() + " became " + ours.status() + " " + ours.body());
        }
        if (real.status() >= 400) {
            if (real.body().has("message") && !sameText(real.message(), ours.reason())) {
                return Optional.of("text '" + real.message() + "' became '" + ours.reason() + "'");
            }
            JsonNode errors = real.body().path("errors");
            return errors.equals(ours.body().path("errors"))
                    ? Optional.empty()
                    : Optional.of("errors " + errors + " became " + ours.body().path("errors"));
        }
        Optional<String> shape = Shape.difference("data", real.body().path("data"), ours.body().path("data"));
        return shape.isPresent() ? shape : values(real, ours);
    }

    /** Who loses a race learns it in one of two ways. */
    private static boolean sameText(String real, String ours) {
        boolean race = real.contains("failed: File exists") || ours.contains("failed: File exists");
        return real.equals(ours) || race && ours.startsWith(real.substring(0, real.indexOf(" - ")));
    }

    private static final Set<String> OWN = Set.of("digest", "vmgenid", "meta", "smbios1");

    /** Configurations and generated files must be equal, apart from what is random. */
    private static Optional<String> values(Recording.Exchange real, Replay.Outcome ours) {
        JsonNode theirs = real.body().path("data");
        JsonNode data = ours.body().path("data");
        if (real.path().endsWith("/config") && theirs.isObject()) {
            for (Map.Entry<String, JsonNode> e : theirs.properties()) {
                String one = masked(e.getValue());
                String other = masked(data.path(e.getKey()));
                if (!OWN.contains(e.getKey()) && !one.equals(other)) {
                    return Optional.of(e.getKey() + " " + one + " became " + other);
                }
            }
        }
        if (real.path().endsWith("/dump") && !masked(theirs).equals(masked(data))) {
            return Optional.of(masked(theirs) + " became " + masked(data));
        }
        return Optional.empty();
    }

    private static String masked(JsonNode value) {
        return value.toString().replaceAll("(?i)bc:24:11(:[0-9a-f]{2}){3}", "MAC")
                .replaceAll("instance-id: [0-9a-f]{40}", "instance-id: X");
    }

    // ---- the state that the recordings assume ----

    private static void prepare(Replay r, String name) {
        switch (name) {
            case "8.4-run5" -> {
                files(r);
                r.machine("pve1", "100", "name", "talos-cp-1", "memory", "700", "tags", "a;b", "serial0", "socket",
                        "agent", "1", "scsi0", "local:3");
                r.root("POST", "/nodes/pve1/qemu/100/template", Map.of());
                r.machine("pve1", "101", "name", "race1", "memory", "128");
                r.machine("pve1", "102", "name", "efi", "memory", "512", "scsi0",
                        "local:0,import-from=nas:import/nocloud.qcow2");
                r.machine("pve1", "103", "name", "ci", "memory", "512", "scsi0",
                        "local:0,import-from=nas:import/nocloud.raw");
                r.machine("pve1", "104", "name", "imp", "memory", "128");
                r.machine("pve1", "105", "name", "r-pve1-0", "memory", "64");
                r.machine("pve1", "107", "name", "snip", "memory", "128");
                r.machine("pve2", "108", "name", "r-pve2-2", "memory", "64");
                r.machine("pve2", "200", "name", "ha1", "memory", "256", "scsi0", "nas:1");
                r.machine("pve2", "410", "memory", "128");
                r.machine("pve3", "109", "memory", "64");
                r.root("DELETE", "/nodes/pve3/qemu/109", Map.of());
                r.root("POST", "/access/users/root@pam/token/t6", Map.of());
            }
            case "8.4-run2" -> {
                r.removeMachine(200);
                r.removeFiles("iso");
                r.removeFiles("import");
            }
            case "9.2-run5" -> {
                for (int vmid : List.copyOf(r.world().vms().keySet())) {
                    r.removeMachine(vmid);
                }
                files(r);
                r.root("POST", "/pools", Map.of("poolid", "pt"));
                r.machine("pve3", "100", "name", "t1", "memory", "64", "scsi0", "nas:1");
                r.machine("pve1", "460", "memory", "64", "pool", "pt");
                r.machine("pve1", "462", "memory", "64", "pool", "pt", "tags", "a");
                r.machine("pve1", "602", "memory", "64", "scsi0", "nas:1");
                for (String vm : List.of("pve3/qemu/100", "pve1/qemu/460", "pve1/qemu/602")) {
                    r.root("POST", "/nodes/" + vm + "/status/start", Map.of());
                }
            }
            default -> { }
        }
        r.settle();
        r.pass(Duration.ofSeconds(15));
    }

    private static void files(Replay r) {
        r.file("iso/talos-v1.iso", "iso", "iso", 376_832);
        r.file("import/nocloud.raw", "import", "raw", 67_108_864);
        r.file("import/nocloud.qcow2", "import", "qcow2", 67_108_864);
        r.file("snippets/talos-cp.yaml", "snippets", "snippet", 30);
    }

    private static void before(Replay r, String file, String label) {
        switch (label) {
            case "content" -> {
                if (file.startsWith("8.4")) {
                    r.file("iso/guest.iso", "iso", "iso", 27_959_296);
                    r.machine("pve1", "500", "name", "guest", "memory", "384", "serial0", "socket", "scsi0", "nas:1",
                            "boot", "order=ide2", "ide2", "nas:iso/guest.iso,media=cdrom", "net0",
                            "virtio,bridge=vmbr0");
                    r.root("POST", "/nodes/pve1/qemu/500/status/start", Map.of());
                }
            }
            case "scoped: alloc volume" -> {
                if (file.startsWith("9.2")) {
                    r.disk("440/vm-440-disk-9.raw", 440);
                }
            }
            case "resources after race" -> r.pass(Duration.ofSeconds(3));
            case "status stopped", "status running" -> r.pass(Duration.ofSeconds(1));
            case "target node: pveproxy down" -> r.host("pve3").proxyRunning(false);
            case "nodes, one offline" -> {
                r.host("pve3").proxyRunning(true);
                r.world().crash("pve3");
            }
            case "no quorum: cluster status" -> r.world().crash("pve2");
            case "pvedaemon down: protected call" -> {
                r.world().boot("pve2");
                r.world().boot("pve3");
                r.host("pve1").daemonRunning(false);
            }
            case "after recovery" -> r.host("pve1").daemonRunning(true);
            default -> { }
        }
    }
}
