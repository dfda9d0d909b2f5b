package io.talospve.error;

import java.util.List;
import java.util.stream.Collectors;

/** A spec has errors. All of them are here at once; nothing was changed. */
public class SpecException extends TalosPveException {
    private static final long serialVersionUID = 1L;

    private final transient List<Problem> problems;

    /**
     * An error with everything that is wrong with a spec.
     *
     * @param problems at least one problem, in the order of the file
     */
    public SpecException(List<Problem> problems) {
        super(
                ErrorCode.SPEC_INVALID,
                problems.stream().map(Problem::toString).collect(Collectors.joining("\n")),
                false,
                null,
                null,
                null);
        this.problems = List.copyOf(problems);
    }

    /**
     * Everything that is wrong, in the order of the file.
     *
     * @return the problems, never empty
     */
    public List<Problem> problems() {
        return problems;
    }
}
