package io.talospve.spec.internal;

import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Recognizes secrets that were pasted into a spec. Its answers never repeat a value. */
final class LiteralSecrets {
    /**
     * Names of keys that hold a secret and nothing else. Not among them: names under which charts expect the name of a
     * secret (secretName, existingSecret, tokenSecret) or of a key in one (secretKey).
     */
    private static final Set<String> KEYS = Set.of(
            "password", "passwd", "passphrase", "token", "accesstoken", "authtoken", "apitoken", "bearertoken", "identitytoken",
            "secret", "clientsecret", "secretaccesskey", "apikey");

    private static final int SHORTEST_TOKEN = 15;
    private static final Pattern PRIVATE_KEY = Pattern.compile("-----BEGIN [A-Z0-9 ]*PRIVATE KEY");
    // All of these look at each character a bounded number of times, whatever the text.
    private static final Pattern KNOWN_TOKEN = Pattern.compile(
            "(?<![A-Za-z0-9])(github_pat_[A-Za-z0-9_]{20}|gh[pousr]_[A-Za-z0-9]{20}|glpat-[A-Za-z0-9_-]{16}"
                    + "|xox[abprs]-[A-Za-z0-9-]{10}|AKIA[0-9A-Z]{16}|AGE-SECRET-KEY-1[0-9A-Z]{20}|hvs\\.[A-Za-z0-9_-]{20}"
                    + "|eyJ[A-Za-z0-9_-]{10,300}\\.eyJ[A-Za-z0-9_-]{10})");
    private static final Pattern URL_CREDENTIALS = Pattern.compile(
            "(://|^)[^/\\s:@]*+:[^/\\s@]++@|https?://[^/\\s@]++@");
    private static final Pattern PVE_TOKEN = Pattern.compile(
            "![A-Za-z0-9._-]{1,64}=[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}");

    private LiteralSecrets() {}

    /**
     * What kind of secret a value is.
     *
     * @param key the key it stands under, empty if none
     * @param value the value
     * @return a description without the value; empty if it looks like none
     */
    static Optional<String> find(String key, String value) {
        // The cheap tests first: nearly all values are short and harmless.
        if (value.contains("PRIVATE KEY") && PRIVATE_KEY.matcher(value).find()) {
            return Optional.of("a private key");
        }
        boolean longEnough = value.length() >= SHORTEST_TOKEN;
        if (longEnough && KNOWN_TOKEN.matcher(value).find()
                || longEnough && value.indexOf('!') >= 0 && PVE_TOKEN.matcher(value).find()) {
            return Optional.of("an access token");
        }
        if (value.indexOf('@') >= 0 && URL_CREDENTIALS.matcher(value).find()) {
            return Optional.of("a URL with credentials");
        }
        String bare = key.toLowerCase(Locale.ROOT).replace("_", "").replace("-", "");
        if (!value.isEmpty() && KEYS.contains(bare)) {
            return Optional.of("a literal value under a key named \"" + key + "\"");
        }
        return Optional.empty();
    }

    /** The message for a find. */
    static String message(String kind) {
        return "looks like a secret (" + kind + "); a spec holds no secrets: keep it in a secret store and reference it"
                + " where a key takes { secret: \"<source>:<key>\" }";
    }
}
