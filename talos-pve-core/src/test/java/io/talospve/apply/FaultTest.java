package io.talospve.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.talospve.error.ErrorCode;
import io.talospve.error.RemoteException;
import io.talospve.error.StoreException;
import io.talospve.error.TalosPveException;
import io.talospve.event.StepState;
import io.talospve.plan.Plan;
import io.talospve.spi.VmDetails;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/**
 * Every call fails in every way, once, three times and for ever. An apply then succeeds, or fails with everything that a
 * person needs to know; it ends in bounded time with a bounded number of calls; and the next one repairs it.
 */
class FaultTest {
    private static final String SAID = "the server's own words";
    private static final Duration LONGEST = Duration.ofHours(3);
    private static final int MOST_CALLS = 12_000;

    private record Kind(String name, ErrorCode code, boolean retryable, String text) {
        RemoteException error(String call) {
            return new RemoteException(code, call + ": " + text, retryable, "look at the server", text, null);
        }
    }

    private static final List<Kind> KINDS = List.of(
            new Kind("unreachable", ErrorCode.UNREACHABLE, true, SAID + ": connection reset"),
            new Kind("denied", ErrorCode.DENIED, false, SAID + ": Permission check failed (/vms/100, VM.Allocate)"),
            new Kind("locked", ErrorCode.SERVER_FAILED, true, SAID + ": can't lock file - got timeout"),
            new Kind("rejected", ErrorCode.REJECTED, false, SAID + ": Parameter verification failed. memory: too small"),
            new Kind("not understood", ErrorCode.UNEXPECTED_ANSWER, false, SAID + ": <html>"));

    /** Names of the remote calls of an apply. */
    private static Set<String> remoteCalls(Site site) {
        site.points.never();
        site.apply();
        Set<String> names = new LinkedHashSet<>(site.points.calls());
        names.removeIf(FaultTest::ofTheStore);
        return names;
    }

    /** Where an earlier process has died half-way and somebody has taken tags away: more has to be asked and done. */
    private static Site resumed(long seed) {
        Site site = new Site(seed);
        int[] creations = new int[1];
        site.points.loss = call -> {
            if (call.equals("create machine") && ++creations[0] == 3) {
                throw new CrashPoints.Crash(call);
            }
        };
        assertThat(site.crashes(site::apply)).isTrue();
        site.points.loss = call -> { };
        site.points.never();
        MemoryDatacenter.Machine first = site.datacenter.machines.values().iterator().next();
        first.vm = VmDetails.builder().from(first.vm).tags(Set.of()).build();
        return site;
    }

    private static boolean ofTheStore(String call) {
        return call.startsWith("write ") || call.startsWith("create prod-k8s") || call.startsWith("append ");
    }

    /** Applies under a fault; empty if nothing was begun because the world could not be asked. */
    private static Optional<Outcome> applied(Site site) {
        Instant start = site.time.now();
        Optional<Outcome> outcome;
        try {
            PlanExecutor process = site.process();
            outcome = Optional.of(process.apply(process.plan(site.cluster)));
        } catch (RemoteException e) {
            assertThat(e.serverText()).hasValueSatisfying(text -> assertThat(text).startsWith(SAID));
            assertThat(e.hint()).isPresent();
            outcome = Optional.empty();
        }
        assertThat(Duration.between(start, site.time.now())).isLessThan(LONGEST);
        assertThat(site.points.calls().size()).isLessThan(MOST_CALLS);
        return outcome;
    }

    private static void tellsEverything(Outcome outcome, Kind kind) {
        assertThat(outcome.failures()).isNotEmpty().allSatisfy(step -> {
            TalosPveException error = step.error();
            assertThat(error).isNotNull();
            assertThat(error.hint()).isPresent();
            assertThat(step.detail()).contains(kind.text());
            // To a wait for conditions, what does not answer now is a condition that is not met.
            if (!Set.of("healthy", "cni", "gitops").contains(step.id()) || error.code() != ErrorCode.TIMED_OUT) {
                assertThat(error.code()).isEqualTo(kind.code());
                assertThat(error.serverText()).contains(kind.text());
                assertThat(outcome.render().text()).contains("look at the server");
            }
        });
        assertThat(outcome.render().text()).contains(kind.text());
    }

    @Test
    void everyCallFailingInEveryWayEndsInSuccessOrInAnErrorThatTheNextApplyRepairs() {
        Site undisturbed = new Site(1);
        undisturbed.apply();
        String expected = undisturbed.datacenter.summary();
        int applies = 0;
        int healed = 0;
        Set<String> fresh = remoteCalls(new Site(1));
        Set<String> all = new LinkedHashSet<>(fresh);
        all.addAll(remoteCalls(resumed(1)));
        assertThat(all)
                .contains("create machine", "poll task", "bootstrap", "put secret", "info", "set tags", "read machine");
        for (String call : all) {
            for (Kind kind : KINDS) {
                for (int times : List.of(1, 3, Integer.MAX_VALUE)) {
                    for (boolean effect : new boolean[] {false, true}) {
                        Site site = fresh.contains(call) ? new Site(3) : resumed(3);
                        int[] left = {times};
                        Consumer<String> fault = name -> {
                            if (name.equals(call) && left[0] > 0) {
                                left[0]--;
                                throw kind.error(name);
                            }
                        };
                        if (effect) {
                            site.points.loss = fault;
                        } else {
                            site.points.refusal = fault;
                        }
                        Optional<Outcome> outcome = applied(site);
                        assertThat(left[0]).as("%s was called", call).isLessThan(times);
                        String what = call + " " + kind.name() + " " + times + "x, effect " + effect;
                        if (outcome.isPresent() && !outcome.get().succeeded()) {
                            tellsEverything(outcome.get(), kind);
                        }
                        if (times <= 3 && kind.retryable()) {
                            assertThat(outcome).as(what).isPresent();
                            assertThat(outcome.get().succeeded()).as("%s: %s", what, outcome.get().render()).isTrue();
                            healed++;
                        }
                        site.points.refusal = name -> { };
                        site.points.loss = name -> { };
                        site.points.never();
                        site.apply();
                        assertThat(site.datacenter.summary()).as(what).isEqualTo(expected);
                        applies++;
                    }
                }
            }
        }
        System.out.printf("faults: %d applies under a fault, %d healed within, all repaired by the next%n", applies, healed);
        assertThat(healed).isGreaterThan(50);
    }

    @Test
    void aFailingMachineDoesNotHoldTheOthersUp() {
        Site site = new Site(1);
        int[] creations = new int[1];
        site.points.refusal = call -> {
            if (call.equals("create machine") && creations[0]++ == 4) {
                throw KINDS.get(1).error(call);
            }
        };
        Outcome outcome = applied(site).orElseThrow();
        assertThat(outcome.failures()).singleElement().satisfies(step -> assertThat(step.id()).startsWith("vm/"));
        assertThat(outcome.steps().stream()
                        .filter(step -> step.id().startsWith("installed/") && step.state() == StepState.DONE))
                .hasSize(5);
    }

    @Test
    void aTaskThatFailsOrHangsIsAnErrorWithItsTextAndIsRepaired() {
        for (String call : List.of("fetch image", "create machine", "start machine")) {
            for (boolean fails : new boolean[] {true, false}) {
                Site site = new Site(5);
                site.datacenter.badTasks.put(call, fails);
                Outcome outcome = applied(site).orElseThrow();
                assertThat(outcome.failures()).as(call).isNotEmpty().allSatisfy(step -> {
                    assertThat(step.error().code()).isEqualTo(fails ? ErrorCode.TASK_FAILED : ErrorCode.TIMED_OUT);
                    assertThat(step.detail()).contains(fails ? "task of " + call + " broke: I/O error" : "last seen: running");
                    assertThat(step.error().hint()).isPresent();
                });
                site.datacenter.badTasks.clear();
                site.apply();
            }
        }
    }

    @Test
    void aRemovalWhoseTasksFailOrHangIsFinishedByTheNext() {
        for (String call : List.of("stop machine", "delete machine", "delete image")) {
            for (boolean fails : new boolean[] {true, false}) {
                Site site = new Site(5);
                site.apply();
                site.points.never();
                site.datacenter.badTasks.put(call, fails);
                PlanExecutor process = site.process();
                Outcome outcome = process.apply(process.planDestroy(site.cluster));
                assertThat(outcome.failures()).as(call).isNotEmpty();
                assertThat(site.points.calls().size()).isLessThan(MOST_CALLS);
                site.datacenter.badTasks.clear();
                site.destroy();
                assertThat(site.datacenter.machines).isEmpty();
            }
        }
    }

    @Test
    void aMachineThatNeverComesBackFailsByNameWithItsLogAndWithoutSecrets() {
        Site site = new Site(1);
        site.datacenter.bundleText = "cluster: { secret: uZ3nR0xLq8Wv2 }\ntoken: abcdef.0123456789abcdef # ";
        site.datacenter.lostMachines.add("prod-k8s-worker-2");
        site.datacenter.log = "user: warning: [talos] error writing bootloader: no space left\n"
                + "config contains uZ3nR0xLq8Wv2 and token: hunter2hunter2\n"
                + "joining with abcdef.0123456789abcdef\n"
                + "-----BEGIN ED25519 PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIE\n-----END ED25519 PRIVATE KEY-----\n";
        Outcome outcome = applied(site).orElseThrow();
        StepResult failed = outcome.failures().get(0);
        assertThat(outcome.failures()).hasSize(1);
        assertThat(failed.id()).isEqualTo("installed/prod-k8s-worker-2");
        assertThat(failed.error().code()).isEqualTo(ErrorCode.TIMED_OUT);
        assertThat(failed.detail())
                .contains("last lines of machined on prod-k8s-worker-2", "no space left")
                .doesNotContain("uZ3nR0xLq8Wv2", "hunter2", "0123456789abcdef", "MC4CAQAw");
        for (int revision : site.entry().revisions().numbers()) {
            assertThat(site.entry().revisions().load(revision).orElseThrow().outcomeJson().orElseThrow())
                    .contains("no space left")
                    .doesNotContain("uZ3nR0xLq8Wv2", "hunter2", "0123456789abcdef", "MC4CAQAw");
        }
        assertThat(outcome.steps()).filteredOn(step -> step.id().equals("bootstrap"))
                .singleElement().satisfies(step -> assertThat(step.state()).isEqualTo(StepState.DONE));
        site.datacenter.lostMachines.clear();
        site.machine("prod-k8s-worker-2").installedFrom = site.time.now();
        site.apply();
    }

    @Test
    void anEtcdThatNeverJoinsIsNamedAndRepaired() {
        Site site = new Site(1);
        site.datacenter.lonelyEtcds.add("prod-k8s-cp-3");
        site.datacenter.log = "rejected connection: clock difference is too high";
        Outcome outcome = applied(site).orElseThrow();
        assertThat(outcome.failures()).singleElement().satisfies(step -> {
            assertThat(step.id()).isEqualTo("healthy");
            assertThat(step.detail()).contains("last lines of etcd on prod-k8s-cp-3:\nrejected connection: clock difference");
        });
        site.datacenter.lonelyEtcds.clear();
        site.apply();
        assertThat(site.datacenter.bootstraps).isEqualTo(1);
    }

    @Test
    void aSinkThatIsDownFailsAloneAndGetsItsSecretsByTheNextApply() {
        Site site = new Site(1);
        site.points.refusal = call -> {
            if (call.endsWith(" secret")) {
                throw KINDS.get(0).error(call);
            }
        };
        Outcome outcome = applied(site).orElseThrow();
        assertThat(outcome.failures()).isNotEmpty().allSatisfy(step -> assertThat(step.id()).startsWith("deliver/"));
        assertThat(outcome.issuedCredentials()).isPresent();
        site.points.refusal = call -> { };
        Plan plan = site.plan();
        assertThat(plan.steps()).allSatisfy(step -> assertThat(step.id()).matches("deliver/.*|healthy"));
        site.apply();
        assertThat(site.datacenter.sink).hasSize(2);
    }

    @Test
    void aCallThatDiesOfAnErrorEndsTheApplyInsteadOfLeavingItWaiting() {
        Site site = new Site(1);
        site.points.refusal = call -> {
            if (call.equals("create machine")) {
                throw new NoClassDefFoundError("half an installation");
            }
        };
        PlanExecutor process = site.process();
        Plan plan = process.plan(site.cluster);
        assertThat(catchThrowable(() -> process.apply(plan)))
                .isInstanceOf(NoClassDefFoundError.class);
        site.points.refusal = call -> { };
        site.apply();
        assertThat(site.datacenter.bootstraps).isEqualTo(1);
    }

    @Test
    void aStoreThatFailsAtAnyWriteEndsTheApplyAndTheNextRepairsIt() {
        Site undisturbed = new Site(1);
        undisturbed.apply();
        String expected = undisturbed.datacenter.summary();
        List<String> calls = undisturbed.points.calls();
        int failed = 0;
        for (int at = 0; at < calls.size(); at++) {
            if (!ofTheStore(calls.get(at)) || calls.get(at).endsWith("/format")) {
                continue;
            }
            Site site = new Site(1);
            int[] left = {at};
            site.points.refusal = call -> {
                if (left[0]-- == 0) {
                    throw new StoreException(ErrorCode.STORE_FAILED, call + ": No space left on device", "free some", null);
                }
            };
            try {
                PlanExecutor process = site.process();
                Outcome outcome = process.apply(process.plan(site.cluster));
                assertThat(outcome.failures()).as("write %d (%s)", at, calls.get(at)).isNotEmpty().allSatisfy(step ->
                        assertThat(step.error().code()).isEqualTo(ErrorCode.STORE_FAILED));
            } catch (StoreException told) {
                assertThat(told).hasMessageContaining("No space left");
            }
            failed++;
            site.points.refusal = call -> { };
            site.apply();
            assertThat(site.datacenter.summary()).as("write %d (%s)", at, calls.get(at)).isEqualTo(expected);
        }
        System.out.printf("store faults: %d writes failed, all repaired by the next apply%n", failed);
        assertThat(failed).isGreaterThan(50);
    }
}
