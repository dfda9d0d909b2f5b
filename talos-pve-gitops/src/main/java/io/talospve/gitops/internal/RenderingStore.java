package io.talospve.gitops.internal;

import io.talospve.spec.Secret;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Renderings by a description of what was rendered. Thread-safe. */
public interface RenderingStore {
    /** How many renderings are kept in memory. */
    int KEPT = 64;

    /** The rendering of a description that may hold secrets. */
    Optional<Secret<String>> find(Secret<String> description);

    /** Keeps one. */
    void keep(Secret<String> description, Secret<String> rendering);

    /** One in memory. */
    static RenderingStore memory() {
        Map<Secret<String>, Secret<String>> kept = Collections.synchronizedMap(new LeastRecent());
        return new RenderingStore() {
            @Override
            public Optional<Secret<String>> find(Secret<String> description) {
                return Optional.ofNullable(kept.get(description));
            }

            @Override
            public void keep(Secret<String> description, Secret<String> rendering) {
                kept.put(description, rendering);
            }
        };
    }

    /** Drops what was not used for longest. */
    final class LeastRecent extends LinkedHashMap<Secret<String>, Secret<String>> {
        private static final long serialVersionUID = 1L;

        LeastRecent() {
            super(16, 0.75f, true);
        }

        @Override
        protected boolean removeEldestEntry(Map.Entry<Secret<String>, Secret<String>> eldest) {
            return size() > KEPT;
        }
    }
}
