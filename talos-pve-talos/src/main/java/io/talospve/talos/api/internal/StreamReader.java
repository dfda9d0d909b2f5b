package io.talospve.talos.api.internal;

import java.util.List;

/** Turns the messages of one stream into what its reader gets; may keep a rest between them. */
interface StreamReader<M, T> {
    /** What a message completes. */
    List<T> read(M message);

    /** What is left at the end. */
    default List<T> end() {
        return List.of();
    }
}
