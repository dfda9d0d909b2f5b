package io.talospve.testkit.internal.talos;

import static io.talospve.testkit.internal.talos.Forwarding.error;

import io.grpc.Status;
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
import io.talospve.talos.proto.machine.Shutdown;
import io.talospve.talos.proto.machine.ShutdownRequest;
import io.talospve.talos.proto.machine.ShutdownResponse;
import io.talospve.talos.proto.machine.Upgrade;
import io.talospve.talos.proto.machine.UpgradeRequest;
import io.talospve.talos.proto.machine.UpgradeResponse;
import io.talospve.testkit.internal.world.Hardware;
import java.util.UUID;

/** What makes a machine go down: reboot, shutdown, reset, upgrade, rollback. */
final class PowerApi {
    private PowerApi() {}

    static RebootResponse reboot(TalosSystem system, RebootRequest request) {
        String actor = actor(system);
        system.guest().reboot(system, "rebooting", actor);
        return RebootResponse.newBuilder()
                .addMessages(Reboot.newBuilder().setActorId(actor))
                .build();
    }

    static ShutdownResponse shutdown(TalosSystem system, ShutdownRequest request) {
        String actor = actor(system);
        system.guest().powerDown(system, "shutting down", actor);
        return ShutdownResponse.newBuilder()
                .addMessages(Shutdown.newBuilder().setActorId(actor))
                .build();
    }

    static ResetResponse reset(TalosSystem system, ResetRequest request) {
        check(system, request);
        String actor = actor(system);
        system.guest().reset(system, request, actor);
        return ResetResponse.newBuilder()
                .addMessages(Reset.newBuilder().setActorId(actor))
                .build();
    }

    /** Refuses what cannot be wiped before anything happens. */
    private static void check(TalosSystem system, ResetRequest request) {
        if (request.getUserDisksToWipeCount() > 0) {
            if (request.getMode() == ResetRequest.WipeMode.SYSTEM_DISK) {
                throw error(
                        Status.UNKNOWN,
                        "reset failed: invalid input, wipe mode SYSTEM_DISK doesn't support UserDisksToWipe parameter");
            }
            for (String device : request.getUserDisksToWipeList()) {
                Hardware.Disk disk = system.disk(device)
                        .orElseThrow(() -> error(
                                Status.UNKNOWN, "reset user disk failed: device " + device + " wasn't found"));
                if (disk.platter().content() instanceof Installed) {
                    throw error(Status.UNKNOWN, "reset user disk failed: device " + device + " is the system disk");
                }
            }
        }
        if (request.getSystemPartitionsToWipeCount() > 0) {
            if (request.getMode() == ResetRequest.WipeMode.USER_DISKS) {
                throw error(
                        Status.UNKNOWN,
                        "reset failed: invalid input, wipe mode USER_DISKS doesn't support SystemPartitionsToWipe parameter");
            }
            for (ResetPartitionSpec partition : request.getSystemPartitionsToWipeList()) {
                if (!system.volumes().contains(partition.getLabel())) {
                    throw error(
                            Status.UNKNOWN,
                            "failed to get volume status with label \"" + partition.getLabel()
                                    + "\": resource VolumeStatuses.block.talos.dev(runtime/" + partition.getLabel()
                                    + "@undefined) doesn't exist");
                }
            }
        }
    }

    static UpgradeResponse upgrade(TalosSystem system, UpgradeRequest request) {
        Hardware.BootImage image = ImageApi.installer(system, request.getImage());
        boolean etcdRuns = system.etcd().member().filter(member -> member.system == system).isPresent();
        if (!request.getForce() && etcdRuns) {
            check(system.etcd().cluster().orElseThrow());
        }
        String actor = actor(system);
        system.guest().upgrade(system, image, request.getStage(), actor);
        return UpgradeResponse.newBuilder()
                .addMessages(Upgrade.newBuilder().setAck("Upgrade request received").setActorId(actor))
                .build();
    }

    /** Refuses to take a control plane down while another's etcd is not well. */
    private static void check(EtcdCluster etcd) {
        if (!etcd.quorum()) {
            throw error(Status.UNKNOWN, "failed to acquire upgrade mutex: etcdserver: no leader");
        }
        for (EtcdCluster.Member member : etcd.members()) {
            if (member.system == null) {
                throw error(
                        Status.UNKNOWN,
                        String.format(
                                "error validating etcd for upgrade: etcd member %016x is not healthy; all members must be"
                                        + " healthy to perform an upgrade: context deadline exceeded",
                                member.id));
            }
        }
    }

    static RollbackResponse rollback(TalosSystem system, RollbackRequest request) {
        if (!system.guest().rollback(system)) {
            // The words of systemd-boot, which machines with UEFI have, and of GRUB.
            throw error(
                    Status.UNKNOWN,
                    system.hardware().firmware().uefi()
                            ? "previous UKI not found"
                            : "cannot rollback to \"\", label does not exist");
        }
        return RollbackResponse.newBuilder().addMessages(Rollback.getDefaultInstance()).build();
    }

    private static String actor(TalosSystem system) {
        return new UUID(system.fabric().random.nextLong(), system.fabric().random.nextLong()).toString();
    }
}
