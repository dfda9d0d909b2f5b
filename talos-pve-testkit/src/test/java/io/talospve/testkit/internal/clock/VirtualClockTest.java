package io.talospve.testkit.internal.clock;

import static org.assertj.core.api.Assertions.assertThat;

import io.talospve.spi.TimeSource;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Virtual time stands still while anything runs, messages on their way to a reader included. */
@Timeout(30)
class VirtualClockTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final Instant LATER = START.plusSeconds(60);

    private final VirtualClock clock = new VirtualClock(START);

    /** Somebody who waits in a thread of their own until {@link #LATER}, or until woken. */
    private CompletableFuture<Boolean> waiting(CompletableFuture<TimeSource.Waiter> waiter) {
        TimeSource.Waiter own = clock.waiter();
        waiter.complete(own);
        return CompletableFuture.supplyAsync(() -> {
            try (own) {
                return own.await(LATER);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    @Test
    void timeJumpsWhenAllWait() throws Exception {
        assertThat(waiting(new CompletableFuture<>()).get(10, TimeUnit.SECONDS)).isFalse();
        assertThat(clock.now()).isEqualTo(LATER);
    }

    @Test
    void aMessageOnItsWayHoldsTimeUntilItIsTakenAndWhatItSetsOffIsDeclared() throws Exception {
        TimeSource.Feed feed = clock.feed();
        clock.sent(feed.id());
        clock.sent(feed.id());
        CompletableFuture<TimeSource.Waiter> waiter = new CompletableFuture<>();
        CompletableFuture<Boolean> woken = waiting(waiter);
        feed.taken();
        assertThat(clock.now()).isEqualTo(START);
        waiter.join().wake();
        feed.taken();
        assertThat(woken.get(10, TimeUnit.SECONDS)).isTrue();
        assertThat(clock.now()).isEqualTo(START);
    }

    @Test
    void aReaderThatIsGoneHoldsNothing() throws Exception {
        TimeSource.Feed feed = clock.feed();
        clock.sent(feed.id());
        clock.sent(feed.id());
        feed.close();
        feed.close();
        feed.taken();
        clock.sent(feed.id());
        clock.sent("nobody's");
        assertThat(waiting(new CompletableFuture<>()).get(10, TimeUnit.SECONDS)).isFalse();
        assertThat(clock.now()).isEqualTo(LATER);
    }

    @Test
    void feedsAreApart() throws Exception {
        TimeSource.Feed one = clock.feed();
        TimeSource.Feed other = clock.feed();
        assertThat(one.id()).isNotEqualTo(other.id()).isNotEmpty();
        clock.sent(one.id());
        CompletableFuture<Boolean> waiting = waiting(new CompletableFuture<>());
        other.taken();
        other.close();
        assertThat(waiting).isNotDone();
        assertThat(clock.now()).isEqualTo(START);
        one.close();
        assertThat(waiting.get(10, TimeUnit.SECONDS)).isFalse();
    }

    @Test
    void wallTimeTakesNoNotice() {
        try (TimeSource.Feed feed = TimeSource.system().feed()) {
            assertThat(feed.id()).isEmpty();
            feed.taken();
        }
        assertThat(Duration.between(TimeSource.system().now(), Instant.now())).isLessThan(Duration.ofMinutes(1));
    }
}
