package io.talospve.spec;

import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A secret that a spec needs: a reference to one, which is all that YAML can say, or from a builder the value itself.
 * Immutable; never shows the value.
 */
public final class SecretValue {
    private final @Nullable SecretReference reference;
    private final @Nullable Secret<String> value;

    private SecretValue(@Nullable SecretReference reference, @Nullable Secret<String> value) {
        this.reference = reference;
        this.value = value;
    }

    /**
     * A secret that is read from a source when it is needed.
     *
     * @param reference where it is
     * @return the secret
     */
    public static SecretValue of(SecretReference reference) {
        return new SecretValue(Objects.requireNonNull(reference, "reference"), null);
    }

    /**
     * A secret that the caller holds. A spec with one cannot be written as YAML.
     *
     * @param value the value
     * @return the secret
     */
    public static SecretValue of(Secret<String> value) {
        return new SecretValue(null, Objects.requireNonNull(value, "value"));
    }

    /**
     * Where it is read from.
     *
     * @return the reference, empty if the value is here
     */
    public Optional<SecretReference> reference() {
        return Optional.ofNullable(reference);
    }

    /**
     * The value, read from its source if it is not here.
     *
     * @param read reads a reference
     * @return the value
     */
    public Secret<String> resolve(Function<SecretReference, Secret<String>> read) {
        return value != null ? value : read.apply(Objects.requireNonNull(reference));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SecretValue secret
                && Objects.equals(reference, secret.reference)
                && Objects.equals(value, secret.value);
    }

    @Override
    public int hashCode() {
        return Objects.hash(reference, value);
    }

    /** The reference, or {@code ***}. */
    @Override
    public String toString() {
        return reference != null ? "secret " + reference : "***";
    }
}
