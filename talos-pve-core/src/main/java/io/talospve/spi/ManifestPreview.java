package io.talospve.spi;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a cluster's manifests will be, as far as it can be told without any secret: placeholders stand for them, so that
 * sizes are near and digests tell whether anything but a secret changed. Immutable.
 *
 * @param parts the manifests, in the order in which Talos applies them
 * @param notes what a person should know
 */
public record ManifestPreview(List<Part> parts, List<String> notes) {
    /** Copies the lists. */
    public ManifestPreview {
        parts = List.copyOf(parts);
        notes = List.copyOf(notes);
    }

    /**
     * One inline manifest.
     *
     * @param name its name
     * @param origin where it comes from, for example a chart with its version and repository
     * @param kinds how many objects of each kind
     * @param bytes its size
     * @param digest SHA-256 of its text with placeholders, in hexadecimal
     */
    public record Part(String name, String origin, SortedMap<String, Integer> kinds, int bytes, String digest) {
        /** Copies the map. */
        public Part {
            Objects.requireNonNull(name, "name");
            Objects.requireNonNull(origin, "origin");
            Objects.requireNonNull(digest, "digest");
            kinds = Collections.unmodifiableSortedMap(new TreeMap<>(kinds));
        }

        /** How many objects. */
        public int objects() {
            return kinds.values().stream().mapToInt(Integer::intValue).sum();
        }

        /**
         * One line of it.
         *
         * @return {@code 01-cilium: 24 objects, 53 KB, chart cilium 1.19.3 from https://helm.cilium.io (sha256 0123456789ab)}
         */
        @Override
        public String toString() {
            return name + ": " + objects() + (objects() == 1 ? " object, " : " objects, ") + size() + ", " + origin
                    + " (sha256 " + digest.substring(0, Math.min(12, digest.length())) + ")";
        }

        private String size() {
            return bytes < 1024 ? bytes + " bytes" : (bytes + 512) / 1024 + " KiB";
        }
    }

    /**
     * The objects of all parts by kind.
     *
     * @return how many of each
     */
    public Map<String, Integer> kinds() {
        Map<String, Integer> all = new TreeMap<>();
        parts.forEach(part -> part.kinds().forEach((kind, count) -> all.merge(kind, count, Integer::sum)));
        return all;
    }
}
