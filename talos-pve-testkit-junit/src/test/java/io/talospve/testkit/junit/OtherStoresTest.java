package io.talospve.testkit.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.talospve.TalosPve;
import io.talospve.apply.Outcome;
import io.talospve.error.StoreException;
import io.talospve.plan.Plan;
import io.talospve.secrets.age.AgeEncryption;
import io.talospve.secrets.age.AgeKeyPair;
import io.talospve.secrets.bitwarden.BitwardenSink;
import io.talospve.secrets.stateless.StatelessStore;
import io.talospve.spec.Secret;
import io.talospve.spec.TalosCluster;
import io.talospve.store.ClusterStore;
import io.talospve.store.StoreCipher;
import io.talospve.testkit.SimulatedDatacenter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The main job with other stores than a plain folder, each run by a process of its own that knows nothing but the store. */
class OtherStoresTest {
    private static final TalosCluster CLUSTER = TalosCluster.parse(
            """
            cluster:
              name: lab
              datastore: { id: nas, node: alpha }
              talos: { version: v1.12.4 }
              kubernetes_version: v1.35.0
              nameservers: [192.168.62.1]
              credentials: { kubeconfig: lab-admin }
              options: { disable_default_cni: true }
            host_pool:
              alpha: { datastore_id: local-lvm }
            control_plane_nodes:
              nodes:
                - size: small
                  networks:
                    dmz: { address: 192.168.62.21/24, gateway: 192.168.62.1 }
              host_pool: [alpha]
            node_size_configuration:
              small: { cpu: 2, memory: 4096, os_disk: 20 }
            """,
            "lab.yaml");

    @TempDir
    Path dir;

    @Test
    void aRunnerThatForgetsEverythingGoesOnFromTheVault() {
        try (SimulatedDatacenter datacenter = SimulatedDatacenter.start()) {
            try (BitwardenSink vault = vault(datacenter);
                    TalosPve first = connect(datacenter, new StatelessStore(vault, ClusterStore.inMemory()))) {
                first.adopt(CLUSTER, StoredSecrets.bundle());
                Outcome outcome = first.apply(first.plan(CLUSTER));
                assertThat(outcome.succeeded()).as("%s", outcome.render()).isTrue();
            }
            assertThat(datacenter.bitwardenSecrets())
                    .containsOnlyKeys(
                            "lab-admin",
                            "lab-talosconfig",
                            "lab-talos-secrets",
                            "lab-talos-pve-record",
                            "lab-talos-pve-credentials",
                            "lab-talos-pve-digest-key");
            try (BitwardenSink vault = vault(datacenter);
                    TalosPve second = connect(datacenter, new StatelessStore(vault, ClusterStore.inMemory()))) {
                Plan again = second.plan(CLUSTER);
                assertThat(again.hasChanges()).as("%s", again.render()).isFalse();
            }
            assertThat(datacenter.bootstraps()).isEqualTo(1);
            try (BitwardenSink vault = vault(datacenter);
                    TalosPve third = connect(datacenter, new StatelessStore(vault, ClusterStore.inMemory()))) {
                Outcome destroyed = third.apply(third.planDestroy(CLUSTER));
                assertThat(destroyed.succeeded()).as("%s", destroyed.render()).isTrue();
            }
            assertThat(datacenter.virtualMachines()).isEmpty();
        }
    }

    @Test
    void anEncryptedStoreHoldsNoSecretInPlainText() throws IOException {
        AgeKeyPair keys = AgeKeyPair.generate(new SecureRandom());
        AgeEncryption age = AgeEncryption.builder().identity(keys.identity()).build();
        ClusterStore store = ClusterStore.directory(dir, StoreCipher.of(age::encrypt, age::decrypt));
        try (SimulatedDatacenter datacenter = SimulatedDatacenter.start()) {
            Outcome outcome;
            try (TalosPve pve = connect(datacenter, store)) {
                outcome = pve.apply(pve.plan(CLUSTER));
                assertThat(outcome.succeeded()).as("%s", outcome.render()).isTrue();
            }
            String bundle =
                    store.open("lab").secrets().load().map(Secret::reveal).orElseThrow();
            List<String> secrets = Stream.of(
                            bundle,
                            outcome.credentials().kubeconfig().reveal(),
                            outcome.credentials().talosconfig().reveal())
                    .flatMap(String::lines)
                    .map(line -> line.replaceFirst("^.*: *", ""))
                    .filter(value -> value.length() > 40)
                    .toList();
            assertThat(secrets).hasSizeGreaterThan(8);
            try (Stream<Path> files = Files.walk(dir)) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    String content = Files.readString(file, StandardCharsets.ISO_8859_1);
                    for (String secret : secrets) {
                        assertThat(content)
                                .as(file.toString())
                                .doesNotContain(secret)
                                .doesNotContain(Base64.getEncoder()
                                        .encodeToString(secret.getBytes(StandardCharsets.UTF_8)));
                    }
                }
            }
            try (TalosPve next = connect(datacenter, store)) {
                assertThat(next.plan(CLUSTER).hasChanges()).isFalse();
            }
            AgeEncryption other = AgeEncryption.builder()
                    .identity(AgeKeyPair.generate(new SecureRandom()).identity())
                    .build();
            try (TalosPve stranger = connect(
                    datacenter, ClusterStore.directory(dir, StoreCipher.of(other::encrypt, other::decrypt)))) {
                assertThatThrownBy(() -> stranger.plan(CLUSTER))
                        .isInstanceOf(StoreException.class)
                        .hasMessageContaining("other recipients");
            }
        }
    }

    private static TalosPve connect(SimulatedDatacenter datacenter, ClusterStore store) {
        return DatacenterConnection.open(datacenter, store);
    }

    private static BitwardenSink vault(SimulatedDatacenter datacenter) {
        return BitwardenSink.builder()
                .server(datacenter.bitwardenUrl())
                .caPem(datacenter.bitwardenCa())
                .accessToken(Secret.of(datacenter.bitwardenAccessToken()))
                .project(datacenter.bitwardenProject())
                .time(datacenter.timeSource()::now)
                .build();
    }
}
