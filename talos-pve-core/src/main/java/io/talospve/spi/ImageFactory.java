package io.talospve.spi;

import io.talospve.spec.TalosSettings;
import java.util.List;
import java.util.Optional;

/**
 * The Talos image factory: which image has which extensions, and where it is fetched from. Calls block, take at most 30 s
 * and never sleep; errors are {@link io.talospve.error.RemoteException}. Implementations are thread-safe.
 */
public interface ImageFactory extends AutoCloseable {
    /**
     * Resolves extension names without asking anybody.
     *
     * @param extensions short or full names
     * @return full names in the same order; empty if a name is unknown offline
     */
    Optional<List<String>> resolveOffline(List<String> extensions);

    /**
     * Resolves extension names against what the factory offers for a Talos version. Reads only.
     *
     * @param talosVersion for example {@code v1.12.4}
     * @param extensions short or full names
     * @return full names in the same order
     * @throws io.talospve.error.RefusedException if a name is unknown or ambiguous, with the candidates
     */
    List<String> resolve(String talosVersion, List<String> extensions);

    /**
     * The id of an image's schematic, computed offline.
     *
     * @param image what the image holds
     * @return lower-case hexadecimal SHA-256
     */
    String schematicId(TalosImage image);

    /**
     * Makes an image's schematic known to the factory; harmless to repeat.
     *
     * @param image what the image holds
     * @return the id that the factory answered, equal to {@link #schematicId}
     */
    String register(TalosImage image);

    /**
     * URL of the nocloud ISO, the spec's mirror applied.
     *
     * @param talos version and mirrors
     * @param image what the image holds
     */
    String isoUrl(TalosSettings talos, TalosImage image);

    /**
     * URL of the nocloud disk image (qcow2, as Proxmox imports no compressed one), the spec's mirror applied.
     *
     * @param talos version and mirrors
     * @param image what the image holds
     */
    String diskImageUrl(TalosSettings talos, TalosImage image);

    /**
     * Reference of the nocloud installer image, the spec's mirror applied.
     *
     * @param talos version and mirrors
     * @param image what the image holds
     */
    String installer(TalosSettings talos, TalosImage image);

    @Override
    void close();
}
