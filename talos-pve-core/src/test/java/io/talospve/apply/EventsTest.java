package io.talospve.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.talospve.error.ErrorCode;
import io.talospve.error.RemoteException;
import io.talospve.event.EventLog;
import io.talospve.event.ExecutionEvent;
import io.talospve.event.Progress;
import io.talospve.event.StepState;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What listeners are told, in which order, and that they harm nothing. */
class EventsTest {
    static void failTwice(Site site) {
        int[] left = {2};
        site.points.refusal = call -> {
            if (call.equals("register schematic") && left[0]-- > 0) {
                throw new RemoteException(ErrorCode.UNREACHABLE, "no route", true, null, null, null);
            }
        };
    }

    @Test
    void everyStepIsToldInOrderWithItsAttempts() {
        Site site = new Site(1);
        failTwice(site);
        List<ExecutionEvent> events = new CopyOnWriteArrayList<>();
        StringBuilder lines = new StringBuilder();
        PlanExecutor process = site.process();
        Outcome outcome = process.apply(process.plan(site.cluster), events::add, EventLog.jsonLines(lines));
        assertThat(events.get(0)).isInstanceOf(ExecutionEvent.Started.class);
        assertThat(events.get(events.size() - 1)).isInstanceOf(ExecutionEvent.Ended.class);
        assertThat(events).isSortedAccordingTo((a, b) -> a.time().compareTo(b.time()));

        JsonMapper json = JsonMapper.builder().build();
        List<JsonNode> read = lines.toString().lines().map(json::readTree).toList();
        assertThat(read).hasSameSizeAs(events);
        Map<String, String> state = new HashMap<>();
        Map<String, Integer> attempts = new HashMap<>();
        for (JsonNode line : read) {
            assertThat(Instant.parse(line.path("time").asString())).isNotNull();
            if (line.path("step").isMissingNode()) {
                continue;
            }
            String step = line.path("step").asString();
            String event = line.path("event").asString();
            String before = state.put(step, event);
            if (event.equals("StepStarted")) {
                assertThat(before).isNull();
                attempts.put(step, 1);
            } else {
                assertThat(before).as(step).isNotNull().isNotEqualTo("StepEnded");
                assertThat(line.path("attempt").asInt()).as(step).isEqualTo(attempts.get(step));
            }
            if (event.equals("StepRetrying")) {
                attempts.merge(step, 1, Integer::sum);
            }
        }
        assertThat(state.values()).containsOnly("StepEnded");
        assertThat(state).hasSameSizeAs(outcome.steps());
        assertThat(attempts).containsEntry("schematic", 3);
    }

    @Test
    void progressReadsWellWithoutATerminal() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        var progress = Progress.lines(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        Instant start = Instant.parse("2026-01-01T00:00:00Z");
        progress.on(new ExecutionEvent.Started(start, "prod", 2));
        progress.on(new ExecutionEvent.StepStarted(start, "vm/a", "create a"));
        for (int second = 1; second < 4; second++) {
            progress.on(new ExecutionEvent.StepWaiting(
                    start.plusSeconds(second), "vm/a", 1, "a is created", "running", Duration.ofSeconds(second)));
        }
        progress.on(new ExecutionEvent.StepRetrying(start.plusSeconds(5), "vm/a", 1, "no route", start.plusSeconds(7)));
        progress.on(new ExecutionEvent.StepEnded(
                start.plusSeconds(65), "vm/a", "create a", StepState.DONE, 2, Duration.ofSeconds(65), "vm 100 on alpha"));
        progress.on(new ExecutionEvent.StepEnded(
                start.plusSeconds(66), "start/a", "start a", StepState.FAILED, 1, Duration.ofSeconds(1), "broke"));
        progress.on(new ExecutionEvent.Ended(start.plusSeconds(3700), "prod", false, Duration.ofSeconds(3700)));
        assertThat(bytes.toString(StandardCharsets.UTF_8).lines())
                .containsExactly(
                        "  0:00  apply prod: 2 steps",
                        "  0:01    vm/a: waiting until a is created (now: running)",
                        "  0:05    vm/a: attempt 1 failed, trying again in 2.0 s: no route",
                        "  1:05  [1/2] ok create a (1 min 5 s): vm 100 on alpha",
                        "  1:06  [2/2] failed start a (1.0 s): broke",
                        " 61:40  ended with failures after 61 min 40 s");
    }

    /** A whole run in virtual time, word for word: a machine that takes long, an API that fails twice. */
    @Test
    void theConsoleTellsOfAWholeRun() throws Exception {
        Site site = new Site(1, ConcurrencyTest.cluster(1, 1, 0));
        site.datacenter.hosts = List.of("h1");
        site.datacenter.bootTime = Duration.ofSeconds(150);
        failTwice(site);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PlanExecutor process = site.process();
        Outcome outcome = process.apply(
                process.plan(site.cluster), Progress.lines(new PrintStream(bytes, true, StandardCharsets.UTF_8)));
        assertThat(outcome.succeeded()).isTrue();
        String golden = new String(
                EventsTest.class.getResourceAsStream("/apply/console.txt").readAllBytes(), StandardCharsets.UTF_8);
        assertThat(bytes.toString(StandardCharsets.UTF_8)).isEqualTo(golden);
        // Nothing that only a terminal understands, and no silence of more than about a minute.
        assertThat(golden).doesNotContain("\u001b", "\r").contains("still waiting", "attempt 2 failed");
    }

    @Test
    void listenersThatThrowOrBlockHarmNeitherTheApplyNorEachOther() {
        Site site = new Site(1);
        CountDownLatch never = new CountDownLatch(1);
        List<ExecutionEvent> events = new CopyOnWriteArrayList<>();
        PlanExecutor process = site.process();
        Outcome outcome = process.apply(
                process.plan(site.cluster),
                event -> {
                    throw new IllegalStateException("a listener's own trouble");
                },
                event -> {
                    throw new AssertionError("worse trouble");
                },
                event -> {
                    try {
                        never.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                },
                events::add);
        assertThat(outcome.succeeded()).isTrue();
        assertThat(events.get(events.size() - 1)).isInstanceOf(ExecutionEvent.Ended.class);
    }
}
