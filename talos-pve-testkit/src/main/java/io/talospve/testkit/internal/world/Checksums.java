package io.talospve.testkit.internal.world;

import java.util.Map;
import java.util.Optional;

/** Checksums of a file, found out when somebody asks: to read a whole image takes longer than most tests. Thread-safe. */
@FunctionalInterface
public interface Checksums {
    /** Nobody knows. */
    Checksums UNKNOWN = algorithm -> Optional.empty();

    /**
     * A checksum.
     *
     * @param algorithm md5 … sha512
     * @return lower-case hexadecimal; empty if not known, and then no checksum matches
     */
    Optional<String> of(String algorithm);

    /** Those that are known, by algorithm. */
    static Checksums known(Map<String, String> sums) {
        Map<String, String> all = Map.copyOf(sums);
        return algorithm -> Optional.ofNullable(all.get(algorithm));
    }
}
