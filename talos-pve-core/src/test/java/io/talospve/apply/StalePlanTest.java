package io.talospve.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.talospve.error.ErrorCode;
import io.talospve.error.RefusedException;
import io.talospve.error.StalePlanException;
import io.talospve.error.StoreException;
import io.talospve.plan.Plan;
import io.talospve.spi.VmDetails;
import io.talospve.spi.VmRef;
import io.talospve.store.ClusterLock;
import io.talospve.store.internal.MemoryFiles;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The world may move between review and apply; nobody's agreement is stretched to what it now takes. */
class StalePlanTest {
    private final Site site = new Site(1);

    private String removeWorker() {
        MemoryDatacenter.Machine machine = site.machine("prod-k8s-worker-3");
        site.datacenter.machines.remove(machine.vm.ref().vmid());
        return machine.vm.name();
    }

    @Test
    void whatNobodyReviewedIsRefusedByName() {
        site.apply();
        Plan nothing = site.plan();
        removeWorker();
        int before = site.datacenter.creations.size();
        StalePlanException e = catchThrowableOfType(
                StalePlanException.class, () -> site.process().apply(nothing));
        assertThat(e.code()).isEqualTo(ErrorCode.PLAN_STALE);
        assertThat(e).hasMessageContaining("create worker prod-k8s-worker-3 on foxtrot");
        assertThat(e.hint()).isPresent();
        assertThat(site.datacenter.creations).hasSize(before);
    }

    @Test
    void aMachineThatWouldNowBeDeletedElsewhereIsRefused() {
        site.apply();
        Plan destroy = site.process().planDestroy(site.cluster);
        MemoryDatacenter.Machine machine = site.machine("prod-k8s-cp-1");
        machine.vm = VmDetails.builder().from(machine.vm).ref(new VmRef("foxtrot", machine.vm.ref().vmid())).build();
        StalePlanException e = catchThrowableOfType(
                StalePlanException.class, () -> site.process().apply(destroy));
        assertThat(e).hasMessageContaining("in another way");
        assertThat(site.datacenter.machines).hasSize(6);
    }

    @Test
    void harmlessMovesAreNotStale() {
        Plan plan = site.plan();
        // Somebody else's machine comes, and part of the work is done by another process meanwhile.
        VmDetails stranger = VmDetails.builder().ref(new VmRef("alpha", 100)).name("blog").description("")
                .uuid(new UUID(1, 2)).running(true).template(false).protection(false).cores(1).memoryMiB(512).build();
        site.datacenter.machines.put(100, new MemoryDatacenter.Machine(stranger));
        PlanExecutor other = site.process();
        other.apply(other.plan(site.cluster), ApplyOptions.standard().withDeadline(java.time.Duration.ofSeconds(1)));
        Outcome outcome = site.process().apply(plan);
        assertThat(outcome.succeeded()).as("%s", outcome.render()).isTrue();
        assertThat(site.process().apply(plan).steps()).as("there is nothing left to do").isEmpty();
        assertThat(site.datacenter.creations).hasSize(6);
    }

    @Test
    void anOfflinePlanIsRefusedWhereTheClusterExists() {
        site.apply();
        StalePlanException e = catchThrowableOfType(
                StalePlanException.class, () -> site.process().apply(site.cluster.plan()));
        assertThat(e).hasMessageContaining("made offline").hasMessageContaining("prod-k8s-cp-1");
    }

    @Test
    void aSecondApplyIsRefusedWithWhoHoldsTheLockSinceWhen() {
        Plan plan = site.plan();
        ClusterLock.Held held = site.entry().lock().acquire("process 4711", site.time.now());
        try {
            StoreException e = catchThrowableOfType(StoreException.class, () -> site.process().apply(plan));
            assertThat(e.code()).isEqualTo(ErrorCode.LOCKED);
            assertThat(e).hasMessageContaining("process 4711").hasMessageContaining("2026-01-01T00:00:00Z");
            assertThat(site.datacenter.creations).isEmpty();
        } finally {
            held.close();
        }
        assertThat(site.process().apply(plan).succeeded()).isTrue();
    }

    @Test
    void aSavedPlanIsAppliedByAnotherProcessAndThenStale() {
        String saved = site.process().save(site.plan());
        assertThat(saved).contains("vm/prod-k8s-cp-1").doesNotContain("bundle number");
        Outcome outcome = site.process().applySaved(saved, ApplyOptions.standard());
        assertThat(outcome.succeeded()).as("%s", outcome.render()).isTrue();
        String nothing = site.process().save(site.plan());
        removeWorker();
        assertThat(catchThrowableOfType(
                        StalePlanException.class,
                        () -> site.process().applySaved(nothing, ApplyOptions.standard())))
                .hasMessageContaining("prod-k8s-worker-3");
    }

    @Test
    void anEditedSavedPlanOrOneOfAnotherStoreOrVersionIsRefused() {
        String saved = site.process().save(site.plan());
        for (String edited : List.of(
                saved.replace("memory: 8192", "memory: 8193"),
                saved.replace("\"cpu\" : 4", "\"cpu\" : 8"),
                saved.replaceFirst("\"vm/prod-k8s-cp-1\" : \"..", "\"vm/prod-k8s-cp-1\" : \"ff"),
                saved.replace("\"APPLY\"", "\"DESTROY\""),
                saved.replaceFirst("\"mac\" : \"[0-9a-f]+\"", "\"mac\" : \"\""),
                saved.replace("\"cluster\" : \"prod-k8s\"", "\"cluster\" : \"../../etc\""),
                "{}", "not JSON", "[1]")) {
            assertThat(edited).isNotEqualTo(saved);
            RefusedException e = catchThrowableOfType(
                    RefusedException.class, () -> site.process().applySaved(edited, ApplyOptions.standard()));
            assertThat(e).as(edited.substring(0, Math.min(60, edited.length()))).isNotNull();
            assertThat(e.code()).isEqualTo(ErrorCode.PLAN_ALTERED);
        }
        RefusedException version = catchThrowableOfType(
                RefusedException.class,
                () -> site.process().applySaved(saved.replace("talos-pve plan 1", "talos-pve plan 2"), ApplyOptions.standard()));
        assertThat(version).hasMessageContaining("talos-pve plan 2").hasMessageContaining("talos-pve plan 1");
        site.files = new MemoryFiles();
        assertThat(catchThrowableOfType(
                        RefusedException.class, () -> site.process().applySaved(saved, ApplyOptions.standard())))
                .hasMessageContaining("another store");
        assertThat(site.datacenter.creations).isEmpty();
    }
}
