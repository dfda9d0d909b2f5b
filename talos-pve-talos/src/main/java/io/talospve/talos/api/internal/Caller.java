package io.talospve.talos.api.internal;

import io.grpc.Channel;
import io.grpc.Deadline;
import io.grpc.Metadata;
import io.grpc.stub.AbstractStub;
import io.grpc.stub.MetadataUtils;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Makes stubs for calls over one connection: each with a deadline, and with the machines it is meant for, if these are
 * others than the one at the end of the connection.
 *
 * @param connection over which to call
 * @param limit when all calls together have to end, null for no such limit
 * @param targets the machines that are meant, addresses without port; empty for the one that is connected
 * @param many whether each target answers for itself, also if there is just one
 */
record Caller(Connection connection, @Nullable Deadline limit, List<String> targets, boolean many) {
    private static final Metadata.Key<String> NODE = Metadata.Key.of("node", Metadata.ASCII_STRING_MARSHALLER);
    private static final Metadata.Key<String> NODES = Metadata.Key.of("nodes", Metadata.ASCII_STRING_MARSHALLER);

    static Caller of(Connection connection) {
        return new Caller(connection, null, List.of(), false);
    }

    Caller until(Deadline deadline) {
        return new Caller(connection, deadline, targets, many);
    }

    /** A stub whose calls end after the usual time. */
    <S extends AbstractStub<S>> S stub(Function<Channel, S> maker) {
        return stub(maker, connection.settings().callTimeout());
    }

    /** A stub whose calls end after the given time, or after that for opening a connection if that is longer and none is open. */
    <S extends AbstractStub<S>> S stub(Function<Channel, S> maker, Duration timeout) {
        Duration first = connection.settings().firstCallTimeout();
        Duration longest = connection.open() || timeout.compareTo(first) > 0 ? timeout : first;
        Deadline deadline = Deadline.after(longest.toNanos(), TimeUnit.NANOSECONDS);
        S stub = maker.apply(connection.channel()).withDeadline(limit == null ? deadline : limit.minimum(deadline));
        return targets.isEmpty() ? stub : stub.withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers()));
    }

    private Metadata headers() {
        Metadata headers = new Metadata();
        targets.forEach(target -> headers.put(many ? NODES : NODE, target));
        return headers;
    }
}
