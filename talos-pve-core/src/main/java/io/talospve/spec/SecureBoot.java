package io.talospve.spec;

import java.util.Optional;
import java.util.function.Consumer;
import org.immutables.value.Value;

/**
 * Secure boot and disk encryption, one block because the one leans on the other: {@code cluster.secure_boot}. Immutable.
 */
@Value.Immutable
@ValueStyle
public interface SecureBoot {
    /** Boot signed images only: OVMF firmware, an EFI disk without enrolled keys, the secure boot variants of the images. Default true. */
    @Value.Default
    default boolean enabled() {
        return true;
    }

    /** How disks are encrypted; empty for not at all. */
    Optional<DiskEncryption> encryption();

    /** Starts one with the defaults. */
    static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link SecureBoot}. Not thread-safe. */
    class Builder extends ImmutableSecureBoot.Builder {
        private final Nested nested = new Nested();

        Builder() {}

        /**
         * Sets how disks are encrypted.
         *
         * @param fill says how
         * @return this
         */
        public Builder encryption(Consumer<DiskEncryption.Builder> fill) {
            DiskEncryption.Builder encryption = DiskEncryption.builder();
            fill.accept(encryption);
            nested.part(encryption::build, this::encryption, "encryption.");
            return this;
        }

        /**
         * Builds the value.
         *
         * @return the value
         * @throws io.talospve.error.SpecException with everything that is missing
         */
        @Override
        public SecureBoot build() {
            nested.check();
            return super.build();
        }
    }
}
