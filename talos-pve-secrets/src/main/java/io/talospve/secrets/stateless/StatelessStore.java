package io.talospve.secrets.stateless;

import io.talospve.secrets.SecretVault;
import io.talospve.store.ClusterEntry;
import io.talospve.store.ClusterStore;
import java.security.SecureRandom;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A cluster store for a CI runner that forgets everything: what must not be lost is in a vault (Bitwarden, Vault), the rest
 * in another store, which may be a folder or memory.
 *
 * <p>In the vault: {@code <cluster>-talos-secrets} (the bundle, as talosctl writes it), {@code <cluster>-talos-pve-record},
 * {@code <cluster>-talos-pve-credentials}, {@code <cluster>-talos-pve-digest-key} and, for each secret that was made for its
 * manifests, {@code <cluster>-talos-pve-kept-<name>}. In the other store: journal,
 * revisions, lock, exported files.
 *
 * <p><b>What is weaker than with one durable store</b>, if the other store does not outlive the run:
 * <ul>
 *   <li>An apply that was killed is not picked up from its journal. A machine whose creation was accepted is found by its mark
 *       in Proxmox, but one whose create call was still on its way is not known; look for a VM without a mark before the next run.
 *   <li>The lock keeps nobody off: the CI has to run one job per cluster at a time.
 *   <li>A saved plan can still be checked (its key is in the vault); the history of revisions is lost.
 * </ul>
 * What stays as strong: the bundle is never overwritten and is stored before the first machine exists; etcd is never
 * bootstrapped twice, for the record of it is in the vault; nothing foreign is touched.
 *
 * <p>Thread-safe.
 */
public final class StatelessStore implements ClusterStore {
    private final SecretVault vault;
    private final ClusterStore rest;
    private final SecureRandom random;
    private final Map<String, ClusterEntry> entries = new ConcurrentHashMap<>();

    /**
     * A store over a vault.
     *
     * @param vault holds what must not be lost; not closed by this store
     * @param rest holds journal, revisions and lock: {@code ClusterStore.directory(…)} or {@code ClusterStore.inMemory()}
     */
    public StatelessStore(SecretVault vault, ClusterStore rest) {
        this(vault, rest, new SecureRandom());
    }

    /**
     * A store over a vault.
     *
     * @param vault holds what must not be lost; not closed by this store
     * @param rest holds journal, revisions and lock
     * @param random where keys for digests come from
     */
    public StatelessStore(SecretVault vault, ClusterStore rest, SecureRandom random) {
        this.vault = Objects.requireNonNull(vault, "vault");
        this.rest = Objects.requireNonNull(rest, "rest");
        this.random = Objects.requireNonNull(random, "random");
    }

    @Override
    public ClusterEntry open(String cluster) {
        return entries.computeIfAbsent(
                cluster, name -> new StatelessEntry(name, vault, rest.open(name), random));
    }
}
