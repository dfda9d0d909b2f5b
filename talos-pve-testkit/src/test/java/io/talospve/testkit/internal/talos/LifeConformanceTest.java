package io.talospve.testkit.internal.talos;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.talospve.talos.proto.machine.BootstrapRequest;
import io.talospve.talos.proto.machine.BootstrapResponse;
import io.talospve.talos.proto.machine.EtcdMemberListResponse;
import io.talospve.testkit.internal.net.SimNetwork;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/**
 * Replays the recorded lives of real machines, stage by stage: from maintenance mode through the bootstrap, joining, leaving,
 * a lost quorum, and a second bootstrap. The seconds are not Talos' own in the recordings, so each stage is waited for; codes
 * and messages must be the same.
 */
@Timeout(120)
class LifeConformanceTest {
    private final FakeWorld world = new FakeWorld();
    private final Map<String, FakeWorld.Vm> machines = new TreeMap<>();
    private final Map<String, ManagedChannel> channels = new HashMap<>();
    private final Map<String, ManagedChannel> waiting = new HashMap<>();

    @AfterEach
    void close() {
        world.close();
    }

    private FakeWorld.Vm vm(String name) {
        return machines.computeIfAbsent(name, n -> world.vm(n, "10.5.0." + (11 + machines.size())));
    }

    private void inMaintenance(String name) {
        FakeWorld.Vm vm = vm(name);
        if (!vm.on) {
            vm.start();
        }
        world.await("maintenance of " + name, () -> world.machine(vm).stage().equals("maintenance"));
    }

    private void apply(String name) {
        inMaintenance(name);
        FakeWorld.Vm vm = vm(name);
        world.maintenance(vm).applyConfiguration(FakeWorld.request(
                FakeWorld.config(name.startsWith("cp"), vm, FakeWorld.INSTALLER).replace("name: none", "name: flannel")));
    }

    /** apid takes our certificate. */
    private void awaitApid(String name) {
        FakeWorld.Vm vm = vm(name);
        world.await("apid of " + name, () -> !world.machine(vm).configDigest().isEmpty()
                && List.of("booting", "running").contains(world.machine(vm).stage())
                && world.network.lookup(vm.address, 50000) instanceof SimNetwork.Lookup.Target);
    }

    private void configured(String name) {
        apply(name);
        awaitApid(name);
    }

    private BootstrapResponse bootstrap(String name) {
        return FakeWorld.stub(channel(name)).bootstrap(BootstrapRequest.getDefaultInstance());
    }

    private ManagedChannel channel(String name) {
        return channels.computeIfAbsent(name, n -> world.channel(vm(n), FakeWorld.admin()));
    }

    private void awaitMembers(String name, int members, int learners) {
        world.await(members + " members", () -> world.guests.snapshot().clusters().stream()
                .flatMap(cluster -> cluster.etcds().stream())
                .anyMatch(etcd -> etcd.members().stream().anyMatch(member -> member.name().equals(name))
                        && etcd.members().size() == members
                        && etcd.members().stream().filter(member -> member.learner()).count() == learners
                        && etcd.quorum()));
    }

    private void etcdUp(String name) {
        configured(name);
        bootstrap(name);
        awaitMembers(name, 1, 0);
        world.await("readiness of " + name, () -> world.machine(vm(name)).ready());
    }

    /** Why an exchange is out of scope; empty if it is in scope. */
    private static String outOfScope(JsonNode row) {
        if (row.has("poll")) {
            return "";
        }
        if (row.path("code").asString().equals("Unavailable") || row.path("message").asString("").startsWith("grpc: ")) {
            return "ended with the machine or the client: the text is the client library's";
        }
        if (row.path("call").asString().endsWith("/HealthCheck")) {
            return "a method that is not described here";
        }
        return row.path("call").asString().endsWith("/ApplyConfiguration") ? "" : RecordedCalls.excluded(row);
    }

    /**
     * Replays a file.
     *
     * @param before brings the machines to where the recording's were
     * @param explained known differences: what the name of the call contains, and why it differs
     */
    private void replay(String file, Consumer<JsonNode> before, Map<String, String> explained) throws IOException {
        Optional<Path> directory = FakeWorld.recordings();
        if (directory.isEmpty()) {
            System.out.println("ABSENT: ../shared/data/talos-recordings; " + file + " not replayed");
            return;
        }
        List<JsonNode> rows = new ArrayList<>();
        for (String line : Files.readAllLines(directory.get().resolve(file))) {
            add(RecordedCalls.JSON.readTree(line), rows);
        }
        int inScope = 0;
        Map<String, Integer> left = new TreeMap<>();
        List<String> differences = new ArrayList<>();
        Map<JsonNode, CompletableFuture<RecordedCalls.Result>> hanging = new LinkedHashMap<>();
        for (JsonNode row : rows) {
            String reason = outOfScope(row);
            before.accept(row);
            if (row.path("stage").asString().startsWith("configured")) {
                startHanging(rows, hanging, row);
            }
            if (!reason.isEmpty()) {
                left.merge(reason, 1, Integer::sum);
                continue;
            }
            inScope++;
            if (row.path("stage").asString().equals("bootstrapping") && row.path("code").asString().equals("OK")
                    && row.path("ms").asInt() > 1000) {
                hang(row, hanging);
            }
            if (!hanging.containsKey(row)) {
                compare(row, row.has("poll") ? poll(row) : exchange(row), explained, differences);
            }
        }
        hanging.forEach((row, result) ->
                compare(row, RecordedCalls.difference(row, result.join()), explained, differences));
        int same = inScope - differences.size();
        System.out.println(file + ": " + same + " of " + inScope + " exchanges as recorded; out of scope: " + left);
        differences.forEach(difference -> System.out.println("   " + difference));
        assertThat(differences).noneMatch(difference -> difference.startsWith("UNEXPLAINED"));
        assertThat(same).as(String.join("\n", differences)).isGreaterThanOrEqualTo(inScope * 95 / 100);
    }

    /** Streams are recorded when they end: those of maintenance mode belong before the polls that follow it. */
    private static void add(JsonNode row, List<JsonNode> rows) {
        int at = rows.size();
        if (row.path("stage").asString().equals("maintenance") && row.path("call").asString().endsWith("/Watch")) {
            for (int i = rows.size() - 1; i >= 0; i--) {
                at = rows.get(i).has("poll") && rows.get(i).path("node").equals(row.path("node")) ? i : at;
            }
        }
        rows.add(at, row);
    }

    private static void compare(
            JsonNode row, String difference, Map<String, String> explained, List<String> differences) {
        if (!difference.isEmpty()) {
            String why = explained.entrySet().stream()
                    .filter(known -> row.toString().contains(known.getKey()))
                    .map(Map.Entry::getValue)
                    .findFirst()
                    .orElse("UNEXPLAINED");
            differences.add(why + ": " + row.path("stage").asString() + " " + difference);
        }
    }

    /** Calls that hung until the bootstrap, or for ever: begun as soon as their machine is configured. */
    private void startHanging(
            List<JsonNode> rows, Map<JsonNode, CompletableFuture<RecordedCalls.Result>> hanging, JsonNode now) {
        for (JsonNode row : rows) {
            String name = row.path("name").asString("");
            if ((name.contains("long client deadline") || name.contains("from before it exists"))
                    && row.path("node").asString().equals(now.path("node").asString())
                    && !hanging.containsKey(row)) {
                hang(row, hanging);
            }
        }
    }

    private void hang(JsonNode row, Map<JsonNode, CompletableFuture<RecordedCalls.Result>> hanging) {
        Channel channel = channel(row.path("node").asString());
        Duration patience = row.path("code").asString().equals("OK") ? Duration.ofSeconds(60) : Duration.ofSeconds(2);
        hanging.put(row, CompletableFuture.supplyAsync(() -> RecordedCalls.call(channel, row, patience)));
    }

    /** How often a call failed before depends on the seconds; in the end the recorded result appears. */
    private String poll(JsonNode row) {
        JsonNode last = row.path("poll").get(row.path("poll").size() - 1);
        FakeWorld.Vm vm = vm(row.path("node").asString());
        boolean certificate = !row.path("role").asString().equals("none");
        world.await("apid of " + vm.name, () -> apid(vm));
        Instant deadline = world.clock.now().plus(Duration.ofMinutes(10));
        RecordedCalls.Result got;
        do {
            Channel channel = certificate ? world.channel(vm, FakeWorld.admin()) : world.maintenanceChannel(vm);
            // Some calls hang until they can be answered.
            got = RecordedCalls.call(channel, row, Duration.ofSeconds(2));
            if (got.code().equals(last.path("code").asString())) {
                // The text of an error in the handshake is the client library's.
                return answers(last, got);
            }
            world.clock.advance(Duration.ofSeconds(15));
        } while (world.clock.now().isBefore(deadline));
        return "never " + last.path("code").asString() + " but " + got.code() + " " + got.message();
    }

    private boolean apid(FakeWorld.Vm vm) {
        return List.of("booting", "running").contains(world.machine(vm).stage())
                && world.network.lookup(vm.address, 50000) instanceof SimNetwork.Lookup.Target;
    }

    /** Of a list of members also how many there are. */
    private static String answers(JsonNode last, RecordedCalls.Result got) {
        JsonNode members = last.path("response").path(0).path("messages").path(0).path("members");
        if (members.isMissingNode()) {
            return "";
        }
        try {
            int here = EtcdMemberListResponse.parseFrom(got.answers().get(0).toByteString())
                    .getMessages(0)
                    .getMembersCount();
            return here == members.size() ? "" : "recorded " + members.size() + " members, here " + here;
        } catch (com.google.protobuf.InvalidProtocolBufferException e) {
            throw new IllegalStateException(e);
        }
    }

    private String exchange(JsonNode row) {
        String node = row.path("node").asString();
        if (row.path("call").asString().endsWith("/ApplyConfiguration")) {
            try {
                apply(node);
                return row.path("code").asString().equals("OK") ? "" : "applied, recorded " + row.path("code").asString();
            } catch (StatusRuntimeException e) {
                return e.toString();
            }
        }
        Channel channel = row.path("stage").asString().equals("maintenance")
                ? waiting.computeIfAbsent(node, name -> world.maintenanceChannel(vm(name)))
                : channel(node);
        return RecordedCalls.difference(row, RecordedCalls.withHeaders(channel, row));
    }

    private boolean is(JsonNode row, String call) {
        return row.path("call").asString().endsWith("/" + call);
    }

    @Test
    void oneControlPlaneFromMaintenanceToReady() throws IOException {
        replay("3-bringup-clean.jsonl", row -> {
            switch (row.path("stage").asString()) {
                case "maintenance" -> {
                    if (!is(row, "ApplyConfiguration") && world.guests.snapshot().machines().isEmpty()) {
                        inMaintenance("cp-5");
                    }
                }
                case "configured, waiting for bootstrap" -> awaitApid("cp-5");
                case "bootstrapped" -> awaitMembers("cp-5", 1, 0);
                case "running" -> world.await("readiness", () -> world.machine(vm("cp-5")).ready());
                default -> { }
            }
        }, Map.of());
    }

    @Test
    void aSecondControlPlaneJoinsAsALearner() throws IOException {
        etcdUp("cp-1");
        replay("3-join-second-control-plane.jsonl", row -> {
            if (row.path("stage").asString().equals("joining")) {
                if (row.path("name").asString("").contains("+18.5s")) {
                    awaitMembers("cp-2", 2, 0);
                } else if (row.path("name").asString("").contains("+0.0s")) {
                    awaitApid("cp-2");
                    awaitMembers("cp-2", 2, 1);
                }
            }
        }, Map.of());
    }

    @Test
    void withoutQuorumThereIsNoLeader() throws IOException {
        etcdUp("cp-1");
        configured("cp-2");
        awaitMembers("cp-2", 2, 0);
        vm("cp-1").cut();
        vm("cp-1").os.write(io.talospve.testkit.internal.world.Hardware.Platter.BLANK);
        replay("3-join-quorum-lost.jsonl", row -> { }, Map.of());
    }

    @Test
    void oneOfTwoLeaves() throws IOException {
        etcdUp("cp-1");
        configured("cp-2");
        awaitMembers("cp-2", 2, 0);
        replay(
                "3-etcd-leave.jsonl",
                row -> { },
                Map.of("/EtcdForfeitLeadership", "the recorded cluster was split in two before: a member answered for one of one"));
    }

    @Test
    void aSecondBootstrapMakesASecondCluster() throws IOException {
        etcdUp("cp-1");
        configured("cp-2");
        awaitMembers("cp-2", 2, 0);
        boolean[] split = {false};
        replay("3-second-bootstrap.jsonl", row -> {
            if (row.path("stage").asString().startsWith("second bootstrap") && !split[0]) {
                split[0] = true;
                awaitApid("cp-3");
                world.await("a second cluster", () ->
                        world.guests.snapshot().clusters().get(0).bootstraps() == 2);
                world.await("etcd on cp-3", () -> world.guests.snapshot().clusters().stream()
                        .flatMap(cluster -> cluster.etcds().stream())
                        .anyMatch(etcd -> etcd.quorum() && etcd.members().size() == 1
                                && etcd.members().get(0).name().equals("cp-3")));
            }
        }, Map.of());
    }

    @Test
    void workerAndSecondControlPlaneFirst() throws IOException {
        replay("3-bringup.jsonl", row -> {
            String node = row.path("node").asString();
            switch (row.path("stage").asString()) {
                case "maintenance" -> {
                    if (!is(row, "ApplyConfiguration") && !machines.containsKey(node)) {
                        inMaintenance(node);
                    }
                }
                case "configured" -> awaitApid(node);
                case "bootstrapping" -> {
                    if (row.has("poll") && is(row, "Bootstrap")) {
                        awaitApid(node);
                    } else if (row.path("name").asString("").equals("Bootstrap again after 2 s")) {
                        awaitMembers("cp-1", 1, 0);
                    }
                }
                case "applying" -> {
                    if (row.has("poll") && is(row, "Bootstrap")) {
                        awaitApid(node);
                    }
                }
                default -> { }
            }
        }, Map.of());
    }

    @Test
    void fiveMachinesAtOnce() throws IOException {
        replay("3-lab-bringup.jsonl", row -> {
            String node = row.path("node").asString();
            switch (row.path("stage").asString()) {
                case "configured" -> {
                    // Workers get their certificates from a control plane that is configured.
                    awaitApid(node);
                    if (row.path("name").asString("").equals("Bootstrap again")) {
                        awaitMembers("cp-1", 3, 0);
                    }
                }
                case "running" -> world.await("readiness of " + node, () -> world.machine(vm(node)).ready());
                default -> { }
            }
        }, Map.of());
    }
}
