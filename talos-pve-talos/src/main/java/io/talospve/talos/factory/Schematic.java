package io.talospve.talos.factory;

import io.talospve.talos.internal.yaml.Mapping;
import io.talospve.talos.internal.yaml.NaturalOrder;
import io.talospve.talos.internal.yaml.YamlWriter;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * What an image of the factory holds beyond plain Talos. Immutable; its id is the one that the factory computes, because
 * {@link #yaml()} is the factory's canonical text.
 *
 * @param overlay board support for single-board computers; empty on virtual machines
 * @param extraKernelArgs kernel arguments, in order; a leading {@code -} removes one
 * @param meta values written to the META partition, in order
 * @param extensions full names of official system extensions, in order
 * @param wellKnownCertificates whether secure boot also trusts the certificates of well-known vendors
 */
public record Schematic(
        Optional<Overlay> overlay,
        List<String> extraKernelArgs,
        List<Meta> meta,
        List<String> extensions,
        boolean wellKnownCertificates) {
    /** Copies its lists. */
    public Schematic {
        Objects.requireNonNull(overlay, "overlay");
        extraKernelArgs = List.copyOf(extraKernelArgs);
        meta = List.copyOf(meta);
        extensions = List.copyOf(extensions);
    }

    /**
     * A schematic with system extensions and nothing else.
     *
     * @param extensions full names in order
     * @return the schematic
     */
    public static Schematic ofExtensions(List<String> extensions) {
        return new Schematic(Optional.empty(), List.of(), List.of(), extensions, false);
    }

    /**
     * The canonical text, which is also what the factory takes.
     *
     * @return YAML
     */
    public String yaml() {
        Mapping customization = new Mapping()
                .withUnlessEmpty("extraKernelArgs", extraKernelArgs)
                .withUnlessEmpty("meta", meta.stream().map(Meta::yaml).toList())
                .with(
                        !extensions.isEmpty(),
                        "systemExtensions",
                        Map.of("officialExtensions", extensions))
                .with(wellKnownCertificates, "secureboot", Map.of("includeWellKnownCertificates", true));
        return YamlWriter.write(new Mapping()
                .with("overlay", overlay.map(Overlay::yaml))
                .with("customization", customization)
                .build());
    }

    /**
     * The id under which the factory knows it.
     *
     * @return lower-case hexadecimal SHA-256 of {@link #yaml()}
     */
    public String id() {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(yaml().getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /**
     * A value of the META partition.
     *
     * @param key number of the tag
     * @param value its text
     */
    public record Meta(int key, String value) {
        /** Checks that the value is there. */
        public Meta {
            Objects.requireNonNull(value, "value");
        }

        private Map<String, Object> yaml() {
            return new Mapping().with("key", key).with("value", value).build();
        }
    }

    /**
     * Board support.
     *
     * @param image container image of the overlay
     * @param name name within the image
     * @param options texts by name
     */
    public record Overlay(String image, String name, Map<String, String> options) {
        /** Copies the options. */
        public Overlay {
            Objects.requireNonNull(image, "image");
            Objects.requireNonNull(name, "name");
            options = Map.copyOf(options);
        }

        private Map<String, Object> yaml() {
            return new Mapping()
                    .with("image", image)
                    .with("name", name)
                    .withUnlessEmpty("options", NaturalOrder.sorted(options))
                    .build();
        }
    }
}
