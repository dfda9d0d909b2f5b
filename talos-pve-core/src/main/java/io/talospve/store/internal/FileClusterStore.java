package io.talospve.store.internal;

import io.talospve.store.ClusterEntry;
import io.talospve.store.ClusterStore;

/** A store whose entries are folders of files. */
public final class FileClusterStore implements ClusterStore {
    private final StoreFiles files;

    /** A store on files. */
    public FileClusterStore(StoreFiles files) {
        this.files = files;
    }

    @Override
    public ClusterEntry open(String cluster) {
        if (!cluster.matches("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")) {
            throw new IllegalArgumentException("\"" + cluster + "\" is not a cluster name");
        }
        return new FileClusterEntry(files, cluster);
    }
}
