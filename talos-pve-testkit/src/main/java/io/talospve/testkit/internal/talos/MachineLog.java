package io.talospve.testkit.internal.talos;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** The logs of a booted machine, by service. Guarded by the fabric. */
final class MachineLog {
    private final Supplier<Instant> now;
    private final Map<String, List<String>> lines = new TreeMap<>();
    private final Map<String, List<Consumer<String>>> followers = new TreeMap<>();

    MachineLog(Supplier<Instant> now) {
        this.now = now;
    }

    void line(String service, String text) {
        String line = now.get() + " " + text + "\n";
        lines.computeIfAbsent(service, s -> new ArrayList<>()).add(line);
        List.copyOf(followers.getOrDefault(service, List.of())).forEach(f -> f.accept(line));
    }

    boolean has(String service) {
        return lines.containsKey(service);
    }

    List<String> lines(String service) {
        return List.copyOf(lines.getOrDefault(service, List.of()));
    }

    Runnable follow(String service, Consumer<String> sink) {
        List<Consumer<String>> all = followers.computeIfAbsent(service, s -> new ArrayList<>());
        all.add(sink);
        return () -> all.remove(sink);
    }
}
