package io.talospve.plan;

import java.util.Objects;
import java.util.function.Function;

/**
 * A value in a plan that is known now, or will be once something has been done. Immutable.
 *
 * @param <T> type of the value
 */
public sealed interface Field<T> {
    /** A value that is known. */
    static <T> Field<T> known(T value) {
        return new Known<>(value);
    }

    /** A value that becomes known while the plan is applied. */
    static <T> Field<T> unknown(String reason) {
        return new Unknown<>(reason);
    }

    /** The value derived from this one, unknown for the same reason if this one is. */
    default <R> Field<R> map(Function<? super T, ? extends R> derive) {
        if (this instanceof Known<T> known) {
            return new Known<>(derive.apply(known.value()));
        }
        return new Unknown<>(((Unknown<T>) this).reason());
    }

    /**
     * The value of a field that must be known by now.
     *
     * @throws IllegalStateException if it is not
     */
    default T require() {
        if (this instanceof Known<T> known) {
            return known.value();
        }
        throw new IllegalStateException("not known yet: " + ((Unknown<T>) this).reason());
    }

    /** The value, or {@code known after apply: reason}. */
    default String text() {
        return this instanceof Known<T> known
                ? String.valueOf(known.value())
                : "known after apply: " + ((Unknown<T>) this).reason();
    }

    /**
     * Known now.
     *
     * @param value the value
     */
    record Known<T>(T value) implements Field<T> {
        /** Checks that there is a value. */
        public Known {
            Objects.requireNonNull(value, "value");
        }
    }

    /**
     * Not known yet.
     *
     * @param reason after what it will be
     */
    record Unknown<T>(String reason) implements Field<T> {
        /** Checks that there is a reason. */
        public Unknown {
            Objects.requireNonNull(reason, "reason");
        }
    }
}
