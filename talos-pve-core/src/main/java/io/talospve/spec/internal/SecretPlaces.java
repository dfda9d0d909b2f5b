package io.talospve.spec.internal;

import io.talospve.spec.SecretReference;
import io.talospve.spec.SecretValue;
import io.talospve.spec.TalosCluster;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Where a spec refers to secrets: every key that takes one, whatever it is. */
public final class SecretPlaces {
    private SecretPlaces() {}

    /** The references by their paths, in the order of the keys. */
    public static Map<String, SecretReference> in(TalosCluster cluster) {
        Map<String, SecretReference> found = new LinkedHashMap<>();
        collect("", SpecKeys.ROOT.write(cluster), found);
        return found;
    }

    private static void collect(String path, @Nullable Object value, Map<String, SecretReference> found) {
        if (value instanceof SecretValue secret) {
            secret.reference().ifPresent(reference -> found.put(path, reference));
        } else if (value instanceof Map<?, ?> map) {
            map.forEach((key, inner) -> collect(Mapping.Entries.child(path, String.valueOf(key)), inner, found));
        } else if (value instanceof List<?> list) {
            for (int i = 0; i < list.size(); i++) {
                collect(path + "[" + i + "]", list.get(i), found);
            }
        }
    }
}
