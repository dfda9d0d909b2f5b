package io.talospve.testkit.internal.talos;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import io.grpc.ManagedChannel;
import io.talospve.spec.Cidr;
import io.talospve.talos.proto.cosi.GetResponse;
import io.talospve.talos.proto.cosi.ListResponse;
import io.talospve.talos.proto.cosi.Resource;
import io.talospve.talos.proto.machine.ApplyConfiguration;
import io.talospve.talos.proto.machine.ApplyConfigurationResponse;
import io.talospve.talos.proto.machine.BootstrapRequest;
import io.talospve.talos.proto.machine.VersionResponse;
import io.talospve.testkit.internal.net.DhcpServer;
import io.talospve.testkit.internal.net.SimNetwork;
import io.talospve.testkit.internal.tls.NodePki;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/**
 * Replays the recordings of ApplyConfiguration whole and in order, over sockets: every mode, dry and real, on a running worker
 * with what its resources showed after each call; partial, full and concurrent applies in maintenance mode; the batteries of
 * right and wrong configurations. Compared are code, message, mode, details with their diff to the last line, warnings; of
 * resources id, version, owner, phase, annotations and content.
 *
 * <p>The recorded machines were containers, which have nothing to install; here they are machines that boot from a disk image.
 */
@Timeout(300)
class ApplyConformanceTest {
    private static final String MACHINE_CONFIGS = "MachineConfigs.config.talos.dev";

    private final FakeWorld world = new FakeWorld();
    private final Map<String, FakeWorld.Vm> machines = new TreeMap<>();
    private final Map<String, ManagedChannel> channels = new HashMap<>();
    /** The last version seen of each resource: recorded, and here. */
    private final Map<String, String[]> versions = new HashMap<>();
    private NodePki authority = FakeWorld.osCa();

    @AfterEach
    void close() {
        world.close();
    }

    // --- the recordings

    private static List<JsonNode> rows(Path directory, String file) throws IOException {
        List<JsonNode> rows = new ArrayList<>();
        for (String line : Files.readAllLines(directory.resolve(file))) {
            rows.add(RecordedCalls.withConfiguration(RecordedCalls.JSON.readTree(line), directory));
        }
        return rows;
    }

    private static String configuration(List<JsonNode> rows, String name) {
        return rows.stream()
                .filter(row -> name.equals(row.path("request").path("case").asString(row.path("name").asString("")))
                        && row.path("request").has("data"))
                .findFirst()
                .map(row -> new String(
                        Base64.getDecoder().decode(row.path("request").path("data").asString()),
                        java.nio.charset.StandardCharsets.UTF_8))
                .orElseThrow();
    }

    private static Optional<Path> directory(String file) {
        Optional<Path> found = FakeWorld.recordings();
        if (found.isEmpty()) {
            System.out.println("ABSENT: ../shared/data/talos-recordings; " + file + " not replayed");
        }
        return found;
    }

    // --- the machines

    private FakeWorld.Vm machine(String name, String address) {
        FakeWorld.Vm vm = machines.computeIfAbsent(name, n -> world.vm(n, address));
        return vm;
    }

    private void inMaintenance(FakeWorld.Vm vm) {
        vm.start();
        world.await("maintenance of " + vm.name, () -> listens(vm) && world.machine(vm).stage().equals("maintenance"));
    }

    private boolean listens(FakeWorld.Vm vm) {
        return world.network.lookup(vm.address, 50000) instanceof SimNetwork.Lookup.Target;
    }

    private void configured(FakeWorld.Vm vm, String config) {
        inMaintenance(vm);
        world.maintenance(vm).applyConfiguration(FakeWorld.request(config));
        awaitApid(vm);
    }

    private void awaitApid(FakeWorld.Vm vm) {
        world.await("apid of " + vm.name, () -> listens(vm)
                && List.of("booting", "running").contains(world.machine(vm).stage()));
    }

    private void follow(String controlPlaneConfig) {
        try {
            authority = MachineConfig.parse(controlPlaneConfig, false).osCa().orElseThrow();
        } catch (ConfigException e) {
            throw new AssertionError(e);
        }
    }

    private ManagedChannel fresh(FakeWorld.Vm vm) {
        return world.channel(vm, authority.talosClient(List.of("os:admin"), Duration.ofHours(1)));
    }

    private ManagedChannel channel(JsonNode row) {
        FakeWorld.Vm vm = machines.get(row.path("node").asString());
        boolean maintenance = row.path("role").asString().equals("none");
        return channels.computeIfAbsent(
                vm.name + maintenance, key -> maintenance ? world.maintenanceChannel(vm) : fresh(vm));
    }

    /** A control plane that is bootstrapped and a worker, both running from their disks since a reboot. */
    private void cluster(String controlPlane, String worker) {
        follow(controlPlane);
        FakeWorld.Vm first = machine("cp-1", "10.5.0.11").preinstalled();
        FakeWorld.Vm second = machine("w-1", "10.5.0.14").preinstalled();
        configured(first, controlPlane);
        FakeWorld.stub(fresh(first)).bootstrap(BootstrapRequest.getDefaultInstance());
        configured(second, worker);
        world.await("etcd", () -> machines.values().stream().allMatch(vm -> world.machine(vm).stage().equals("running")));
        for (FakeWorld.Vm vm : machines.values()) {
            vm.cut();
            vm.start();
            awaitApid(vm);
        }
        world.await("etcd", () -> machines.values().stream().allMatch(vm -> world.machine(vm).stage().equals("running")));
    }

    // --- replaying

    private void replay(String file, List<JsonNode> rows) {
        List<String> differences = new ArrayList<>();
        long time = Long.MAX_VALUE;
        for (int i = 0; i < rows.size(); i++) {
            JsonNode row = rows.get(i);
            if (row.has("poll")) {
                add(differences, row, poll(row));
                // How long a machine takes for a reboot is not Talos' own in the recordings.
                time = row.path("poll").size() > 1 ? Long.MAX_VALUE : time;
                continue;
            }
            long at = row.path("t").asLong();
            if (at > time) {
                world.clock.advance(Duration.ofMillis(at - time));
            }
            time = at;
            int end = i + 1;
            while (concurrent(row) && end < rows.size() && concurrent(rows.get(end))) {
                end++;
            }
            List<JsonNode> together = rows.subList(i, end);
            ManagedChannel channel = channel(row);
            List<CompletableFuture<RecordedCalls.Result>> calls = together.stream()
                    .map(one -> CompletableFuture.supplyAsync(
                            () -> RecordedCalls.call(channel, one, Duration.ofSeconds(60))))
                    .toList();
            for (int k = 0; k < together.size(); k++) {
                add(differences, together.get(k), difference(together.get(k), calls.get(k).join()));
            }
            i = end - 1;
        }
        System.out.println(file + ": " + (rows.size() - differences.size()) + " of " + rows.size() + " exchanges as recorded");
        assertThat(differences).isEmpty();
    }

    private static boolean concurrent(JsonNode row) {
        return row.path("name").asString("").startsWith("concurrent");
    }

    private static void add(List<String> differences, JsonNode row, String difference) {
        if (!difference.isEmpty()) {
            differences.add("t=" + row.path("t").asString("") + " " + row.path("name").asString("") + " "
                    + row.path("request").path("mode").asString("") + " " + difference);
        }
    }

    /** One call repeated on new connections: the first result comes at once, the others in their order. */
    private String poll(JsonNode row) {
        FakeWorld.Vm vm = machines.get(row.path("node").asString());
        List<String> codes = new ArrayList<>();
        row.path("poll").forEach(result -> codes.add(result.path("code").asString()));
        for (int i = 0; i < codes.size(); i++) {
            boolean answers = codes.get(i).equals("OK");
            if (i > 0) {
                world.await(codes.toString(), () -> listens(vm) == answers);
            }
            if (!answers) {
                if (listens(vm)) {
                    return "recorded a refused connection, here it is taken";
                }
                continue;
            }
            RecordedCalls.Result got = RecordedCalls.call(fresh(vm), row, Duration.ofSeconds(20));
            if (!got.code().equals("OK")) {
                return "recorded OK, here " + got.code() + " " + got.message();
            }
            String recorded = row.path("poll").get(i).path("response").path(0).path("messages").path(0)
                    .path("version").path("tag").asString("");
            String tag = parsed(VersionResponse.parser(), got.answers().get(0)).getMessages(0).getVersion().getTag();
            if (!recorded.isEmpty() && !recorded.equals(tag)) {
                return "recorded " + recorded + ", here " + tag;
            }
        }
        return "";
    }

    private String difference(JsonNode row, RecordedCalls.Result got) {
        String status = RecordedCalls.difference(row, got);
        if (!status.isEmpty()) {
            return status;
        }
        if (!row.path("code").asString().equals("OK")) {
            return "";
        }
        String call = row.path("call").asString();
        if (call.endsWith("/ApplyConfiguration")) {
            return applied(row.path("responses").path(0).path("messages").path(0), got.answers().get(0));
        }
        if (call.equals("cosi.resource.State/Get")) {
            return resource(
                    row.path("node").asString(),
                    row.path("responses").path(0),
                    parsed(GetResponse.parser(), got.answers().get(0)).getResource());
        }
        if (call.equals("cosi.resource.State/List")) {
            if (row.path("responses").size() != got.answers().size()) {
                return "recorded " + row.path("responses").size() + " resources, here " + got.answers().size();
            }
            for (int i = 0; i < got.answers().size(); i++) {
                String difference = resource(
                        row.path("node").asString(),
                        row.path("responses").get(i),
                        parsed(ListResponse.parser(), got.answers().get(i)).getResource());
                if (!difference.isEmpty()) {
                    return difference;
                }
            }
        }
        return "";
    }

    private static <T> T parsed(com.google.protobuf.Parser<T> parser, DynamicMessage message) {
        try {
            return parser.parseFrom(message.toByteString());
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String applied(JsonNode recorded, DynamicMessage answer) {
        ApplyConfiguration here = parsed(ApplyConfigurationResponse.parser(), answer).getMessages(0);
        String mode = recorded.path("mode").asString("REBOOT");
        String details = recorded.path("modeDetails").asString("");
        if (!here.getMode().name().equals(mode)) {
            return "recorded mode " + mode + ", here " + here.getMode();
        }
        if (!here.getModeDetails().equals(details)) {
            return "details\n--- recorded\n" + details + "\n--- here\n" + here.getModeDetails();
        }
        return here.getWarningsCount() == recorded.path("warnings").size() ? "" : "warnings " + here.getWarningsList();
    }

    private String resource(String node, JsonNode recorded, Resource here) {
        JsonNode metadata = recorded.path("metadata");
        String type = metadata.path("type").asString();
        String id = metadata.path("id").asString();
        StringBuilder out = new StringBuilder();
        compare("id", id, here.getMetadata().getId(), out);
        compare("owner", metadata.path("owner").asString(""), here.getMetadata().getOwner(), out);
        compare("phase", metadata.path("phase").asString(""), here.getMetadata().getPhase(), out);
        Map<String, String> annotations = new TreeMap<>();
        metadata.path("annotations").properties().forEach(a -> annotations.put(a.getKey(), a.getValue().asString()));
        compare(
                "annotations",
                annotations.toString(),
                new TreeMap<>(here.getMetadata().getAnnotationsMap()).toString(),
                out);
        String version = metadata.path("version").asString();
        if (type.equals(MACHINE_CONFIGS)) {
            compare("version", version, here.getMetadata().getVersion(), out);
        } else {
            String[] before = versions.put(
                    node + "/" + type + "/" + id, new String[] {version, here.getMetadata().getVersion()});
            if (before != null) {
                compare(
                        "change",
                        String.valueOf(!before[0].equals(version)),
                        String.valueOf(!before[1].equals(here.getMetadata().getVersion())),
                        out);
            }
        }
        compare("spec", spec(type, recorded.path("spec").asString("")), spec(type, here.getSpec().getYamlSpec()), out);
        if (type.equals(MACHINE_CONFIGS)) {
            compare(
                    "protoSpec",
                    recorded.path("protoSpec").asString(""),
                    Base64.getEncoder().encodeToString(here.getSpec().getProtoSpec().toByteArray()),
                    out);
        }
        return out.isEmpty() ? "" : type + " " + id + ":" + out;
    }

    /** When the recorded kubelet, a stand-in, began to run is not Talos' own: which services are not running is left out. */
    private static String spec(String type, String yaml) {
        return type.startsWith("MachineStatuses") ? yaml.replaceAll("reason: .* not running", "reason: not running") : yaml;
    }

    private static void compare(String what, String recorded, String here, StringBuilder out) {
        if (!recorded.equals(here)) {
            out.append("\n   ").append(what).append(" recorded ").append(recorded).append(", here ").append(here);
        }
    }

    // --- the files

    @Test
    void everyModeOnARunningWorker() throws IOException {
        Optional<Path> directory = directory("2-apply-modes.jsonl");
        if (directory.isEmpty()) {
            return;
        }
        List<JsonNode> rows = rows(directory.get(), "2-apply-modes.jsonl");
        cluster(
                configuration(rows(directory.get(), "2-apply-maintenance-real.jsonl"), "cfg/ct-cp-1.yaml"),
                configuration(rows, "ct-w-1/base"));
        replay("2-apply-modes.jsonl", rows);
    }

    @Test
    void whatMaintenanceModeTakes() throws IOException {
        Optional<Path> directory = directory("2-apply-maintenance-real.jsonl");
        if (directory.isEmpty()) {
            return;
        }
        List<JsonNode> rows = rows(directory.get(), "2-apply-maintenance-real.jsonl");
        follow(configuration(rows, "cfg/ct-cp-1.yaml"));
        for (int i = 1; i <= 3; i++) {
            FakeWorld.Vm vm = machine("cp-" + i, "10.5.0.1" + i).preinstalled();
            vm.firstHostname = "talos-ct";
            inMaintenance(vm);
        }
        replay("2-apply-maintenance-real.jsonl", rows);
    }

    @Test
    void theBatteryOnRunningMachines() throws IOException {
        Optional<Path> directory = directory("2-apply-running.jsonl");
        if (directory.isEmpty()) {
            return;
        }
        List<JsonNode> rows = rows(directory.get(), "2-apply-running.jsonl");
        cluster(
                configuration(rows, "ct-cp-1/trailing-separator"),
                configuration(rows(directory.get(), "2-apply-modes.jsonl"), "ct-w-1/base"));
        replay("2-apply-running.jsonl", rows);
    }

    @Test
    void theBatteryInMaintenanceMode() throws IOException {
        Optional<Path> directory = directory("2-apply-maintenance.jsonl");
        if (directory.isEmpty()) {
            return;
        }
        inMaintenance(machine("cp-5", "10.5.0.15"));
        FakeWorld.Vm lab = machine("w-6", "10.5.0.16");
        // The lab's machines follow the rules for metal, where no cloud-init drive gives an address.
        lab.platform = "metal";
        world.network.serveDhcp(
                "dmz", 0, new DhcpServer(Cidr.parse("10.5.0.16/24"), Map.of(lab.mac(), lab.address)));
        inMaintenance(lab);
        replay("2-apply-maintenance.jsonl", rows(directory.get(), "2-apply-maintenance.jsonl"));
    }
}
