package io.talospve.spec.internal;

import java.util.Map;
import java.util.function.BiConsumer;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * How values of one type stand in a spec's YAML: read, written and described in one place, so that reader, writer, schema
 * and documentation agree. Immutable.
 *
 * @param <T> the type
 */
interface Shape<T> {
    /**
     * Reads a value. What is wrong goes to the reading's findings; then a placeholder is returned, so that the rest of the
     * file can be judged in the same go.
     */
    T read(Node node, String path, Reading reading);

    /** The value as maps, lists, texts, numbers and booleans. */
    Object write(T value);

    /** Stands in for a value that is missing or unreadable. */
    T placeholder();

    /** JSON Schema of the value. */
    Map<String, Object> schema();

    /**
     * Calls back for every mapping with fixed keys in this shape.
     *
     * @param path where the shape stands; free keys as {@code <name>}, list entries as {@code []}
     */
    default void visit(String path, BiConsumer<String, Mapping<?, ?>> mapping) {}

    /** What it is, for people: {@code text}, {@code whole number}. */
    String kind();
}
