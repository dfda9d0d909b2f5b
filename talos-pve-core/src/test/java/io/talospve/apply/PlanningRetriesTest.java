package io.talospve.apply;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.talospve.error.ErrorCode;
import io.talospve.error.RemoteException;
import io.talospve.event.EventLog;
import io.talospve.event.ExecutionEvent;
import io.talospve.event.Progress;
import io.talospve.event.StepState;
import io.talospve.plan.Plan;
import io.talospve.plan.Step;
import io.talospve.store.internal.DirectoryFiles;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A read that a plan needs and that fails for a while is made again; not for ever, and not when it cannot help. */
class PlanningRetriesTest {
    private static final RemoteException RESET =
            new RemoteException(ErrorCode.UNREACHABLE, "alpha: connection reset", true, "look at alpha", "reset", null);

    private static AtomicInteger fail(Site site, String call, int times, RemoteException error) {
        AtomicInteger asked = new AtomicInteger();
        site.points.refusal = name -> {
            if (name.equals(call) && asked.getAndIncrement() < times) {
                throw error;
            }
        };
        return asked;
    }

    @Test
    void aPlanWaitsForReadsThatFailForAWhileAndIsTheSame() {
        Site site = new Site(1);
        String expected = site.plan().toJson();
        for (String call : List.of("info", "list machines", "datastores", "bridges", "list images")) {
            Instant start = site.time.now();
            fail(site, call, 5, RESET);
            assertThat(site.plan().toJson()).as(call).isEqualTo(expected);
            assertThat(Duration.between(start, site.time.now()))
                    .as(call)
                    .isBetween(Duration.ofSeconds(5), Duration.ofMinutes(1));
        }
    }

    @Test
    void machinesThatCannotBeReadForAWhileAreReadAgainAndNoOthers() {
        Site site = new Site(1);
        site.apply();
        site.points.never();
        site.plan();
        long usual = site.points.calls().stream().filter("read machine"::equals).count();
        site.points.never();
        fail(site, "read machine", 4, RESET);
        assertThat(site.plan().hasChanges()).isFalse();
        assertThat(site.points.calls().stream().filter("read machine"::equals).count()).isEqualTo(usual + 4);
    }

    @Test
    void aReadThatFailsForEverEndsThePlanAndSaysHowOftenItWasTried() {
        Site site = new Site(1);
        Instant start = site.time.now();
        AtomicInteger asked = fail(site, "list machines", Integer.MAX_VALUE, RESET);
        RemoteException error = catchThrowableOfType(RemoteException.class, site::plan);
        assertThat(error)
                .hasMessageContaining("the list of virtual machines cannot be read (asked " + asked + " times, within 12")
                .hasMessageContaining("alpha: connection reset");
        assertThat(error.code()).isEqualTo(ErrorCode.UNREACHABLE);
        assertThat(error.serverText()).contains("reset");
        assertThat(error.hint()).contains("look at alpha");
        assertThat(Duration.between(start, site.time.now())).isBetween(Duration.ofMinutes(2), Duration.ofSeconds(126));
        assertThat(asked.get()).isBetween(20, 40);
    }

    @Test
    void allReadsTogetherDoNotWaitLonger() {
        Site site = new Site(1);
        Instant start = site.time.now();
        // Both are not needed for a plan, on none of three hosts.
        site.points.refusal = name -> {
            if (name.equals("datastores") || name.equals("bridges")) {
                throw RESET;
            }
        };
        assertThat(site.plan().render().text()).contains("its storages could not be checked");
        assertThat(Duration.between(start, site.time.now())).isLessThan(Duration.ofSeconds(130));
    }

    @Test
    void anErrorThatCannotPassIsThrownAtOnce() {
        Site site = new Site(1);
        Instant start = site.time.now();
        AtomicInteger asked = fail(site, "list machines", Integer.MAX_VALUE,
                new RemoteException(ErrorCode.DENIED, "401 no ticket", false, "look at the token", "no ticket", null));
        assertThat(catchThrowable(site::plan)).hasMessage("401 no ticket");
        assertThat(asked).hasValue(1);
        assertThat(site.time.now()).isEqualTo(start);
    }

    @Test
    void anApplyThatIsCancelledOrPastItsDeadlineDoesNotGoOnAskingAndSaysThatNothingWasBegun() {
        for (ApplyOptions options : List.of(
                ApplyOptions.standard().withCancellation(new Cancellation()),
                ApplyOptions.standard().withDeadline(Duration.ofSeconds(10)))) {
            Site site = new Site(1);
            PlanExecutor process = site.process();
            Plan plan = process.plan(site.cluster);
            int[] asked = new int[1];
            site.points.refusal = name -> {
                if (name.equals("info")) {
                    if (++asked[0] == 3) {
                        options.cancellation().ifPresent(Cancellation::cancel);
                    }
                    throw RESET;
                }
            };
            Outcome outcome = process.apply(plan, options);
            assertNothingBegun(outcome, plan, options.deadline().isPresent()
                    ? "its deadline has come"
                    : "cancelled by the program");
            assertThat(asked[0]).isLessThan(6);
            assertThat(site.datacenter.creations).isEmpty();
            assertThat(site.entry().revisions().numbers()).isEmpty();
            site.points.refusal = name -> { };
            site.apply();
        }
    }

    private static void assertNothingBegun(Outcome outcome, Plan plan, String reason) {
        assertThat(outcome.cancelled()).isTrue();
        assertThat(outcome.succeeded()).isFalse();
        assertThat(outcome.cancellationReason()).contains(reason);
        assertThat(outcome.failures()).isEmpty();
        assertThat(outcome.steps()).extracting(StepResult::id).isEqualTo(plan.steps().stream().map(Step::id).toList());
        assertThat(outcome.steps()).extracting(StepResult::title).isEqualTo(plan.steps().stream().map(Step::title).toList());
        assertThat(outcome.steps()).allSatisfy(step -> {
            assertThat(step.state()).isEqualTo(StepState.CANCELLED);
            assertThat(step.detail()).isEqualTo("not begun");
        });
        assertThat(outcome.render().text()).contains(reason, "0 of " + plan.steps().size() + " steps done");
    }

    @Test
    void aSavedPlanThatIsCancelledWhileItIsObservedSaysTheSame() {
        Site site = new Site(1);
        PlanExecutor process = site.process();
        Plan plan = process.plan(site.cluster);
        String saved = process.save(plan);
        Cancellation cancellation = new Cancellation();
        cancellation.cancel();
        site.points.never();
        Outcome outcome = process.applySaved(saved, ApplyOptions.standard().withCancellation(cancellation));
        assertNothingBegun(outcome, plan, "cancelled by the program");
        assertThat(site.points.calls()).doesNotContain("info", "list machines", "datastores");
    }

    @Test
    void anApplyThatIsInterruptedWhileItObservesSaysThatNothingWasBegunAndStaysInterrupted(@TempDir Path folder) {
        Site site = new Site(1);
        site.files = new DirectoryFiles(folder);
        PlanExecutor process = site.process();
        Plan plan = process.plan(site.cluster);
        site.points.refusal = name -> {
            if (name.equals("list machines")) {
                Thread.currentThread().interrupt();
                throw RESET;
            }
        };
        Outcome outcome = process.apply(plan);
        assertThat(Thread.interrupted()).as("the interrupt is still set").isTrue();
        assertNothingBegun(outcome, plan, "interrupted");
        site.points.refusal = name -> { };
        site.apply();
        assertThat(site.datacenter.bootstraps).isEqualTo(1);
    }

    @Test
    void anErrorThatCannotPassIsThrownAlsoAfterACancellation() {
        Site site = new Site(1);
        PlanExecutor process = site.process();
        Plan plan = process.plan(site.cluster);
        Cancellation cancellation = new Cancellation();
        site.points.refusal = name -> {
            cancellation.cancel();
            throw new RemoteException(ErrorCode.DENIED, "401 no ticket", false, "look at the token", "no ticket", null);
        };
        assertThat(catchThrowable(() -> process.apply(plan, ApplyOptions.standard().withCancellation(cancellation))))
                .hasMessage("401 no ticket");
    }

    @Test
    void anApplyTellsItsListenersWhatItsPlanningWaitsFor() {
        Site site = new Site(1);
        PlanExecutor process = site.process();
        Plan plan = process.plan(site.cluster);
        fail(site, "list machines", 2, RESET);
        List<ExecutionEvent> events = Collections.synchronizedList(new ArrayList<>());
        StringBuffer json = new StringBuffer();
        ByteArrayOutputStream console = new ByteArrayOutputStream();
        Outcome outcome = process.apply(
                plan, events::add, EventLog.jsonLines(json), Progress.lines(new PrintStream(console, true, UTF_8)));
        assertThat(outcome.succeeded()).as("%s", outcome.render()).isTrue();
        assertThat(events).filteredOn(ExecutionEvent.PlanningRetry.class::isInstance)
                .extracting(ExecutionEvent.PlanningRetry.class::cast)
                .extracting(ExecutionEvent.PlanningRetry::attempt)
                .containsExactly(1, 2);
        assertThat(events.get(0)).isInstanceOfSatisfying(ExecutionEvent.PlanningRetry.class, retry -> {
            assertThat(retry.what()).isEqualTo("the list of virtual machines");
            assertThat(retry.error()).isEqualTo("alpha: connection reset");
            assertThat(retry.next()).isEqualTo(retry.time().plusSeconds(1));
        });
        assertThat(events.get(2)).isInstanceOf(ExecutionEvent.Started.class);
        assertThat(json.toString()).contains(
                "\"event\":\"PlanningRetry\",\"what\":\"the list of virtual machines\",\"attempt\":1,"
                        + "\"error\":\"alpha: connection reset\",\"next\":\"");
        assertThat(console.toString(UTF_8)).startsWith("  0:00    planning: the list of virtual machines, attempt 1 failed,"
                + " asking again in 1.0 s: alpha: connection reset");
    }

    @Test
    void anInterruptEndsThePauseAndStaysSet() {
        Site site = new Site(1);
        site.points.refusal = name -> {
            Thread.currentThread().interrupt();
            throw RESET;
        };
        Throwable thrown = catchThrowable(site::plan);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(thrown).isInstanceOf(RemoteException.class).hasMessageContaining("not again: interrupted");
    }

    @Test
    void aSinkThatIsDownHoldsAPlanUpForSecondsOnly() {
        Site site = new Site(1);
        site.apply();
        Instant start = site.time.now();
        fail(site, "check secret", Integer.MAX_VALUE, RESET);
        assertThat(site.plan().render().text()).contains("the sink did not answer");
        assertThat(Duration.between(start, site.time.now())).isLessThan(Duration.ofSeconds(20));
    }
}
