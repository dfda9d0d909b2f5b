package io.talospve.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.talospve.apply.CrashPoints.Moment;
import io.talospve.plan.Plan;
import io.talospve.spec.TalosCluster;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Stops the process before every call and store write of the main job, and of its removal, after its effect but before its
 * answer, and after its answer; a new
 * process then plans and applies, and must end in the same datacenter.
 */
class CrashSweepTest {
    private static final TalosCluster CLUSTER = Site.EXAMPLE;

    @Test
    void aCrashAnywhereConvergesToTheSameCluster() {
        Site undisturbed = new Site(1);
        undisturbed.apply();
        String expected = undisturbed.datacenter.summary();
        List<String> calls = undisturbed.points.calls();
        int converged = 0;
        for (Moment moment : Moment.values()) {
            for (int call = 0; call < calls.size(); call++) {
                Site site = new Site(call);
                site.points.crashAt(call, moment);
                boolean nothingFollows = moment == Moment.ANSWERED && call == calls.size() - 1;
                assertThat(site.crashes(site::apply)).as("crash %s call %d", moment, call).isEqualTo(!nothingFollows);
                site.points.never();
                site.apply();
                assertThat(site.datacenter.summary())
                        .as("%s call %d (%s)", moment, call, calls.get(call))
                        .isEqualTo(expected);
                assertThat(site.process().plan(CLUSTER).hasChanges()).isFalse();
                converged++;
            }
        }
        System.out.printf(
                "crash sweep, apply: %d calls and store writes (sink included) x %d moments = %d crashes, all converged%n",
                calls.size(), Moment.values().length, converged);
        assertThat(calls).contains("put secret", "create machine", "bootstrap", "append journal", "kubeconfig");
    }

    /** An imported disk, tags that follow the creation, a range of VMIDs, high availability, a protection that the spec no longer asks for. */
    @Test
    void aCrashAnywhereConvergesWithEverythingThatHasStepsOfItsOwn() {
        TalosCluster cluster = TalosCluster.parse(
                CLUSTER.toYaml()
                        .replace("  vip:", "  ha:\n    apart: true\n  vip:")
                        .replaceFirst("(?m)^cluster:\n", "cluster:\n  image:\n    mode: import\n  vm:\n    pool: talos\n  vmids:\n    from: 300\n    to: 399\n"),
                "more.yaml");
        Site undisturbed = new Site(1, cluster);
        undisturbed.apply();
        String expected = undisturbed.datacenter.summary();
        assertThat(undisturbed.datacenter.machines.keySet()).allMatch(vmid -> vmid >= 300 && vmid < 400);
        assertThat(undisturbed.datacenter.highlyAvailable).hasSize(3);
        assertThat(undisturbed.datacenter.machines.values()).allSatisfy(machine ->
                assertThat(machine.vm.disks().get(0).sizeGiB()).isGreaterThan(2));
        int calls = undisturbed.points.calls().size();
        for (Moment moment : Moment.values()) {
            for (int call = 0; call < calls; call += 2) {
                Site site = new Site(call, cluster);
                site.points.crashAt(call + moment.ordinal(), moment);
                site.crashes(site::apply);
                site.points.never();
                site.apply();
                assertThat(site.datacenter.summary()).as("%s call %d", moment, call).isEqualTo(expected);
                assertThat(site.process().plan(cluster).hasChanges()).isFalse();
            }
        }
        undisturbed.protectAll();
        undisturbed.points.never();
        int before = undisturbed.points.calls().size();
        undisturbed.destroy();
        int removing = undisturbed.points.calls().size() - before;
        assertThat(undisturbed.datacenter.machines).isEmpty();
        assertThat(undisturbed.datacenter.highlyAvailable).isEmpty();
        for (Moment moment : Moment.values()) {
            for (int call = 0; call < removing; call++) {
                Site site = new Site(call, cluster);
                site.apply();
                site.protectAll();
                site.points.crashAt(call, moment);
                site.crashes(site::destroy);
                site.points.never();
                site.destroy();
                assertThat(site.datacenter.machines).as("%s call %d", moment, call).isEmpty();
                assertThat(site.datacenter.highlyAvailable).as("%s call %d", moment, call).isEmpty();
            }
        }
        System.out.printf("crash sweep with everything: %d and %d calls, all converged%n", calls, removing);
    }

    @Test
    void twoCrashesInARowConvergeToo() {
        Site undisturbed = new Site(1);
        undisturbed.apply();
        String expected = undisturbed.datacenter.summary();
        int calls = undisturbed.points.calls().size();
        Random random = new Random(7);
        for (int round = 0; round < 100; round++) {
            Site site = new Site(round);
            for (int crash = 0; crash < 2; crash++) {
                site.points.crashAt(random.nextInt(calls), Moment.values()[random.nextInt(3)]);
                site.crashes(site::apply);
            }
            site.points.never();
            site.apply();
            assertThat(site.datacenter.summary()).as("round %d", round).isEqualTo(expected);
        }
        System.out.println("crash sweep, apply: 100 seeded pairs of crashes, all converged");
    }

    @Test
    void aCrashWhileDestroyingLeavesNothingBehindAfterTheNextRun() {
        Site undisturbed = new Site(1);
        undisturbed.apply();
        undisturbed.points.never();
        undisturbed.destroy();
        int calls = undisturbed.points.calls().size();
        for (Moment moment : Moment.values()) {
            for (int call = 0; call < calls; call++) {
                Site site = new Site(call);
                site.apply();
                site.points.crashAt(call, moment);
                site.crashes(site::destroy);
                site.points.never();
                site.destroy();
                assertThat(site.datacenter.machines).as("%s call %d", moment, call).isEmpty();
                assertThat(site.datacenter.isos).as("%s call %d", moment, call).isEmpty();
                assertThat(site.process().planDestroy(CLUSTER).hasChanges()).isFalse();
            }
        }
        System.out.printf(
                "crash sweep, destroy: %d calls x %d moments, all converged%n", calls, Moment.values().length);
    }

    @Test
    void theClusterCanBeMadeAnewAfterItsRemovalWithTheSameSecrets() {
        Site site = new Site(1);
        site.apply();
        String before = site.datacenter.sink.get("prod-k8s-talosconfig");
        site.destroy();
        site.apply();
        assertThat(site.datacenter.sink.get("prod-k8s-talosconfig")).isEqualTo(before);
        assertThat(site.datacenter.bootstraps).isEqualTo(2);
    }

    @Test
    void planningIsRepeatableAndReadsOnly() {
        Site site = new Site(1);
        Plan first = site.process().plan(CLUSTER);
        Set<String> written = new HashSet<>(site.points.calls());
        written.removeIf(call -> !call.startsWith("write") && !call.startsWith("create") && !call.startsWith("append"));
        assertThat(written).isEmpty();
        Plan second = site.process().plan(CLUSTER);
        assertThat(second.toJson()).isEqualTo(first.toJson());
        assertThat(second.render().text()).isEqualTo(first.render().text());
        assertThat(second.toDot()).isEqualTo(first.toDot());
        assertThat(second.toMermaid()).isEqualTo(first.toMermaid());
    }
}
