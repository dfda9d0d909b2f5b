package io.talospve.plan;

import java.util.Objects;

/**
 * Something a reviewer should know that is no step.
 *
 * @param kind what kind of thing
 * @param subject what it is about, for example a machine's name
 * @param text the note
 */
public record Note(Kind kind, String subject, String text) {
    /** Checks that nothing is missing. */
    public Note {
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(subject, "subject");
        Objects.requireNonNull(text, "text");
    }

    /** What kind of note. */
    public enum Kind {
        /** The spec can be used, but a person should know something. */
        WARNING,
        /** The world differs from the spec in something that this version does not change. */
        DIFFERENCE,
        /** It is there, it is not ours, it is not touched. */
        UNTOUCHED,
        /** Something of the spec that this plan does not do, and why. */
        NOT_DONE
    }
}
