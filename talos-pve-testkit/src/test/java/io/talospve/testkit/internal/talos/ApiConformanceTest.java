package io.talospve.testkit.internal.talos;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.talospve.talos.proto.machine.BootstrapRequest;
import io.talospve.testkit.internal.net.SimNetwork;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;

/** Replays recorded calls of real machines: the code, the message, and for many nodes each node's own error. */
class ApiConformanceTest {

    private final FakeWorld world = new FakeWorld();
    private final Map<String, ManagedChannel> channels = new HashMap<>();

    @AfterEach
    void close() {
        world.close();
    }

    private List<DynamicTest> replay(String file, java.util.function.Function<JsonNode, Optional<Channel>> channel)
            throws IOException {
        Optional<Path> directory = FakeWorld.recordings();
        if (directory.isEmpty()) {
            System.out.println("ABSENT: ../shared/data/talos-recordings; " + file + " not replayed");
            return List.of();
        }
        List<DynamicTest> out = new ArrayList<>();
        int[] counts = new int[2];
        Map<String, Integer> left = new TreeMap<>();
        List<String> differences = new ArrayList<>();
        for (String line : Files.readAllLines(directory.get().resolve(file))) {
            JsonNode row = RecordedCalls.JSON.readTree(line);
            String reason = RecordedCalls.excluded(row);
            if (!reason.isEmpty()) {
                left.merge(reason, 1, Integer::sum);
                continue;
            }
            Optional<Channel> to = channel.apply(row);
            if (to.isEmpty()) {
                left.merge("a machine that is not set up here", 1, Integer::sum);
                continue;
            }
            counts[0]++;
            String difference = RecordedCalls.difference(row, to.get());
            if (difference.isEmpty()) {
                counts[1]++;
            } else {
                differences.add(difference);
            }
        }
        System.out.println(file + ": " + counts[1] + " of " + counts[0] + " exchanges as recorded; out of scope: " + left);
        differences.forEach(d -> System.out.println("   " + d));
        out.add(DynamicTest.dynamicTest(file, () -> assertThat(counts[1])
                .as(String.join("\n", differences))
                .isGreaterThanOrEqualTo(counts[0] * 95 / 100)));
        return out;
    }

    @TestFactory
    List<DynamicTest> maintenance() throws IOException {
        FakeWorld.Vm vm = world.vm("cp-1", "10.5.0.11");
        vm.start();
        world.await("maintenance", () -> world.machine(vm).stage().equals("maintenance"));
        ManagedChannel channel = world.maintenanceChannel(vm);
        java.util.function.Function<JsonNode, Optional<Channel>> to = row -> Optional.of(RecordedCalls.withHeaders(channel, row));
        List<DynamicTest> out = new ArrayList<>(replay("1-maintenance.jsonl", to));
        out.addAll(replay("1-maintenance-cosi.jsonl", to));
        return out;
    }

    @TestFactory
    List<DynamicTest> running() throws IOException {
        Map<String, FakeWorld.Vm> machines = new TreeMap<>();
        machines.put("cp-1", world.vm("cp-1", "10.5.0.11"));
        machines.put("cp-2", world.vm("cp-2", "10.5.0.12"));
        machines.put("w-1", world.vm("w-1", "10.5.0.14"));
        for (FakeWorld.Vm vm : machines.values()) {
            vm.start();
            world.await("maintenance", () -> world.machine(vm).stage().equals("maintenance"));
            world.maintenance(vm).applyConfiguration(
                    FakeWorld.request(FakeWorld.config(vm.name.startsWith("cp"), vm, FakeWorld.INSTALLER)
                            .replace("name: none", "name: flannel")));
        }
        world.await("apid", () -> machines.values().stream().allMatch(vm ->
                world.network.lookup(vm.address, 50000) instanceof SimNetwork.Lookup.Target
                        && !world.machine(vm).configDigest().isEmpty()));
        FakeWorld.stub(world.channel(machines.get("cp-1"), FakeWorld.admin())).bootstrap(BootstrapRequest.getDefaultInstance());
        world.await("ready", () -> machines.values().stream().allMatch(vm -> world.machine(vm).ready()));
        java.util.function.Function<JsonNode, Optional<Channel>> to = row -> {
            FakeWorld.Vm vm = machines.get(row.path("node").asString());
            String endpoint = row.path("endpoint").asString("").replace(":50000", "");
            if (vm == null || !vm.address.equals(endpoint)) {
                return Optional.empty();
            }
            String role = row.path("role").asString("os:admin");
            ManagedChannel channel = channels.computeIfAbsent(
                    vm.name + role,
                    key -> world.channel(vm, FakeWorld.osCa().talosClient(role.equals("no-role") ? List.of() : List.of(role.split("[,+]")), Duration.ofHours(1))));
            return Optional.of(RecordedCalls.withHeaders(channel, row));
        };
        List<DynamicTest> out = new ArrayList<>(replay("3-running.jsonl", to));
        out.addAll(replay("3-running-cosi.jsonl", to));
        out.addAll(replay("5-forwarding.jsonl", to));
        return out;
    }

}
