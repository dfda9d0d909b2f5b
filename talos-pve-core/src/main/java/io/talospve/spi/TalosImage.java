package io.talospve.spi;

import java.util.List;

/**
 * What a Talos image holds beyond plain Talos; the same values give the same image, whatever its version. Immutable.
 *
 * @param extensions full names of system extensions, each once, in the order of the schematic
 * @param kernelArgs arguments of the kernel, in order
 * @param secureBoot whether it is the build that is signed for secure boot; not part of the schematic
 */
public record TalosImage(List<String> extensions, List<String> kernelArgs, boolean secureBoot) {
    /** Copies the lists. */
    public TalosImage {
        extensions = List.copyOf(extensions);
        kernelArgs = List.copyOf(kernelArgs);
    }
}
