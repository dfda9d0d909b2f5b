package io.talospve.kubernetes;

import io.talospve.error.ConfigurationException;
import io.talospve.http.ClientKey;
import io.talospve.http.HeaderValue;
import io.talospve.http.HttpTrust;
import io.talospve.http.PemCertificates;
import io.talospve.spec.Secret;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * What the current context of a kubeconfig says: where the API server is, whom to trust, who we are. Only credentials that
 * stand in the text itself are understood; nothing is executed and no file is read. No message shows a value of it.
 *
 * @param server base URL without a slash at the end
 * @param trust in the cluster's CA alone, with the client certificate, if there is one
 * @param token bearer token, empty if a client certificate is used
 */
record Kubeconfig(URI server, HttpTrust trust, Optional<Secret<String>> token) {
    private static final int LONGEST = 1 << 20;

    /**
     * Reads a kubeconfig.
     *
     * @throws ConfigurationException that says what is missing or not supported
     */
    static Kubeconfig parse(Secret<String> text) {
        Map<?, ?> config = map(yaml(text.reveal()), "the text");
        String context = string(config, "current-context", "the kubeconfig");
        Map<?, ?> chosen = named(config, "contexts", "context", context);
        Map<?, ?> cluster = named(config, "clusters", "cluster", string(chosen, "cluster", "context " + context));
        Map<?, ?> user = named(config, "users", "user", string(chosen, "user", "context " + context));

        URI server = server(string(cluster, "server", "the cluster"));
        if (Boolean.TRUE.equals(cluster.get("insecure-skip-tls-verify"))) {
            throw unusable("it says insecure-skip-tls-verify", "put certificate-authority-data into it");
        }
        HttpTrust trust = HttpTrust.authorities(certificates(cluster, "certificate-authority-data"));
        for (String foreign : List.of("exec", "auth-provider", "tokenFile", "client-certificate", "client-key")) {
            if (user.containsKey(foreign)) {
                throw unusable(
                        "its user has \"" + foreign + "\", which is neither run nor read here",
                        "use a kubeconfig with client-certificate-data and client-key-data, or a token");
            }
        }
        if (user.containsKey("client-certificate-data")) {
            return new Kubeconfig(server, trust.identifiedBy(clientKeys(user)), Optional.empty());
        }
        String token = string(user, "token", "the user").strip();
        if (!HeaderValue.fits(token)) {
            throw unusable("its token holds a character that no token has", null);
        }
        return new Kubeconfig(server, trust, Optional.of(Secret.of(token)));
    }

    private static @Nullable Object yaml(String text) {
        if (text.length() > LONGEST) {
            throw unusable("it has more than " + LONGEST + " characters", null);
        }
        try {
            return new Load(LoadSettings.builder()
                            .setAllowDuplicateKeys(false)
                            .setMaxAliasesForCollections(10)
                            .build())
                    .loadFromString(text);
        } catch (MarkedYamlEngineException e) {
            // without the exception's own text, which quotes lines of the kubeconfig
            throw unusable(
                    "it is not YAML"
                            + e.getProblemMark()
                                    .map(mark -> " at line " + (mark.getLine() + 1) + ", column "
                                            + (mark.getColumn() + 1))
                                    .orElse(""),
                    null);
        } catch (YamlEngineException e) {
            throw unusable("it is not YAML", null);
        }
    }

    private static Map<?, ?> map(@Nullable Object value, String what) {
        if (value instanceof Map<?, ?> map) {
            return map;
        }
        throw unusable(what + " is not a mapping", null);
    }

    private static String string(Map<?, ?> map, String key, String what) {
        if (map.get(key) instanceof String text && !text.isBlank()) {
            return text;
        }
        throw unusable(what + " has no \"" + key + "\"", null);
    }

    private static Map<?, ?> named(Map<?, ?> config, String list, String kind, String name) {
        if (config.get(list) instanceof List<?> entries) {
            for (Object entry : entries) {
                if (entry instanceof Map<?, ?> map && name.equals(map.get("name"))) {
                    return map(map.get(kind), kind + " " + name);
                }
            }
        }
        throw unusable("there is no " + kind + " \"" + name + "\" in " + list, null);
    }

    private static URI server(String text) {
        try {
            URI server = new URI(text.replaceAll("/+$", ""));
            if ("https".equals(server.getScheme()) && server.getHost() != null && server.getUserInfo() == null) {
                return server;
            }
        } catch (java.net.URISyntaxException e) {
            // said below
        }
        throw unusable("its server is not an https URL", null);
    }

    private static List<X509Certificate> certificates(Map<?, ?> map, String key) {
        String data = string(map, key, "the kubeconfig");
        try {
            return PemCertificates.read(new String(decode(data, key), StandardCharsets.UTF_8));
        } catch (IllegalArgumentException e) {
            throw unusable(key + ": " + e.getMessage(), null);
        }
    }

    private static KeyManager[] clientKeys(Map<?, ?> user) {
        List<X509Certificate> chain = certificates(user, "client-certificate-data");
        String pem = new String(
                decode(string(user, "client-key-data", "the user"), "client-key-data"), StandardCharsets.UTF_8);
        try {
            PrivateKey key = PrivateKeys.read(pem, chain.get(0).getPublicKey());
            return new KeyManager[] {new ClientKey(key, chain.toArray(X509Certificate[]::new))};
        } catch (IllegalArgumentException e) {
            throw unusable("client-key-data: " + e.getMessage(), null);
        }
    }

    private static byte[] decode(String base64, String key) {
        try {
            return Base64.getMimeDecoder().decode(base64);
        } catch (IllegalArgumentException e) {
            throw unusable(key + " is not base64", null);
        }
    }

    private static ConfigurationException unusable(String reason, @Nullable String hint) {
        return new ConfigurationException("this kubeconfig cannot be used: " + reason, hint);
    }

    @Override
    public String toString() {
        return "kubeconfig of " + server;
    }
}
