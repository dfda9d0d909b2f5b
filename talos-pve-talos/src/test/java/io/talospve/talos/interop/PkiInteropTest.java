package io.talospve.talos.interop;

import static org.assertj.core.api.Assertions.assertThat;

import io.talospve.spec.Secret;
import io.talospve.talos.Vectors;
import io.talospve.talos.pki.SecretsBundle;
import io.talospve.talos.pki.TalosPki;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Talos' own code loads and verifies our secrets, and we load its. */
@Tag("interop")
class PkiInteropTest {
    private static final Instant NOW = Instant.parse("2026-11-22T15:00:00Z");
    private final TalosPki pki = new TalosPki(() -> NOW, new SecureRandom());

    @Test
    void oursLoadsThereWithEveryCertificateVerified() {
        String ours = pki.generate().reveal();
        try (TalosLibrary library = new TalosLibrary()) {
            assertThat(library.require(Map.of("op", "bundle", "text", ours)).get("text").stringValue()).isEqualTo(ours);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"v1.9", "v1.10", "v1.11", "v1.12"})
    void theirsLoadsHereAndComesBackUnchanged(String contract) {
        try (TalosLibrary library = new TalosLibrary()) {
            String theirs = library.require(Map.of("op", "new-bundle", "contract", contract)).get("text").stringValue();
            SecretsBundle bundle = SecretsBundle.parse(Secret.of(theirs));
            assertThat(bundle.write().reveal()).isEqualTo(theirs);
            assertThat(pki.osCaFingerprint(Secret.of(theirs))).hasSize(64);
        }
    }

    @Test
    void talosconfigIsReadAndItsCertificateVerified() {
        String text = pki.talosconfig(Secret.of(Vectors.bundle()), "prod-k8s", List.of("192.168.62.21"), List.of("192.168.62.24")).reveal();
        try (TalosLibrary library = new TalosLibrary()) {
            JsonNode answer = library.require(
                    Map.of("op", "talosconfig", "text", text, "bundle", Vectors.bundle(), "at", "2026-11-22T15:00:01Z"));
            assertThat(answer.get("text").stringValue()).isEqualTo(text);
            assertThat(answer.get("organizations").toString()).isEqualTo("[\"os:admin\"]");
            assertThat(answer.get("endpoints").toString()).isEqualTo("[\"192.168.62.21\"]");
            assertThat(answer.get("nodes").toString()).isEqualTo("[\"192.168.62.24\"]");
            assertThat(answer.get("notAfter").stringValue()).isEqualTo("2027-11-22T15:00:00Z");
            assertThat(library.ask(Map.of("op", "talosconfig", "text", text, "bundle", Vectors.bundle(), "at", "2027-11-22T15:00:01Z"))
                            .has("error"))
                    .as("expired")
                    .isTrue();
        }
    }

    @Test
    void kubeconfigIsReadAndItsCertificateVerified() {
        SecretsBundle bundle = SecretsBundle.parse(Secret.of(Vectors.bundle()));
        String text = pki.kubeconfig(bundle, "prod-k8s", "https://192.168.62.20:6443").reveal();
        try (TalosLibrary library = new TalosLibrary()) {
            JsonNode answer = library.require(
                    Map.of("op", "kubeconfig", "text", text, "bundle", Vectors.bundle(), "at", "2026-11-22T14:59:50Z"));
            assertThat(answer.get("server").stringValue()).isEqualTo("https://192.168.62.20:6443");
            assertThat(answer.get("cluster").stringValue()).isEqualTo("prod-k8s");
            assertThat(answer.get("user").stringValue()).isEqualTo("admin@prod-k8s");
            assertThat(answer.get("current")).isEqualTo(answer.get("context"));
            assertThat(answer.get("commonName").stringValue()).isEqualTo("admin");
            assertThat(answer.get("organizations").toString()).isEqualTo("[\"system:masters\"]");
            assertThat(answer.get("notAfter").stringValue()).isEqualTo("2027-11-22T15:00:00Z");
        }
    }
}
