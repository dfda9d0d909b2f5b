package io.talospve.secrets.age;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.talospve.error.ConfigurationException;
import io.talospve.error.StoreException;
import io.talospve.spec.Secret;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AgeEncryptionTest {
    private final SecureRandom random = new SecureRandom();
    private final AgeKeyPair keys = AgeKeyPair.generate(random);
    private final AgeEncryption age =
            AgeEncryption.builder().identity(keys.identity()).build();

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 8000, 65_535, 65_536, 65_537, 131_072, 200_000})
    void everyLengthComesBack(int length) {
        byte[] plain = new byte[length];
        new Random(length).nextBytes(plain);
        for (boolean armored : new boolean[] {false, true}) {
            AgeEncryption writer = AgeEncryption.builder()
                    .recipient(keys.recipient())
                    .armored(armored)
                    .build();
            byte[] encrypted = writer.encrypt(plain);
            assertThat(AgeEncryption.isEncrypted(encrypted)).isTrue();
            assertThat(age.decrypt(encrypted)).isEqualTo(plain);
            assertThat(writer.encrypt(plain)).isNotEqualTo(encrypted);
        }
    }

    @Test
    void eachOfSeveralRecipientsOpensIt() {
        AgeKeyPair second = AgeKeyPair.generate(random);
        byte[] encrypted = AgeEncryption.builder()
                .recipient(keys.recipient())
                .recipient(second.recipient())
                .build()
                .encrypt(bytes("secrets.yaml"));
        for (AgeKeyPair one : List.of(keys, second)) {
            assertThat(AgeEncryption.builder().identity(one.identity()).build().decrypt(encrypted))
                    .isEqualTo(bytes("secrets.yaml"));
        }
        AgeKeyPair third = AgeKeyPair.generate(random);
        AgeEncryption stranger = AgeEncryption.builder().identity(third.identity()).build();
        assertThatThrownBy(() -> stranger.decrypt(encrypted))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("other recipients");
    }

    @Test
    void aPassPhraseOpensItAndAnotherDoesNot() {
        AgeEncryption phrase = phrase("correct horse");
        byte[] encrypted = phrase.encrypt(bytes("x"));
        assertThat(phrase("correct horse").decrypt(encrypted)).isEqualTo(bytes("x"));
        assertThatThrownBy(() -> phrase("correct hors").decrypt(encrypted)).hasMessageContaining("another pass phrase");
        assertThatThrownBy(() -> age.decrypt(encrypted)).isInstanceOf(StoreException.class);
    }

    @Test
    void aWorkFactorThatWouldEatTheMemoryIsRefused() {
        byte[] encrypted = phrase("p").encrypt(bytes("x"));
        String bomb = new String(encrypted, StandardCharsets.ISO_8859_1).replaceFirst(" 10\n", " 30\n");
        assertThatThrownBy(() -> phrase("p").decrypt(bomb.getBytes(StandardCharsets.ISO_8859_1)))
                .hasMessageContaining("work factor 30");
    }

    @Test
    void everyAlteredByteIsNoticed() {
        byte[] encrypted = age.encrypt(bytes("the bundle of a cluster"));
        for (int i = 0; i < encrypted.length; i++) {
            byte[] altered = encrypted.clone();
            altered[i] ^= 1;
            assertThatThrownBy(() -> age.decrypt(altered)).as("byte " + i).isInstanceOf(StoreException.class);
        }
    }

    @Test
    void cuttingAndAppendingAreNoticed() {
        byte[] encrypted = age.encrypt(new byte[70_000]);
        for (int cut : new int[] {1, 16, 17, 4480, 4481, 65_552 + 4480, encrypted.length - 10, encrypted.length}) {
            byte[] shorter = Arrays.copyOf(encrypted, encrypted.length - cut);
            assertThatThrownBy(() -> age.decrypt(shorter)).as("-" + cut).isInstanceOf(StoreException.class);
        }
        byte[] longer = Arrays.copyOf(encrypted, encrypted.length + 16);
        assertThatThrownBy(() -> age.decrypt(longer)).isInstanceOf(StoreException.class);
        byte[] full = age.encrypt(new byte[65_536]);
        assertThatThrownBy(() -> age.decrypt(Arrays.copyOf(full, full.length + 16)))
                .isInstanceOf(StoreException.class);
    }

    @Test
    void unusableKeysAreRefusedWithoutShowingThem() {
        String identity = keys.identity().reveal();
        String typo = identity.substring(0, 40) + (identity.charAt(40) == 'Q' ? 'P' : 'Q') + identity.substring(41);
        assertThatThrownBy(() -> AgeEncryption.builder().identity(Secret.of(typo)))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("checksum")
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain(typo.substring(20, 40)));
        for (String wrong : List.of("", "age1", keys.recipient().toUpperCase().substring(0, 9) + "q",
                identity, "ssh-ed25519 AAAA", "age1" + "q".repeat(58))) {
            assertThatThrownBy(() -> AgeEncryption.builder().recipient(wrong))
                    .isInstanceOf(ConfigurationException.class);
        }
        assertThatThrownBy(() -> AgeEncryption.builder().build()).isInstanceOf(ConfigurationException.class);
        assertThatThrownBy(() -> AgeEncryption.builder()
                        .recipient(keys.recipient())
                        .passphrase(Secret.of("p"))
                        .build())
                .hasMessageContaining("not both");
        assertThat(age.toString() + keys).doesNotContain(identity);
    }

    /** RFC 7914 section 12, the vectors with r = 8 and p = 1. */
    @Test
    void scryptIsScrypt() {
        assertThat(HexFormat.of().formatHex(Scrypt.derive(bytes("pleaseletmein"), bytes("SodiumChloride"), 14)))
                .isEqualTo("7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2");
    }

    /** RFC 7748 section 5.2, first vector. */
    @Test
    void x25519IsX25519() {
        byte[] scalar = HexFormat.of().parseHex("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4");
        byte[] point = HexFormat.of().parseHex("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c");
        assertThat(Curve25519.agree(scalar, point).map(HexFormat.of()::formatHex))
                .contains("c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552");
        assertThat(Curve25519.agree(scalar, new byte[32])).isEmpty();
    }

    private static AgeEncryption phrase(String phrase) {
        return AgeEncryption.builder().passphrase(Secret.of(phrase)).workFactor(10).build();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
