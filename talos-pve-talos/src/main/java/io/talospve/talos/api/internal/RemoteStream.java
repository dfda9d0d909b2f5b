package io.talospve.talos.api.internal;

import io.grpc.Context;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.talospve.talos.api.MachineStream;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Queue;
import java.util.function.Function;

/** A stream of a call under a context of its own, which {@link #close()} cancels. */
final class RemoteStream<M, T> implements MachineStream<T> {
    private final Context.CancellableContext context;
    private final Iterator<M> messages;
    private final StreamReader<M, T> reader;
    private final Function<StatusRuntimeException, RuntimeException> failure;
    private final Queue<T> ready = new ArrayDeque<>();
    private boolean ended;

    RemoteStream(
            Context.CancellableContext context,
            Iterator<M> messages,
            StreamReader<M, T> reader,
            Function<StatusRuntimeException, RuntimeException> failure) {
        this.context = context;
        this.messages = messages;
        this.reader = reader;
        this.failure = failure;
    }

    @Override
    public boolean hasNext() {
        while (ready.isEmpty() && !ended) {
            try {
                if (more()) {
                    ready.addAll(reader.read(messages.next()));
                } else {
                    end();
                    ready.addAll(reader.end());
                }
            } catch (StatusRuntimeException e) {
                end();
                throw failure.apply(e);
            }
        }
        return !ready.isEmpty();
    }

    private boolean more() {
        try {
            return messages.hasNext();
        } catch (StatusRuntimeException e) {
            Status.Code code = e.getStatus().getCode();
            boolean closed = code == Status.Code.CANCELLED && context.isCancelled();
            if (closed || code == Status.Code.DEADLINE_EXCEEDED) {
                return false;
            }
            throw e;
        }
    }

    private void end() {
        ended = true;
        context.cancel(null);
    }

    @Override
    public T next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        return ready.remove();
    }

    @Override
    public void close() {
        context.cancel(null);
    }
}
