package io.talospve.secrets.stateless;

import io.talospve.error.ErrorCode;
import io.talospve.error.StoreException;
import io.talospve.secrets.SecretVault;
import io.talospve.spec.Secret;
import io.talospve.store.ClusterEntry;
import io.talospve.store.ClusterLock;
import io.talospve.store.ClusterRecord;
import io.talospve.store.ClusterSecrets;
import io.talospve.store.Credentials;
import io.talospve.store.Journal;
import io.talospve.store.Revisions;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * One cluster in a vault. What never changes once it is there (bundle, digest key) is asked for once, for vaults count
 * requests.
 */
final class StatelessEntry implements ClusterEntry {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();
    private static final String KEPT = "talos-pve-kept-";
    private static final int KEY_BYTES = 32;

    /** Not a monitor: a virtual thread that makes a call while it holds one keeps its carrier, before JDK 24. */
    private final ReentrantLock lock = new ReentrantLock();
    private final String cluster;
    private final SecretVault vault;
    private final ClusterEntry rest;
    private final SecureRandom random;
    private final Map<String, Secret<String>> kept = new HashMap<>();
    private @Nullable Secret<String> bundle;
    private @Nullable Secret<byte[]> digestKey;

    StatelessEntry(String cluster, SecretVault vault, ClusterEntry rest, SecureRandom random) {
        this.cluster = cluster;
        this.vault = vault;
        this.rest = rest;
        this.random = random;
    }

    @Override
    public ClusterSecrets secrets() {
        return new ClusterSecrets() {
            @Override
            public Optional<Secret<String>> load() {
                return loadBundle();
            }

            @Override
            public boolean createIfAbsent(Secret<String> given) {
                return vault.createIfAbsent(key("talos-secrets"), given);
            }

            @Override
            public Optional<Secret<String>> load(String name) {
                return loadKept(name);
            }

            @Override
            public boolean createIfAbsent(String name, Secret<String> value) {
                return vault.createIfAbsent(key(KEPT + name), value);
            }
        };
    }

    private Optional<Secret<String>> loadBundle() {
        lock.lock();
        try {
            if (bundle == null) {
                bundle = vault.read(key("talos-secrets")).orElse(null);
            }
            return Optional.ofNullable(bundle);
        } finally {
            lock.unlock();
        }
    }

    private synchronized Optional<Secret<String>> loadKept(String name) {
        if (!kept.containsKey(name)) {
            vault.read(key(KEPT + name)).ifPresent(value -> kept.put(name, value));
        }
        return Optional.ofNullable(kept.get(name));
    }

    @Override
    public Optional<ClusterRecord> record() {
        return read("talos-pve-record", ClusterRecord.class);
    }

    @Override
    public void saveRecord(ClusterRecord record) {
        write("talos-pve-record", record);
    }

    @Override
    public Optional<Credentials> credentials() {
        return read("talos-pve-credentials", Issued.class)
                .map(issued -> new Credentials(
                        Secret.of(issued.kubeconfig), Secret.of(issued.talosconfig), issued.osCa, issued.endpoint));
    }

    @Override
    public void saveCredentials(Credentials credentials) {
        write(
                "talos-pve-credentials",
                new Issued(
                        credentials.kubeconfig().reveal(),
                        credentials.talosconfig().reveal(),
                        credentials.osCa(),
                        credentials.endpoint()));
    }

    @Override
    public Optional<Path> exportCredential(String name, Secret<String> content) {
        return rest.exportCredential(name, content);
    }

    @Override
    public Secret<byte[]> digestKey() {
        lock.lock();
        try {
            Secret<byte[]> known = digestKey;
            if (known == null) {
                String key = key("talos-pve-digest-key");
                Optional<Secret<String>> stored = vault.read(key);
                if (stored.isEmpty()) {
                    byte[] fresh = new byte[KEY_BYTES];
                    random.nextBytes(fresh);
                    vault.createIfAbsent(key, Secret.of(Base64.getEncoder().encodeToString(fresh)));
                    // not the fresh one: another process may have been first
                    stored = vault.read(key);
                }
                try {
                    known = stored.orElseThrow(() -> damaged(key)).map(Base64.getDecoder()::decode);
                } catch (IllegalArgumentException e) {
                    throw damaged(key);
                }
                digestKey = known;
            }
            return known;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Journal journal() {
        return rest.journal();
    }

    @Override
    public Revisions revisions() {
        return rest.revisions();
    }

    @Override
    public ClusterLock lock() {
        return rest.lock();
    }

    private String key(String kind) {
        return cluster + "-" + kind;
    }

    private <T> Optional<T> read(String kind, Class<T> type) {
        return vault.read(key(kind)).map(text -> {
            try {
                return JSON.readValue(text.reveal(), type);
            } catch (JacksonException e) {
                // without the cause: the parser quotes its input
                throw damaged(key(kind));
            }
        });
    }

    private void write(String kind, Object value) {
        vault.put(key(kind), Secret.of(JSON.writeValueAsString(value)));
    }

    private StoreException damaged(String key) {
        return new StoreException(
                ErrorCode.STORE_FAILED,
                "the entry \"" + key + "\" of " + vault.name() + " is missing or not what this library wrote",
                "restore an earlier version of the entry in the vault",
                null);
    }

    /** Credentials as they are written: the one place where they become plain text. */
    private record Issued(String kubeconfig, String talosconfig, String osCa, String endpoint) {
        @Override
        public String toString() {
            return "***";
        }
    }
}
