package io.talospve.spec;

import io.talospve.error.Problem;
import io.talospve.error.Problem.Severity;
import io.talospve.error.SpecException;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** A builder was not given everything that is mandatory. */
final class MissingValues extends SpecException {
    private static final long serialVersionUID = 1L;

    /**
     * What is missing.
     *
     * @param message names of the values, as in Java, in brackets at its end
     */
    MissingValues(String message) {
        super(problems(message));
    }

    /** What is missing, as in the YAML. */
    List<String> keys() {
        return problems().stream().map(Problem::path).toList();
    }

    private static List<Problem> problems(String message) {
        String names = message.substring(message.lastIndexOf('[') + 1, message.lastIndexOf(']'));
        return Stream.of(names.split(", "))
                .map(name -> new Problem(Severity.ERROR, null, key(name), "missing, and mandatory"))
                .toList();
    }

    /** {@code osDisk} → {@code os_disk}, as in the YAML. */
    private static String key(String name) {
        return name.replaceAll("([a-z])([A-Z])", "$1_$2").toLowerCase(Locale.ROOT);
    }
}
