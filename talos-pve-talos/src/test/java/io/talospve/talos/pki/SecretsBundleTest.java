package io.talospve.talos.pki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.talospve.error.StoreException;
import io.talospve.spec.Secret;
import io.talospve.talos.Vectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SecretsBundleTest {
    @ParameterizedTest
    @ValueSource(strings = {
        "bundles/secrets-v1.9.yaml", "bundles/secrets-v1.10.yaml", "bundles/secrets-v1.11.yaml", "bundles/secrets-v1.12.yaml", "default/secrets.yaml"
    })
    void talosctlsFileComesBackUnchanged(String file) {
        String text = Vectors.text("talos/" + file);
        assertThat(SecretsBundle.parse(Secret.of(text)).write().reveal()).isEqualTo(text);
    }

    @Test
    void keepsTheOldEncryptionKeyOfAdoptedClusters() {
        String text = Vectors.bundle().replaceAll("secretboxencryptionsecret: \\S+", "aescbcencryptionsecret: YWFh");
        SecretsBundle bundle = SecretsBundle.parse(Secret.of(text));
        assertThat(bundle.aescbcSecret().orElseThrow().reveal()).isEqualTo("YWFh");
        assertThat(bundle.write().reveal()).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({
        "'    id: ', '    other: ', cluster.id is missing",
        "'trustdinfo:', 'trustd:', trustdinfo.token is missing",
        "'    secretboxencryptionsecret: ', '    aescbcencryptionsecret: YWFh\n    secretboxencryptionsecret: ', exactly one of",
        "'certs:', 'extra: 1\ncerts:', 'unknown keys: extra'",
        "'    k8s:\n        crt: LS0t', '    k8s:\n        crt: AAAA', certs.k8s.crt: not a PEM text",
        "'    os:\n        crt: LS0t', '    os:\n        crt: !!', not valid YAML",
    })
    void saysWhatIsWrongAndShowsNothing(String original, String replacement, String expected) {
        String text = Vectors.bundle().replace(original, replacement);
        assertThatThrownBy(() -> SecretsBundle.parse(Secret.of(text)))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining(expected)
                .satisfies(error -> assertThat(error.toString()).doesNotContain("lwxe60", "LS0tLS1CRUdJTi", "ZYGhzS7h1"));
    }

    @Test
    void refusesTwoEntriesOfOneName() {
        String text = Vectors.bundle().replace("trustdinfo:", "trustdinfo:\n    token: a.b");
        assertThatThrownBy(() -> SecretsBundle.parse(Secret.of(text))).hasMessageContaining("a key stands twice");
    }

    @Test
    void refusesACertificateWhereAKeyShouldBe() {
        SecretsBundle bundle = SecretsBundle.parse(Secret.of(Vectors.bundle()));
        String text = Vectors.bundle().replace(bundle.os().keyBase64().reveal(), bundle.os().certificateBase64());
        assertThatThrownBy(() -> SecretsBundle.parse(Secret.of(text)))
                .hasMessageContaining("certs.os.key: a PEM text labelled CERTIFICATE");
    }

    @Test
    void neverShowsItself() {
        SecretsBundle bundle = SecretsBundle.parse(Secret.of(Vectors.bundle()));
        assertThat(bundle).hasToString("SecretsBundle[***]");
        assertThat(bundle.os().toString()).contains("***").doesNotContain("PRIVATE");
    }
}
