package io.talospve.spec;

import io.talospve.error.Problem;
import io.talospve.error.Problem.Severity;
import io.talospve.error.SpecException;
import io.talospve.spec.internal.Placeholders;
import io.talospve.spec.internal.Trees;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * What is wrong with the parts that a builder was given through lambdas: kept until the outermost build, so that all
 * problems come at once. Not thread-safe.
 */
final class Nested {
    private final List<Problem> problems = new ArrayList<>();

    void error(String path, String message) {
        problems.add(new Problem(Severity.ERROR, null, path, message));
    }

    List<Problem> problems() {
        return List.copyOf(problems);
    }

    /** The same so far, to which more can be added without touching this. */
    Nested copy() {
        Nested copy = new Nested();
        copy.problems.addAll(problems);
        return copy;
    }

    /** Throws what was collected. */
    void check() {
        if (!problems.isEmpty()) {
            throw new SpecException(problems);
        }
    }

    /**
     * Builds a part that nothing else refers to: what is wrong with it is collected under a prefix, and it is left out.
     *
     * @param build builds it
     * @param use takes it
     * @param prefix path of the part, with a dot
     */
    <T> void part(Supplier<T> build, Consumer<T> use, String prefix) {
        T part;
        try {
            part = build.get();
        } catch (SpecException e) {
            e.problems().forEach(problem -> error(prefix + problem.path(), problem.message()));
            return;
        }
        use.accept(part);
    }

    /** Takes an immutable copy of a plain tree; what else it holds is an error. */
    void tree(Map<String, Object> tree, Consumer<Map<String, Object>> use, String path) {
        tree(tree, use, path, Trees::copy);
    }

    /** Takes an immutable copy of a tree; what the copying refuses is an error. */
    void tree(
            Map<String, Object> tree,
            Consumer<Map<String, Object>> use,
            String path,
            UnaryOperator<Map<String, Object>> copy) {
        try {
            use.accept(copy.apply(tree));
        } catch (IllegalArgumentException e) {
            error(path, String.valueOf(e.getMessage()));
        }
    }

    /**
     * Builds a part. What is wrong with it is collected under a prefix, what is missing replaced by a placeholder.
     *
     * @param builder of the part
     * @param build builds it whatever is wrong with its own parts
     * @param inner problems of its own parts
     * @param prefix path of the part, with a dot
     */
    <T> T build(Object builder, Supplier<T> build, Nested inner, String prefix) {
        inner.problems.forEach(problem -> error(prefix + problem.path(), problem.message()));
        try {
            return build.get();
        } catch (MissingValues e) {
            e.problems().forEach(problem -> error(prefix + problem.path(), problem.message()));
            Placeholders.fill(builder, e.keys());
            return build.get();
        }
    }
}
