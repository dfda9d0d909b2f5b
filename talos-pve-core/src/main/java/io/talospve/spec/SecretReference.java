package io.talospve.spec;

import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Names a secret without holding it: <code>{ secret: "&lt;source&gt;:&lt;key&gt;" }</code> of the YAML. Immutable.
 *
 * @param source name under which a {@link io.talospve.spi.SecretSource} is registered
 * @param key name of the secret there
 */
public record SecretReference(String source, String key) {
    private static final Pattern FORM = Pattern.compile("([a-z][a-z0-9-]*):(\\S+)");

    /** Checks both parts. */
    public SecretReference {
        Objects.requireNonNull(source, "source");
        Objects.requireNonNull(key, "key");
        if (!FORM.matcher(source + ":" + key).matches() || source.indexOf(':') >= 0) {
            throw new IllegalArgumentException("a secret reference is <source>:<key>, the source in lower case");
        }
    }

    /**
     * Reads {@code source:key}.
     *
     * @param text the reference
     * @return the value, empty if it is not of this form
     */
    public static Optional<SecretReference> parse(String text) {
        Matcher matcher = FORM.matcher(text);
        return matcher.matches() ? Optional.of(new SecretReference(matcher.group(1), matcher.group(2))) : Optional.empty();
    }

    @Override
    public String toString() {
        return source + ":" + key;
    }
}
