package io.talospve.talos.config.internal.patch;

import java.util.Map;
import java.util.Optional;

/** What a field of a document holds, as far as merging and writing depend on it. Immutable. */
sealed interface FieldType {
    /**
     * Fields with names, in the order in which they are written.
     *
     * @param fields the fields
     */
    record Struct(Map<String, Field> fields) implements FieldType {}

    /**
     * A list.
     *
     * @param element what its elements are
     * @param mergedBy the rule of a list whose elements are merged with those of the same key, else appended
     */
    record ListOf(Field element, Optional<ElementKey> mergedBy) implements FieldType {}

    /**
     * A map whose keys users choose.
     *
     * @param element what its values are
     */
    record MapOf(Field element) implements FieldType {}

    /** A single value. */
    enum Scalar implements FieldType {
        /** A text. */
        STRING,
        /** A number. */
        NUMBER,
        /** A switch. */
        BOOL,
        /** A text that stands for something else: an address, a duration, a size. */
        TEXT,
        /** Bytes in base64, written also when empty. */
        BYTES
    }

    /** Anything: Talos keeps it without knowing it. */
    record Anything() implements FieldType {}

    /**
     * A field.
     *
     * @param type what it holds
     * @param optional whether unset differs from zero, so that zero can be set
     * @param omittedWhenEmpty whether zero is left out when it is written
     * @param replaced whether a patch's value replaces the whole
     * @param takenOver whether a patch's value is taken also when the patch does not set it, so that it must be repeated
     */
    record Field(FieldType type, boolean optional, boolean omittedWhenEmpty, boolean replaced, boolean takenOver) {}
}
