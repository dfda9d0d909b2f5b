package io.talospve.apply.internal;

import io.talospve.error.ErrorCode;
import io.talospve.error.RefusedException;
import io.talospve.plan.Field;
import io.talospve.plan.MachinePlan;
import io.talospve.spec.Secret;
import io.talospve.spi.InlineManifest;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Renders what is installed at day 0, with all secrets, before the first machine exists: what fails here costs nothing. */
final class ManifestStep implements StepRunner {
    /** What a machine in maintenance mode takes in one message, less the message's own few bytes. */
    private static final int MESSAGE_LIMIT = 4 * 1024 * 1024 - 1024;

    @Override
    public StepProgress run(StepContext context) {
        ApplyState state = context.state();
        List<InlineManifest> manifests = state.manifests();
        int largest = 0;
        for (MachinePlan machine : state.controlPlanes()) {
            if (machine.image() instanceof Field.Known) {
                largest = Math.max(
                        largest, checkSize(machine, state.configurations().render(machine, manifests)));
            }
        }
        return StepProgress.done(manifests.size() + " manifests"
                + (largest == 0 ? "" : ", with them a configuration has up to " + largest + " bytes"));
    }

    /** A machine in maintenance mode refuses a larger configuration, after others may have been sent. */
    static int checkSize(MachinePlan machine, Secret<String> configuration) {
        int bytes = configuration.reveal().getBytes(StandardCharsets.UTF_8).length;
        if (bytes > MESSAGE_LIMIT) {
            throw new RefusedException(
                    ErrorCode.PLAN_REFUSED,
                    "the machine configuration of " + machine.name() + " has " + bytes
                            + " bytes; a machine in maintenance mode takes " + MESSAGE_LIMIT,
                    "Leave large add-ons to the GitOps engine, which has no such limit. Nothing was sent.");
        }
        return bytes;
    }
}
