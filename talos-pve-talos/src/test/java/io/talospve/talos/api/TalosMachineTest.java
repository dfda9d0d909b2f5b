package io.talospve.talos.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.Empty;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.talospve.error.ErrorCode;
import io.talospve.error.RemoteException;
import io.talospve.spec.Secret;
import io.talospve.spi.TalosAccess;
import io.talospve.talos.api.TestPki.Validity;
import io.talospve.talos.proto.common.Data;
import io.talospve.talos.proto.common.Metadata;
import io.talospve.talos.proto.cosi.Event;
import io.talospve.talos.proto.cosi.EventType;
import io.talospve.talos.proto.cosi.Resource;
import io.talospve.talos.proto.cosi.Spec;
import io.talospve.talos.proto.cosi.StateGrpc;
import io.talospve.talos.proto.cosi.WatchRequest;
import io.talospve.talos.proto.cosi.WatchResponse;
import io.talospve.talos.proto.machine.ApplyConfiguration;
import io.talospve.talos.proto.machine.ApplyConfigurationRequest;
import io.talospve.talos.proto.machine.ApplyConfigurationResponse;
import io.talospve.talos.proto.machine.Bootstrap;
import io.talospve.talos.proto.machine.BootstrapRequest;
import io.talospve.talos.proto.machine.BootstrapResponse;
import io.talospve.talos.proto.machine.EtcdRecover;
import io.talospve.talos.proto.machine.EtcdRecoverResponse;
import io.talospve.talos.proto.machine.EtcdSnapshotRequest;
import io.talospve.talos.proto.machine.EventsRequest;
import io.talospve.talos.proto.machine.Hostname;
import io.talospve.talos.proto.machine.HostnameResponse;
import io.talospve.talos.proto.machine.LogsRequest;
import io.talospve.talos.proto.machine.MachineServiceGrpc;
import io.talospve.talos.proto.machine.MachineStatusEvent;
import io.talospve.talos.proto.machine.ResetRequest;
import io.talospve.talos.proto.machine.ResetResponse;
import io.talospve.talos.proto.machine.SequenceEvent;
import io.talospve.talos.proto.machine.Version;
import io.talospve.talos.proto.machine.VersionInfo;
import io.talospve.talos.proto.machine.VersionResponse;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.jspecify.annotations.Nullable;

@Timeout(90)
class TalosMachineTest {
    private static final TestPki CA = new TestPki("O=talos");
    private static final TalosAccess ACCESS = CA.access("O=os:admin");
    private static final Context.Key<io.grpc.Metadata> HEADERS = Context.key("headers");
    private static final Duration LONG = Duration.ofSeconds(60);

    private final Machine service = new Machine();
    private final Resources resources = new Resources();
    private final GrpcTalosApi api = GrpcTalosApi.create();
    private @Nullable TestMachine server;
    private @Nullable TalosMachine machine;

    @BeforeEach
    void start() {
        server = serve(0);
        machine = api.machine(server.address(), ACCESS);
    }

    @AfterEach
    void stop() {
        api.close();
        server.close();
    }

    private TestMachine serve(int port) {
        return TestMachine.running(
                port,
                CA.server("CN=cp-1", Validity.aDay(), TestPki.ip("127.0.0.1")),
                CA,
                () -> ServerInterceptors.intercept(service, new Headers()),
                () -> ServerInterceptors.intercept(resources, new Headers()));
    }

    @Test
    void eachOfManyMachinesAnswersForItself() {
        api.machine(server.address(), ACCESS).hostname();
        Map<String, NodeAnswer<String>> answers = api.ask(
                server.address(), ACCESS, List.of("10.0.0.11", "10.0.0.66", "10.0.0.12"), Question.hostname());

        assertThat(answers).containsOnlyKeys("10.0.0.11", "10.0.0.66", "10.0.0.12");
        assertThat(answers.get("10.0.0.11").value()).isEqualTo("name-of-10.0.0.11");
        assertThat(answers.get("10.0.0.66").error().orElseThrow())
                .satisfies(e -> {
                    assertThat(e.code()).isEqualTo(ErrorCode.DENIED);
                    assertThat(e.getMessage()).contains("10.0.0.66", "not authorized");
                });
        assertThatThrownBy(() -> answers.get("10.0.0.66").value()).isInstanceOf(RemoteException.class);
        assertThat(service.seen("nodes")).containsExactly("10.0.0.11", "10.0.0.66", "10.0.0.12");
    }

    @Test
    void oneThatHangsDoesNotTakeTheOthersAlong() {
        try (GrpcTalosApi quick =
                GrpcTalosApi.builder().callTimeout(Duration.ofSeconds(2)).build()) {
            quick.machine(server.address(), ACCESS).hostname();
            Map<String, NodeAnswer<String>> answers =
                    quick.ask(server.address(), ACCESS, List.of("10.0.0.11", "10.0.0.99"), Question.hostname());

            assertThat(answers.get("10.0.0.11").value()).isEqualTo("name-of-10.0.0.11");
            assertThat(answers.get("10.0.0.99").error().orElseThrow().code()).isEqualTo(ErrorCode.TIMED_OUT);
        }
    }

    @Test
    @Timeout(60)
    void manyThatHangTakeNoLongerThanAFirstCall() {
        List<String> nodes = new ArrayList<>(List.of("10.0.0.11"));
        for (int i = 0; i < 60; i++) {
            nodes.add("10.0.9." + i);
        }
        try (GrpcTalosApi quick = GrpcTalosApi.builder()
                .callTimeout(Duration.ofSeconds(2))
                .firstCallTimeout(Duration.ofSeconds(5))
                .build()) {
            quick.machine(server.address(), ACCESS).hostname();
            Map<String, NodeAnswer<String>> answers = quick.ask(server.address(), ACCESS, nodes, Question.hostname());
            assertThat(answers).hasSize(61);
            assertThat(answers.get("10.0.0.11").value()).isEqualTo("name-of-10.0.0.11");
            assertThat(answers.values())
                    .filteredOn(answer -> answer.node().startsWith("10.0.9."))
                    .allMatch(answer -> answer.error().orElseThrow().code() == ErrorCode.TIMED_OUT);
        }
    }

    @Test
    void forwardsToOneMachine() {
        assertThat(machine.forwardingTo("10.0.0.12").hostname()).isEqualTo("name-of-10.0.0.12");
        assertThat(service.seen("node")).containsExactly("10.0.0.12");
        assertThatThrownBy(() -> machine.forwardingTo("10.0.0.66").hostname())
                .asInstanceOf(type(RemoteException.class))
                .satisfies(e -> assertThat(e.getMessage()).contains("of 10.0.0.66"));
    }

    @Test
    void aFollowedLogComesLineByLineAndEndsWhenItIsClosed() throws InterruptedException {
        try (MachineStream<String> lines = machine.followLogs("kubelet", 10, LONG)) {
            assertThat(lines.next()).isEqualTo("first line of ümläuts");
            assertThat(lines.next()).isEqualTo("second");
        }
        assertThat(service.cancelled.await(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void aFollowedLogCanBeClosedByAnotherThread() throws InterruptedException {
        MachineStream<String> lines = machine.followLogs("kubelet", 10, LONG);
        lines.next();
        lines.next();
        Thread closer = new Thread(lines::close);
        closer.start();
        assertThat(lines.hasNext()).isFalse();
        closer.join();
    }

    @Test
    void aFollowedLogEndsWithItsTime() {
        machine.hostname();
        try (MachineStream<String> lines = machine.followLogs("kubelet", 10, Duration.ofSeconds(3))) {
            assertThat(lines).toIterable().containsExactly("first line of ümläuts", "second");
        }
    }

    @Test
    void aLogThatBreaksOffIsAnErrorAfterItsLines() {
        MachineStream<String> lines = machine.logs("broken", -1);
        assertThat(lines.next()).isEqualTo("first line of ümläuts");
        assertThat(lines.next()).isEqualTo("second");
        assertThatThrownBy(lines::hasNext)
                .asInstanceOf(type(RemoteException.class))
                .satisfies(e -> assertThat(e.serverText()).contains("context canceled"));
        assertThat(lines.hasNext()).isFalse();
    }

    @Test
    void eventsAreTyped() {
        try (MachineStream<MachineEvent> events = machine.events(EventFilter.all(), LONG)) {
            assertThat(events.next())
                    .isEqualTo(new MachineEvent.Sequence("e1", "a1", "boot", "START", ""));
            assertThat(events.next())
                    .isEqualTo(new MachineEvent.Status(
                            "e2", "", "shutting down", false, List.of("services: etcd not running")));
            assertThat(events.next()).isEqualTo(new MachineEvent.Other("e3", "", "machine.Unheard"));
            assertThat(events.hasNext()).isFalse();
        }
    }

    @Test
    void watchesAnAbsentResourceWithOptionsSet() {
        try (MachineStream<ResourceChange> changes =
                machine.watch("runtime", "MachineStatuses.runtime.talos.dev", "machine", LONG)) {
            assertThat(changes.next().kind()).isEqualTo(ResourceChange.Kind.DESTROYED);
            ResourceChange created = changes.next();
            assertThat(created.kind()).isEqualTo(ResourceChange.Kind.CREATED);
            assertThat(created.resource().spec()).isEqualTo("stage: booting\n");
            assertThat(created.resource().toString()).doesNotContain("booting");
        }
        assertThat(resources.watched).singleElement().satisfies(request -> {
            assertThat(request.hasOptions()).isTrue();
            assertThat(request.getOptions().getBootstrapContents()).isFalse();
            assertThat(request.getId()).isEqualTo("machine");
        });
    }

    @Test
    void watchesAllOfAType() {
        try (MachineStream<ResourceChange> changes = machine.watchAll("runtime", "Services.v1alpha1.talos.dev", LONG)) {
            assertThat(changes.next().kind()).isEqualTo(ResourceChange.Kind.DESTROYED);
        }
        assertThat(resources.watched).singleElement().satisfies(request -> {
            assertThat(request.getOptions().getBootstrapContents()).isTrue();
            assertThat(request.hasId()).isFalse();
        });
    }

    @Test
    void appliesInEveryModeAndShowsDifferencesOnlyOnDemand() {
        for (ApplyMode mode : ApplyMode.values()) {
            ApplyAnswer answer = machine.apply(Secret.of("machine: {}"), ApplyOptions.in(mode).asDryRun());
            assertThat(answer.mode()).isEqualTo(mode);
            assertThat(answer.details().reveal()).isEqualTo("diff: s3cr3t");
            assertThat(answer.toString()).doesNotContain("s3cr3t");
        }
        assertThat(service.applied).allMatch(ApplyConfigurationRequest::getDryRun);
        machine.apply(Secret.of("x"), new ApplyOptions(ApplyMode.TRY, false, Duration.ofSeconds(90)));
        assertThat(service.applied.get(service.applied.size() - 1).getTryModeTimeout().getSeconds()).isEqualTo(90);
    }

    @Test
    void aSnapshotGoesOutAndComesBack() {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        assertThat(machine.etcd().snapshot(file, LONG)).isEqualTo(service.snapshot.length);
        assertThat(file.toByteArray()).isEqualTo(service.snapshot);

        machine.etcd().recover(new ByteArrayInputStream(file.toByteArray()), true, LONG);
        assertThat(service.uploaded.toByteArray()).isEqualTo(service.snapshot);
        assertThat(service.bootstraps).singleElement().satisfies(request -> {
            assertThat(request.getRecoverEtcd()).isTrue();
            assertThat(request.getRecoverSkipHashCheck()).isTrue();
        });
    }

    @Test
    void neverRecoversFromNothing() {
        assertThatThrownBy(() -> machine.etcd().recover(new ByteArrayInputStream(new byte[0]), false, LONG))
                .isInstanceOf(IllegalArgumentException.class);
        service.refuseUpload = true;
        assertThatThrownBy(() -> machine.etcd().recover(new ByteArrayInputStream(service.snapshot), false, LONG))
                .asInstanceOf(type(RemoteException.class))
                .satisfies(e -> assertThat(e.serverText()).contains("no space left on device"));
        assertThat(service.bootstraps).isEmpty();
    }

    @Test
    void aResetSaysExactlyWhatToWipe() {
        machine.reset(new ResetOptions(
                true, true, ResetOptions.Wipe.SYSTEM_DISK, List.of("STATE", "EPHEMERAL"), List.of()));
        assertThat(service.resets).singleElement().satisfies(request -> {
            assertThat(request.getGraceful()).isTrue();
            assertThat(request.getReboot()).isTrue();
            assertThat(request.getMode()).isEqualTo(ResetRequest.WipeMode.SYSTEM_DISK);
            assertThat(request.getSystemPartitionsToWipeList())
                    .allMatch(partition -> partition.getWipe())
                    .extracting(partition -> partition.getLabel())
                    .containsExactly("STATE", "EPHEMERAL");
        });
    }

    @Test
    void goesOnAfterTheMachineHasRestartedWithANewCertificate() {
        assertThat(machine.hostname()).isEqualTo("cp-1");
        int port = server.port();
        server.close();
        assertThatThrownBy(machine::hostname)
                .asInstanceOf(type(RemoteException.class))
                .satisfies(e -> assertThat(e.retryable()).isTrue());
        server = serve(port);
        assertThat(machine.hostname()).isEqualTo("cp-1");
    }

    @Test
    void anAnswerWithoutAnyMessageIsNoAnswer() {
        service.empty = true;
        assertThatThrownBy(machine::hostname)
                .asInstanceOf(type(RemoteException.class))
                .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.UNEXPECTED_ANSWER));
    }

    /** Keeps the headers of a call for the service. */
    private static final class Headers implements ServerInterceptor {
        @Override
        public <Q, R> ServerCall.Listener<Q> interceptCall(
                ServerCall<Q, R> call, io.grpc.Metadata headers, ServerCallHandler<Q, R> next) {
            return Contexts.interceptCall(Context.current().withValue(HEADERS, headers), call, headers, next);
        }
    }

    /** Answers for itself and for made-up machines: .66 refuses, .99 hangs everybody. */
    private static final class Machine extends MachineServiceGrpc.MachineServiceImplBase {
        final List<io.grpc.Metadata> headers = Collections.synchronizedList(new ArrayList<>());
        final List<ApplyConfigurationRequest> applied = Collections.synchronizedList(new ArrayList<>());
        final List<BootstrapRequest> bootstraps = Collections.synchronizedList(new ArrayList<>());
        final List<ResetRequest> resets = Collections.synchronizedList(new ArrayList<>());
        final CountDownLatch cancelled = new CountDownLatch(1);
        final byte[] snapshot = new byte[3 << 20];
        final ByteArrayOutputStream uploaded = new ByteArrayOutputStream();
        volatile boolean refuseUpload;
        volatile boolean empty;

        Machine() {
            new Random(7).nextBytes(snapshot);
        }

        List<String> seen(String key) {
            List<String> values = new ArrayList<>();
            headers.get(headers.size() - 1)
                    .getAll(io.grpc.Metadata.Key.of(key, io.grpc.Metadata.ASCII_STRING_MARSHALLER))
                    .forEach(values::add);
            return values;
        }

        private static List<String> targets(String key) {
            List<String> values = new ArrayList<>();
            Iterable<String> found =
                    HEADERS.get().getAll(io.grpc.Metadata.Key.of(key, io.grpc.Metadata.ASCII_STRING_MARSHALLER));
            if (found != null) {
                found.forEach(values::add);
            }
            return values;
        }

        @Override
        public void hostname(Empty request, StreamObserver<HostnameResponse> observer) {
            headers.add(HEADERS.get());
            List<String> nodes = targets("nodes");
            List<String> node = targets("node");
            HostnameResponse.Builder answer = HostnameResponse.newBuilder();
            if (Stream.concat(nodes.stream(), node.stream()).anyMatch(Machine::hangs)) {
                return;
            }
            if (node.contains("10.0.0.66")) {
                observer.onError(Status.PERMISSION_DENIED.withDescription("not authorized").asRuntimeException());
                return;
            }
            List<String> order = new ArrayList<>(nodes);
            Collections.reverse(order);
            for (String target : order) {
                Metadata.Builder metadata = Metadata.newBuilder().setHostname(target);
                if (target.equals("10.0.0.66")) {
                    metadata.setError("rpc error: code = PermissionDenied desc = not authorized")
                            .setStatus(com.google.rpc.Status.newBuilder()
                                    .setCode(Status.Code.PERMISSION_DENIED.value())
                                    .setMessage("not authorized"));
                }
                answer.addMessages(Hostname.newBuilder().setMetadata(metadata).setHostname("name-of-" + target));
            }
            if (nodes.isEmpty() && !empty) {
                answer.addMessages(
                        Hostname.newBuilder().setHostname(node.isEmpty() ? "cp-1" : "name-of-" + node.get(0)));
            }
            observer.onNext(answer.build());
            observer.onCompleted();
        }

        private static boolean hangs(String target) {
            return target.equals("10.0.0.99") || target.startsWith("10.0.9.");
        }

        @Override
        public void version(Empty request, StreamObserver<VersionResponse> observer) {
            observer.onNext(VersionResponse.newBuilder()
                    .addMessages(Version.newBuilder().setVersion(VersionInfo.newBuilder().setTag("v1.12.4")))
                    .build());
            observer.onCompleted();
        }

        @Override
        public void logs(LogsRequest request, StreamObserver<Data> observer) {
            byte[] text = "first line of ümläuts\nsecond\n".getBytes(StandardCharsets.UTF_8);
            int inAnUmlaut = 15;
            observer.onNext(data(text, 0, inAnUmlaut));
            observer.onNext(data(text, inAnUmlaut, text.length - inAnUmlaut));
            if (request.getFollow()) {
                ((ServerCallStreamObserver<Data>) observer).setOnCancelHandler(cancelled::countDown);
            } else {
                observer.onError(Status.UNKNOWN.withDescription("context canceled").asRuntimeException());
            }
        }

        private static Data data(byte[] bytes, int offset, int length) {
            return Data.newBuilder().setBytes(ByteString.copyFrom(bytes, offset, length)).build();
        }

        @Override
        public void events(EventsRequest request, StreamObserver<io.talospve.talos.proto.machine.Event> observer) {
            assertThat(request.getTailEvents()).isEqualTo(-1);
            observer.onNext(io.talospve.talos.proto.machine.Event.newBuilder()
                    .setId("e0")
                    .setData(Any.getDefaultInstance())
                    .build());
            observer.onNext(event(
                    "e1", "a1", "SequenceEvent",
                    SequenceEvent.newBuilder().setSequence("boot").setAction(SequenceEvent.Action.START).build().toByteString()));
            observer.onNext(event(
                    "e2", "", "MachineStatusEvent",
                    MachineStatusEvent.newBuilder()
                            .setStage(MachineStatusEvent.MachineStage.SHUTTING_DOWN)
                            .setStatus(MachineStatusEvent.MachineStatus.newBuilder()
                                    .addUnmetConditions(MachineStatusEvent.MachineStatus.UnmetCondition.newBuilder()
                                            .setName("services")
                                            .setReason("etcd not running")))
                            .build()
                            .toByteString()));
            observer.onNext(event("e3", "", "Unheard", ByteString.EMPTY));
            observer.onCompleted();
        }

        private static io.talospve.talos.proto.machine.Event event(
                String id, String actor, String type, ByteString value) {
            return io.talospve.talos.proto.machine.Event.newBuilder()
                    .setId(id)
                    .setActorId(actor)
                    .setData(Any.newBuilder()
                            .setTypeUrl("talos/runtime/machine." + type)
                            .setValue(value))
                    .build();
        }

        @Override
        public void applyConfiguration(
                ApplyConfigurationRequest request, StreamObserver<ApplyConfigurationResponse> observer) {
            applied.add(request);
            observer.onNext(ApplyConfigurationResponse.newBuilder()
                    .addMessages(ApplyConfiguration.newBuilder()
                            .setMode(request.getMode())
                            .setModeDetails("diff: s3cr3t"))
                    .build());
            observer.onCompleted();
        }

        @Override
        public void bootstrap(BootstrapRequest request, StreamObserver<BootstrapResponse> observer) {
            bootstraps.add(request);
            observer.onNext(BootstrapResponse.newBuilder()
                    .addMessages(Bootstrap.getDefaultInstance())
                    .build());
            observer.onCompleted();
        }

        @Override
        public void etcdSnapshot(EtcdSnapshotRequest request, StreamObserver<Data> observer) {
            for (int at = 0; at < snapshot.length; at += 64 << 10) {
                observer.onNext(data(snapshot, at, Math.min(64 << 10, snapshot.length - at)));
            }
            observer.onCompleted();
        }

        @Override
        public StreamObserver<Data> etcdRecover(StreamObserver<EtcdRecoverResponse> observer) {
            if (refuseUpload) {
                observer.onError(Status.UNKNOWN.withDescription("no space left on device").asRuntimeException());
            }
            return new StreamObserver<>() {
                @Override
                public void onNext(Data value) {
                    uploaded.writeBytes(value.getBytes().toByteArray());
                }

                @Override
                public void onError(Throwable error) {
                    uploaded.reset();
                }

                @Override
                public void onCompleted() {
                    observer.onNext(EtcdRecoverResponse.newBuilder()
                            .addMessages(EtcdRecover.getDefaultInstance())
                            .build());
                    observer.onCompleted();
                }
            };
        }

        @Override
        public void reset(ResetRequest request, StreamObserver<ResetResponse> observer) {
            resets.add(request);
            observer.onNext(ResetResponse.newBuilder()
                    .addMessages(io.talospve.talos.proto.machine.Reset.newBuilder().setActorId("actor"))
                    .build());
            observer.onCompleted();
        }
    }

    /** Watches as Talos answers them: first a message without events, then absence. */
    private static final class Resources extends StateGrpc.StateImplBase {
        final List<WatchRequest> watched = Collections.synchronizedList(new ArrayList<>());

        @Override
        public void watch(WatchRequest request, StreamObserver<WatchResponse> observer) {
            watched.add(request);
            if (!request.hasOptions()) {
                observer.onError(Status.INTERNAL
                        .withDescription("runtime error: invalid memory address or nil pointer dereference")
                        .asRuntimeException());
                return;
            }
            observer.onNext(WatchResponse.getDefaultInstance());
            observer.onNext(change(EventType.DESTROYED, "undefined", ""));
            observer.onNext(change(EventType.CREATED, "1", "stage: booting\n"));
        }

        private static WatchResponse change(EventType type, String version, String yaml) {
            return WatchResponse.newBuilder()
                    .addEvent(Event.newBuilder()
                            .setEventType(type)
                            .setResource(Resource.newBuilder()
                                    .setMetadata(io.talospve.talos.proto.cosi.Metadata.newBuilder()
                                            .setNamespace("runtime")
                                            .setType("MachineStatuses.runtime.talos.dev")
                                            .setId("machine")
                                            .setVersion(version))
                                    .setSpec(Spec.newBuilder().setYamlSpec(yaml))))
                    .build();
        }
    }
}
