package io.talospve.talos.api.internal;

import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.talospve.talos.proto.common.Data;
import io.talospve.talos.proto.machine.EtcdRecoverResponse;
import io.talospve.talos.proto.machine.MachineServiceGrpc;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** Sends a snapshot of etcd to a machine, no faster than it takes it. One use. */
public final class SnapshotUpload implements ClientResponseObserver<Data, EtcdRecoverResponse> {
    private static final int CHUNK = 32 << 10;

    /** Not a monitor: a virtual thread that waits in one keeps its carrier, before JDK 24. */
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private @Nullable ClientCallStreamObserver<Data> request;
    private @Nullable EtcdRecoverResponse answer;
    private @Nullable Throwable error;
    private boolean ended;

    private SnapshotUpload() {}

    /**
     * Uploads a snapshot and bootstraps etcd from it: never one without the other, because Talos accepts a recovery without
     * a snapshot and ruins its etcd.
     */
    public static void recover(Line line, InputStream snapshot, boolean skipHashCheck, Duration atMost) {
        PushbackInputStream content = new PushbackInputStream(snapshot);
        requireContent(content);
        line.call("upload a snapshot of etcd", caller -> {
            SnapshotUpload upload = new SnapshotUpload();
            caller.stub(MachineServiceGrpc::newStub, atMost).etcdRecover(upload);
            upload.send(content);
            return true;
        });
        line.ask(Commands.bootstrapFromSnapshot(skipHashCheck));
    }

    private static void requireContent(PushbackInputStream snapshot) {
        try {
            int first = snapshot.read();
            if (first < 0) {
                throw new IllegalArgumentException("the snapshot is empty; etcd would be ruined by it");
            }
            snapshot.unread(first);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void send(InputStream snapshot) {
        ClientCallStreamObserver<Data> call = Objects.requireNonNull(request);
        try {
            byte[] chunk = new byte[CHUNK];
            int read;
            while ((read = snapshot.readNBytes(chunk, 0, CHUNK)) > 0 && untilReady(call)) {
                call.onNext(Data.newBuilder()
                        .setBytes(ByteString.copyFrom(chunk, 0, read))
                        .build());
            }
            if (!hasEnded()) {
                call.onCompleted();
            }
            Failure failure = Part.failure(untilEnd().getMessages(0).getMetadata());
            if (failure != null) {
                throw Status.fromCode(failure.code())
                        .withDescription(failure.text())
                        .asRuntimeException();
            }
        } catch (IOException e) {
            call.cancel("the snapshot cannot be read", null);
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            call.cancel("interrupted", null);
            throw Status.CANCELLED.withDescription("interrupted").asRuntimeException();
        }
    }

    /** Waits until the machine takes more; false if it has ended the call. */
    private boolean untilReady(ClientCallStreamObserver<Data> call) throws InterruptedException {
        lock.lock();
        try {
            while (!ended && !call.isReady()) {
                changed.await();
            }
            return !ended;
        } finally {
            lock.unlock();
        }
    }

    private boolean hasEnded() {
        lock.lock();
        try {
            return ended;
        } finally {
            lock.unlock();
        }
    }

    private EtcdRecoverResponse untilEnd() throws InterruptedException {
        lock.lock();
        try {
            while (!ended) {
                changed.await();
            }
            if (error instanceof StatusRuntimeException status) {
                throw status;
            }
            if (error != null || answer == null || answer.getMessagesCount() == 0) {
                throw Status.UNKNOWN.withDescription("no answer to the upload").withCause(error).asRuntimeException();
            }
            return answer;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<Data> stream) {
        request = stream;
        stream.setOnReadyHandler(this::wake);
    }

    private void wake() {
        lock.lock();
        try {
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void onNext(EtcdRecoverResponse value) {
        lock.lock();
        try {
            answer = value;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void onError(Throwable thrown) {
        lock.lock();
        try {
            error = thrown;
            ended = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void onCompleted() {
        lock.lock();
        try {
            ended = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
