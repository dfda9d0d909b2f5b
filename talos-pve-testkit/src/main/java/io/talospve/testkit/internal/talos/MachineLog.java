package io.talospve.testkit.internal.talos;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** The logs of a booted machine, by service. Guarded by the fabric. */
final class MachineLog {
    /** The kernel's log: what machined writes is there too. */
    static final String KERNEL = "kernel";

    private static final String MACHINED = "machined";
    private static final DateTimeFormatter STAMP =
            DateTimeFormatter.ofPattern("yyyy/MM/dd HH:mm:ss.SSSSSS", Locale.ROOT).withZone(ZoneOffset.UTC);

    private final Supplier<Instant> now;
    private final Map<String, List<String>> lines = new TreeMap<>();
    private final Map<String, List<Consumer<String>>> followers = new TreeMap<>();

    MachineLog(Supplier<Instant> now) {
        this.now = now;
    }

    /** Writes a line; machined's gets the time before it, as Talos writes it. */
    void line(String service, String text) {
        if (service.equals(MACHINED)) {
            add(MACHINED, STAMP.format(now.get()) + " " + text + "\n");
            add(KERNEL, "user: warning: [" + now.get() + "]: " + text + "\n");
        } else {
            add(service, text + "\n");
        }
    }

    private void add(String service, String line) {
        lines.computeIfAbsent(service, s -> new ArrayList<>()).add(line);
        List.copyOf(followers.getOrDefault(service, List.of())).forEach(f -> f.accept(line));
    }

    boolean has(String service) {
        return !service.equals(KERNEL) && lines.containsKey(service);
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
