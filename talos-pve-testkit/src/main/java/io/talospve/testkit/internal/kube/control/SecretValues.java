package io.talospve.testkit.internal.kube.control;

import static io.talospve.testkit.internal.kube.api.Tree.child;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads Secrets as those who mount them see them. */
final class SecretValues {
    private static final Pattern PASSWORD = Pattern.compile("\"password\"\\s*:\\s*\"([^\"]*)\"");

    private SecretValues() {}

    static List<String> of(Map<String, Object> secret) {
        List<String> out = new ArrayList<>();
        for (Object value : child(secret, "data").values()) {
            try {
                String text = new String(Base64.getDecoder().decode(String.valueOf(value)), StandardCharsets.UTF_8);
                out.add(text);
                // a docker configuration holds its passwords inside
                Matcher password = PASSWORD.matcher(text);
                while (password.find()) {
                    out.add(password.group(1));
                }
            } catch (IllegalArgumentException notBase64) {
                // nobody can use it
            }
        }
        return out;
    }
}
