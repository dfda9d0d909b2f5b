package io.talospve.talos.api.internal;

import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.Metadata;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import io.talospve.error.ErrorCode;
import io.talospve.error.RemoteException;
import io.talospve.spi.MachineAddress;
import io.talospve.spi.MachineView;
import io.talospve.spi.TalosAccess;
import io.talospve.spi.TalosApi;
import io.talospve.spi.TimeSource;
import io.talospve.talos.api.MachineEvent;
import io.talospve.talos.proto.cosi.StateGrpc;
import io.talospve.talos.proto.cosi.WatchOptions;
import io.talospve.talos.proto.cosi.WatchRequest;
import io.talospve.talos.proto.machine.Event;
import io.talospve.talos.proto.machine.EventsRequest;
import io.talospve.talos.proto.machine.MachineServiceGrpc;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Predicate;

/**
 * Tells that something about a machine has changed: by its events, or in maintenance mode, which has none, by its status
 * resource.
 */
public final class MachineWatch implements TalosApi.Watch {
    /** A watch that has died without anybody noticing ends then. */
    private static final Duration LONGEST = Duration.ofMinutes(30);

    private static final Metadata.Key<String> FEED =
            Metadata.Key.of("talos-pve-feed", Metadata.ASCII_STRING_MARSHALLER);

    private final TimeSource.Feed feed;
    private final Runnable changed;
    private final CountDownLatch confirmed = new CountDownLatch(1);
    /** The call's own: its end lets go of the call. */
    private final Context.CancellableContext context = Context.ROOT.withCancellation();
    private volatile boolean ended;

    private MachineWatch(TimeSource.Feed feed, Runnable changed) {
        this.feed = feed;
        this.changed = changed;
    }

    /** What {@link TalosApi#watch} promises. */
    public static TalosApi.Watch open(
            Connections connections,
            TimeSource time,
            MachineAddress address,
            TalosAccess access,
            MachineView seen,
            Runnable changed) {
        if (seen instanceof MachineView.Running) {
            MachineWatch watch = new MachineWatch(time.feed(), changed);
            return watch.open(connections.mutual(address, access), watch::events);
        }
        if (seen instanceof MachineView.Maintenance maintenance) {
            MachineWatch watch = new MachineWatch(time.feed(), changed);
            return watch.open(connections.maintenance(address, maintenance.keyPin()), watch::status);
        }
        return TalosApi.Watch.ENDED;
    }

    private TalosApi.Watch open(Connection connection, BiConsumer<Caller, Metadata> start) {
        Metadata headers = new Metadata();
        if (!feed.id().isEmpty()) {
            headers.put(FEED, feed.id());
        }
        Deadline longest = Deadline.after(LONGEST.toNanos(), TimeUnit.NANOSECONDS);
        Context previous = context.attach();
        try {
            start.accept(Caller.of(connection).until(longest), headers);
        } finally {
            context.detach(previous);
        }
        try {
            if (confirmed.await(connection.settings().callTimeout().toNanos(), TimeUnit.NANOSECONDS) && !ended) {
                return this;
            }
        } catch (InterruptedException e) {
            close();
            Thread.currentThread().interrupt();
            throw new RemoteException(
                    ErrorCode.CANCELLED, "watch " + connection.address() + ": interrupted", true, null, null, e);
        }
        close();
        return TalosApi.Watch.ENDED;
    }

    /** New events. The first message is empty: it only says that the stream stands. */
    private void events(Caller caller, Metadata headers) {
        caller.stub(MachineServiceGrpc::newStub, LONGEST)
                .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
                .events(EventsRequest.getDefaultInstance(), new Messages<>(MachineWatch::matters));
    }

    private static boolean matters(Event message) {
        if (message.getData().getTypeUrl().isEmpty()) {
            return false;
        }
        MachineEvent event = Values.event(message);
        return event instanceof MachineEvent.Status || event instanceof MachineEvent.Service;
    }

    /** The status resource: an empty message first, then how it is, then how it changes. */
    private void status(Caller caller, Metadata headers) {
        caller.stub(StateGrpc::newStub, LONGEST)
                .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
                .watch(
                        WatchRequest.newBuilder()
                                .setNamespace("runtime")
                                .setType("MachineStatuses.runtime.talos.dev")
                                .setId("machine")
                                .setApiVersion(1)
                                // Without options a watch of one id makes Talos 1.12 fail.
                                .setOptions(WatchOptions.getDefaultInstance())
                                .build(),
                        new Messages<>(message -> message.getEventCount() > 0));
    }

    @Override
    public boolean live() {
        return !ended;
    }

    @Override
    public void close() {
        ended = true;
        context.cancel(null);
        feed.close();
    }

    /** Takes the messages of the stream. */
    private final class Messages<R> implements StreamObserver<R> {
        private final Predicate<R> matters;

        Messages(Predicate<R> matters) {
            this.matters = matters;
        }

        @Override
        public void onNext(R message) {
            try {
                if (matters.test(message)) {
                    changed.run();
                }
            } finally {
                confirmed.countDown();
                feed.taken();
            }
        }

        @Override
        public void onError(Throwable error) {
            onCompleted();
        }

        @Override
        public void onCompleted() {
            boolean told = ended;
            ended = true;
            if (!told && confirmed.getCount() == 0) {
                changed.run();
            }
            confirmed.countDown();
            context.cancel(null);
            feed.close();
        }
    }
}
