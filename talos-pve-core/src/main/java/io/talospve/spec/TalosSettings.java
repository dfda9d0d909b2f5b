package io.talospve.spec;

import java.util.List;
import java.util.Optional;
import org.immutables.value.Value;

/** Which Talos, with what in its image: {@code cluster.talos} of the YAML. Immutable. */
@Value.Immutable
@ValueStyle
public interface TalosSettings {
    /** Talos version with a leading {@code v}, for example {@code v1.12.4}. */
    String version();

    /** Registry (and path) that replaces the image factory's host in the installer reference. */
    Optional<String> installerMirror();

    /** Prefix that replaces {@code https://} in the ISO's URL. */
    Optional<String> isoMirror();

    /**
     * System extensions, short ({@code iscsi-tools}) or full ({@code siderolabs/iscsi-tools}), in the order of the
     * schematic. Default: lldp, qemu-guest-agent, util-linux-tools, iscsi-tools, nfs-utils.
     */
    @Value.Default
    default List<String> extensions() {
        return DEFAULT_EXTENSIONS;
    }

    /** The extensions of an image whose spec names none, in this order. */
    List<String> DEFAULT_EXTENSIONS =
            List.of("lldp", "qemu-guest-agent", "util-linux-tools", "iscsi-tools", "nfs-utils");

    /** Starts one with the defaults. */
    static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link TalosSettings}. Not thread-safe. */
    class Builder extends ImmutableTalosSettings.Builder {
        Builder() {}
    }
}
