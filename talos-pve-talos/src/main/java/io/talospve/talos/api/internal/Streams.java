package io.talospve.talos.api.internal;

import io.grpc.Deadline;
import io.grpc.Status;
import io.talospve.talos.api.ContainerImage;
import io.talospve.talos.api.EventFilter;
import io.talospve.talos.api.MachineEvent;
import io.talospve.talos.api.MachineStream;
import io.talospve.talos.api.ResourceChange;
import io.talospve.talos.api.TalosResource;
import io.talospve.talos.proto.common.ContainerDriver;
import io.talospve.talos.proto.common.Data;
import io.talospve.talos.proto.cosi.Event;
import io.talospve.talos.proto.cosi.EventType;
import io.talospve.talos.proto.cosi.GetRequest;
import io.talospve.talos.proto.cosi.ListRequest;
import io.talospve.talos.proto.cosi.ListResponse;
import io.talospve.talos.proto.cosi.StateGrpc;
import io.talospve.talos.proto.cosi.WatchOptions;
import io.talospve.talos.proto.cosi.WatchRequest;
import io.talospve.talos.proto.cosi.WatchResponse;
import io.talospve.talos.proto.machine.DmesgRequest;
import io.talospve.talos.proto.machine.EtcdSnapshotRequest;
import io.talospve.talos.proto.machine.EventsRequest;
import io.talospve.talos.proto.machine.ImageListRequest;
import io.talospve.talos.proto.machine.LogsRequest;
import io.talospve.talos.proto.machine.MachineServiceGrpc;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The calls whose answers come bit by bit. */
public final class Streams {
    private final Line line;

    /** Calls over this line. */
    public Streams(Line line) {
        this.line = line;
    }

    /** A service's log, line by line. */
    public MachineStream<String> logs(String namespace, String id, boolean follow, int tail, Duration atMost) {
        LogsRequest request = LogsRequest.newBuilder()
                .setNamespace(namespace)
                .setDriver("k8s.io".equals(namespace) ? ContainerDriver.CRI : ContainerDriver.CONTAINERD)
                .setId(id)
                .setFollow(follow)
                .setTailLines(tail)
                .build();
        return line.stream(
                "read the log of " + id,
                after(atMost),
                caller -> caller.stub(MachineServiceGrpc::newBlockingStub, atMost).logs(request),
                new LineSplitter());
    }

    /** The kernel's log, line by line. */
    public MachineStream<String> dmesg(boolean follow, boolean newOnly, Duration atMost) {
        DmesgRequest request =
                DmesgRequest.newBuilder().setFollow(follow).setTail(newOnly).build();
        return line.stream(
                "read the kernel's log",
                after(atMost),
                caller -> caller.stub(MachineServiceGrpc::newBlockingStub, atMost).dmesg(request),
                new LineSplitter());
    }

    /** Events. */
    public MachineStream<MachineEvent> events(EventFilter filter, Duration atMost) {
        EventsRequest request = EventsRequest.newBuilder()
                .setTailEvents(filter.last())
                .setTailId(filter.after())
                .setTailSeconds((int) filter.since().toSeconds())
                .setWithActorId(filter.actor())
                .build();
        return line.stream(
                "read the events",
                after(atMost),
                caller -> caller.stub(MachineServiceGrpc::newBlockingStub, atMost).events(request),
                // The first message is empty: it only says that the stream stands.
                event -> event.getData().getTypeUrl().isEmpty() ? List.of() : List.of(Values.event(event)));
    }

    /** One resource. */
    public Optional<TalosResource> resource(String namespace, String type, String id) {
        return line.call("read the resource " + type + "/" + id, caller -> {
            try {
                return Optional.of(Values.resource(caller.stub(StateGrpc::newBlockingStub)
                        .get(GetRequest.newBuilder()
                                .setNamespace(namespace)
                                .setType(type)
                                .setId(id)
                                .build())
                        .getResource()));
            } catch (io.grpc.StatusRuntimeException e) {
                if (e.getStatus().getCode() == Status.Code.NOT_FOUND) {
                    return Optional.empty();
                }
                throw e;
            }
        });
    }

    /** All resources of a type. */
    public List<TalosResource> resources(String namespace, String type) {
        return line.call("list the resources " + type, caller -> {
            List<TalosResource> found = new ArrayList<>();
            Iterator<ListResponse> answers = caller.stub(StateGrpc::newBlockingStub)
                    .list(ListRequest.newBuilder()
                            .setNamespace(namespace)
                            .setType(type)
                            .build());
            answers.forEachRemaining(answer -> found.add(Values.resource(answer.getResource())));
            return List.copyOf(found);
        });
    }

    /** Changes of one resource, or of all of a type if no id is given. */
    public MachineStream<ResourceChange> watch(String namespace, String type, @Nullable String id, Duration atMost) {
        WatchRequest.Builder request = WatchRequest.newBuilder()
                .setNamespace(namespace)
                .setType(type)
                .setApiVersion(1)
                // Without options a watch of one id makes Talos 1.12 fail.
                .setOptions(WatchOptions.newBuilder().setBootstrapContents(id == null));
        if (id != null) {
            request.setId(id);
        }
        return line.stream(
                "watch the resources " + type + (id == null ? "" : "/" + id),
                after(atMost),
                caller -> caller.stub(StateGrpc::newBlockingStub, atMost).watch(request.build()),
                Streams::changes);
    }

    private static List<ResourceChange> changes(WatchResponse message) {
        List<ResourceChange> changes = new ArrayList<>();
        for (Event event : message.getEventList()) {
            switch (event.getEventType()) {
                case CREATED, UPDATED, DESTROYED -> changes.add(new ResourceChange(
                        kind(event.getEventType()),
                        Values.resource(event.getResource()),
                        event.hasOld() ? Values.resource(event.getOld()) : null));
                case BOOTSTRAPPED -> changes.add(new ResourceChange(ResourceChange.Kind.COMPLETE, null, null));
                case ERRORED -> throw Status.UNKNOWN
                        .withDescription(event.getError())
                        .asRuntimeException();
                default -> {
                    // A sign of life.
                }
            }
        }
        return changes;
    }

    private static ResourceChange.Kind kind(EventType type) {
        return switch (type) {
            case CREATED -> ResourceChange.Kind.CREATED;
            case UPDATED -> ResourceChange.Kind.UPDATED;
            default -> ResourceChange.Kind.DESTROYED;
        };
    }

    /** Images. */
    public List<ContainerImage> images(ContainerImage.Store store) {
        ImageListRequest request = ImageListRequest.newBuilder()
                .setNamespace(Commands.namespace(store))
                .build();
        return line.call("list the images", caller -> {
            List<ContainerImage> images = new ArrayList<>();
            caller.stub(MachineServiceGrpc::newBlockingStub)
                    .imageList(request)
                    .forEachRemaining(image -> images.add(Values.image(image)));
            return List.copyOf(images);
        });
    }

    /** A snapshot of etcd. */
    public long snapshot(OutputStream to, Duration atMost) {
        return line.call("take a snapshot of etcd", caller -> {
            Iterator<Data> parts = caller.stub(MachineServiceGrpc::newBlockingStub, atMost)
                    .etcdSnapshot(EtcdSnapshotRequest.getDefaultInstance());
            long written = 0;
            while (parts.hasNext()) {
                Data part = parts.next();
                LineSplitter.requireNoError(part);
                try {
                    part.getBytes().writeTo(to);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
                written += part.getBytes().size();
            }
            return written;
        });
    }

    private static Deadline after(Duration atMost) {
        return Deadline.after(atMost.toNanos(), TimeUnit.NANOSECONDS);
    }
}
