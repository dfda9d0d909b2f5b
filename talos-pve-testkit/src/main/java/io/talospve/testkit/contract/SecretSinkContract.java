package io.talospve.testkit.contract;

import io.talospve.error.ErrorCode;
import io.talospve.error.RefusedException;
import io.talospve.error.TalosPveException;
import io.talospve.spec.Secret;
import io.talospve.spi.SecretSink;
import io.talospve.spi.SecretSink.Presence;
import io.talospve.spi.SecretSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** What {@link SecretSink} promises, and {@link SecretSource} where a store can be read as well. */
public final class SecretSinkContract {
    private static final Secret<String> KUBECONFIG =
            Secret.of("apiVersion: v1\nkind: Config\n# käse 🧀\r\n\ttab\ntoken: s3cr3t-kubeconfig-value\n\n");
    private static final Secret<String> OTHER = Secret.of("other");

    private final Store store;

    private SecretSinkContract(Store store) {
        this.store = store;
    }

    /** A store under test. A new, empty one is asked for by every check. */
    public interface Store extends AutoCloseable {
        /** Opens a sink on it. */
        SecretSink sink();

        /** Opens a source on it; empty if it can't be read this way. */
        default Optional<SecretSource> source() {
            return Optional.empty();
        }

        /** What the store holds under a name, looked up behind the sink's back; empty for nothing. */
        Optional<String> stored(String key);

        /** How many writes the store has taken. */
        long writes();

        /**
         * Makes one more entry of a name behind the sink's back, in stores where names are not unique.
         *
         * @return whether this store can hold two entries of one name
         */
        default boolean duplicate(String key, String value) {
            return false;
        }

        /** Ends it. */
        @Override
        void close() throws Exception;
    }

    /** Makes empty stores. */
    @FunctionalInterface
    public interface Stores {
        /** A new, empty store. */
        Store create() throws Exception;
    }

    /**
     * The promises, one by one.
     *
     * @param stores makes the store that each of them is tried on
     */
    public static List<ContractCheck> checks(Stores stores) {
        List<ContractCheck> checks = new ArrayList<>();
        add(checks, stores, "an entry is absent, then the same, then different", SecretSinkContract::presence);
        add(checks, stores, "checking writes nothing", SecretSinkContract::checkingWritesNothing);
        add(checks, stores, "the same value is not written again", SecretSinkContract::sameIsNotWritten);
        add(checks, stores, "every character of a value comes through", SecretSinkContract::exactValues);
        add(checks, stores, "names are exact", SecretSinkContract::exactNames);
        add(checks, stores, "another connection sees what was put", SecretSinkContract::visibleToOthers);
        add(checks, stores, "threads that put one name make one entry", SecretSinkContract::concurrent);
        add(checks, stores, "several entries of one name are refused", SecretSinkContract::ambiguous);
        add(checks, stores, "an interrupted thread leaves the old or the new value", SecretSinkContract::interrupted);
        add(checks, stores, "nothing that is shown holds a value", SecretSinkContract::showsNothing);
        add(checks, stores, "a source reads what was put", SecretSinkContract::readBack);
        return List.copyOf(checks);
    }

    private static void add(List<ContractCheck> checks, Stores stores, String name, Promise promise) {
        checks.add(new ContractCheck(name, () -> {
            try (Store store = stores.create()) {
                promise.check(new SecretSinkContract(store));
            }
        }));
    }

    private void presence() {
        try (SecretSink sink = store.sink()) {
            expect(Presence.ABSENT, sink.check("lab-kubeconfig", KUBECONFIG));
            sink.put("lab-kubeconfig", KUBECONFIG);
            expect(Presence.SAME, sink.check("lab-kubeconfig", KUBECONFIG));
            expect(Presence.DIFFERENT, sink.check("lab-kubeconfig", OTHER));
            sink.put("lab-kubeconfig", OTHER);
            expect(Presence.SAME, sink.check("lab-kubeconfig", OTHER));
            expect(Optional.of("other"), store.stored("lab-kubeconfig"));
        }
    }

    private void checkingWritesNothing() {
        try (SecretSink sink = store.sink()) {
            sink.check("lab-kubeconfig", KUBECONFIG);
            expect(0L, store.writes());
            expect(Optional.empty(), store.stored("lab-kubeconfig"));
        }
    }

    private void sameIsNotWritten() {
        try (SecretSink sink = store.sink()) {
            sink.put("lab-kubeconfig", KUBECONFIG);
            long once = store.writes();
            sink.put("lab-kubeconfig", KUBECONFIG);
            expect(once, store.writes());
        }
        try (SecretSink again = store.sink()) {
            long before = store.writes();
            again.put("lab-kubeconfig", KUBECONFIG);
            expect(before, store.writes());
        }
    }

    private void exactValues() {
        List<String> values = List.of(
                KUBECONFIG.reveal(), "x", "no line end", "\n", "  spaces  ", "\"quotes\" \\ $HOME {{x}}", "x".repeat(24_000));
        try (SecretSink sink = store.sink()) {
            for (int i = 0; i < values.size(); i++) {
                sink.put("value-" + i, Secret.of(values.get(i)));
                expect(Optional.of(values.get(i)), store.stored("value-" + i));
                expect(Presence.SAME, sink.check("value-" + i, Secret.of(values.get(i))));
            }
        }
    }

    private void exactNames() {
        String longest = "c".repeat(63) + "-talosconfig";
        List<String> names = List.of("lab-kubeconfig", "lab-kubeconfig-2", "lab-kubeconfi", "lab", longest);
        try (SecretSink sink = store.sink()) {
            for (String name : names) {
                expect(Presence.ABSENT, sink.check(name, OTHER));
                sink.put(name, Secret.of("value of " + name));
            }
            for (String name : names) {
                expect(Optional.of("value of " + name), store.stored(name));
            }
        }
    }

    private void visibleToOthers() {
        try (SecretSink one = store.sink();
                SecretSink two = store.sink()) {
            one.put("lab-kubeconfig", KUBECONFIG);
            expect(Presence.SAME, two.check("lab-kubeconfig", KUBECONFIG));
            two.put("lab-kubeconfig", OTHER);
            expect(Presence.SAME, one.check("lab-kubeconfig", OTHER));
        }
    }

    private void concurrent() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try (SecretSink sink = store.sink()) {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                String key = "lab-" + i % 2;
                running.add(threads.submit(() -> sink.put(key, KUBECONFIG)));
            }
            for (Future<?> one : running) {
                one.get();
            }
            expect(Presence.SAME, sink.check("lab-0", KUBECONFIG));
            expect(Presence.SAME, sink.check("lab-1", KUBECONFIG));
        } finally {
            threads.shutdownNow();
        }
    }

    private void ambiguous() {
        if (!store.duplicate("lab-kubeconfig", "first")) {
            return;
        }
        store.duplicate("lab-kubeconfig", "second");
        long before = store.writes();
        try (SecretSink sink = store.sink()) {
            expect(Presence.AMBIGUOUS, sink.check("lab-kubeconfig", KUBECONFIG));
            try {
                sink.put("lab-kubeconfig", KUBECONFIG);
            } catch (RefusedException e) {
                expect(ErrorCode.AMBIGUOUS_SECRET, e.code());
                showsNone(e, "first", "second", KUBECONFIG.reveal());
                expect(before, store.writes());
                return;
            }
            throw new AssertionError("put did not refuse a name that exists twice");
        }
    }

    private void interrupted() {
        try (SecretSink sink = store.sink()) {
            sink.put("lab-kubeconfig", OTHER);
            boolean failed = false;
            Thread.currentThread().interrupt();
            try {
                sink.put("lab-kubeconfig", KUBECONFIG);
            } catch (TalosPveException e) {
                failed = true;
                showsNone(e, KUBECONFIG.reveal());
            } finally {
                if (!Thread.interrupted()) {
                    throw new AssertionError("the interruption got lost");
                }
            }
            String now = store.stored("lab-kubeconfig").orElse("nothing");
            if (!now.equals(KUBECONFIG.reveal()) && !(failed && now.equals("other"))) {
                throw new AssertionError("neither the old nor the new value is there");
            }
            sink.put("lab-kubeconfig", KUBECONFIG);
            expect(Optional.of(KUBECONFIG.reveal()), store.stored("lab-kubeconfig"));
        }
    }

    private void showsNothing() {
        try (SecretSink sink = store.sink()) {
            if (sink.name().isBlank()) {
                throw new AssertionError("the sink has no name");
            }
            sink.put("lab-kubeconfig", KUBECONFIG);
            if ((sink.name() + sink).contains("s3cr3t-kubeconfig-value")) {
                throw new AssertionError("the sink shows a value");
            }
        }
    }

    private void readBack() {
        Optional<SecretSource> source = store.source();
        if (source.isEmpty()) {
            return;
        }
        expect(Optional.empty(), source.get().read("lab-kubeconfig"));
        try (SecretSink sink = store.sink()) {
            sink.put("lab-kubeconfig", KUBECONFIG);
        }
        expect(Optional.of(KUBECONFIG), source.get().read("lab-kubeconfig"));
    }

    private static void showsNone(Throwable error, String... values) {
        for (Throwable t = error; t != null; t = t.getCause()) {
            for (String value : values) {
                if (t.toString().contains(value)) {
                    throw new AssertionError("an error shows a value");
                }
            }
        }
    }

    private static void expect(Object expected, Object found) {
        if (!expected.equals(found)) {
            throw new AssertionError("expected " + brief(expected) + ", found " + brief(found));
        }
    }

    private static String brief(Object value) {
        String text = value.toString();
        return text.length() <= 100 ? text : text.substring(0, 100) + "… (" + text.length() + " characters)";
    }

    @FunctionalInterface
    private interface Promise {
        void check(SecretSinkContract contract) throws Exception;
    }
}
