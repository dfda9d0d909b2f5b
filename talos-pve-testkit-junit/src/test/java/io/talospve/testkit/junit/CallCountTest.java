package io.talospve.testkit.junit;

import static org.assertj.core.api.Assertions.assertThat;

import io.talospve.TalosPve;
import io.talospve.apply.Outcome;
import io.talospve.spec.TalosCluster;
import io.talospve.testkit.SimulatedDatacenter;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Calls to Proxmox VE, counted at the server: tasks that end at once, rights on /vms, no pool. */
class CallCountTest {
    private static final List<String> HOSTS = List.of("alpha", "bravo", "charlie");

    private static TalosCluster cluster(int machines) {
        return TalosCluster.define("count", c -> {
            c.datastore("nas", "alpha").talos(t -> t.version("v1.12.4")).kubernetesVersion("v1.35.0");
            c.addNameservers("10.0.255.254").hostPool(h -> HOSTS.forEach(host -> h.host(host, "local-lvm")));
            c.size("s", s -> s.cpu(2).memory(2048).osDisk(20));
            c.controlPlane(p -> p.node(n -> n.size("s").network("dmz", "10.0.0.1/16", "10.0.255.254")).hostPool("alpha"));
            c.workers(p -> {
                for (int i = 1; i < machines; i++) {
                    int own = i;
                    p.node(n -> n.size("s").network("dmz", "10.0.1." + own + "/16", "10.0.255.254"));
                }
                p.hostPool(HOSTS);
            });
        });
    }

    /**
     * Calls of an apply, and of the plan after it. A task that ends at once still ends only when the virtual clock gets to it:
     * what is asked a second time because the clock was held by other calls is counted apart.
     */
    private record Counts(int apply, int askedAgain, int nothingToDo, Map<String, Integer> kinds) {}

    private static Counts count(String version, int machines) {
        AtomicInteger calls = new AtomicInteger();
        AtomicInteger again = new AtomicInteger();
        Set<String> tasks = ConcurrentHashMap.newKeySet();
        Map<String, Integer> kinds = new TreeMap<>();
        try (SimulatedDatacenter datacenter = SimulatedDatacenter.builder()
                        .proxmoxVersion(version)
                        .latency(0)
                        .hosts(HOSTS)
                        .onProxmoxCall((method, path) -> {
                            boolean poll = path.contains("/tasks/UPID") && path.endsWith("/status");
                            (poll && !tasks.add(path) ? again : calls).incrementAndGet();
                            synchronized (kinds) {
                                kinds.merge(method + " " + path.replaceAll("UPID[^/]*", "{upid}").replaceAll("\\d{3,}", "{id}"), 1, Integer::sum);
                            }
                        })
                        .start();
                TalosPve pve = DatacenterConnection.open(datacenter, StoredSecrets.of("count"))) {
            TalosCluster cluster = cluster(machines);
            var plan = pve.plan(cluster);
            kinds.clear();
            calls.set(0);
            Outcome outcome = pve.apply(plan);
            assertThat(outcome.succeeded()).as("%s", outcome.render()).isTrue();
            int apply = calls.getAndSet(0);
            Map<String, Integer> made = new TreeMap<>(kinds);
            assertThat(pve.plan(cluster).hasChanges()).isFalse();
            return new Counts(apply, again.get(), calls.get(), made);
        }
    }

    @ParameterizedTest
    @CsvSource({"8.4", "9.2"})
    void aMachineCostsAtMostSixCallsAndAPlanWithNothingToDoOnePerMachineAndHost(String version) {
        // both use every host, so that what is asked once per host is not counted for a machine
        Counts few = count(version, 4);
        Counts many = count(version, 12);
        double each = (many.apply() - few.apply()) / 8.0;
        System.out.printf(
                "calls, %s: apply of 4 machines %d, of 12 %d: %.2f per machine (Terraform provider: 12); nothing to do over 4"
                        + " and 12 machines on 3 hosts: %d and %d (provider: %d and %d)%n",
                version, few.apply(), many.apply(), each, few.nothingToDo(), many.nothingToDo(), 5 * 4 + 2, 5 * 12 + 2);
        assertThat(each).as("%s", many.kinds()).isLessThanOrEqualTo(6);
        assertThat(many.askedAgain()).as("%s", many.kinds()).isLessThanOrEqualTo(3);
        assertThat(few.nothingToDo()).isLessThanOrEqualTo(4 + 3 + 4);
        assertThat(many.nothingToDo()).isLessThanOrEqualTo(12 + 3 + 4);
    }
}
