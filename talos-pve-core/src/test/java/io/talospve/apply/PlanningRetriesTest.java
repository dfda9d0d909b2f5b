package io.talospve.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.talospve.error.ErrorCode;
import io.talospve.error.RemoteException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

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
    void anApplyThatIsCancelledOrPastItsDeadlineDoesNotGoOnAsking() {
        for (ApplyOptions options : List.of(
                ApplyOptions.standard().withCancellation(new Cancellation()),
                ApplyOptions.standard().withDeadline(Duration.ofSeconds(10)))) {
            Site site = new Site(1);
            PlanExecutor process = site.process();
            var plan = process.plan(site.cluster);
            int[] asked = new int[1];
            site.points.refusal = name -> {
                if (name.equals("info")) {
                    if (++asked[0] == 3) {
                        options.cancellation().ifPresent(Cancellation::cancel);
                    }
                    throw RESET;
                }
            };
            assertThat(catchThrowable(() -> process.apply(plan, options)))
                    .isInstanceOf(RemoteException.class)
                    .hasMessageMatching("(?s).*not again: (cancelled by the program|its deadline has come).*");
            assertThat(asked[0]).isLessThan(6);
        }
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
