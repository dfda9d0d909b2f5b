package io.talospve.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a process that died while it wrote has left is removed by the next that takes the lock. */
class LeftoverFilesTest {
    /** More than Linux gives. */
    private static final long NO_PROCESS = 4_194_305;

    @Test
    void halfWrittenFilesOfDeadProcessesAreRemovedAndNoOthers(@TempDir Path folder) throws Exception {
        ClusterEntry entry = ClusterStore.directory(folder).open("prod");
        entry.lock().acquire("me", Instant.EPOCH).close();
        Path cluster = folder.resolve("prod");
        Path credentials = Files.createDirectories(cluster.resolve("credentials"));
        Path dead = Files.writeString(cluster.resolve(".tmp-" + NO_PROCESS + ".1"), "machine: secret");
        Path deeper = Files.writeString(credentials.resolve(".tmp-" + NO_PROCESS + ".2"), "kubeconfig");
        Path nameless = Files.writeString(cluster.resolve(".tmp-0b3c"), "half a bundle");
        Path alive = Files.writeString(cluster.resolve(".tmp-" + ProcessHandle.current().pid() + ".3"), "being written");
        Path other = Files.writeString(cluster.resolve("notes.txt"), "mine");
        Path neighbour = Files.writeString(
                Files.createDirectories(folder.resolve("other")).resolve(".tmp-" + NO_PROCESS + ".4"), "not ours to remove");

        entry.lock().acquire("me again", Instant.EPOCH).close();

        assertThat(dead).doesNotExist();
        assertThat(deeper).doesNotExist();
        assertThat(nameless).doesNotExist();
        assertThat(alive).exists();
        assertThat(other).exists();
        assertThat(neighbour).exists();
    }
}
