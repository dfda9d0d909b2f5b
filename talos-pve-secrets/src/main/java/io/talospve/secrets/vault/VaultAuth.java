package io.talospve.secrets.vault;

import io.talospve.spec.Secret;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * How one gets a token: it is given, or an auth method is logged in to with a role and a secret.
 *
 * @param token the token, or what proves the role
 * @param login how to log in; empty if the token is given
 */
record VaultAuth(Secret<String> token, Optional<Login> login) {
    /**
     * A login.
     *
     * @param path path below {@code /v1/}
     * @param roleField field of the role
     * @param role the role
     * @param secretField field of what proves it
     */
    record Login(String path, String roleField, String role, String secretField) {}

    /** What the login sends; holds the secret. */
    Map<String, String> body(Login by) {
        return new TreeMap<>(Map.of(by.roleField, by.role, by.secretField, token.reveal()));
    }

    /** Takes the secret out of a text that a server may have echoed. */
    String scrub(String text) {
        return text.replace(token.reveal(), "***");
    }
}
