package io.talospve.spec;

import java.util.Optional;
import org.immutables.value.Value;

/**
 * Encryption of a machine's disks: {@code cluster.secure_boot.encryption}. Immutable.
 */
@Value.Immutable
@ValueStyle
public interface DiskEncryption {
    /** Where the key comes from. */
    DiskEncryption.Key key();

    /** The key itself; with {@link Key#PASSPHRASE} only, and then mandatory. */
    Optional<SecretValue> passphrase();

    /** Encrypt STATE, which holds the machine configuration. Default true with a TPM; a passphrase cannot, as it is kept there. */
    @Value.Default
    default boolean state() {
        return key() == Key.TPM;
    }

    /** Encrypt EPHEMERAL, which holds /var. Default true. */
    @Value.Default
    default boolean ephemeral() {
        return true;
    }

    /** Encrypt the data disk. Default false. */
    @Value.Default
    default boolean dataDisk() {
        return false;
    }

    /** Where the key comes from. */
    enum Key {
        /** Sealed by the machine's virtual TPM to what was booted; needs secure boot. */
        TPM,
        /** A passphrase of the spec. */
        PASSPHRASE
    }

    /** Starts one with the defaults. */
    static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link DiskEncryption}. Not thread-safe. */
    class Builder extends ImmutableDiskEncryption.Builder {
        Builder() {}
    }
}
