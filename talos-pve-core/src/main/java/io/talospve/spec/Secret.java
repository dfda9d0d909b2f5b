package io.talospve.spec;

import java.util.Objects;
import java.util.function.Function;

/**
 * A value that must never be shown: {@link #toString()} and every rendering of an object that holds one print
 * {@code ***}. Immutable and thread-safe when the value is.
 *
 * <p>The one way to the value is {@link #reveal()}, so that a search for its callers finds every place where a secret
 * leaves.
 *
 * @param <T> type of the hidden value
 */
public final class Secret<T> {
    private final T value;

    private Secret(T value) {
        this.value = Objects.requireNonNull(value, "value");
    }

    /**
     * Hides a value.
     *
     * @param value the value to hide, not null
     * @param <T> its type
     * @return the hidden value
     */
    public static <T> Secret<T> of(T value) {
        return new Secret<>(value);
    }

    /**
     * The hidden value. Hand it only to what consumes it; never to a log, an exception or a file others can read.
     *
     * @return the value
     */
    public T reveal() {
        return value;
    }

    /**
     * A secret derived from this one, without showing either.
     *
     * @param derive computes the new value; must not keep or print its argument
     * @param <R> type of the new value
     * @return the hidden result
     */
    public <R> Secret<R> map(Function<? super T, ? extends R> derive) {
        return new Secret<>(derive.apply(value));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Secret<?> secret && value.equals(secret.value);
    }

    /** Constant, so that a hash of an object holding a secret says nothing about it. */
    @Override
    public int hashCode() {
        return 31;
    }

    @Override
    public String toString() {
        return "***";
    }
}
