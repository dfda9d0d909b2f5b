package io.talospve.testkit.internal.talos;

import com.google.protobuf.Any;
import com.google.protobuf.Message;
import io.talospve.talos.proto.machine.Event;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** The runtime events of a booted machine; the last thousand are kept. Guarded by the fabric. */
final class EventLog {
    private static final int KEPT = 1000;
    private static final String ID_ALPHABET = "0123456789abcdefghijklmnopqrstuv";

    private final Supplier<Instant> now;
    private final Deque<Kept> events = new ArrayDeque<>();
    private final List<Consumer<Event>> followers = new ArrayList<>();
    private final long boot;
    private long number;

    EventLog(Supplier<Instant> now, long boot) {
        this.now = now;
        this.boot = boot;
    }

    private record Kept(Event event, Instant at) {}

    void add(Message payload) {
        add(payload, "");
    }

    /** Tells of what somebody asked for by a call, who is named by the id that the call was answered with. */
    void add(Message payload, String actor) {
        Event event = Event.newBuilder()
                .setData(Any.newBuilder()
                        .setTypeUrl("talos/runtime/" + payload.getDescriptorForType().getFullName())
                        .setValue(payload.toByteString()))
                .setId(nextId())
                .setActorId(actor)
                .build();
        events.add(new Kept(event, now.get()));
        if (events.size() > KEPT) {
            events.remove();
        }
        List.copyOf(followers).forEach(f -> f.accept(event));
    }

    /** An event without content, which every stream begins with. */
    Event greeting(String actor) {
        return Event.newBuilder()
                .setData(Any.getDefaultInstance())
                .setId(nextId())
                .setActorId(actor)
                .build();
    }

    /** The last events; all for a negative number. */
    List<Event> last(int count) {
        List<Event> all = events.stream().map(Kept::event).toList();
        return count < 0 || count >= all.size() ? all : all.subList(all.size() - count, all.size());
    }

    /** The events after one; all that are kept if it is not among them. */
    List<Event> after(String id) {
        List<Event> all = events.stream().map(Kept::event).toList();
        for (int i = 0; i < all.size(); i++) {
            if (all.get(i).getId().equals(id)) {
                return all.subList(i + 1, all.size());
            }
        }
        return all;
    }

    List<Event> since(Instant instant) {
        return events.stream().filter(k -> !k.at().isBefore(instant)).map(Kept::event).toList();
    }

    Runnable follow(Consumer<Event> sink) {
        followers.add(sink);
        return () -> followers.remove(sink);
    }

    /** An xid: seconds, machine, counter, in base 32, growing. */
    private String nextId() {
        java.math.BigInteger bits = java.math.BigInteger.valueOf(now.get().getEpochSecond() & 0xFFFFFFFFL)
                .shiftLeft(40)
                .or(java.math.BigInteger.valueOf(boot & 0xFFFFFFFFFFL))
                .shiftLeft(24)
                .or(java.math.BigInteger.valueOf(number++ & 0xFFFFFF))
                .shiftLeft(4);
        StringBuilder out = new StringBuilder();
        for (int i = 19; i >= 0; i--) {
            out.append(ID_ALPHABET.charAt(bits.shiftRight(5 * i).intValue() & 31));
        }
        return out.toString();
    }
}
