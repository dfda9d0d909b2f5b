package io.talospve.talos.api;

import org.jspecify.annotations.Nullable;

/**
 * A change of a watched resource.
 *
 * @param kind what happened
 * @param resource the resource as it is now (or was last); null for {@link Kind#COMPLETE}
 * @param old the resource before, null if not told
 */
public record ResourceChange(Kind kind, @Nullable TalosResource resource, @Nullable TalosResource old) {
    /** What happened to a resource. */
    public enum Kind {
        /** It exists, or came into being. */
        CREATED,
        /** It changed. */
        UPDATED,
        /** It is gone, or never was: a watch of an absent id begins with this. */
        DESTROYED,
        /** What existed when the watch began has been told. */
        COMPLETE
    }
}
