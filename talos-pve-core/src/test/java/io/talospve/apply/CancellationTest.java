package io.talospve.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.talospve.event.StepState;
import io.talospve.plan.Plan;
import io.talospve.store.ClusterStore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Cancelling anywhere starts nothing new, undoes nothing, says what is done, and the next apply goes on. */
class CancellationTest {
    private static List<String> changes(List<String> calls) {
        return calls.stream()
                .filter(call -> call.endsWith(" machine") && !call.startsWith("look") && !call.startsWith("read"))
                .toList();
    }

    @Test
    void cancelledAtAnyCallAndAppliedAgainItConverges() {
        Site undisturbed = new Site(1);
        undisturbed.apply();
        String expected = undisturbed.datacenter.summary();
        int calls = undisturbed.points.calls().size();
        int cancelled = 0;
        for (int at = 0; at < calls; at++) {
            Site site = new Site(at);
            Cancellation cancellation = new Cancellation();
            int[] number = {at};
            site.points.refusal = call -> {
                if (number[0]-- == 0) {
                    cancellation.cancel();
                }
            };
            PlanExecutor process = site.process();
            Plan plan = process.plan(site.cluster);
            Outcome outcome = process.apply(plan, ApplyOptions.standard().withCancellation(cancellation));
            site.points.refusal = call -> { };
            if (outcome.cancelled()) {
                cancelled++;
                assertThat(outcome.succeeded()).isFalse();
                assertThat(outcome.cancellationReason()).contains("cancelled by the program");
                assertThat(outcome.failures()).as("call %d", at).isEmpty();
                assertThat(outcome.steps()).hasSameSizeAs(plan.steps()).allSatisfy(step -> {
                    assertThat(step.state()).isIn(StepState.DONE, StepState.CANCELLED);
                    // What is reported as not begun has not been begun.
                    if (step.id().startsWith("vm/") && "not begun".equals(step.detail())) {
                        assertThat(site.datacenter.creations).doesNotContain(step.id().substring(3));
                    }
                });
            }
            site.apply();
            assertThat(site.datacenter.summary()).as("call %d", at).isEqualTo(expected);
        }
        System.out.printf("cancellation: %d calls, %d cancelled applies, all converged%n", calls, cancelled);
        assertThat(cancelled).isGreaterThan(calls * 3 / 4);
    }

    @Test
    void aDeadlineStopsItAndNothingNewStartsAfterIt() {
        Site site = new Site(1);
        site.datacenter.lostMachines.add("prod-k8s-cp-1");
        PlanExecutor process = site.process();
        Outcome outcome = process.apply(
                process.plan(site.cluster), ApplyOptions.standard().withDeadline(Duration.ofMinutes(2)));
        assertThat(outcome.cancellationReason()).contains("its deadline has come");
        assertThat(outcome.duration()).isBetween(Duration.ofMinutes(2), Duration.ofMinutes(2).plusSeconds(30));
        assertThat(outcome.steps()).filteredOn(step -> step.id().equals("installed/prod-k8s-cp-1"))
                .singleElement()
                .satisfies(step -> assertThat(step.detail()).contains("was waiting until prod-k8s-cp-1 runs"));
        assertThat(outcome.render().text()).contains("its deadline has come", "not finished", "plan and apply again");
        site.datacenter.lostMachines.clear();
        site.machine("prod-k8s-cp-1").installedFrom = site.time.now();
        site.apply();
        assertThat(site.datacenter.bootstraps).isEqualTo(1);
    }

    @Test
    void anAlreadyPastDeadlineChangesNothing() {
        Site site = new Site(1);
        PlanExecutor process = site.process();
        Outcome outcome =
                process.apply(process.plan(site.cluster), ApplyOptions.standard().withDeadline(Duration.ZERO));
        assertThat(outcome.cancelled()).isTrue();
        assertThat(changes(site.points.calls())).doesNotContain("create machine", "start machine");
        assertThat(site.entry().secrets().load()).isEmpty();
    }

    @Test
    void anInterruptWithAStoreOnDiskLeavesAWholeJournalAndTheInterruptSet(@TempDir Path folder) {
        Site site = new Site(1);
        Consumer<String> interrupt = call -> {
            if (call.equals("create machine")) {
                Thread.currentThread().interrupt();
            }
        };
        site.points.loss = interrupt;
        site.files = new io.talospve.store.internal.DirectoryFiles(folder);
        PlanExecutor process = site.process();
        Outcome outcome = process.apply(process.plan(site.cluster));
        boolean interrupted = Thread.interrupted();
        site.points.loss = call -> { };
        assertThat(interrupted).as("the interrupt is still set").isTrue();
        assertThat(outcome.cancellationReason()).contains("interrupted");
        assertThat(outcome.failures()).isEmpty();
        assertThat(ClusterStore.directory(folder).open(site.cluster.name()).journal().entries())
                .extracting(entry -> entry.type().name())
                .endsWith("APPLY_ENDED")
                .contains("OPERATION");
        site.apply();
        assertThat(site.datacenter.creations).hasSize(6);
    }

    @Test
    void anInterruptThatCameBeforeTheApplyStartsNothing() {
        Site site = new Site(1);
        PlanExecutor process = site.process();
        Plan plan = process.plan(site.cluster);
        Thread.currentThread().interrupt();
        Outcome outcome = process.apply(plan);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(outcome.steps()).allSatisfy(step -> assertThat(step.state()).isEqualTo(StepState.CANCELLED));
        assertThat(site.datacenter.creations).isEmpty();
    }
}
