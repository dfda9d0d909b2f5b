package io.talospve.proxmox.internal;

import io.talospve.error.ConfigurationException;
import io.talospve.spec.Secret;
import java.util.Map;

/** An API token. Needs no CSRF token and never expires by itself. */
public final class TokenAuthentication implements Authentication {
    private final Secret<String> header;

    /**
     * A token as Proxmox shows it once.
     *
     * @param token {@code user@realm!tokenid=secret}
     * @throws ConfigurationException if it does not look like one; the message does not show it
     */
    public TokenAuthentication(Secret<String> token) {
        String text = token.reveal().strip();
        if (text.startsWith("PVEAPIToken=")) {
            text = text.substring("PVEAPIToken=".length());
        }
        if (!text.matches("[^\\s:/@!=]+@[^\\s:/@!=]+![A-Za-z][A-Za-z0-9._-]+=[\\x21-\\x7E]+")) {
            throw new ConfigurationException(
                    "the Proxmox API token does not have the form user@realm!tokenid=secret",
                    "make one with: pveum user token add <user@realm> <tokenid>; the secret is shown once");
        }
        header = Secret.of("PVEAPIToken=" + text);
    }

    @Override
    public Map<String, String> headers(boolean read, Login login) {
        return Map.of("Authorization", header.reveal());
    }

    @Override
    public boolean refused() {
        return false;
    }
}
