package io.talospve.secrets.bitwarden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.talospve.error.ConfigurationException;
import io.talospve.spec.Secret;
import java.io.IOException;
import java.io.InputStream;
import java.util.HexFormat;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The cryptography against vectors that two other implementations agreed on. */
class VectorsTest {
    private static final JsonNode VECTORS = load();
    private final SymmetricKey organization = key(VECTORS.path("organization").path("keyHex").stringValue());

    @Test
    void theTokenIsReadAndItsKeyOpensThePayload() throws Exception {
        JsonNode given = VECTORS.path("accessToken");
        AccessToken token = AccessToken.parse(Secret.of(given.path("text").stringValue()));
        assertThat(token.clientId()).hasToString(given.path("clientId").stringValue());
        assertThat(token.clientSecret().reveal()).isEqualTo(given.path("clientSecret").stringValue());
        JsonNode payload = VECTORS.path("encryptedPayload");
        assertThat(token.key().decrypt(payload.path("encString").stringValue()))
                .isEqualTo(payload.path("plaintext").stringValue());
    }

    @Test
    void theDerivedKeyIsTheOneOfTheVectors() throws Exception {
        SymmetricKey derived = SymmetricKey.fromTokenSeed(HexFormat.of()
                .parseHex(VECTORS.path("accessToken").path("seedHex").stringValue()));
        SymmetricKey expected = key(VECTORS.path("derivation").path("okmHex").stringValue());
        byte[] iv = new byte[16];
        assertThat(derived.encrypt("same key, same text", iv)).isEqualTo(expected.encrypt("same key, same text", iv));
    }

    @Test
    void aTokenWithoutPaddingIsTheSameToken() {
        AccessToken token = AccessToken.parse(
                Secret.of(VECTORS.path("goodAccessTokenWithoutPadding").stringValue()));
        assertThat(token.clientId())
                .hasToString(VECTORS.path("accessToken").path("clientId").stringValue());
    }

    @ParameterizedTest
    @MethodSource("badTokens")
    void aMalformedTokenIsRefusedWithoutShowingIt(String token) {
        assertThatThrownBy(() -> AccessToken.parse(Secret.of(token)))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageStartingWith("the Bitwarden access token is malformed: ")
                .satisfies(e -> {
                    for (String part : token.split("[.:]")) {
                        if (part.length() > 4) {
                            assertThat(e.getMessage()).doesNotContain(part);
                        }
                    }
                });
    }

    @ParameterizedTest
    @MethodSource("deterministic")
    void encryptsToTheSameBytesAndBack(JsonNode vector) throws Exception {
        byte[] iv = HexFormat.of().parseHex(vector.path("ivHex").stringValue());
        String plain = vector.path("plaintext").stringValue();
        String encrypted = vector.path("encString").stringValue();
        assertThat(organization.encrypt(plain, iv)).isEqualTo(encrypted);
        assertThat(organization.decrypt(encrypted)).isEqualTo(plain);
    }

    @ParameterizedTest
    @MethodSource("foreign")
    void readsWhatAnotherImplementationWrote(JsonNode vector) throws Exception {
        assertThat(organization.decrypt(vector.path("encString").stringValue()))
                .isEqualTo(vector.path("plaintext").stringValue());
    }

    @ParameterizedTest
    @MethodSource("broken")
    void refusesWhatMustNotBeDecrypted(JsonNode vector) {
        Throwable refused = catchThrowable(
                () -> organization.decrypt(vector.path("encString").stringValue()));
        assertThat(refused).as(vector.path("case").stringValue()).isInstanceOf(SymmetricKey.Unreadable.class);
        String kind = vector.path("bitwardenCryptoError").stringValue();
        if (kind.equals("Decrypt")) {
            assertThat(refused).hasMessageContaining("authentication code");
        } else if (kind.equals("WrongKeyType")) {
            assertThat(refused).hasMessageContaining("only 2 is supported");
        }
    }

    @ParameterizedTest
    @MethodSource("sizes")
    void textsGrowAsTheLimitsSay(JsonNode vector) {
        int longest = vector.path("maxPlaintextBytes").intValue();
        byte[] iv = new byte[16];
        assertThat(organization.encrypt("x".repeat(longest), iv))
                .hasSize(vector.path("encCharsAtMax").intValue());
        assertThat(organization.encrypt("x".repeat(longest + 1), iv))
                .hasSize(vector.path("encCharsAtMaxPlus1").intValue());
    }

    @Test
    void onlyKeysOf64BytesAreKeys() {
        assertThatThrownBy(() -> SymmetricKey.of(new byte[70])).hasMessageContaining("70 bytes, not 64");
        assertThat(organization).hasToString("***");
    }

    static Stream<JsonNode> deterministic() {
        return elements("encryptDeterministic");
    }

    static Stream<JsonNode> foreign() {
        return elements("encryptedByBitwardenCrypto");
    }

    static Stream<JsonNode> broken() {
        return elements("mustNotDecrypt");
    }

    static Stream<JsonNode> sizes() {
        return elements("sizeLimits");
    }

    static Stream<String> badTokens() {
        return elements("badAccessTokens").map(JsonNode::stringValue);
    }

    private static Stream<JsonNode> elements(String name) {
        JsonNode list = VECTORS.path(name);
        if (!list.isArray() || list.isEmpty()) {
            throw new IllegalStateException("no vectors named " + name);
        }
        return StreamSupport.stream(list.spliterator(), false);
    }

    private static SymmetricKey key(String hex) {
        try {
            return SymmetricKey.of(HexFormat.of().parseHex(hex));
        } catch (SymmetricKey.Unreadable e) {
            throw new IllegalStateException(e);
        }
    }

    private static JsonNode load() {
        try (InputStream in = VectorsTest.class.getResourceAsStream("/vectors/bitwarden.json")) {
            return JsonMapper.builder().build().readTree(in);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
