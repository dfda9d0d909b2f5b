package io.talospve.testkit.internal.talos;

import static io.talospve.testkit.internal.talos.Forwarding.error;

import io.grpc.Status;
import io.talospve.talos.proto.machine.ApplyConfiguration;
import io.talospve.talos.proto.machine.ApplyConfigurationRequest;
import io.talospve.talos.proto.machine.ApplyConfigurationRequest.Mode;
import io.talospve.talos.proto.machine.ApplyConfigurationResponse;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/** ApplyConfiguration, in maintenance mode and on a running machine. */
final class ConfigurationApi {
    private static final String NOT_NOW = "this config change can't be applied in immediate mode\ndiff:\n";

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
        MachineConfig config;
        try {
            config = MachineConfig.parse(
                    request.getData().toStringUtf8(),
                    system.image().platform().equals("metal") && !system.guest().isInstalled());
        } catch (ConfigException e) {
            throw error(
                    e.kind() == ConfigException.Kind.PARSE ? Status.UNKNOWN : Status.INVALID_ARGUMENT,
                    e.inMaintenance());
        }
        if (request.getDryRun()) {
            return ApplyConfiguration.newBuilder()
                    .setModeDetails("Dry run summary:\nNode is running in maintenance mode and does not have a config yet.")
                    .addAllWarnings(config.warnings())
                    .build();
        }
        if (!config.complete()) {
            // Documents alone take effect and leave the machine in maintenance mode.
            system.takePartial(config);
        } else if (!system.guest().configured()) {
            system.guest().configure(config);
        }
        return ApplyConfiguration.getDefaultInstance();
    }

    private static ApplyConfiguration running(TalosSystem system, ApplyConfigurationRequest request) {
        if (request.getMode() != Mode.TRY) {
            system.keepTried();
        }
        MachineConfig config;
        try {
            // What is installed needs no instructions for an installation.
            config = MachineConfig.parse(request.getData().toStringUtf8(), false);
        } catch (ConfigException e) {
            throw error(Status.INVALID_ARGUMENT, e.getMessage());
        }
        ApplyConfiguration answer = answer(system.config(), config, request);
        if (request.getDryRun()) {
            return answer;
        }
        if (answer.getMode() == Mode.TRY) {
            system.tryConfig(config, tryTimeout(request));
            return answer;
        }
        system.persist(config);
        if (answer.getMode() == Mode.NO_REBOOT) {
            system.changeConfig(config);
        } else if (answer.getMode() == Mode.REBOOT) {
            system.guest().reboot(system, "rebooting", "");
        }
        return answer;
    }

    /** What Talos answers to a configuration, and by that what it does with it. */
    static ApplyConfiguration answer(MachineConfig from, MachineConfig to, ApplyConfigurationRequest request) {
        if (!to.complete()) {
            throw error(
                    Status.INVALID_ARGUMENT,
                    "the applied machine configuration doesn't contain v1alpha1 config, did you mean to patch the machine config instead?");
        }
        String diff = UnifiedDiff.of(from.encoded(), to.encoded());
        Optional<String> later = ConfigChange.needsReboot(from, to);
        String details;
        Mode taken;
        switch (request.getMode()) {
            case NO_REBOOT, TRY -> {
                if (later.isPresent()) {
                    throw error(Status.INVALID_ARGUMENT, NOT_NOW + later.get());
                }
                taken = request.getMode();
                details = "Applied configuration without a reboot";
            }
            case STAGED -> {
                taken = Mode.STAGED;
                details = "Staged configuration to be applied after the next reboot";
            }
            case AUTO -> {
                taken = later.isPresent() ? Mode.REBOOT : Mode.NO_REBOOT;
                details = later.isEmpty()
                        ? "Applied configuration without a reboot"
                        : "Applied configuration with a reboot"
                                + (request.getDryRun() ? "" : ": " + NOT_NOW + later.get());
            }
            // A mode that Talos does not know acts as REBOOT, too.
            default -> {
                taken = Mode.REBOOT;
                details = "Applied configuration with a reboot";
            }
        }
        ApplyConfiguration.Builder out = ApplyConfiguration.newBuilder().setMode(taken);
        if (request.getDryRun()) {
            return out.setModeDetails("Dry run summary:\n" + details + " (skipped in dry-run).\nConfig diff:\n\n"
                            + (diff.isEmpty() ? "No changes." : diff))
                    .build();
        }
        out.addAllWarnings(to.warnings());
        if (taken == Mode.TRY) {
            return out.setModeDetails(details + "\nThe config is applied in 'try' mode and will be automatically reverted back in "
                            + GoDuration.print(tryTimeout(request)))
                    .build();
        }
        return out.setModeDetails(details).build();
    }

    private static Duration tryTimeout(ApplyConfigurationRequest request) {
        return request.hasTryModeTimeout()
                ? Duration.ofSeconds(
                        request.getTryModeTimeout().getSeconds(),
                        request.getTryModeTimeout().getNanos())
                : Duration.ofMinutes(1);
    }
}
