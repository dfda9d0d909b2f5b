package io.talospve.spi;

import io.talospve.error.ConfigurationException;
import io.talospve.error.ErrorCode;
import io.talospve.error.RefusedException;
import io.talospve.spec.Secret;
import io.talospve.spec.SecretReference;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The sources that the secret references of specs may be read from, by name. A program registers them in code, each with the
 * beginnings of the keys that a spec may ask it for: whoever writes a spec reads nothing else with the program's rights.
 * Immutable; thread-safe as its sources are.
 */
public final class SecretSources {
    private static final SecretSources NONE = new SecretSources(Map.of());

    private final Map<String, Registered> byName;

    private SecretSources(Map<String, Registered> byName) {
        this.byName = byName;
    }

    private record Registered(SecretSource source, List<String> keyPrefixes) {}

    /** No sources: every reference is refused. */
    public static SecretSources none() {
        return NONE;
    }

    /**
     * These sources and one more.
     *
     * @param name the name that references have before their colon: lower-case letters, digits and hyphens, a letter first
     * @param source reads the secrets; it stays the caller's to close
     * @param keyPrefix how the keys begin that specs may ask for; empty text for every key
     * @param more further allowed beginnings
     * @return the sum
     * @throws ConfigurationException if the name is malformed or taken
     */
    public SecretSources with(String name, SecretSource source, String keyPrefix, String... more) {
        Objects.requireNonNull(source, "source");
        if (!name.matches("[a-z][a-z0-9-]*")) {
            throw new ConfigurationException(
                    "\"" + name + "\" is not a name of a secret source: lower-case letters, digits and hyphens, a letter first",
                    null);
        }
        if (byName.containsKey(name)) {
            throw new ConfigurationException("two secret sources are named \"" + name + "\"", "Give each its own name.");
        }
        Map<String, Registered> all = new TreeMap<>(byName);
        List<String> prefixes = new ArrayList<>(List.of(more));
        prefixes.add(0, Objects.requireNonNull(keyPrefix, "keyPrefix"));
        all.put(name, new Registered(source, List.copyOf(prefixes)));
        return new SecretSources(all);
    }

    /**
     * Why a reference is not read, whatever its source holds: its source is not registered, or its key is not allowed. Asks
     * nobody.
     *
     * @param reference a reference
     * @return the reason; empty if it may be read
     */
    public Optional<String> whyNot(SecretReference reference) {
        Registered registered = byName.get(reference.source());
        if (registered == null) {
            return Optional.of("no secret source is named \"" + reference.source() + "\""
                    + (byName.isEmpty() ? "; none is registered" : "; registered are " + String.join(", ", byName.keySet())));
        }
        String key = reference.key();
        if (registered.keyPrefixes().stream().noneMatch(key::startsWith)) {
            return Optional.of("the source \"" + reference.source() + "\" gives specs only keys that begin with "
                    + String.join(" or ", registered.keyPrefixes()) + "; found " + key);
        }
        if (List.of(key.split("/", -1)).stream().anyMatch(part -> part.equals("..") || part.equals("."))) {
            return Optional.of("the key " + key + " has a part \"..\" or \".\"");
        }
        return Optional.empty();
    }

    /**
     * Reads one secret.
     *
     * @param reference where it is
     * @return the value; empty if the source has none of this name
     * @throws RefusedException if its source is not registered or its key is not allowed
     * @throws io.talospve.error.TalosPveException if the source cannot be asked
     */
    public Optional<Secret<String>> read(SecretReference reference) {
        whyNot(reference).ifPresent(why -> {
            throw new RefusedException(
                    ErrorCode.NOT_CONFIGURED,
                    "secret " + reference + ": " + why,
                    "Register the source in code, with the beginning of the keys that specs may ask it for.");
        });
        return byName.get(reference.source()).source().read(reference.key());
    }

    /**
     * Reads several secrets, each once.
     *
     * @param references where they are
     * @return all values
     * @throws RefusedException if one may not be read, or its source has none of this name
     * @throws io.talospve.error.TalosPveException if a source cannot be asked
     */
    public Map<SecretReference, Secret<String>> resolve(Collection<SecretReference> references) {
        Map<SecretReference, Secret<String>> values = new LinkedHashMap<>();
        for (SecretReference reference : references) {
            values.computeIfAbsent(reference, wanted -> read(wanted)
                    .orElseThrow(() -> new RefusedException(
                            ErrorCode.NOT_FOUND,
                            "the source \"" + wanted.source() + "\" has no secret \"" + wanted.key() + "\"",
                            "Put it there, or correct the reference.")));
        }
        return Map.copyOf(values);
    }

    /** The names, no value. */
    @Override
    public String toString() {
        return "SecretSources" + byName.keySet();
    }
}
