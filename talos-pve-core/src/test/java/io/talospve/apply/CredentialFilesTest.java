package io.talospve.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.talospve.spec.TalosCluster;
import io.talospve.store.ClusterStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an apply leaves in a store on disk. */
class CredentialFilesTest {
    private static Outcome apply(TalosCluster cluster, Path folder) {
        JumpingTime time = new JumpingTime();
        MemoryDatacenter datacenter = new MemoryDatacenter(time, new CrashPoints());
        PlanExecutor process = PlanExecutor.builder()
                .hypervisor(datacenter.hypervisor())
                .talos(datacenter.talos())
                .kubernetes(datacenter.kubernetes())
                .pki(datacenter.pki())
                .machineConfigs(datacenter.configs())
                .imageFactory(datacenter.images())
                .manifests(datacenter.manifests())
                .store(ClusterStore.directory(folder))
                .executor(Runnable::run)
                .timeSource(time)
                .build();
        return process.apply(process.plan(cluster));
    }

    @Test
    void debugWritesTheCredentialsAsFilesAndSaysWhere(@TempDir Path folder) throws IOException {
        TalosCluster cluster = TalosCluster.builder().from(Site.EXAMPLE).debug(true).build();
        Outcome outcome = apply(cluster, folder);
        List<Path> files = outcome.credentials().files();
        assertThat(files).extracting(file -> file.getFileName().toString()).containsExactly("kubeconfig", "talosconfig");
        assertThat(Files.readString(files.get(0))).isEqualTo(outcome.credentials().kubeconfig().reveal());
        assertThat(Files.readString(files.get(1))).isEqualTo(outcome.credentials().talosconfig().reveal());
    }

    @Test
    void withoutDebugThereAreNoSuchFiles(@TempDir Path folder) {
        Outcome outcome = apply(Site.EXAMPLE, folder);
        assertThat(outcome.credentials().files()).isEmpty();
        assertThat(folder.resolve("prod-k8s/credentials/kubeconfig")).doesNotExist();
    }

    @Test
    void nobodyElseCanReadTheStore(@TempDir Path folder) throws IOException {
        Path store = folder.resolve("store");
        apply(Site.EXAMPLE, store);
        try (Stream<Path> all = Files.walk(store)) {
            for (Path path : all.toList()) {
                assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                        .as("%s", path)
                        .isEqualTo(Files.isDirectory(path) ? "rwx------" : "rw-------");
            }
        }
    }
}
