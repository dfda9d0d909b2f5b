package io.talospve.talos.api.internal;

import com.google.protobuf.Empty;
import io.talospve.talos.proto.common.Metadata;
import io.talospve.talos.proto.machine.MachineServiceGrpc;
import io.talospve.talos.proto.machine.MachineServiceGrpc.MachineServiceBlockingStub;
import java.time.Duration;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A call with one answer, of one machine or a part of each of many.
 *
 * @param <T> what a machine answers
 */
public final class Unary<T> {
    private final String doing;
    private final boolean asksEtcd;
    private final Function<Caller, List<Part<T>>> parts;

    private Unary(String doing, boolean asksEtcd, Function<Caller, List<Part<T>>> parts) {
        this.doing = doing;
        this.asksEtcd = asksEtcd;
        this.parts = parts;
    }

    static <T> Unary<T> of(String doing, Function<Caller, List<Part<T>>> parts) {
        return new Unary<>(doing, false, parts);
    }

    /** A call without arguments of the machine service. */
    static <R, M, T> Unary<T> machine(
            String doing,
            BiFunction<MachineServiceBlockingStub, Empty, R> call,
            Function<R, List<M>> messages,
            Function<M, Metadata> metadata,
            Function<M, T> value) {
        return machine(doing, Empty.getDefaultInstance(), null, call, messages, metadata, value);
    }

    /** A call of the machine service that may take so long, null for as long as usual. */
    static <Q, R, M, T> Unary<T> machine(
            String doing,
            Q request,
            @Nullable Duration atMost,
            BiFunction<MachineServiceBlockingStub, Q, R> call,
            Function<R, List<M>> messages,
            Function<M, Metadata> metadata,
            Function<M, T> value) {
        return new Unary<>(doing, false, caller -> {
            MachineServiceBlockingStub stub = atMost == null
                    ? caller.stub(MachineServiceGrpc::newBlockingStub)
                    : caller.stub(MachineServiceGrpc::newBlockingStub, atMost);
            return parts(messages.apply(call.apply(stub, request)), metadata, value);
        });
    }

    /** A call that hangs where there is no etcd. */
    static <Q, R, M, T> Unary<T> etcd(
            String doing,
            Q request,
            BiFunction<MachineServiceBlockingStub, Q, R> call,
            Function<R, List<M>> messages,
            Function<M, Metadata> metadata,
            Function<M, T> value) {
        return new Unary<>(doing, true, caller -> {
            Duration atMost = caller.connection().settings().etcdTimeout();
            return parts(
                    messages.apply(call.apply(caller.stub(MachineServiceGrpc::newBlockingStub, atMost), request)),
                    metadata,
                    value);
        });
    }

    static <M, T> List<Part<T>> parts(List<M> messages, Function<M, Metadata> metadata, Function<M, T> value) {
        return messages.stream()
                .map(message -> Part.of(metadata.apply(message), () -> value.apply(message)))
                .toList();
    }

    String doing() {
        return doing;
    }

    boolean asksEtcd() {
        return asksEtcd;
    }

    List<Part<T>> call(Caller caller) {
        return parts.apply(caller);
    }
}
