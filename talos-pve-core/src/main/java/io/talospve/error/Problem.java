package io.talospve.error;

import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One thing that is wrong or doubtful in a spec, with where it stands.
 *
 * @param severity whether it prevents a plan
 * @param position where in the file, null for a spec from builders
 * @param path the path of keys, for example {@code control_plane_nodes.host_pool[1]}
 * @param message what was found and what is allowed, with a suggestion for a near miss
 */
public record Problem(Severity severity, @Nullable Position position, String path, String message) {
    /** Checks that nothing mandatory is missing. */
    public Problem {
        Objects.requireNonNull(severity, "severity");
        Objects.requireNonNull(path, "path");
        Objects.requireNonNull(message, "message");
    }

    /**
     * Where in the file.
     *
     * @return the position, empty for a spec from builders
     */
    public Optional<Position> where() {
        return Optional.ofNullable(position);
    }

    /** {@code prod-k8s.yaml:31:7: control_plane_nodes.host_pool[1]: no host "charly" …}; warnings say so. */
    @Override
    public String toString() {
        String place = position == null ? "" : position + ": ";
        String kind = severity == Severity.WARNING ? "warning: " : "";
        return place + kind + (path.isEmpty() ? "" : path + ": ") + message;
    }

    /** Whether a problem prevents a plan. */
    public enum Severity {
        /** The spec cannot be used. */
        ERROR,
        /** The spec can be used; a person should know. */
        WARNING
    }

    /**
     * A place in a file.
     *
     * @param file the file's name as it was given
     * @param line line, from 1
     * @param column column, from 1
     */
    public record Position(String file, int line, int column) {
        @Override
        public String toString() {
            return file + ":" + line + ":" + column;
        }
    }
}
