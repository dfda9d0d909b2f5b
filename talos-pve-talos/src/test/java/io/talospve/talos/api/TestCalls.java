package io.talospve.talos.api;

import com.google.protobuf.ByteString;
import com.google.protobuf.Empty;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.talospve.talos.proto.common.Data;
import io.talospve.talos.proto.machine.ApplyConfiguration;
import io.talospve.talos.proto.machine.ApplyConfigurationRequest;
import io.talospve.talos.proto.machine.ApplyConfigurationResponse;
import io.talospve.talos.proto.machine.Bootstrap;
import io.talospve.talos.proto.machine.BootstrapRequest;
import io.talospve.talos.proto.machine.BootstrapResponse;
import io.talospve.talos.proto.machine.EtcdMember;
import io.talospve.talos.proto.machine.EtcdMemberListRequest;
import io.talospve.talos.proto.machine.EtcdMemberListResponse;
import io.talospve.talos.proto.machine.EtcdMembers;
import io.talospve.talos.proto.machine.HostnameResponse;
import io.talospve.talos.proto.machine.LogsRequest;
import io.talospve.talos.proto.machine.MachineServiceGrpc;
import io.talospve.talos.proto.machine.ServiceHealth;
import io.talospve.talos.proto.machine.ServiceInfo;
import io.talospve.talos.proto.machine.ServiceList;
import io.talospve.talos.proto.machine.ServiceListResponse;
import io.talospve.talos.proto.machine.Version;
import io.talospve.talos.proto.machine.VersionInfo;
import io.talospve.talos.proto.machine.VersionResponse;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** The machine service of a test machine; each answer can be set. */
final class TestCalls extends MachineServiceGrpc.MachineServiceImplBase {
    final List<ApplyConfigurationRequest> applied = Collections.synchronizedList(new ArrayList<>());
    final List<LogsRequest> logRequests = Collections.synchronizedList(new ArrayList<>());
    private final List<StreamObserver<EtcdMemberListResponse>> waiting =
            Collections.synchronizedList(new ArrayList<>());
    final CountDownLatch hanging = new CountDownLatch(1);
    volatile @Nullable Status versionError;
    volatile @Nullable Status applyError;
    volatile @Nullable Status bootstrapError;
    volatile boolean etcdHangs;
    volatile boolean queriedLocally;
    volatile List<byte[]> kubeconfig = List.of();

    @Override
    public void version(Empty request, StreamObserver<VersionResponse> observer) {
        answer(
                observer,
                versionError,
                VersionResponse.newBuilder()
                        .addMessages(Version.newBuilder().setVersion(VersionInfo.newBuilder().setTag("v1.12.4")))
                        .build());
    }

    @Override
    public void serviceList(Empty request, StreamObserver<ServiceListResponse> observer) {
        answer(
                observer,
                null,
                ServiceListResponse.newBuilder()
                        .addMessages(ServiceList.newBuilder()
                                .addServices(ServiceInfo.newBuilder().setId("apid").setState("Running"))
                                .addServices(ServiceInfo.newBuilder()
                                        .setId("etcd")
                                        .setState("Preparing")
                                        .setHealth(ServiceHealth.newBuilder().setUnknown(true))))
                        .build());
    }

    @Override
    public void applyConfiguration(
            ApplyConfigurationRequest request, StreamObserver<ApplyConfigurationResponse> observer) {
        applied.add(request);
        answer(
                observer,
                applyError,
                ApplyConfigurationResponse.newBuilder()
                        .addMessages(ApplyConfiguration.getDefaultInstance())
                        .build());
    }

    @Override
    public void bootstrap(BootstrapRequest request, StreamObserver<BootstrapResponse> observer) {
        answer(
                observer,
                bootstrapError,
                BootstrapResponse.newBuilder().addMessages(Bootstrap.getDefaultInstance()).build());
    }

    @Override
    public void etcdMemberList(EtcdMemberListRequest request, StreamObserver<EtcdMemberListResponse> observer) {
        queriedLocally = request.getQueryLocal();
        if (etcdHangs) {
            hanging.countDown();
            waiting.add(observer);
            return;
        }
        answerMembers(observer);
    }

    /** Answers whoever waits for etcd. */
    void releaseEtcd() {
        waiting.forEach(TestCalls::answerMembers);
    }

    @Override
    public void hostname(Empty request, StreamObserver<HostnameResponse> observer) {
        // Never answers.
    }

    private static void answerMembers(StreamObserver<EtcdMemberListResponse> observer) {
        answer(
                observer,
                null,
                EtcdMemberListResponse.newBuilder()
                        .addMessages(EtcdMembers.newBuilder()
                                .addMembers(EtcdMember.newBuilder()
                                        .setId(Long.parseUnsignedLong("15286353483418611391"))
                                        .setHostname("cp-1"))
                                .addMembers(EtcdMember.newBuilder()
                                        .setId(7)
                                        .setHostname("cp-2")
                                        .setIsLearner(true)))
                        .build());
    }

    @Override
    public void kubeconfig(Empty request, StreamObserver<Data> observer) {
        kubeconfig.forEach(part ->
                observer.onNext(Data.newBuilder().setBytes(ByteString.copyFrom(part)).build()));
        observer.onCompleted();
    }

    @Override
    public void logs(LogsRequest request, StreamObserver<Data> observer) {
        logRequests.add(request);
        if (request.getId().equals("etcd")) {
            observer.onError(Status.UNKNOWN.withDescription("log \"etcd\" was not registered").asRuntimeException());
            return;
        }
        observer.onNext(Data.newBuilder().setBytes(ByteString.copyFromUtf8("one\n")).build());
        observer.onNext(Data.newBuilder().setBytes(ByteString.copyFromUtf8("two\n")).build());
        observer.onCompleted();
    }

    private static <T> void answer(StreamObserver<T> observer, @Nullable Status error, T answer) {
        if (error != null) {
            observer.onError(error.asRuntimeException());
            return;
        }
        observer.onNext(answer);
        observer.onCompleted();
    }
}
