package io.talospve.event;

import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Listeners that show progress to a person. */
public final class Progress {
    private Progress() {}

    /** Progress as plain lines on standard output, readable on a terminal and in a log. */
    public static ExecutionListener console() {
        return lines(System.out);
    }

    /**
     * Progress as plain lines.
     *
     * @param out where to print; lines are flushed
     */
    public static ExecutionListener lines(PrintStream out) {
        return new Lines(out);
    }

    /**
     * Prints a line when a step begins to wait for something new, is retried, or ends; and when nothing of that has happened
     * for a minute, what is waited for.
     */
    private static final class Lines implements ExecutionListener {
        private static final Duration SILENCE = Duration.ofMinutes(1);

        private final PrintStream out;
        private final Map<String, ExecutionEvent.StepWaiting> waitingFor = new TreeMap<>();
        private Instant lastLine = Instant.EPOCH;
        private Instant start = Instant.EPOCH;
        private int steps;
        private int ended;

        Lines(PrintStream out) {
            this.out = out;
        }

        @Override
        public void on(ExecutionEvent event) {
            if (start.equals(Instant.EPOCH)) {
                start = event.time();
            }
            if (event instanceof ExecutionEvent.PlanningRetry retry) {
                print(event, "  planning: " + retry.what() + ", attempt " + retry.attempt() + " failed, asking again in "
                        + text(Duration.between(event.time(), retry.next())) + ": " + retry.error());
            } else if (event instanceof ExecutionEvent.Started started) {
                start = started.time();
                steps = started.steps();
                print(event, "apply " + started.cluster() + ": " + steps + " steps");
            } else if (event instanceof ExecutionEvent.StepWaiting waiting) {
                ExecutionEvent.StepWaiting before = waitingFor.put(waiting.step(), waiting);
                if (before == null || !before.condition().equals(waiting.condition())) {
                    print(event, "  " + waiting.step() + ": waiting until " + waiting.condition() + seen(waiting));
                } else if (Duration.between(lastLine, event.time()).compareTo(SILENCE) >= 0) {
                    print(event, stillWaiting());
                }
            } else if (event instanceof ExecutionEvent.StepRetrying retrying) {
                print(event, "  " + retrying.step() + ": attempt " + retrying.attempt() + " failed, trying again in "
                        + text(Duration.between(event.time(), retrying.next())) + ": " + retrying.error());
            } else if (event instanceof ExecutionEvent.StepEnded step) {
                ended++;
                waitingFor.remove(step.step());
                String sign = step.state() == StepState.DONE ? "ok" : step.state().name().toLowerCase(Locale.ROOT);
                print(event, "[" + ended + "/" + steps + "] " + sign + " " + step.title() + " (" + text(step.duration())
                        + ")" + (step.detail() == null ? "" : ": " + step.detail()));
            } else if (event instanceof ExecutionEvent.Ended end) {
                print(event, (end.succeeded() ? "done in " : "ended with failures after ") + text(end.duration()));
            }
        }

        /** The one that waits the longest, and how many more there are. */
        private String stillWaiting() {
            ExecutionEvent.StepWaiting longest = waitingFor.values().stream()
                    .max(Comparator.comparing(ExecutionEvent.StepWaiting::waited))
                    .orElseThrow();
            int more = waitingFor.size() - 1;
            return "  still waiting, " + text(longest.waited()) + ": " + longest.step() + ": until " + longest.condition()
                    + seen(longest) + (more == 0 ? "" : ", and " + more + " more");
        }

        private static String seen(ExecutionEvent.StepWaiting waiting) {
            return waiting.lastSeen().isEmpty() ? "" : " (now: " + waiting.lastSeen() + ")";
        }

        private void print(ExecutionEvent event, String line) {
            long elapsed = Math.max(0, Duration.between(start, event.time()).toSeconds());
            out.println(String.format(Locale.ROOT, "%3d:%02d  %s", elapsed / 60, elapsed % 60, line));
            out.flush();
            lastLine = event.time();
        }

        private static String text(Duration duration) {
            long millis = Math.max(0, duration.toMillis());
            return millis < 60_000
                    ? String.format(Locale.ROOT, "%.1f s", millis / 1000.0)
                    : String.format(Locale.ROOT, "%d min %d s", millis / 60_000, millis / 1000 % 60);
        }
    }
}
