package io.talospve.testkit.internal.talos;

import io.grpc.Grpc;
import io.grpc.HandlerRegistry;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerMethodDefinition;
import io.grpc.Status;
import io.talospve.spi.TimeSource;
import io.talospve.talos.proto.common.Data;
import io.talospve.testkit.Interruption.Break;
import io.talospve.testkit.internal.tls.NodePki;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * The methods of one machine's API server: finds the method, checks the caller, finds the machine it is for, holds
 * virtual time while it is handled, applies faults.
 */
final class MachineApi extends HandlerRegistry {
    /** How a client in the same process calls the stream that answers; see {@link TimeSource#feed()}. */
    private static final Metadata.Key<String> FEED =
            Metadata.Key.of("talos-pve-feed", Metadata.ASCII_STRING_MARSHALLER);

    private final Fabric fabric;
    private final TalosSystem system;
    private final boolean apid;
    private final int limit;
    /** Answers that go on. */
    private final Set<Answer<?>> open = ConcurrentHashMap.newKeySet();

    /**
     * The methods of a machine.
     *
     * @param apid whether it runs; false in maintenance mode
     * @param limit size of the largest request that is taken, in bytes
     */
    MachineApi(Fabric fabric, TalosSystem system, boolean apid, int limit) {
        this.fabric = fabric;
        this.system = system;
        this.apid = apid;
        this.limit = limit;
    }

    /** The connections are about to break. */
    void goingDown() {
        open.forEach(Answer::goingDown);
    }

    @Override
    public @Nullable ServerMethodDefinition<?, ?> lookupMethod(String name, @Nullable String authority) {
        ApiMethods.Method<?, ?> method = ApiMethods.find(name);
        if (method == null) {
            return refusing(name);
        }
        return define(method);
    }

    private <Q, R> ServerMethodDefinition<byte[], R> define(ApiMethods.Method<Q, R> method) {
        return ServerMethodDefinition.create(
                method.descriptor()
                        .toBuilder(Bytes.INSTANCE, method.descriptor().getResponseMarshaller())
                        .build(),
                handler(method));
    }

    /** Answers methods that are not simulated as Talos answers methods it does not have. */
    private ServerMethodDefinition<byte[], byte[]> refusing(String name) {
        MethodDescriptor<byte[], byte[]> descriptor = MethodDescriptor.<byte[], byte[]>newBuilder()
                .setType(MethodDescriptor.MethodType.UNKNOWN)
                .setFullMethodName(name)
                .setRequestMarshaller(Bytes.INSTANCE)
                .setResponseMarshaller(Bytes.INSTANCE)
                .build();
        return ServerMethodDefinition.create(descriptor, (call, headers) -> {
            call.close(apid ? ApiMethods.missing(name, roles(call)) : ApiMethods.missing(name, true), new Metadata());
            return new ServerCall.Listener<>() {};
        });
    }

    private <Q, R> ServerCallHandler<byte[], R> handler(ApiMethods.Method<Q, R> method) {
        return (call, headers) -> {
            TimeSource.Hold hold = fabric.clock.request();
            String feed = headers.get(FEED);
            Answer<R> answer =
                    new Answer<>(fabric, system, method.name(), call, hold, feed == null ? "" : feed);
            open.add(answer);
            call.request(2);
            return new ServerCall.Listener<>() {
                private @Nullable Q request;

                @Override
                public void onMessage(byte[] bytes) {
                    if (bytes.length > limit) {
                        answer.fail(Status.RESOURCE_EXHAUSTED.withDescription(
                                "grpc: received message larger than max (" + bytes.length + " vs. " + limit + ")"));
                        return;
                    }
                    Q message = method.descriptor().parseRequest(new ByteArrayInputStream(bytes));
                    request = request == null ? message : joined(request, message);
                    if (method.descriptor().getType() == MethodDescriptor.MethodType.CLIENT_STREAMING) {
                        call.request(1);
                    }
                }

                @Override
                public void onHalfClose() {
                    Q whole = request;
                    if (whole == null) {
                        answer.fail(Status.INTERNAL.withDescription("Half-closed without a request"));
                        return;
                    }
                    Runnable run = () -> handle(method, call, headers, whole, answer);
                    if (fabric.clock.virtual()) {
                        run.run();
                    } else {
                        CompletableFuture.delayedExecutor(
                                        fabric.latency.api().toNanos(), TimeUnit.NANOSECONDS, fabric.io.workers())
                                .execute(run);
                    }
                }

                @Override
                public void onCancel() {
                    open.remove(answer);
                    answer.cancelled();
                }

                @Override
                public void onComplete() {
                    open.remove(answer);
                    answer.completed();
                }
            };
        };
    }

    private <Q, R> void handle(
            ApiMethods.Method<Q, R> method, ServerCall<byte[], R> call, Metadata headers, Q request, Answer<R> answer) {
        try {
            if (fabric.faults.at(system.hardware().name(), method.name(), Faults.Moment.BEFORE_EFFECT)) {
                answer.breakConnection();
                return;
            }
            Optional<Break> broken = fabric.io.interruptions().of(system.hardware().name(), method.name());
            if (broken.filter(Break.CLOSED_BEFORE_EFFECT::equals).isPresent()) {
                answer.breakConnection();
                return;
            }
            if (broken.filter(Break.SILENT::equals).isPresent()) {
                answer.park();
                return;
            }
            broken.ifPresent(how -> answer.lose(how == Break.STALLED));
            Set<String> roles = roles(call);
            synchronized (fabric) {
                if (system.isDown()) {
                    answer.breakConnection();
                    return;
                }
                if (!apid) {
                    ApiMethods.inMaintenance(method, system, request, answer);
                    return;
                }
                Forwarding.dispatch(fabric, system, method, roles, headers, request, answer);
            }
        } catch (RuntimeException e) {
            answer.fail(e);
        }
    }

    /** The parts of a request stream in one message. */
    @SuppressWarnings("unchecked")
    private static <Q> Q joined(Q first, Q second) {
        return first instanceof Data a && second instanceof Data b
                ? (Q) Data.newBuilder().setBytes(a.getBytes().concat(b.getBytes())).build()
                : second;
    }

    private static Set<String> roles(ServerCall<?, ?> call) {
        SSLSession session = call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION);
        if (session == null) {
            return Set.of();
        }
        try {
            Certificate[] chain = session.getPeerCertificates();
            return new LinkedHashSet<>(
                    chain.length == 0 ? List.of() : NodePki.organizations((X509Certificate) chain[0]));
        } catch (SSLPeerUnverifiedException none) {
            return Set.of();
        }
    }

    private enum Bytes implements MethodDescriptor.Marshaller<byte[]> {
        INSTANCE;

        @Override
        public InputStream stream(byte[] value) {
            return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
            try {
                return stream.readAllBytes();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
