package io.talospve.testkit.internal.talos;

import static io.talospve.testkit.internal.talos.Forwarding.error;

import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.talospve.talos.proto.common.Data;
import io.talospve.talos.proto.machine.DmesgRequest;
import io.talospve.talos.proto.machine.Event;
import io.talospve.talos.proto.machine.EventsRequest;
import io.talospve.talos.proto.machine.LogsRequest;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** What a machine tells as it goes: logs of services, the kernel's log, events. */
final class LogApi {
    private static final String SYSTEM = "system";
    private static final Pattern XID = Pattern.compile("[0-9a-v]{19}[0g]");

    private LogApi() {}

    static void logs(TalosSystem system, Set<String> roles, LogsRequest request, Reply<Data> reply) {
        String id = request.getId();
        if (!request.getNamespace().equals(SYSTEM) && !id.equals("kubelet")) {
            // Of containers there is only the name here.
            throw error(Status.UNKNOWN, "container \"" + id + "\" not found");
        }
        if (!system.log().has(id)) {
            throw error(Status.UNKNOWN, "log \"" + id + "\" was not registered");
        }
        stream(system.log(), id, request.getFollow(), request.getTailLines(), reply);
    }

    static void dmesg(TalosSystem system, Set<String> roles, DmesgRequest request, Reply<Data> reply) {
        stream(system.log(), MachineLog.KERNEL, request.getFollow(), request.getTail() ? 0 : -1, reply);
    }

    private static void stream(MachineLog log, String id, boolean follow, int tail, Reply<Data> reply) {
        List<String> lines = log.lines(id);
        int from = tail < 0 || tail > lines.size() ? 0 : lines.size() - tail;
        lines.subList(from, lines.size()).forEach(line -> reply.next(data(line)));
        if (!follow) {
            reply.done();
            return;
        }
        reply.atEnd(log.follow(id, line -> reply.next(data(line))));
        reply.park();
    }

    private static Data data(String line) {
        return Data.newBuilder().setBytes(ByteString.copyFromUtf8(line)).build();
    }

    static void events(TalosSystem system, Set<String> roles, EventsRequest request, Reply<Event> reply) {
        EventLog log = system.events();
        String actor = request.getWithActorId();
        // The stream begins with an empty event even when what was asked for cannot be.
        reply.next(log.greeting(actor));
        check(request);
        List<Event> past = !request.getTailId().isEmpty()
                ? log.after(request.getTailId())
                : request.getTailSeconds() != 0
                        ? log.since(system.fabric().clock.now().minusSeconds(request.getTailSeconds()))
                        : request.getTailEvents() == 0 ? List.of() : log.last(request.getTailEvents());
        past.stream().filter(event -> by(actor, event)).forEach(reply::next);
        reply.atEnd(log.follow(event -> {
            if (by(actor, event)) {
                reply.next(event);
            }
        }));
        reply.park();
    }

    private static boolean by(String actor, Event event) {
        return actor.isEmpty() || event.getActorId().equals(actor);
    }

    /** Only one way to say how far back. */
    private static void check(EventsRequest request) {
        boolean tailed = request.getTailEvents() != 0;
        boolean after = !request.getTailId().isEmpty();
        if (after && !XID.matcher(request.getTailId()).matches()) {
            throw error(Status.UNKNOWN, "error parsing tail_id: xid: invalid ID");
        }
        if (after && tailed) {
            throw error(
                    Status.UNKNOWN,
                    "WithTailID can't be specified at the same time with WithTailEvents or WithTailDuration");
        }
        if (request.getTailSeconds() != 0 && (after || tailed)) {
            throw error(
                    Status.UNKNOWN,
                    "WithTailDuration can't be specified at the same time with WithTailEvents or WithTailID");
        }
    }
}
