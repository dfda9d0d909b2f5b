package io.talospve.testkit.internal.kube.control;

import static io.talospve.testkit.internal.kube.api.Tree.child;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/** Reads Secrets as those who mount them see them. */
final class SecretValues {
    private SecretValues() {}

    static List<String> of(Map<String, Object> secret) {
        List<String> out = new ArrayList<>();
        for (Object value : child(secret, "data").values()) {
            try {
                out.add(new String(Base64.getDecoder().decode(String.valueOf(value)), StandardCharsets.UTF_8));
            } catch (IllegalArgumentException notBase64) {
                // nobody can use it
            }
        }
        return out;
    }
}
