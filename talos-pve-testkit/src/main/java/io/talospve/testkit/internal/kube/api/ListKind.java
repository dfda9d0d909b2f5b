package io.talospve.testkit.internal.kube.api;

import java.util.List;

/**
 * How a list is merged.
 *
 * @param merge the way
 * @param keys fields that tell its items apart, if it is merged by them
 */
record ListKind(Merge merge, List<String> keys) {
    static final ListKind ATOMIC = new ListKind(Merge.ATOMIC, List.of());
    static final ListKind SET = new ListKind(Merge.SET, List.of());

    /** The ways. */
    enum Merge {
        ATOMIC,
        SET,
        BY_KEYS
    }

    static ListKind by(String... keys) {
        return new ListKind(Merge.BY_KEYS, List.of(keys));
    }
}
