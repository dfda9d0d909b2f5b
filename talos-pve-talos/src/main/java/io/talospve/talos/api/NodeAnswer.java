package io.talospve.talos.api;

import io.talospve.error.RemoteException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What one of several machines answered: a value, or an error of its own. Immutable.
 *
 * @param <T> type of the value
 */
public final class NodeAnswer<T> {
    private final String node;
    private final @Nullable T value;
    private final @Nullable RemoteException error;

    private NodeAnswer(String node, @Nullable T value, @Nullable RemoteException error) {
        this.node = node;
        this.value = value;
        this.error = error;
    }

    /**
     * A machine's value.
     *
     * @param node the machine as it was named in the question
     * @param value its value
     * @param <T> type of the value
     * @return the answer
     */
    public static <T> NodeAnswer<T> of(String node, T value) {
        return new NodeAnswer<>(node, value, null);
    }

    /**
     * A machine's error.
     *
     * @param node the machine as it was named in the question
     * @param error its error
     * @param <T> type of the value that is missing
     * @return the answer
     */
    public static <T> NodeAnswer<T> failed(String node, RemoteException error) {
        return new NodeAnswer<>(node, null, error);
    }

    /**
     * The machine as it was named in the question.
     *
     * @return its name or address
     */
    public String node() {
        return node;
    }

    /**
     * The value.
     *
     * @return the value
     * @throws RemoteException the machine's own error, if it answered with one
     */
    public T value() {
        if (value == null) {
            throw error == null ? new IllegalStateException("neither value nor error") : error;
        }
        return value;
    }

    /**
     * The machine's own error.
     *
     * @return the error, empty if there is a value
     */
    public Optional<RemoteException> error() {
        return Optional.ofNullable(error);
    }

    @Override
    public String toString() {
        return node + ": " + (error == null ? value : error.getMessage());
    }
}
