package io.talospve.spec;

import java.util.Optional;
import org.immutables.value.Value;

/**
 * Credentials and trust for one registry host: an entry of {@code cluster.registries}. Immutable.
 */
@Value.Immutable
@ValueStyle
public interface RegistryAccess {
    /** User name. */
    Optional<String> username();

    /** Password of the user. */
    Optional<SecretValue> password();

    /** User and password as one base64 text, instead of both. */
    Optional<SecretValue> auth();

    /** Identity token, instead of user and password. */
    Optional<SecretValue> identityToken();

    /** Certificates to trust, PEM. */
    Optional<String> ca();

    /** Certificates to trust, PEM, from a secret source. */
    Optional<SecretValue> caSecret();

    /** Do not verify the registry's certificate. Default false. */
    @Value.Default
    default boolean insecureSkipVerify() {
        return false;
    }

    /** Starts one with the defaults. */
    static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link RegistryAccess}. Not thread-safe. */
    class Builder extends ImmutableRegistryAccess.Builder {
        Builder() {}
    }
}
