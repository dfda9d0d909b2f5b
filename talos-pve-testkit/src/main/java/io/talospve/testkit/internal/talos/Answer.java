package io.talospve.testkit.internal.talos;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.talospve.spi.TimeSource;
import java.util.ArrayList;
import java.util.List;

/** The answer to one call: sends messages, ends the call, lets go of virtual time. Thread-safe. */
final class Answer<R> implements Reply<R> {
    private final Fabric fabric;
    private final TalosSystem server;
    private final String method;
    private final ServerCall<?, R> call;
    private final TimeSource.Hold hold;
    private final String feed;
    private final List<Runnable> atEnd = new ArrayList<>();
    private boolean headers;
    private boolean ended;
    private volatile boolean lost;
    private volatile boolean mute;

    /**
     * An answer.
     *
     * @param feed how the client calls the stream of the answer's messages, empty if it did not say
     */
    Answer(
            Fabric fabric,
            TalosSystem server,
            String method,
            ServerCall<?, R> call,
            TimeSource.Hold hold,
            String feed) {
        this.fabric = fabric;
        this.server = server;
        this.method = method;
        this.call = call;
        this.hold = hold;
        this.feed = feed;
    }

    /** Sends one message. */
    @Override
    public synchronized void next(R message) {
        if (ended) {
            return;
        }
        if (!headers) {
            headers = true;
            call.sendHeaders(new Metadata());
        }
        fabric.clock.sent(feed);
        call.sendMessage(message);
    }

    /** Sends the only message and ends the call. */
    @Override
    public void complete(R message) {
        if (lost || fabric.faults.at(server.hardware().name(), method, Faults.Moment.AFTER_EFFECT)) {
            breakConnection();
            return;
        }
        synchronized (this) {
            next(message);
            end(Status.OK);
        }
    }

    /** Ends a stream. */
    @Override
    public void done() {
        if (lost || fabric.faults.at(server.hardware().name(), method, Faults.Moment.AFTER_EFFECT)) {
            breakConnection();
            return;
        }
        end(Status.OK);
    }

    @Override
    public void fail(Status status) {
        end(status);
    }

    void fail(RuntimeException e) {
        end(e instanceof StatusRuntimeException s
                ? s.getStatus()
                : Status.INTERNAL.withDescription("the simulated machine failed: " + e).withCause(e));
    }

    /**
     * The call takes effect, and the client sees its connection break instead of the answer.
     *
     * @param silently whether the client sees nothing instead
     */
    void lose(boolean silently) {
        lost = true;
        mute = silently;
    }

    /** The machine goes down, and its connections with it: the client will see that. */
    synchronized void goingDown() {
        if (!ended) {
            fabric.clock.sent(feed);
        }
    }

    /** The client sees its connection break, or nothing at all. */
    void breakConnection() {
        if (mute) {
            park();
            return;
        }
        end(Status.UNAVAILABLE.withDescription("connection closed"));
    }

    /** The call goes on without an answer for now: time may pass. */
    @Override
    public void park() {
        hold.close();
    }

    /** Runs when the call is over, also if the client gave up. */
    @Override
    public synchronized void atEnd(Runnable action) {
        if (ended) {
            action.run();
        } else {
            atEnd.add(action);
        }
    }

    void cancelled() {
        List<Runnable> actions;
        synchronized (this) {
            ended = true;
            actions = List.copyOf(atEnd);
            atEnd.clear();
        }
        hold.close();
        synchronized (fabric) {
            actions.forEach(Runnable::run);
        }
    }

    void completed() {
        cancelled();
    }

    private void end(Status status) {
        synchronized (this) {
            if (ended) {
                return;
            }
            ended = true;
            fabric.clock.sent(feed);
            call.close(status, new Metadata());
        }
        hold.close();
    }
}
