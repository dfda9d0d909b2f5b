package io.talospve.testkit.internal.talos;

import static io.talospve.testkit.internal.talos.Forwarding.error;

import io.grpc.Status;
import io.talospve.talos.proto.machine.Reboot;
import io.talospve.talos.proto.machine.RebootRequest;
import io.talospve.talos.proto.machine.RebootResponse;
import io.talospve.talos.proto.machine.Reset;
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
import java.util.Optional;
import java.util.UUID;

/** What makes a machine go down: reboot, shutdown, reset, upgrade, rollback. */
final class PowerApi {
    private PowerApi() {}

    static RebootResponse reboot(TalosSystem system, RebootRequest request) {
        system.guest().reboot(system, "rebooting");
        return RebootResponse.newBuilder()
                .addMessages(Reboot.newBuilder().setActorId(actor(system)))
                .build();
    }

    static ShutdownResponse shutdown(TalosSystem system, ShutdownRequest request) {
        system.guest().powerDown(system);
        return ShutdownResponse.newBuilder()
                .addMessages(Shutdown.newBuilder().setActorId(actor(system)))
                .build();
    }

    static ResetResponse reset(TalosSystem system, ResetRequest request) {
        system.guest().reset(system, request);
        return ResetResponse.newBuilder()
                .addMessages(Reset.newBuilder().setActorId(actor(system)))
                .build();
    }

    static UpgradeResponse upgrade(TalosSystem system, UpgradeRequest request) {
        Optional<Hardware.BootImage> image = system.config().pullCandidates(request.getImage()).stream()
                .map(system.fabric().images::pull)
                .flatMap(Optional::stream)
                .findFirst();
        if (image.isEmpty()) {
            throw error(
                    Status.INVALID_ARGUMENT,
                    "error validating installer image \"" + request.getImage() + "\": failed to pull image \""
                            + request.getImage() + "\": not found");
        }
        system.guest().upgrade(system, image.get(), request.getStage());
        return UpgradeResponse.newBuilder()
                .addMessages(Upgrade.newBuilder().setAck("Upgrade request received").setActorId(actor(system)))
                .build();
    }

    static RollbackResponse rollback(TalosSystem system, RollbackRequest request) {
        if (!system.guest().rollback(system)) {
            throw error(Status.UNKNOWN, "previous UKI not found");
        }
        return RollbackResponse.newBuilder().addMessages(Rollback.getDefaultInstance()).build();
    }

    private static String actor(TalosSystem system) {
        return new UUID(system.fabric().random.nextLong(), system.fabric().random.nextLong()).toString();
    }
}
