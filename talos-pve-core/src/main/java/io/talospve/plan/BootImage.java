package io.talospve.plan;

import io.talospve.spec.ImageMode;
import io.talospve.spec.TalosCluster;
import io.talospve.spi.ImageFactory;
import io.talospve.spi.TalosImage;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * An image that machines of a cluster boot from, and install. Immutable.
 *
 * @param content what it holds
 * @param schematic id of its schematic, lower-case hexadecimal SHA-256
 * @param fileName its ISO or disk image on the cluster's image datastore
 * @param url where that is fetched from, the spec's mirror applied
 * @param installer reference of the installer image, the spec's mirror applied
 */
public record BootImage(TalosImage content, String schematic, String fileName, String url, String installer) {
    /** Checks that nothing is missing. */
    public BootImage {
        Objects.requireNonNull(content, "content");
        Objects.requireNonNull(schematic, "schematic");
        Objects.requireNonNull(fileName, "fileName");
        Objects.requireNonNull(url, "url");
        Objects.requireNonNull(installer, "installer");
    }

    /** What the image factory makes of a wish; asks it for names of extensions that are not known offline. */
    static BootImage resolve(TalosCluster cluster, WantedImage wanted, ImageFactory factory, Reads reads) {
        List<String> names = wanted.extensions();
        List<String> full = factory.resolveOffline(names)
                .orElseGet(() -> reads.ask("the image factory", () -> factory.resolve(cluster.talos().version(), names)));
        // A short and a full name may be the same extension, which a schematic has once.
        TalosImage content =
                new TalosImage(List.copyOf(new LinkedHashSet<>(full)), wanted.kernelArgs(), wanted.secureBoot());
        String schematic = factory.schematicId(content);
        return new BootImage(
                content,
                schematic,
                fileName(cluster, schematic, wanted.secureBoot()),
                cluster.image().mode() == ImageMode.ISO
                        ? factory.isoUrl(cluster.talos(), content)
                        : factory.diskImageUrl(cluster.talos(), content),
                factory.installer(cluster.talos(), content));
    }

    /**
     * {@code talos-<cluster>-<Talos version>-<schematic id>.iso} or {@code .qcow2}; the build for secure boot has the same
     * schematic and is another file, so its name says so.
     */
    private static String fileName(TalosCluster cluster, String schematic, boolean secureBoot) {
        return "talos-" + cluster.name() + "-" + cluster.talos().version() + "-" + schematic
                + (secureBoot ? "-secureboot" : "") + (cluster.image().mode() == ImageMode.ISO ? ".iso" : ".qcow2");
    }

    /** The names that images of a cluster have, whatever their version and schematic. */
    static Pattern fileNames(String cluster) {
        return Pattern.compile("talos-" + Pattern.quote(cluster)
                + "-v\\d+\\.\\d+\\.\\d+(-[0-9A-Za-z.-]+?)?-[0-9a-f]{64}(-secureboot)?\\.(iso|qcow2)");
    }

    /** The volume of a file on the cluster's image datastore. */
    static String volume(TalosCluster cluster, String fileName) {
        return cluster.datastore().id() + ":" + cluster.image().mode().contentType() + "/" + fileName;
    }
}
