package io.talospve.store;

import io.talospve.store.internal.DirectoryFiles;
import io.talospve.store.internal.EncryptedFiles;
import io.talospve.store.internal.FileClusterStore;
import io.talospve.store.internal.MemoryFiles;
import java.nio.file.Path;

/**
 * Keeps what must outlive the process, per cluster: secrets, record, credentials, journal, revisions. It mirrors nothing
 * that can be asked from the world.
 *
 * <p>A write that has returned survives a crash of the process and of the machine; a reader sees the old or the new state,
 * never half of one. Errors are {@link io.talospve.error.StoreException}. Implementations are thread-safe.
 */
public interface ClusterStore {
    /**
     * What is kept for one cluster; nothing is created by asking.
     *
     * @param cluster name of the cluster
     */
    ClusterEntry open(String cluster);

    /**
     * A store in a directory: {@code <directory>/<cluster>/}, folders 0700 and files 0600 from creation.
     *
     * @param directory created when something is first written
     */
    static ClusterStore directory(Path directory) {
        return new FileClusterStore(new DirectoryFiles(directory));
    }

    /**
     * A store in a directory whose secrets are encrypted: the bundle, the issued credentials, the key of digests. Record,
     * journal and revisions hold no secret and stay readable; what {@code debug: true} exports is plain as well.
     *
     * @param directory created when something is first written
     * @param cipher reads only what is encrypted: the files of a store that was begun without it have to be encrypted by
     *     hand first
     */
    static ClusterStore directory(Path directory, StoreCipher cipher) {
        return new FileClusterStore(new EncryptedFiles(new DirectoryFiles(directory), cipher));
    }

    /** A store that ends with the process: for tests and trials only, since losing it loses the cluster's secrets. */
    static ClusterStore inMemory() {
        return new FileClusterStore(new MemoryFiles());
    }
}
