package io.talospve.spec.internal;

import io.talospve.error.Problem;
import io.talospve.error.Problem.Severity;
import io.talospve.error.SpecException;
import io.talospve.spec.SecretReference;
import io.talospve.spec.SecretValue;
import io.talospve.spec.TalosCluster;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes a spec as YAML: the keys that differ from their default, in the order of the model. */
public final class SpecWriter {
    private static final String GIVEN_IN_CODE = "given-in-code:not-kept";

    private SpecWriter() {}

    /**
     * The YAML text.
     *
     * @throws SpecException if the spec holds a secret itself, which YAML cannot
     */
    public static String write(TalosCluster cluster) {
        List<Problem> literals = new ArrayList<>();
        Object tree = referenced("", SpecKeys.ROOT.write(cluster), literals);
        if (!literals.isEmpty()) {
            throw new SpecException(literals);
        }
        return YamlText.dump(tree);
    }

    /**
     * The YAML text for reading it later: a secret that the program gave as a value becomes a reference that
     * says so.
     */
    public static String forTheRecord(TalosCluster cluster) {
        return YamlText.dump(referenced("", SpecKeys.ROOT.write(cluster), new ArrayList<>()));
    }

    private static @Nullable Object referenced(String path, @Nullable Object value, List<Problem> literals) {
        if (value instanceof SecretValue secret) {
            if (secret.reference().isEmpty()) {
                literals.add(new Problem(
                        Severity.ERROR,
                        null,
                        path,
                        "is a secret given as a value; YAML only holds references: give it as SecretReference"));
            }
            return Map.of("secret", secret.reference().map(SecretReference::toString).orElse(GIVEN_IN_CODE));
        }
        if (value instanceof Map<?, ?> map) {
            Map<String, @Nullable Object> copy = new LinkedHashMap<>();
            map.forEach((key, inner) -> copy.put(
                    String.valueOf(key), referenced(Mapping.Entries.child(path, String.valueOf(key)), inner, literals)));
            return copy;
        }
        if (value instanceof List<?> list) {
            List<@Nullable Object> copy = new ArrayList<>();
            for (Object inner : list) {
                copy.add(referenced(path + "[" + copy.size() + "]", inner, literals));
            }
            return copy;
        }
        return value;
    }
}
