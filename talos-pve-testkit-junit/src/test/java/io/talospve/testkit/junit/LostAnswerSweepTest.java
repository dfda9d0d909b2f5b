package io.talospve.testkit.junit;

import static org.assertj.core.api.Assertions.assertThat;

import io.talospve.TalosPve;
import io.talospve.apply.Outcome;
import io.talospve.error.RemoteException;
import io.talospve.plan.Plan;
import io.talospve.testkit.Interruption;
import io.talospve.testkit.Interruption.Break;
import io.talospve.testkit.SimulatedDatacenter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The answers of a whole bring-up get lost, before and after the call took effect, over real sockets: every call that changes
 * something in an experiment of its own; of the calls that only read, the n-th of every kind together, for growing n. Each
 * time the same cluster must come of it, and one bootstrap.
 */
@Timeout(300)
class LostAnswerSweepTest {
    /** Shorter waits have fewer looks, of which hundreds are alike. */
    private static final double LATENCY = 0.1;

    private static final int THREADS = 3;
    private static final int ATTEMPTS = 3;
    private static final Set<String> CHANGING =
            Set.of("machine.MachineService/ApplyConfiguration", "machine.MachineService/Bootstrap");

    /** A kind of call: what differs from run to run is left out. */
    private static String kind(Interruption.Call call) {
        String operation = call.operation()
                .replaceAll("UPID:[^/]+", "{upid}")
                .replaceAll("/qemu/[0-9]+", "/qemu/{vmid}")
                .replaceAll("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "{uuid}");
        return (call.server().contains("127.0.0.1") ? "" : call.server() + " ") + operation;
    }

    private static boolean changes(String kind) {
        return kind.matches("(.* )?(POST|PUT|DELETE|PATCH) /.*") && !kind.contains("/identity/connect/token")
                || CHANGING.stream().anyMatch(kind::endsWith);
    }

    /** Which answers are lost: of the kinds that match, the n-th. */
    private record Experiment(String name, Predicate<String> kinds, int occurrence, Break how) {}

    /** What came of an experiment. */
    private record Result(int lost, int attempts) {}

    @Test
    void everyLostAnswerGivesTheSameClusterAndOneBootstrap() throws Exception {
        List<String> calls = Collections.synchronizedList(new ArrayList<>());
        bringUp("undisturbed", call -> {
            calls.add(kind(call));
            return Optional.empty();
        });
        Map<String, Integer> occurrences = new LinkedHashMap<>();
        calls.forEach(kind -> occurrences.merge(kind, 1, Integer::sum));
        List<Experiment> experiments = experiments(occurrences);

        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        AtomicInteger lost = new AtomicInteger();
        AtomicInteger again = new AtomicInteger();
        try {
            List<Future<Result>> results = experiments.stream()
                    .map(experiment -> threads.submit(() -> run(experiment)))
                    .toList();
            for (int i = 0; i < results.size(); i++) {
                Result result = results.get(i).get();
                lost.addAndGet(result.lost());
                again.addAndGet(result.attempts() - 1);
            }
        } finally {
            threads.shutdownNow();
        }
        long changing = occurrences.entrySet().stream()
                .filter(entry -> changes(entry.getKey()))
                .mapToLong(Map.Entry::getValue)
                .sum();
        System.out.println("lost answers: a bring-up of 1+1 makes " + calls.size() + " calls of " + occurrences.size()
                + " kinds, " + changing + " of which change something; " + experiments.size() + " bring-ups, " + lost
                + " answers lost, " + again + " plans made again");
        assertThat(changing).isGreaterThanOrEqualTo(10);
        assertThat(lost.get()).isGreaterThan(2 * occurrences.size());
        assertThat(occurrences.keySet())
                .anyMatch(kind -> kind.equals("lab-cp-1 machine.MachineService/Bootstrap"))
                .anyMatch(kind -> kind.startsWith("192.168.62.31:6443 GET /"))
                .anyMatch(kind -> kind.equals("proxmox POST /nodes/charlie/qemu"));
    }

    private static List<Experiment> experiments(Map<String, Integer> occurrences) {
        List<Experiment> all = new ArrayList<>();
        for (Break how : List.of(Break.CLOSED_BEFORE_EFFECT, Break.CLOSED_AFTER_EFFECT)) {
            occurrences.forEach((kind, count) -> {
                for (int n = 1; changes(kind) && n <= count; n++) {
                    all.add(new Experiment(kind + " #" + n + " " + how, kind::equals, n, how));
                }
            });
            int most = occurrences.entrySet().stream()
                    .filter(entry -> !changes(entry.getKey()))
                    .mapToInt(Map.Entry::getValue)
                    .max()
                    .orElse(0);
            for (int n = 1; n <= most; n *= 2) {
                all.add(new Experiment("every read #" + n + " " + how, kind -> !changes(kind), n, how));
            }
        }
        return all;
    }

    private static Result run(Experiment experiment) {
        Map<String, AtomicInteger> seen = new ConcurrentHashMap<>();
        AtomicInteger lost = new AtomicInteger();
        int attempts = bringUp(experiment.name(), call -> {
            String kind = kind(call);
            int n = seen.computeIfAbsent(kind, key -> new AtomicInteger()).incrementAndGet();
            if (n != experiment.occurrence() || !experiment.kinds().test(kind)) {
                return Optional.empty();
            }
            lost.incrementAndGet();
            return Optional.of(experiment.how());
        });
        if (!experiment.name().startsWith("every read")) {
            assertThat(lost.get()).as(experiment.name()).isEqualTo(1);
        }
        return new Result(lost.get(), attempts);
    }

    /** Plans and applies until the cluster is there; a plan whose reads fail is made again, as the error says. */
    private static int bringUp(String name, Interruption interruption) {
        try (SimulatedDatacenter datacenter =
                        SimulatedDatacenter.builder().latency(LATENCY).start();
                TalosPve pve = DatacenterConnection.open(datacenter, StoredSecrets.of("lab"))) {
            datacenter.faults().interrupt(interruption);
            List<String> failures = new ArrayList<>();
            for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
                try {
                    Plan plan = pve.plan(SmallCluster.LAB);
                    Outcome outcome = pve.apply(plan);
                    if (outcome.succeeded()) {
                        datacenter.faults().interrupt(call -> Optional.empty());
                        assertTheCluster(name, pve, datacenter);
                        return attempt;
                    }
                    failures.add(outcome.render().text());
                } catch (RemoteException e) {
                    assertThat(e.retryable()).as(name + ": " + e).isTrue();
                    failures.add(e.toString());
                }
            }
            throw new AssertionError(name + ": no cluster came of it: " + failures);
        }
    }

    private static void assertTheCluster(String name, TalosPve pve, SimulatedDatacenter datacenter) {
        assertThat(datacenter.bootstraps()).as(name).isEqualTo(1);
        assertThat(datacenter.etcdClusters()).as(name).containsExactly(Set.of("lab-cp-1"));
        assertThat(datacenter.virtualMachines().stream()
                        .collect(Collectors.toMap(
                                SimulatedDatacenter.VirtualMachine::name, SimulatedDatacenter.VirtualMachine::host)))
                .as(name)
                .isEqualTo(Map.of("lab-cp-1", "alpha", "lab-worker-1", "charlie"));
        assertThat(datacenter.bitwardenSecrets()).as(name).containsOnlyKeys("lab-kubeconfig", "lab-talosconfig");
        Plan again = pve.plan(SmallCluster.LAB);
        assertThat(again.hasChanges()).as("%s: %s", name, again.render()).isFalse();
        assertThat(pve.health(SmallCluster.LAB).healthy()).as(name).isTrue();
    }
}
