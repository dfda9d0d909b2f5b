package io.talospve.talos.api.internal;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.Empty;
import io.talospve.spec.Secret;
import io.talospve.spi.TalosAccess;
import io.talospve.talos.api.ApplyAnswer;
import io.talospve.talos.api.ApplyMode;
import io.talospve.talos.api.ApplyOptions;
import io.talospve.talos.api.ClientConfiguration;
import io.talospve.talos.api.ContainerImage;
import io.talospve.talos.api.RebootMode;
import io.talospve.talos.api.ResetOptions;
import io.talospve.talos.api.UpgradeOptions;
import io.talospve.talos.proto.common.ContainerdNamespace;
import io.talospve.talos.proto.machine.ApplyConfiguration;
import io.talospve.talos.proto.machine.ApplyConfigurationRequest;
import io.talospve.talos.proto.machine.ApplyConfigurationResponse;
import io.talospve.talos.proto.machine.Bootstrap;
import io.talospve.talos.proto.machine.BootstrapRequest;
import io.talospve.talos.proto.machine.BootstrapResponse;
import io.talospve.talos.proto.machine.EtcdAlarmDisarm;
import io.talospve.talos.proto.machine.EtcdAlarmDisarmResponse;
import io.talospve.talos.proto.machine.EtcdDefragment;
import io.talospve.talos.proto.machine.EtcdDefragmentResponse;
import io.talospve.talos.proto.machine.EtcdForfeitLeadership;
import io.talospve.talos.proto.machine.EtcdForfeitLeadershipRequest;
import io.talospve.talos.proto.machine.EtcdForfeitLeadershipResponse;
import io.talospve.talos.proto.machine.EtcdLeaveCluster;
import io.talospve.talos.proto.machine.EtcdLeaveClusterRequest;
import io.talospve.talos.proto.machine.EtcdLeaveClusterResponse;
import io.talospve.talos.proto.machine.EtcdRemoveMemberByID;
import io.talospve.talos.proto.machine.EtcdRemoveMemberByIDRequest;
import io.talospve.talos.proto.machine.EtcdRemoveMemberByIDResponse;
import io.talospve.talos.proto.machine.GenerateClientConfiguration;
import io.talospve.talos.proto.machine.GenerateClientConfigurationRequest;
import io.talospve.talos.proto.machine.GenerateClientConfigurationResponse;
import io.talospve.talos.proto.machine.ImagePull;
import io.talospve.talos.proto.machine.ImagePullRequest;
import io.talospve.talos.proto.machine.ImagePullResponse;
import io.talospve.talos.proto.machine.MachineServiceGrpc.MachineServiceBlockingStub;
import io.talospve.talos.proto.machine.Reboot;
import io.talospve.talos.proto.machine.RebootRequest;
import io.talospve.talos.proto.machine.RebootResponse;
import io.talospve.talos.proto.machine.Reset;
import io.talospve.talos.proto.machine.ResetPartitionSpec;
import io.talospve.talos.proto.machine.ResetRequest;
import io.talospve.talos.proto.machine.ResetResponse;
import io.talospve.talos.proto.machine.Rollback;
import io.talospve.talos.proto.machine.RollbackRequest;
import io.talospve.talos.proto.machine.RollbackResponse;
import io.talospve.talos.proto.machine.ServiceRestart;
import io.talospve.talos.proto.machine.ServiceRestartRequest;
import io.talospve.talos.proto.machine.ServiceRestartResponse;
import io.talospve.talos.proto.machine.ServiceStart;
import io.talospve.talos.proto.machine.ServiceStartRequest;
import io.talospve.talos.proto.machine.ServiceStartResponse;
import io.talospve.talos.proto.machine.ServiceStop;
import io.talospve.talos.proto.machine.ServiceStopRequest;
import io.talospve.talos.proto.machine.ServiceStopResponse;
import io.talospve.talos.proto.machine.Shutdown;
import io.talospve.talos.proto.machine.ShutdownRequest;
import io.talospve.talos.proto.machine.ShutdownResponse;
import io.talospve.talos.proto.machine.Upgrade;
import io.talospve.talos.proto.machine.UpgradeRequest;
import io.talospve.talos.proto.machine.UpgradeResponse;
import java.util.Set;

/** The calls that change something. */
public final class Commands {
    private Commands() {}

    /** A new machine configuration. */
    public static Unary<ApplyAnswer> apply(Secret<String> configuration, ApplyOptions options) {
        ApplyConfigurationRequest.Builder request = ApplyConfigurationRequest.newBuilder()
                .setData(ByteString.copyFromUtf8(configuration.reveal()))
                .setMode(ApplyConfigurationRequest.Mode.valueOf(options.mode().name()))
                .setDryRun(options.dryRun());
        if (options.tryTimeout() != null) {
            request.setTryModeTimeout(duration(options.tryTimeout()));
        }
        return Unary.machine(
                options.dryRun() ? "try out a machine configuration" : "apply a machine configuration",
                request.build(),
                null,
                MachineServiceBlockingStub::applyConfiguration,
                ApplyConfigurationResponse::getMessagesList,
                ApplyConfiguration::getMetadata,
                message -> new ApplyAnswer(
                        mode(message.getMode()),
                        message.getWarningsList().stream().map(ServerWords::without).toList(),
                        Secret.of(message.getModeDetails())));
    }

    /** Talos acts as with REBOOT on modes that it does not know; so do we with its. */
    private static ApplyMode mode(ApplyConfigurationRequest.Mode mode) {
        return mode == ApplyConfigurationRequest.Mode.UNRECOGNIZED ? ApplyMode.REBOOT : ApplyMode.valueOf(mode.name());
    }

    /** Bootstraps etcd from the snapshot that was uploaded before. */
    static Unary<Boolean> bootstrapFromSnapshot(boolean skipHashCheck) {
        return Unary.machine(
                "bootstrap etcd from a snapshot",
                BootstrapRequest.newBuilder()
                        .setRecoverEtcd(true)
                        .setRecoverSkipHashCheck(skipHashCheck)
                        .build(),
                null,
                MachineServiceBlockingStub::bootstrap,
                BootstrapResponse::getMessagesList,
                Bootstrap::getMetadata,
                message -> true);
    }

    /** Starts a service. */
    public static Unary<String> start(String service) {
        return Unary.machine(
                "start the service " + service,
                ServiceStartRequest.newBuilder().setId(service).build(),
                null,
                MachineServiceBlockingStub::serviceStart,
                ServiceStartResponse::getMessagesList,
                ServiceStart::getMetadata,
                ServiceStart::getResp);
    }

    /** Stops a service. */
    public static Unary<String> stop(String service) {
        return Unary.machine(
                "stop the service " + service,
                ServiceStopRequest.newBuilder().setId(service).build(),
                null,
                MachineServiceBlockingStub::serviceStop,
                ServiceStopResponse::getMessagesList,
                ServiceStop::getMetadata,
                ServiceStop::getResp);
    }

    /** Restarts a service. */
    public static Unary<String> restart(String service) {
        return Unary.machine(
                "restart the service " + service,
                ServiceRestartRequest.newBuilder().setId(service).build(),
                null,
                MachineServiceBlockingStub::serviceRestart,
                ServiceRestartResponse::getMessagesList,
                ServiceRestart::getMetadata,
                ServiceRestart::getResp);
    }

    /** Installs another version. */
    public static Unary<String> upgrade(UpgradeOptions options) {
        return Unary.machine(
                "upgrade to " + options.image(),
                UpgradeRequest.newBuilder()
                        .setImage(options.image())
                        .setPreserve(true)
                        .setStage(options.stage())
                        .setForce(options.force())
                        .setRebootMode(
                                options.powerCycle()
                                        ? UpgradeRequest.RebootMode.POWERCYCLE
                                        : UpgradeRequest.RebootMode.DEFAULT)
                        .build(),
                options.atMost(),
                MachineServiceBlockingStub::upgrade,
                UpgradeResponse::getMessagesList,
                Upgrade::getMetadata,
                Upgrade::getActorId);
    }

    /** Boots the version before. */
    public static Unary<Boolean> rollback() {
        return Unary.machine(
                "roll back",
                RollbackRequest.getDefaultInstance(),
                null,
                MachineServiceBlockingStub::rollback,
                RollbackResponse::getMessagesList,
                Rollback::getMetadata,
                message -> true);
    }

    /** Reboots. */
    public static Unary<String> reboot(RebootMode mode) {
        return Unary.machine(
                "reboot",
                RebootRequest.newBuilder()
                        .setMode(
                                switch (mode) {
                                    case DEFAULT -> RebootRequest.Mode.DEFAULT;
                                    case POWER_CYCLE -> RebootRequest.Mode.POWERCYCLE;
                                    case FORCE -> RebootRequest.Mode.FORCE;
                                })
                        .build(),
                null,
                MachineServiceBlockingStub::reboot,
                RebootResponse::getMessagesList,
                Reboot::getMetadata,
                Reboot::getActorId);
    }

    /** Powers off. */
    public static Unary<String> shutdown(boolean force) {
        return Unary.machine(
                "shut down",
                ShutdownRequest.newBuilder().setForce(force).build(),
                null,
                MachineServiceBlockingStub::shutdown,
                ShutdownResponse::getMessagesList,
                Shutdown::getMetadata,
                Shutdown::getActorId);
    }

    /** Wipes. */
    public static Unary<String> reset(ResetOptions options) {
        ResetRequest.Builder request = ResetRequest.newBuilder()
                .setGraceful(options.graceful())
                .setReboot(options.reboot())
                .setMode(ResetRequest.WipeMode.valueOf(options.wipe().name()))
                .addAllUserDisksToWipe(options.userDisks());
        options.partitions().forEach(label -> request.addSystemPartitionsToWipe(
                ResetPartitionSpec.newBuilder().setLabel(label).setWipe(true)));
        return Unary.machine(
                "reset",
                request.build(),
                null,
                MachineServiceBlockingStub::reset,
                ResetResponse::getMessagesList,
                Reset::getMetadata,
                Reset::getActorId);
    }

    /** Pulls an image. */
    public static Unary<Boolean> pull(ContainerImage.Store store, String reference, java.time.Duration atMost) {
        return Unary.machine(
                "pull the image " + reference,
                ImagePullRequest.newBuilder()
                        .setNamespace(namespace(store))
                        .setReference(reference)
                        .build(),
                atMost,
                MachineServiceBlockingStub::imagePull,
                ImagePullResponse::getMessagesList,
                ImagePull::getMetadata,
                message -> true);
    }

    static ContainerdNamespace namespace(ContainerImage.Store store) {
        return switch (store) {
            case SYSTEM -> ContainerdNamespace.NS_SYSTEM;
            case KUBERNETES -> ContainerdNamespace.NS_CRI;
        };
    }

    /** Removes a member that cannot leave by itself. */
    public static Unary<Boolean> removeMember(long id) {
        return Unary.etcd(
                "remove the etcd member " + Long.toHexString(id),
                EtcdRemoveMemberByIDRequest.newBuilder().setMemberId(id).build(),
                MachineServiceBlockingStub::etcdRemoveMemberByID,
                EtcdRemoveMemberByIDResponse::getMessagesList,
                EtcdRemoveMemberByID::getMetadata,
                message -> true);
    }

    /** Lets the machine leave etcd. */
    public static Unary<Boolean> leaveEtcd() {
        return Unary.etcd(
                "leave etcd",
                EtcdLeaveClusterRequest.getDefaultInstance(),
                MachineServiceBlockingStub::etcdLeaveCluster,
                EtcdLeaveClusterResponse::getMessagesList,
                EtcdLeaveCluster::getMetadata,
                message -> true);
    }

    /** Hands the leadership on. */
    public static Unary<String> forfeitLeadership() {
        return Unary.etcd(
                "forfeit etcd's leadership",
                EtcdForfeitLeadershipRequest.getDefaultInstance(),
                MachineServiceBlockingStub::etcdForfeitLeadership,
                EtcdForfeitLeadershipResponse::getMessagesList,
                EtcdForfeitLeadership::getMetadata,
                EtcdForfeitLeadership::getMember);
    }

    /** Takes alarms back. */
    public static Unary<Boolean> disarm() {
        return Unary.etcd(
                "disarm etcd's alarms",
                Empty.getDefaultInstance(),
                MachineServiceBlockingStub::etcdAlarmDisarm,
                EtcdAlarmDisarmResponse::getMessagesList,
                EtcdAlarmDisarm::getMetadata,
                message -> true);
    }

    /** Gives space back to the disk. */
    public static Unary<Boolean> defragment(java.time.Duration atMost) {
        return Unary.machine(
                "defragment etcd",
                Empty.getDefaultInstance(),
                atMost,
                MachineServiceBlockingStub::etcdDefragment,
                EtcdDefragmentResponse::getMessagesList,
                EtcdDefragment::getMetadata,
                message -> true);
    }

    /** Issues a client certificate. */
    public static Unary<ClientConfiguration> clientConfiguration(Set<String> roles, java.time.Duration validity) {
        return Unary.machine(
                "issue a client configuration",
                GenerateClientConfigurationRequest.newBuilder()
                        .addAllRoles(roles.stream().sorted().toList())
                        .setCrtTtl(duration(validity))
                        .build(),
                null,
                MachineServiceBlockingStub::generateClientConfiguration,
                GenerateClientConfigurationResponse::getMessagesList,
                GenerateClientConfiguration::getMetadata,
                message -> new ClientConfiguration(
                        new TalosAccess(
                                message.getCa().toStringUtf8(),
                                message.getCrt().toStringUtf8(),
                                Secret.of(message.getKey().toStringUtf8())),
                        Secret.of(message.getTalosconfig().toStringUtf8())));
    }

    private static Duration duration(java.time.Duration duration) {
        return Duration.newBuilder()
                .setSeconds(duration.getSeconds())
                .setNanos(duration.getNano())
                .build();
    }
}
