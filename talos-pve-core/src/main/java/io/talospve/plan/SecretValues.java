package io.talospve.plan;

import io.talospve.error.ErrorCode;
import io.talospve.error.Problem;
import io.talospve.error.Problem.Severity;
import io.talospve.error.RemoteException;
import io.talospve.error.SpecException;
import io.talospve.error.TalosPveException;
import io.talospve.spec.Secret;
import io.talospve.spec.SecretReference;
import io.talospve.spec.TalosCluster;
import io.talospve.spi.SecretSources;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * The values of the secrets that a spec refers to, read once for one plan or apply and kept in memory only. No plan, journal
 * or revision holds one. Immutable.
 */
public final class SecretValues {
    private static final SecretValues NONE = new SecretValues(Map.of());

    private final Map<SecretReference, Secret<String>> values;

    private SecretValues(Map<SecretReference, Secret<String>> values) {
        this.values = Map.copyOf(values);
    }

    /** No values, for specs without references. */
    public static SecretValues none() {
        return NONE;
    }

    /**
     * Reads every secret that a spec refers to.
     *
     * @param sources what was registered in code
     * @param cluster the spec
     * @return all values
     * @throws SpecException with every reference that cannot be read, each at its place in the spec: a source that is not
     *     registered, a key that is not allowed, a secret that is not there
     * @throws RemoteException if nothing else is wrong, but a source does not answer
     */
    public static SecretValues read(SecretSources sources, TalosCluster cluster) {
        Reading reading = new Reading(sources, cluster);
        cluster.secretReferences().forEach(reading::read);
        return reading.result();
    }

    /**
     * The value of a reference of the spec.
     *
     * @param reference the reference
     * @return its value
     * @throws IllegalArgumentException if the spec has no such reference
     */
    public Secret<String> of(SecretReference reference) {
        Secret<String> value = values.get(reference);
        if (value == null) {
            throw new IllegalArgumentException("the spec has no reference to the secret " + reference);
        }
        return value;
    }

    /** All values by reference. */
    public Map<SecretReference, Secret<String>> all() {
        return values;
    }

    /** The references, no value. */
    @Override
    public String toString() {
        return "SecretValues" + values.keySet().stream().map(SecretReference::toString).sorted().toList();
    }

    /** One pass over the references of a spec. */
    private static final class Reading {
        private final SecretSources sources;
        private final TalosCluster cluster;
        private final Map<SecretReference, Secret<String>> values = new HashMap<>();
        private final Map<SecretReference, String> failures = new HashMap<>();
        private final List<Problem> problems = new ArrayList<>();
        private final List<RemoteException> silent = new ArrayList<>();

        Reading(SecretSources sources, TalosCluster cluster) {
            this.sources = sources;
            this.cluster = cluster;
        }

        void read(String path, SecretReference reference) {
            if (values.containsKey(reference)) {
                return;
            }
            Optional<String> failure =
                    failures.containsKey(reference) ? Optional.of(failures.get(reference)) : tryToRead(reference);
            failure.ifPresent(why -> {
                failures.put(reference, why);
                if (!why.isEmpty()) {
                    problems.add(new Problem(Severity.ERROR, cluster.position(path).orElse(null), path, why));
                }
            });
        }

        /** Why it cannot be read; empty text if its source does not answer. */
        private Optional<String> tryToRead(SecretReference reference) {
            Optional<String> forbidden = sources.whyNot(reference);
            if (forbidden.isPresent()) {
                return forbidden;
            }
            try {
                Optional<Secret<String>> value = sources.read(reference);
                value.ifPresent(found -> values.put(reference, found));
                return value.isPresent()
                        ? Optional.empty()
                        : Optional.of("the source \"" + reference.source() + "\" has no secret \"" + reference.key() + "\"");
            } catch (RemoteException e) {
                if (e.code() == ErrorCode.NOT_FOUND) {
                    return Optional.of(Objects.toString(e.getMessage()));
                }
                silent.add(e);
                return Optional.of("");
            } catch (TalosPveException e) {
                return Optional.of("secret " + reference + ": " + e.getMessage());
            }
        }

        SecretValues result() {
            if (!problems.isEmpty()) {
                throw new SpecException(problems);
            }
            if (!silent.isEmpty()) {
                throw silent.get(0);
            }
            return new SecretValues(values);
        }
    }
}
