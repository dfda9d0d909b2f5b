package io.talospve.testkit.internal.net;

import io.talospve.testkit.Interruption;
import io.talospve.testkit.Interruption.Break;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;

/** What breaks calls, asked by all servers of a datacenter. Thread-safe. */
public final class Interruptions {
    private static final Interruption NONE = call -> Optional.empty();

    private final List<Rule> rules = new CopyOnWriteArrayList<>();
    private volatile Interruption chosen = NONE;

    private record Rule(Break how, Pattern server, Pattern operation, AtomicInteger left) {
        boolean takes(String calledServer, String called) {
            return server.matcher(calledServer).matches()
                    && operation.matcher(called).matches()
                    && left.getAndUpdate(n -> Math.max(0, n - 1)) > 0;
        }
    }

    /** From now on this one is asked about calls that no rule is for. */
    public void set(Interruption interruption) {
        chosen = interruption;
    }

    /**
     * Breaks the next calls.
     *
     * @param server regular expression for the whole name of the server
     * @param operation regular expression for the whole operation
     * @param times how many calls
     */
    public void next(Break how, String server, String operation, int times) {
        rules.add(new Rule(how, Pattern.compile(server), Pattern.compile(operation), new AtomicInteger(times)));
    }

    /** Ends all of them. */
    public void clear() {
        rules.clear();
        chosen = NONE;
    }

    /** Whether and how a call breaks. */
    public Optional<Break> of(String server, String operation) {
        for (Rule rule : rules) {
            if (rule.takes(server, operation)) {
                return Optional.of(rule.how());
            }
        }
        return chosen.of(new Interruption.Call(server, operation));
    }
}
