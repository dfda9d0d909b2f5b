package io.talospve.talos.pki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.talospve.spec.Secret;
import io.talospve.spi.KeptSecret;
import io.talospve.spi.TalosAccess;
import io.talospve.talos.Vectors;
import io.talospve.talos.internal.yaml.YamlReader;
import io.talospve.talos.pki.internal.Certificates;
import io.talospve.talos.pki.internal.KeyAlgorithm;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.interfaces.RSAPrivateCrtKey;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Map;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.junit.jupiter.api.Test;

class TalosPkiTest {
    private static final Instant NOW = Instant.parse("2026-11-22T15:00:00Z");
    private static final Secret<String> STORED = Secret.of(Vectors.bundle());

    private final TalosPki pki = new TalosPki(() -> NOW.plusNanos(123_456_789), new SecureRandom());

    @Test
    void generatedBundleHasTheFormsOfTalosctl() throws Exception {
        SecretsBundle bundle = pki.generateBundle();

        assertThat(Base64.getUrlDecoder().decode(bundle.clusterId())).hasSize(32);
        assertThat(Base64.getDecoder().decode(bundle.clusterSecret().reveal())).hasSize(32);
        assertThat(Base64.getDecoder().decode(bundle.secretboxSecret().orElseThrow().reveal())).hasSize(32);
        assertThat(bundle.aescbcSecret()).isEmpty();
        assertThat(bundle.bootstrapToken().reveal()).matches("[0-9a-z]{6}\\.[0-9a-z]{16}");
        assertThat(bundle.trustdToken().reveal()).matches("[0-9a-z]{6}\\.[0-9a-z]{16}");
        authority(bundle.os(), "O=talos", KeyAlgorithm.ED25519, "ED25519 PRIVATE KEY");
        authority(bundle.kubernetes(), "O=kubernetes", KeyAlgorithm.P256, "EC PRIVATE KEY");
        authority(bundle.etcd(), "O=etcd", KeyAlgorithm.P256, "EC PRIVATE KEY");
        authority(bundle.aggregator(), "", KeyAlgorithm.P256, "EC PRIVATE KEY");
        assertThat(bundle.serviceAccountKey().reveal()).startsWith("-----BEGIN RSA PRIVATE KEY-----\n");
        RSAPrivateCrtKey serviceAccount =
                (RSAPrivateCrtKey) KeyAlgorithm.read(bundle.serviceAccountKey().reveal()).key();
        assertThat(serviceAccount.getModulus().bitLength()).isEqualTo(4096);
        assertThat(serviceAccount.getPublicExponent()).isEqualTo(65537);

        Secret<String> text = bundle.write();
        assertThat(SecretsBundle.parse(text)).isEqualTo(bundle);
        assertThat(shape(YamlReader.read("ours", text.reveal())))
                .isEqualTo(shape(YamlReader.read("talosctl's", Vectors.text("talos/bundles/secrets-v1.12.yaml"))));
    }

    private static void authority(SecretsBundle.Authority authority, String name, KeyAlgorithm algorithm, String label)
            throws Exception {
        X509CertificateHolder certificate = Certificates.read(authority.certificate());
        assertThat(certificate.getSubject()).hasToString(name);
        assertThat(certificate.getIssuer()).hasToString(name);
        assertThat(certificate.getSerialNumber().bitLength()).isBetween(96, 128);
        assertThat(certificate.getNotBefore()).isEqualTo(Date.from(NOW));
        assertThat(certificate.getNotAfter()).isEqualTo(Date.from(NOW.plus(Duration.ofHours(87_600))));
        assertThat(certificate.getExtensions().getExtensionOIDs())
                .containsExactly(oids(
                        Extension.keyUsage,
                        Extension.extendedKeyUsage,
                        Extension.basicConstraints,
                        Extension.subjectKeyIdentifier));
        assertThat(certificate.getExtensions().getCriticalExtensionOIDs())
                .containsExactlyInAnyOrder(Extension.keyUsage, Extension.basicConstraints);
        assertThat(KeyUsage.fromExtensions(certificate.getExtensions()).getPadBits()).isEqualTo(2);
        assertThat(KeyUsage.fromExtensions(certificate.getExtensions())
                        .hasUsages(KeyUsage.digitalSignature | KeyUsage.keyCertSign))
                .isTrue();
        assertThat(ExtendedKeyUsage.fromExtensions(certificate.getExtensions()).getUsages())
                .containsExactly(KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth);
        assertThat(certificate.isSignatureValid(
                        new JcaContentVerifierProviderBuilder()
                                .setProvider(new BouncyCastleProvider())
                                .build(certificate.getSubjectPublicKeyInfo())))
                .isTrue();
        assertThat(authority.key().reveal()).startsWith("-----BEGIN " + label + "-----\n");
        KeyAlgorithm.SigningKey key = KeyAlgorithm.read(authority.key().reveal());
        assertThat(key.algorithm()).isEqualTo(algorithm);
    }

    private static ASN1ObjectIdentifier[] oids(ASN1ObjectIdentifier... oids) {
        return oids;
    }

    /** Keys in order, with the length of texts that have a fixed one. */
    private static Object shape(Object value) {
        if (value instanceof Map<?, ?> map) {
            return map.entrySet().stream().map(entry -> entry.getKey() + "=" + shape(entry.getValue())).toList();
        }
        String text = (String) value;
        return text.startsWith("LS0t")
                ? new String(Base64.getDecoder().decode(text), StandardCharsets.UTF_8).lines().findFirst().orElseThrow()
                : "length " + text.length();
    }

    @Test
    void fingerprintIsTheOsCas() {
        assertThat(pki.osCaFingerprint(STORED)).isEqualTo("2e99bf827b1eb5be29fca7c588a1bc2e2286ebdcac2221591c69e4f250ad8292");
    }

    @Test
    void accessIsAnAdminClientOfTheOsCa() throws Exception {
        TalosAccess access = pki.access(STORED, Duration.ofHours(1));

        X509Certificate ca = certificate(access.ca());
        X509Certificate client = certificate(access.certificate());
        client.verify(ca.getPublicKey());
        assertThat(client.getSubjectX500Principal().getName()).isEqualTo("O=os:admin");
        assertThat(client.getIssuerX500Principal()).isEqualTo(ca.getSubjectX500Principal());
        assertThat(client.getExtendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.2");
        assertThat(client.getKeyUsage()).containsExactly(true, false, false, false, false, false, false, false, false);
        assertThat(client.getBasicConstraints()).isEqualTo(-1);
        assertThat(client.getNotBefore()).isEqualTo(Date.from(NOW.minus(TalosPki.CLOCK_SKEW)));
        assertThat(client.getNotAfter()).isEqualTo(Date.from(NOW.plus(Duration.ofHours(1))));
        assertThat(access.key().reveal()).startsWith("-----BEGIN ED25519 PRIVATE KEY-----\n");
        PrivateKey key = KeyAlgorithm.read(access.key().reveal()).key();
        Signature signature = Signature.getInstance("Ed25519");
        signature.initSign(key);
        signature.update(new byte[] {1, 2, 3});
        byte[] signed = signature.sign();
        signature.initVerify(client.getPublicKey());
        signature.update(new byte[] {1, 2, 3});
        assertThat(signature.verify(signed)).isTrue();
        assertThat(access.toString()).doesNotContain("PRIVATE");
    }

    @Test
    void rolesAndLifetimesAreTheCallers() throws Exception {
        SecretsBundle bundle = SecretsBundle.parse(STORED);
        TalosAccess access = pki.access(bundle, List.of("os:reader", "os:etcd:backup"), Duration.ofMinutes(5));
        assertThat(Certificates.read(access.certificate()).getSubject()).hasToString("O=os:reader,O=os:etcd:backup");
        assertThatThrownBy(() -> pki.access(bundle, List.of("os:admin"), Duration.ZERO))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void talosconfigHasTheShapeOfTalosctls() {
        Secret<String> text = pki.talosconfig(STORED, "prod-k8s", List.of("192.168.62.21"), List.of("192.168.62.21", "192.168.62.24"));
        String expected = Vectors.text("talos/default/v1.12/talosconfig");
        assertThat(blank(text.reveal())).isEqualTo(blank(expected).replace(
                "endpoints: []",
                "endpoints:\n            - 192.168.62.21\n        nodes:\n            - 192.168.62.21\n            - 192.168.62.24"));
        assertThat(blank(pki.talosconfig(STORED, "prod-k8s", List.of(), List.of()).reveal())).isEqualTo(blank(expected));
        assertThat(line(text.reveal(), "ca:")).isEqualTo(line(expected, "ca:"));
        // A random 128-bit serial number takes 15 to 17 bytes in DER, and base64 is done twice.
        int length = line(expected, "crt:").length();
        assertThat(line(text.reveal(), "crt:")).hasSizeBetween(length - 12, length + 12);
        assertThat(line(text.reveal(), "key:")).hasSize(line(expected, "key:").length());
    }

    @Test
    void expiryOfEverythingIsTold() {
        SecretsBundle bundle = SecretsBundle.parse(STORED);
        assertThat(CertificateExpiry.of(bundle)).hasSize(4).allSatisfy(ca -> {
            assertThat(ca.notAfter()).isEqualTo("2036-11-19T14:34:58Z");
            assertThat(ca.endsWithin(NOW, Duration.ofDays(30))).isFalse();
        });
        Secret<String> kubeconfig = pki.kubeconfig(bundle, "prod-k8s", "https://192.168.62.20:6443");
        Secret<String> talosconfig = pki.talosconfig(STORED, "prod-k8s", List.of(), List.of());
        Instant year = NOW.plus(Duration.ofHours(8_760));
        assertThat(CertificateExpiry.ofKubeconfig(kubeconfig))
                .containsExactly(new CertificateExpiry("kubeconfig: user admin@prod-k8s", year));
        assertThat(CertificateExpiry.ofTalosconfig(talosconfig))
                .containsExactly(new CertificateExpiry("talosconfig: context prod-k8s", year))
                .allMatch(expiry -> expiry.endsWithin(year.minus(Duration.ofDays(30)), Duration.ofDays(30)))
                .noneMatch(expiry -> expiry.endsWithin(year.minus(Duration.ofDays(31)), Duration.ofDays(30)));
        assertThatThrownBy(() -> CertificateExpiry.ofTalosconfig(Secret.of("contexts: {a: {crt: c2VjcmV0}}")))
                .hasMessageContaining("context a: crt is not a certificate")
                .hasMessageNotContaining("c2Vj");
    }

    private static String blank(String text) {
        return text.replaceAll("(ca|crt|key): \\S+", "$1: …");
    }

    private static String line(String text, String key) {
        return text.lines().filter(line -> line.strip().startsWith(key)).findFirst().orElseThrow();
    }

    private static X509Certificate certificate(String pem) throws Exception {
        return (X509Certificate) CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII)));
    }

    @Test
    void keptCertificatesAreSixBlocksOfOneChainThatGoAcceptsByName() throws Exception {
        String text = pki.make(new KeptSecret.Certificates(
                        "hubble-default", "*.default.hubble-grpc.cilium.io", "*.hubble-relay.cilium.io"))
                .reveal();

        String[] blocks = text.split("(?<=-----\n)(?=-----BEGIN )");
        assertThat(blocks).hasSize(6);
        X509Certificate ca = certificate(blocks[0]);
        assertThat(ca.getBasicConstraints()).isNotNegative();
        for (int i : new int[] {2, 4}) {
            X509Certificate leaf = certificate(blocks[i]);
            leaf.verify(ca.getPublicKey());
            assertThat(leaf.getNotAfter()).isEqualTo(ca.getNotAfter());
            assertThat(leaf.getExtendedKeyUsage()).hasSize(2);
            assertThat(leaf.getSubjectAlternativeNames().iterator().next().get(1))
                    .isEqualTo(i == 2 ? "*.default.hubble-grpc.cilium.io" : "*.hubble-relay.cilium.io");
            assertThat(blocks[i + 1]).startsWith("-----BEGIN EC PRIVATE KEY-----\n");
        }
        assertThat(pki.make(new KeptSecret.Password("argocd-redis")).reveal()).matches("[0-9a-z]{32}");
    }
}
