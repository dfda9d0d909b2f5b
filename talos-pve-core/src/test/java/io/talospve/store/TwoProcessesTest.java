package io.talospve.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.talospve.error.ErrorCode;
import io.talospve.error.StoreException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A store on disk and another process: one that holds the lock, one that is killed while it writes. */
class TwoProcessesTest {
    private static final Instant NOW = Instant.parse("2026-03-04T05:06:07Z");

    @TempDir
    Path folder;

    @Test
    void theSecondIsRefusedWithWhoHoldsItUntilTheFirstIsDead() throws Exception {
        Process other = start("hold");
        try (BufferedReader out = output(other)) {
            assertThat(out.readLine()).isEqualTo("holding");
            ClusterLock lock = ClusterStore.directory(folder).open("prod").lock();
            StoreException refused =
                    catchThrowableOfType(StoreException.class, () -> lock.acquire("anna, process 1", NOW));
            assertThat(refused.code()).isEqualTo(ErrorCode.LOCKED);
            assertThat(refused).hasMessageContaining("bert, process " + other.pid()).hasMessageContaining(NOW.toString());
            other.destroyForcibly().waitFor(30, TimeUnit.SECONDS);
            lock.acquire("anna, process 1", NOW).close();
        } finally {
            other.destroyForcibly();
        }
    }

    @Test
    void whoIsKilledWhileWritingLeavesTheOldOrTheNewStateAndNeverHalf() throws Exception {
        for (int round = 1; round <= 3; round++) {
            Process other = start("write");
            try (BufferedReader out = output(other)) {
                for (int lines = 0; lines < 7 * round; lines++) {
                    assertThat(out.readLine()).as("it writes").isNotNull();
                }
                other.destroyForcibly().waitFor(30, TimeUnit.SECONDS);
            } finally {
                other.destroyForcibly();
            }
            ClusterEntry entry = ClusterStore.directory(folder).open("prod");
            ClusterRecord record = entry.record().orElseThrow();
            assertThat(record.nodes()).as("as many as it says").hasSize(record.defaultsEpoch());
            Credentials credentials = entry.credentials().orElseThrow();
            assertThat(credentials.kubeconfig().reveal()).isEqualTo(credentials.talosconfig().reveal());
            assertThat(entry.secrets().load().orElseThrow().reveal()).hasSize(100_000).startsWith("bundle 0 ");
            List<Journal.Entry> journal = entry.journal().entries();
            assertThat(journal).isNotEmpty().allMatch(line -> line.data().get("text").length() == 10_000);
            assertThat(new ClusterHistory("prod", entry.revisions()).entries()).isNotEmpty();
        }
        try (Stream<Path> files = Files.walk(folder.resolve("prod"))) {
            assertThat(files).allSatisfy(file -> assertThat(Files.getPosixFilePermissions(file))
                    .doesNotContainAnyElementsOf(Set.of(
                            java.nio.file.attribute.PosixFilePermission.GROUP_READ,
                            java.nio.file.attribute.PosixFilePermission.OTHERS_READ)));
        }
    }

    private Process start(String role) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        OtherProcess.class.getName(),
                        role,
                        folder.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private static BufferedReader output(Process process) {
        return new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }
}
