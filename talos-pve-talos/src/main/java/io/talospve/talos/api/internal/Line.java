package io.talospve.talos.api.internal;

import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.StatusRuntimeException;
import io.talospve.error.ErrorCode;
import io.talospve.error.RemoteException;
import io.talospve.spi.MachineAddress;
import io.talospve.spi.TalosAccess;
import io.talospve.talos.api.MachineStream;
import io.talospve.talos.api.NodeAnswer;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Where calls of one kind go: over which connection, and to which machine behind it. Each call is made once; a connection
 * under which it failed is thrown away, so that the next call opens another one. Thread-safe.
 */
public final class Line {
    private final Connections connections;
    private final Supplier<Connection> connection;
    private final List<String> target;

    private Line(Connections connections, Supplier<Connection> connection, List<String> target) {
        this.connections = connections;
        this.connection = connection;
        this.target = target;
    }

    /** To a running machine of the cluster. */
    public static Line mutual(Connections connections, MachineAddress address, TalosAccess access) {
        return new Line(connections, () -> connections.mutual(address, access), List.of());
    }

    /** To a machine in maintenance mode that has this key. */
    public static Line maintenance(Connections connections, MachineAddress address, String keyPin) {
        return new Line(connections, () -> connections.maintenance(address, keyPin), List.of());
    }

    /** To another machine, which the connected one forwards to. */
    public Line to(String node) {
        return new Line(connections, connection, List.of(node));
    }

    /** One machine's answer. */
    public <T> T ask(Unary<T> question) {
        return single(ask(question, target, false, null));
    }

    private static <T> T single(Map<String, NodeAnswer<T>> answers) {
        return answers.values().iterator().next().value();
    }

    /** Each of these machines' answers, by the machine as it is named here. */
    public <T> Map<String, NodeAnswer<T>> askEach(Unary<T> question, List<String> nodes) {
        if (nodes.isEmpty()) {
            return Map.of();
        }
        Map<String, NodeAnswer<T>> answers;
        try {
            answers = ask(question, nodes, true, null);
        } catch (RemoteException e) {
            if (e.code() != ErrorCode.TIMED_OUT) {
                throw e;
            }
            answers = oneByOne(question, nodes);
        }
        return inOrder(question, nodes, answers);
    }

    /**
     * One machine that does not answer holds up the common answer of all: then everybody is asked alone, as long as the
     * time for it lasts.
     */
    private <T> Map<String, NodeAnswer<T>> oneByOne(Unary<T> question, List<String> nodes) {
        // If the machine that forwards is itself the one that is silent, nobody else needs to be asked.
        ask(Questions.VERSION);
        Duration longest = connections.settings().firstCallTimeout();
        Deadline limit = Deadline.after(longest.toNanos(), TimeUnit.NANOSECONDS);
        Map<String, NodeAnswer<T>> answers = new LinkedHashMap<>();
        for (String node : nodes) {
            try {
                answers.put(node, NodeAnswer.of(node, single(ask(question, List.of(node), false, limit))));
            } catch (RemoteException e) {
                if (e.code() == ErrorCode.CANCELLED) {
                    throw e;
                }
                answers.put(node, NodeAnswer.failed(node, e));
            }
        }
        return answers;
    }

    private <T> Map<String, NodeAnswer<T>> inOrder(
            Unary<T> question, List<String> nodes, Map<String, NodeAnswer<T>> answers) {
        Map<String, NodeAnswer<T>> ordered = new LinkedHashMap<>();
        for (String node : nodes) {
            NodeAnswer<T> answer = answers.get(node);
            ordered.put(node, answer == null ? NodeAnswer.failed(node, missing(question.doing(), node)) : answer);
        }
        return ordered;
    }

    private RemoteException missing(String doing, String node) {
        return new RemoteException(
                ErrorCode.UNEXPECTED_ANSWER,
                doing + " on " + node + " through " + connection.get().address() + ": no answer of this machine came",
                true,
                null,
                null,
                null);
    }

    private <T> Map<String, NodeAnswer<T>> ask(
            Unary<T> question, List<String> targets, boolean many, @Nullable Deadline limit) {
        Connection used = connection.get();
        String doing = targets.isEmpty() || many ? question.doing() : question.doing() + " of " + targets.get(0);
        Map<String, NodeAnswer<T>> answers = new LinkedHashMap<>();
        try {
            for (Part<T> part : question.call(new Caller(used, limit, targets, many))) {
                answers.put(
                        part.node(),
                        part.failure() == null && part.value() != null
                                ? NodeAnswer.of(part.node(), part.value())
                                : NodeAnswer.failed(part.node(), error(doing, used, part)));
            }
        } catch (StatusRuntimeException e) {
            throw failed(doing, used, Failure.of(e), question.asksEtcd() || !targets.isEmpty());
        }
        if (answers.isEmpty()) {
            throw new RemoteException(
                    ErrorCode.UNEXPECTED_ANSWER, doing + " on " + used.address() + ": an empty answer", true, null, null, null);
        }
        return answers;
    }

    private static RemoteException error(String doing, Connection used, Part<?> part) {
        return part.failure() == null
                ? new RemoteException(
                        ErrorCode.UNEXPECTED_ANSWER, doing + " on " + used.address() + ": no value", true, null, null, null)
                : Errors.of(part.node().isEmpty() ? doing : doing + " of " + part.node(), used.address(), part.failure());
    }

    /** Does something with the connection as it is. */
    <T> T call(String doing, Function<Caller, T> call) {
        Connection used = connection.get();
        try {
            return call.apply(new Caller(used, null, target, false));
        } catch (StatusRuntimeException e) {
            throw failed(doing, used, Failure.of(e), !target.isEmpty());
        }
    }

    /**
     * Opens a stream.
     *
     * @param doing what is done, for errors
     * @param until when it ends at the latest
     * @param open makes the call
     * @param reader what the messages become
     */
    <M, T> MachineStream<T> stream(
            String doing, Deadline until, Function<Caller, Iterator<M>> open, StreamReader<M, T> reader) {
        Connection used = connection.get();
        Context.CancellableContext context = Context.ROOT.withCancellation();
        Context previous = context.attach();
        try {
            Iterator<M> messages = open.apply(new Caller(used, until, target, false));
            return new RemoteStream<>(context, messages, reader, e -> failed(doing, used, Failure.of(e), false));
        } finally {
            context.detach(previous);
        }
    }

    /**
     * The error of a failed call.
     *
     * @param mayHang whether silence is no reason to distrust the connection: etcd and machines behind it may hang
     */
    private RemoteException failed(String doing, Connection used, Failure failure, boolean mayHang) {
        if (mayHang && failure.kind() == Failure.Kind.DEADLINE && used.open()) {
            return new RemoteException(
                    ErrorCode.TIMED_OUT,
                    doing + " through " + used.address() + ": no answer in time",
                    true,
                    "a machine behind it may be down; etcd does not answer before it is bootstrapped or without a quorum",
                    null,
                    null);
        }
        connections.discardAfter(failure, used);
        return Errors.of(doing, used.address(), failure);
    }
}
