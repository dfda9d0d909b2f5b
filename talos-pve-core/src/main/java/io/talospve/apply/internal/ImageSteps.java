package io.talospve.apply.internal;

import io.talospve.error.ErrorCode;
import io.talospve.error.RemoteException;
import io.talospve.plan.StepWork.DeleteImage;
import io.talospve.plan.StepWork.FetchImage;
import io.talospve.plan.StepWork.RegisterSchematic;
import io.talospve.spi.Hypervisor;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/** The boot image: its schematic, fetching it, deleting it. */
final class ImageSteps {
    private static final Duration FETCH = Duration.ofMinutes(30);
    private static final Duration DELETE = Duration.ofMinutes(5);

    private ImageSteps() {}

    static StepRunner register(RegisterSchematic work) {
        return context -> {
            String id = context.services().images().register(work.image().require().content());
            return StepProgress.done("schematic " + id.substring(0, 12) + "…");
        };
    }

    static StepRunner fetch(FetchImage work) {
        return context -> {
            Hypervisor hypervisor = context.services().hypervisor();
            String file = work.fileName().require();
            OptionalLong size = hypervisor.image(work.onHost(), work.datastore(), file);
            if (size.isPresent()) {
                return StepProgress.done(mebibytes(size.getAsLong()));
            }
            Optional<StepProgress> wait = context.operate(
                    "the image is fetched",
                    () -> hypervisor.downloadImage(
                            work.onHost(), work.datastore(), file, work.url().require(), work.checksum()),
                    FETCH);
            if (wait.isPresent()) {
                return wait.get();
            }
            long bytes = hypervisor.image(work.onHost(), work.datastore(), file)
                    .orElseThrow(() -> new RemoteException(
                            ErrorCode.UNEXPECTED_ANSWER,
                            "fetching " + file + " succeeded, but " + work.datastore() + " on " + work.onHost()
                                    + " does not have it",
                            true,
                            "Look at the storage: somebody may be deleting images.",
                            null,
                            null));
            return StepProgress.done(mebibytes(bytes));
        };
    }

    static StepRunner delete(DeleteImage work) {
        return context -> {
            Hypervisor hypervisor = context.services().hypervisor();
            if (hypervisor.image(work.onHost(), work.datastore(), work.fileName()).isEmpty()) {
                return StepProgress.done("gone");
            }
            Optional<StepProgress> wait = context.operate(
                    "the image is deleted",
                    () -> hypervisor.deleteImage(work.onHost(), work.datastore(), work.fileName()),
                    DELETE);
            if (wait.isPresent()) {
                return wait.get();
            }
            boolean there = context.forgotten()
                    && hypervisor.image(work.onHost(), work.datastore(), work.fileName()).isPresent();
            return there
                    ? StepProgress.waitFor("the image is gone", "still there", DELETE)
                    : StepProgress.done("deleted");
        };
    }

    private static String mebibytes(long bytes) {
        return (bytes + (1 << 20) - 1 >> 20) + " MiB";
    }
}
