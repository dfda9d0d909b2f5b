package io.talospve.secrets.age;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.talospve.error.StoreException;
import io.talospve.spec.Secret;
import io.talospve.store.ClusterEntry;
import io.talospve.store.ClusterStore;
import io.talospve.store.Revisions;
import io.talospve.store.Credentials;
import io.talospve.store.StoreCipher;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EncryptedStoreTest {
    private static final Secret<String> BUNDLE = Secret.of("cluster:\n  secret: bundle-s3cr3t\n");
    private final AgeKeyPair keys = AgeKeyPair.generate(new SecureRandom());

    @TempDir
    Path dir;

    @Test
    void secretsAreEncryptedOnDiskAndComeBack() throws IOException {
        ClusterEntry entry = store(keys).open("lab");
        assertThat(entry.secrets().createIfAbsent(BUNDLE)).isTrue();
        assertThat(entry.secrets().createIfAbsent(Secret.of("other"))).isFalse();
        entry.saveCredentials(new Credentials(Secret.of("kube-s3cr3t"), Secret.of("talos-s3cr3t"), "aa", "e"));
        Secret<byte[]> digestKey = entry.digestKey();
        int revision = entry.revisions().begin(new Revisions.Applied(java.time.Instant.EPOCH, "anna"), "spec: 1\n", "{}");

        ClusterEntry again = store(keys).open("lab");
        assertThat(again.secrets().load()).contains(BUNDLE);
        assertThat(again.credentials().orElseThrow().kubeconfig()).isEqualTo(Secret.of("kube-s3cr3t"));
        assertThat(again.digestKey().reveal()).isEqualTo(digestKey.reveal());
        assertThat(again.revisions().load(revision).orElseThrow().specYaml()).isEqualTo("spec: 1\n");

        assertThat(age(keys).decrypt(Files.readAllBytes(dir.resolve("lab/secrets.yaml"))))
                .isEqualTo(BUNDLE.reveal().getBytes(StandardCharsets.UTF_8));
        try (Stream<Path> files = Files.walk(dir)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String content = Files.readString(file, StandardCharsets.ISO_8859_1);
                assertThat(content)
                        .as(file.toString())
                        .doesNotContain("s3cr3t")
                        .doesNotContain(new String(digestKey.reveal(), StandardCharsets.ISO_8859_1))
                        .doesNotContain(Base64.getEncoder().encodeToString(digestKey.reveal()));
            }
        }
    }

    @Test
    void withoutTheKeyNothingIsReadAndNothingIsLost() throws IOException {
        store(keys).open("lab").secrets().createIfAbsent(BUNDLE);
        byte[] before = Files.readAllBytes(dir.resolve("lab/secrets.yaml"));
        ClusterEntry stranger = store(AgeKeyPair.generate(new SecureRandom())).open("lab");
        assertThatThrownBy(() -> stranger.secrets().load())
                .isInstanceOf(StoreException.class)
                .hasMessageContaining(dir.resolve("lab/secrets.yaml").toString())
                .hasMessageContaining("other recipients");
        assertThat(stranger.secrets().createIfAbsent(Secret.of("new"))).isFalse();
        assertThat(Files.readAllBytes(dir.resolve("lab/secrets.yaml"))).isEqualTo(before);
    }

    @Test
    void aPlainBundleIsNotTakenForAnEncryptedOne() {
        ClusterStore.directory(dir).open("lab").secrets().createIfAbsent(BUNDLE);
        assertThatThrownBy(() -> store(keys).open("lab").secrets().load())
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("not an age file")
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("s3cr3t"));
    }

    private ClusterStore store(AgeKeyPair with) {
        AgeEncryption age = age(with);
        return ClusterStore.directory(dir, StoreCipher.of(age::encrypt, age::decrypt));
    }

    private static AgeEncryption age(AgeKeyPair with) {
        return AgeEncryption.builder().identity(with.identity()).armored(true).build();
    }
}
