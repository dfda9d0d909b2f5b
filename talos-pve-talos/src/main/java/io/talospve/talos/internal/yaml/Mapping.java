package io.talospve.talos.internal.yaml;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Builds a map that keeps its order, leaving out what is not set. Not thread-safe. */
public final class Mapping {
    private final Map<String, Object> entries = new LinkedHashMap<>();

    /** Starts an empty one. */
    public Mapping() {}

    /**
     * Adds an entry.
     *
     * @param key the key
     * @param value its value; another {@code Mapping} is built
     * @return this
     */
    public Mapping with(String key, Object value) {
        entries.put(key, value instanceof Mapping mapping ? mapping.build() : value);
        return this;
    }

    /**
     * Adds an entry if a condition holds.
     *
     * @param condition whether to add it
     * @param key the key
     * @param value its value
     * @return this
     */
    public Mapping with(boolean condition, String key, Object value) {
        return condition ? with(key, value) : this;
    }

    /**
     * Adds an entry if there is a value.
     *
     * @param key the key
     * @param value its value
     * @return this
     */
    public Mapping with(String key, Optional<?> value) {
        value.ifPresent(present -> with(key, present));
        return this;
    }

    /**
     * Adds an entry if the list is not empty.
     *
     * @param key the key
     * @param values its values
     * @return this
     */
    public Mapping withUnlessEmpty(String key, Collection<?> values) {
        return with(!values.isEmpty(), key, values);
    }

    /**
     * Adds an entry if the map is not empty.
     *
     * @param key the key
     * @param values its values
     * @return this
     */
    public Mapping withUnlessEmpty(String key, Map<String, ?> values) {
        return with(!values.isEmpty(), key, values);
    }

    /**
     * The map.
     *
     * @return an unmodifiable view
     */
    public Map<String, Object> build() {
        return Collections.unmodifiableMap(entries);
    }
}
