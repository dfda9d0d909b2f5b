package io.talospve.testkit.internal.talos;

import static io.talospve.testkit.internal.talos.Forwarding.error;

import io.grpc.Status;
import io.talospve.talos.proto.machine.ApplyConfiguration;
import io.talospve.talos.proto.machine.ApplyConfigurationRequest;
import io.talospve.talos.proto.machine.ApplyConfigurationRequest.Mode;
import io.talospve.talos.proto.machine.ApplyConfigurationResponse;
import java.util.Set;

/** ApplyConfiguration, in maintenance mode and on a running machine. */
final class ConfigurationApi {
    private ConfigurationApi() {}

    static void apply(
            TalosSystem system,
            Set<String> roles,
            ApplyConfigurationRequest request,
            Reply<ApplyConfigurationResponse> reply) {
        reply.complete(ApplyConfigurationResponse.newBuilder()
                .addMessages(system.maintenance() ? maintenance(system, request) : running(system, request))
                .build());
    }

    private static ApplyConfiguration maintenance(TalosSystem system, ApplyConfigurationRequest request) {
        Mode mode = request.getMode();
        if (mode == Mode.NO_REBOOT || mode == Mode.STAGED) {
            throw error(
                    Status.UNIMPLEMENTED,
                    "apply configuration --mode='" + (mode == Mode.STAGED ? "staged" : "no-reboot")
                            + "' is not supported in maintenance mode");
        }
        MachineConfig config = parse(request, system, "failed to parse config: ", Status.UNKNOWN);
        if (request.getDryRun()) {
            return ApplyConfiguration.newBuilder()
                    .setModeDetails("Dry run summary:\nNode is running in maintenance mode and does not have a config yet.\n")
                    .build();
        }
        if (config.complete() && !system.guest().configured()) {
            system.guest().configure(config);
        }
        return ApplyConfiguration.getDefaultInstance();
    }

    private static MachineConfig parse(
            ApplyConfigurationRequest request, TalosSystem system, String prefix, Status unreadable) {
        try {
            return MachineConfig.parse(request.getData().toStringUtf8(), system.image().platform().equals("metal"));
        } catch (ConfigException e) {
            throw e.kind() == ConfigException.Kind.PARSE
                    ? error(unreadable, prefix + e.getMessage())
                    : error(Status.INVALID_ARGUMENT, e.getMessage());
        }
    }

    private static ApplyConfiguration running(TalosSystem system, ApplyConfigurationRequest request) {
        MachineConfig config = parse(request, system, "", Status.INVALID_ARGUMENT);
        boolean changed = !config.main().equals(system.config().main())
                || !config.documents().equals(system.config().documents());
        boolean reboot = request.getMode() == Mode.REBOOT || changed && request.getMode() == Mode.AUTO && ConfigChange.needsReboot(system.config(), config);
        if (request.getMode() == Mode.NO_REBOOT && ConfigChange.needsReboot(system.config(), config)) {
            throw error(Status.INVALID_ARGUMENT, "this config change can't be applied in immediate mode\ndiff: config changed");
        }
        Mode taken = reboot ? Mode.REBOOT : request.getMode() == Mode.STAGED ? Mode.STAGED : Mode.NO_REBOOT;
        ApplyConfiguration.Builder out = ApplyConfiguration.newBuilder().setMode(taken);
        if (request.getDryRun()) {
            return out.setModeDetails("Dry run summary:\nApplied configuration "
                            + (reboot ? "with a reboot" : taken == Mode.STAGED ? "staged to be applied after the next reboot" : "without a reboot")
                            + " (skipped in dry-run).\n" + (changed ? "Config diff: changed\n" : "No changes.\n"))
                    .build();
        }
        system.guest().countApplied();
        system.guest().write(system.guest().installed().withConfig(config.text()));
        if (reboot) {
            system.guest().reboot(system, "rebooting");
            return out.setModeDetails("Applied configuration with a reboot").build();
        }
        if (taken == Mode.STAGED) {
            return out.setModeDetails("Staged configuration to be applied after the next reboot").build();
        }
        system.changeConfig(config);
        return out.setModeDetails("Applied configuration without a reboot").build();
    }
}
