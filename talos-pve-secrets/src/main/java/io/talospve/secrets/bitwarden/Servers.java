package io.talospve.secrets.bitwarden;

import io.talospve.error.ConfigurationException;
import java.net.URI;

/**
 * Where Bitwarden is.
 *
 * @param api base of the API, without a slash at the end
 * @param identity base of the logins, without a slash at the end
 * @param shown what messages call it
 */
record Servers(String api, String identity, String shown) {
    static final Servers US =
            new Servers("https://api.bitwarden.com", "https://identity.bitwarden.com", "bitwarden.com");
    static final Servers EU = new Servers("https://api.bitwarden.eu", "https://identity.bitwarden.eu", "bitwarden.eu");

    /** A self-hosted server. */
    static Servers at(URI base) {
        if (!"https".equals(base.getScheme()) || base.getHost() == null || base.getUserInfo() != null) {
            throw new ConfigurationException(
                    "the Bitwarden server has to be given as https://host[:port][/path], without a user",
                    "secrets are never sent without TLS; give the server's CA by caPem(...) if it is your own");
        }
        String text = base.toString().replaceAll("/+$", "");
        String host = base.getHost();
        if (("." + host).endsWith(".bitwarden.com")) {
            return US;
        }
        if (("." + host).endsWith(".bitwarden.eu")) {
            return EU;
        }
        return new Servers(text + "/api", text + "/identity", base.getAuthority());
    }

    /** What to check if a login is refused. */
    String loginHint() {
        String region = this == US
                ? "; a token of the EU region is refused just like this: then say eu()"
                : this == EU
                        ? "; a token of the US region is refused just like this: then leave eu() out"
                        : "; is it Bitwarden's own server? Vaultwarden has no Secrets Manager";
        return "check that the machine account's token is of this server, not revoked and not expired" + region;
    }
}
