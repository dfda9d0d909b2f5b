package io.talospve.spec.internal;

import io.talospve.error.Problem;
import io.talospve.error.Problem.Position;
import io.talospve.error.Problem.Severity;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Collects what is wrong with one spec, with where each path stands in its file. A path that could not be read is
 * remembered as broken, so that its consequences are not reported as further problems. Not thread-safe.
 */
public final class Findings {
    private static final int MAX_SHOWN = 500;

    private final Map<String, Position> positions = new HashMap<>();
    private final Set<String> broken = new HashSet<>();
    private final Set<Problem> problems = new LinkedHashSet<>();

    /** Remembers where a path stands. */
    void place(String path, Position position) {
        positions.put(path, position);
    }

    /** Whether this path itself stands in the file. */
    boolean isPlaced(String path) {
        return positions.containsKey(path);
    }

    /** Forgets nothing, reports nothing, but keeps later rules from judging this path. */
    void markBroken(String path) {
        broken.add(path);
    }

    /** Reports an error of reading at a position; the path counts as broken from now on. */
    void unreadable(@Nullable Position position, String path, String message) {
        problems.add(new Problem(Severity.ERROR, position, path, message));
        broken.add(path);
    }

    /** Reports a mandatory key that is not there, at what should hold it. */
    void missing(String path, String doc) {
        unreadable(position(path), path, "missing, and mandatory: " + doc);
    }

    /** Adds a problem that was found elsewhere; its path counts as broken if it is an error. */
    public void add(Problem problem) {
        if (problem.severity() == Severity.ERROR) {
            unreadable(problem.position(), problem.path(), problem.message());
        } else {
            problems.add(problem);
        }
    }

    /** Reports an error at a position without calling the path broken. */
    void errorAt(@Nullable Position position, String path, String message) {
        problems.add(new Problem(Severity.ERROR, position, path, message));
    }

    /**
     * Reports a broken rule.
     *
     * @param path what breaks it
     * @param message what was found and what is allowed
     * @param dependsOn paths that the rule looked at too: if one of them could not be read, nothing is reported
     */
    void error(String path, String message, String... dependsOn) {
        report(Severity.ERROR, path, message, dependsOn);
    }

    /** Like {@link #error}, for what a person should know although the spec can be used. */
    void warning(String path, String message, String... dependsOn) {
        report(Severity.WARNING, path, message, dependsOn);
    }

    private void report(Severity severity, String path, String message, String... dependsOn) {
        if (isBroken(path)) {
            return;
        }
        for (String other : dependsOn) {
            if (isBroken(other)) {
                return;
            }
        }
        problems.add(new Problem(severity, position(path), path, message));
    }

    /** Whether this path, or one that holds it, could not be read. */
    boolean isBroken(String path) {
        for (String p = path; ; p = parent(p)) {
            if (broken.contains(p)) {
                return true;
            }
            if (p.isEmpty()) {
                return false;
            }
        }
    }

    /** Whether this path, one that holds it, or one below it could not be read. */
    boolean anyBelow(String path) {
        return isBroken(path)
                || broken.stream().anyMatch(other -> other.startsWith(path + ".") || other.startsWith(path + "["));
    }

    private @Nullable Position position(String path) {
        return position(positions, path).orElse(null);
    }

    /** Where a path stands, or the closest that holds it. */
    public static Optional<Position> position(Map<String, Position> positions, String path) {
        for (String p = path; ; p = parent(p)) {
            Position position = positions.get(p);
            if (position != null || p.isEmpty()) {
                return Optional.ofNullable(position);
            }
        }
    }

    /** Where everything stands that was read. */
    public Map<String, Position> positions() {
        return Collections.unmodifiableMap(positions);
    }

    private static String parent(String path) {
        return path.substring(0, Math.max(0, Math.max(path.lastIndexOf('.'), path.lastIndexOf('['))));
    }

    /** Whether anything reported prevents a plan. */
    public boolean hasErrors() {
        return problems.stream().anyMatch(problem -> problem.severity() == Severity.ERROR);
    }

    /** Everything reported, in the order of the file; without a file in the order of the rules. */
    public List<Problem> problems() {
        List<Problem> sorted = new ArrayList<>(problems);
        sorted.sort(Comparator.<Problem>comparingInt(problem -> line(problem)).thenComparingInt(problem -> column(problem)));
        if (sorted.size() > MAX_SHOWN) {
            int more = sorted.size() - MAX_SHOWN;
            Problem last = sorted.get(MAX_SHOWN - 1);
            sorted = new ArrayList<>(sorted.subList(0, MAX_SHOWN));
            sorted.add(new Problem(Severity.ERROR, last.position(), "", "and " + more + " more problems after this one"));
        }
        return List.copyOf(sorted);
    }

    private static int line(Problem problem) {
        Position position = problem.position();
        return position == null ? 0 : position.line();
    }

    private static int column(Problem problem) {
        Position position = problem.position();
        return position == null ? 0 : position.column();
    }
}
