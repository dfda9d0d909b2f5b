package io.talospve.talos.api.internal;

import com.google.protobuf.ByteString;
import com.google.protobuf.Empty;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.talospve.error.ErrorCode;
import io.talospve.error.RemoteException;
import io.talospve.spec.Secret;
import io.talospve.spi.MachineAddress;
import io.talospve.spi.TalosAccess;
import io.talospve.spi.TalosApi.BootstrapAnswer;
import io.talospve.spi.TalosApi.EtcdMember;
import io.talospve.talos.proto.common.ContainerDriver;
import io.talospve.talos.proto.common.Data;
import io.talospve.talos.proto.machine.ApplyConfigurationRequest;
import io.talospve.talos.proto.machine.BootstrapRequest;
import io.talospve.talos.proto.machine.EtcdMemberListRequest;
import io.talospve.talos.proto.machine.LogsRequest;
import io.talospve.talos.proto.machine.MachineServiceGrpc;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.List;
import java.util.function.Function;

/** The calls that bring a machine up. Each is made once; a connection under which it failed is thrown away. */
public final class MachineCalls {
    private static final int LARGEST_KUBECONFIG = 1 << 20;
    private static final int LARGEST_LOG = 4 << 20;

    private final Connections connections;

    /** Calls through these connections. */
    public MachineCalls(Connections connections) {
        this.connections = connections;
    }

    /** Sends a configuration to the machine in maintenance mode that has this key. */
    public void applyInMaintenance(MachineAddress address, String keyPin, Secret<String> machineConfig) {
        Connection connection = connections.maintenance(address, keyPin);
        String doing = "apply the machine configuration in maintenance mode";
        call(doing, connection, c -> Caller.of(c).stub(MachineServiceGrpc::newBlockingStub)
                .applyConfiguration(ApplyConfigurationRequest.newBuilder()
                        .setData(ByteString.copyFromUtf8(machineConfig.reveal()))
                        .setMode(ApplyConfigurationRequest.Mode.AUTO)
                        .build()));
    }

    /** Bootstraps etcd. */
    public BootstrapAnswer bootstrap(MachineAddress address, TalosAccess access) {
        Connection connection = connections.mutual(address, access);
        return call("bootstrap etcd", connection, c -> {
            try {
                Caller.of(c).stub(MachineServiceGrpc::newBlockingStub).bootstrap(BootstrapRequest.getDefaultInstance());
                return BootstrapAnswer.ACCEPTED;
            } catch (StatusRuntimeException e) {
                if (e.getStatus().getCode() == Status.Code.ALREADY_EXISTS) {
                    return BootstrapAnswer.ALREADY_DONE;
                }
                throw e;
            }
        });
    }

    /** The members as the machine's own etcd knows them. */
    public List<EtcdMember> etcdMembers(MachineAddress address, TalosAccess access) {
        Connection connection = connections.mutual(address, access);
        String doing = "list the etcd members";
        List<EtcdMember> members = callOfEtcd(doing, connection, c -> Caller.of(c)
                .stub(MachineServiceGrpc::newBlockingStub, connections.settings().etcdTimeout())
                .etcdMemberList(
                        EtcdMemberListRequest.newBuilder().setQueryLocal(true).build())
                .getMessagesList()
                .stream()
                .flatMap(message -> message.getMembersList().stream())
                .map(member -> new EtcdMember(member.getId(), member.getHostname(), member.getIsLearner()))
                .toList());
        if (members.isEmpty()) {
            throw new RemoteException(
                    ErrorCode.UNEXPECTED_ANSWER,
                    doing + " on " + address + ": the machine named none",
                    true,
                    "etcd may be starting there",
                    null,
                    null);
        }
        return members;
    }

    /** An admin kubeconfig. */
    public Secret<String> kubeconfig(MachineAddress address, TalosAccess access) {
        Connection connection = connections.mutual(address, access);
        String doing = "issue a kubeconfig";
        byte[] archive = call(doing, connection, c -> collect(
                Caller.of(c).stub(MachineServiceGrpc::newBlockingStub).kubeconfig(Empty.getDefaultInstance()), LARGEST_KUBECONFIG));
        try {
            return Secret.of(KubeconfigArchive.firstFile(archive));
        } catch (IOException e) {
            throw new RemoteException(
                    ErrorCode.UNEXPECTED_ANSWER,
                    doing + " on " + address + ": the answer cannot be read: " + e.getMessage(),
                    true,
                    null,
                    null,
                    null);
        }
    }

    /** The end of a log. */
    public String logTail(MachineAddress address, TalosAccess access, String service, int lines) {
        Connection connection = connections.mutual(address, access);
        byte[] text = call("read the log of " + service, connection, c -> collect(
                Caller.of(c).stub(MachineServiceGrpc::newBlockingStub)
                        .logs(LogsRequest.newBuilder()
                                .setNamespace("system")
                                .setDriver(ContainerDriver.CONTAINERD)
                                .setId(service)
                                .setTailLines(lines)
                                .build()),
                LARGEST_LOG));
        return new String(text, StandardCharsets.UTF_8);
    }

    private <T> T call(String doing, Connection connection, Function<Connection, T> call) {
        try {
            return call.apply(connection);
        } catch (StatusRuntimeException e) {
            Failure failure = Failure.of(e);
            connections.discardAfter(failure, connection);
            throw Errors.of(doing, connection.address(), failure);
        }
    }

    /** A call that hangs as long as there is no etcd: no answer says nothing against the connection. */
    private <T> T callOfEtcd(String doing, Connection connection, Function<Connection, T> call) {
        try {
            return call.apply(connection);
        } catch (StatusRuntimeException e) {
            Failure failure = Failure.of(e);
            if (failure.kind() == Failure.Kind.DEADLINE && connection.open()) {
                throw new RemoteException(
                        ErrorCode.TIMED_OUT,
                        doing + " on " + connection.address() + ": no answer in time",
                        true,
                        "etcd does not answer before it is bootstrapped, or while it has no quorum",
                        null,
                        null);
            }
            connections.discardAfter(failure, connection);
            throw Errors.of(doing, connection.address(), failure);
        }
    }

    /** All bytes of a stream, as far as the limit: nobody sends that much by mistake. */
    private static byte[] collect(Iterator<Data> stream, int limit) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        while (stream.hasNext()) {
            byte[] part = stream.next().getBytes().toByteArray();
            if (bytes.size() + part.length > limit) {
                throw Status.RESOURCE_EXHAUSTED
                        .withDescription("more than " + limit + " bytes were sent")
                        .asRuntimeException();
            }
            bytes.writeBytes(part);
        }
        return bytes.toByteArray();
    }
}
