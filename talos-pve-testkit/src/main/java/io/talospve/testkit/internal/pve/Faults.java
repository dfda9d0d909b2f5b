package io.talospve.testkit.internal.pve;

import io.talospve.testkit.Interruption;
import io.talospve.testkit.internal.net.Interruptions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;

/** What goes wrong in a server on purpose, and who watches it work. Thread-safe. */
public final class Faults {
    private final List<Rule> rules = new CopyOnWriteArrayList<>();
    private final List<Observer> observers = new CopyOnWriteArrayList<>();
    private volatile Interruptions interruptions = new Interruptions();

    /** Sees every request, on the thread that works on it; may block, which makes the request wait. */
    public interface Observer {
        /** A request has been understood; nothing was done yet. */
        default void beforeEffect(String method, String path) {}

        /** What it asks for was done; the client has no answer yet. */
        default void afterEffect(String method, String path) {}

        /** The answer has been sent. */
        default void afterAnswer(String method, String path, int status) {}
    }

    /** A kind of trouble. */
    enum Kind {
        REFUSE, STATUS, DELAY, DROP_BEFORE, DROP_AFTER, TRUNCATE, STALL, SILENCE, GARBLE
    }

    /** A fault that a request met. */
    record Fault(Kind kind, int status, String text, Duration delay) {}

    private record Rule(String method, Pattern path, Fault fault, AtomicInteger left) {}

    /** Which requests a fault is for. */
    public final class When {
        private final String method;
        private final Pattern path;
        private int times = 1;

        private When(String method, String pathRegex) {
            this.method = method;
            this.path = Pattern.compile(pathRegex);
        }

        /** How often it happens; once if not said. */
        public When times(int n) {
            times = n;
            return this;
        }

        /** The connection is closed before the request is looked at. */
        public void refuse() {
            add(new Fault(Kind.REFUSE, 0, "", Duration.ZERO));
        }

        /** The server answers this instead of doing anything. */
        public void answer(int status, String text) {
            add(new Fault(Kind.STATUS, status, text, Duration.ZERO));
        }

        /** The server works later, by wall time. */
        public void delay(Duration by) {
            add(new Fault(Kind.DELAY, 0, "", by));
        }

        /** Nothing is done and the connection is closed without an answer. */
        public void dropBeforeEffect() {
            add(new Fault(Kind.DROP_BEFORE, 0, "", Duration.ZERO));
        }

        /** It is done, but the connection is closed without an answer. */
        public void dropAfterEffect() {
            add(new Fault(Kind.DROP_AFTER, 0, "", Duration.ZERO));
        }

        /** It is done, and the connection is closed in the middle of the answer's body. */
        public void truncate() {
            add(new Fault(Kind.TRUNCATE, 0, "", Duration.ZERO));
        }

        /** It is done, and something in between answers 200 with a text of its own that is no JSON. */
        public void garble(String text) {
            add(new Fault(Kind.GARBLE, 200, text, Duration.ZERO));
        }

        private void add(Fault fault) {
            rules.add(new Rule(method, path, fault, new AtomicInteger(times)));
        }
    }

    /**
     * Picks requests for a fault.
     *
     * @param method HTTP method, {@code *} for all
     * @param pathRegex regular expression for the whole path behind {@code /api2/json}
     */
    public When on(String method, String pathRegex) {
        return new When(method, pathRegex);
    }

    /** Also breaks the connections that these say. */
    public void interruptions(Interruptions value) {
        interruptions = value;
    }

    /** Adds somebody who watches. */
    public void observe(Observer observer) {
        observers.add(observer);
    }

    /** Forgets all faults and observers. */
    public void clear() {
        rules.clear();
        observers.clear();
    }

    Optional<Fault> next(String method, String path) {
        for (Rule rule : rules) {
            boolean meant = (rule.method.equals("*") || rule.method.equals(method))
                    && rule.path.matcher(path).matches();
            if (meant && rule.left.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
                return Optional.of(rule.fault);
            }
        }
        return interruptions
                .of("proxmox", method + " " + path)
                .map(Faults::kind)
                .map(kind -> new Fault(kind, 0, "", Duration.ZERO));
    }

    private static Kind kind(Interruption.Break how) {
        return switch (how) {
            case CLOSED_BEFORE_EFFECT -> Kind.DROP_BEFORE;
            case CLOSED_AFTER_EFFECT -> Kind.DROP_AFTER;
            case TRUNCATED -> Kind.TRUNCATE;
            case STALLED -> Kind.STALL;
            case SILENT -> Kind.SILENCE;
        };
    }

    void beforeEffect(String method, String path) {
        observers.forEach(o -> o.beforeEffect(method, path));
    }

    void afterEffect(String method, String path) {
        observers.forEach(o -> o.afterEffect(method, path));
    }

    void afterAnswer(String method, String path, int status) {
        observers.forEach(o -> o.afterAnswer(method, path, status));
    }
}
