package io.talospve.talos.pki;

import io.talospve.error.ErrorCode;
import io.talospve.error.StoreException;
import io.talospve.spec.Secret;
import io.talospve.talos.internal.yaml.YamlReader;
import io.talospve.talos.internal.yaml.YamlSyntaxException;
import io.talospve.talos.internal.yaml.YamlWriter;
import io.talospve.talos.pki.internal.Certificates;
import io.talospve.talos.pki.internal.KeyAlgorithm;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * The secrets of one cluster, as talosctl keeps them in {@code secrets.yaml}: identity, join tokens, CAs. Immutable and
 * thread-safe; {@code toString} shows nothing of it.
 *
 * <p>{@link #parse} and {@link #write} are inverse: a file that talosctl wrote comes back byte for byte.
 */
public final class SecretsBundle {
    private final String clusterId;
    private final Secret<String> clusterSecret;
    private final Secret<String> bootstrapToken;
    private final Optional<Secret<String>> aescbcSecret;
    private final Optional<Secret<String>> secretboxSecret;
    private final Secret<String> trustdToken;
    private final Authority etcd;
    private final Authority kubernetes;
    private final Authority aggregator;
    private final Secret<String> serviceAccountKey;
    private final Authority os;

    SecretsBundle(
            String clusterId,
            Secret<String> clusterSecret,
            Secret<String> bootstrapToken,
            Optional<Secret<String>> aescbcSecret,
            Optional<Secret<String>> secretboxSecret,
            Secret<String> trustdToken,
            Authority etcd,
            Authority kubernetes,
            Authority aggregator,
            Secret<String> serviceAccountKey,
            Authority os) {
        this.clusterId = clusterId;
        this.clusterSecret = clusterSecret;
        this.bootstrapToken = bootstrapToken;
        this.aescbcSecret = aescbcSecret;
        this.secretboxSecret = secretboxSecret;
        this.trustdToken = trustdToken;
        this.etcd = etcd;
        this.kubernetes = kubernetes;
        this.aggregator = aggregator;
        this.serviceAccountKey = serviceAccountKey;
        this.os = os;
    }

    /**
     * Reads talosctl's {@code secrets.yaml}, strictly: unknown keys, missing ones, certificates or keys that cannot be read
     * are errors.
     *
     * @param text the file's text
     * @return the bundle
     * @throws StoreException if the text is not a bundle; it says which key and shows no value
     */
    public static SecretsBundle parse(Secret<String> text) {
        Map<String, Object> root;
        try {
            root = YamlReader.read("secrets bundle", text.reveal());
        } catch (YamlSyntaxException e) {
            throw unreadable(e.getMessage());
        }
        Fields fields = new Fields(root);
        SecretsBundle bundle = new SecretsBundle(
                fields.text("cluster.id"),
                fields.secret("cluster.secret"),
                fields.secret("secrets.bootstraptoken"),
                fields.optionalSecret("secrets.aescbcencryptionsecret"),
                fields.optionalSecret("secrets.secretboxencryptionsecret"),
                fields.secret("trustdinfo.token"),
                fields.authority("certs.etcd"),
                fields.authority("certs.k8s"),
                fields.authority("certs.k8saggregator"),
                fields.key("certs.k8sserviceaccount"),
                fields.authority("certs.os"));
        fields.refuseOthers();
        if (bundle.aescbcSecret.isPresent() == bundle.secretboxSecret.isPresent()) {
            throw unreadable("exactly one of secrets.secretboxencryptionsecret and secrets.aescbcencryptionsecret is needed");
        }
        return bundle;
    }

    /**
     * Writes talosctl's {@code secrets.yaml}.
     *
     * @return the text
     */
    public Secret<String> write() {
        Map<String, Object> secrets = new LinkedHashMap<>();
        secrets.put("bootstraptoken", bootstrapToken.reveal());
        aescbcSecret.ifPresent(secret -> secrets.put("aescbcencryptionsecret", secret.reveal()));
        secretboxSecret.ifPresent(secret -> secrets.put("secretboxencryptionsecret", secret.reveal()));
        Map<String, Object> cluster = new LinkedHashMap<>();
        cluster.put("id", clusterId);
        cluster.put("secret", clusterSecret.reveal());
        Map<String, Object> certs = new LinkedHashMap<>();
        certs.put("etcd", etcd.yaml());
        certs.put("k8s", kubernetes.yaml());
        certs.put("k8saggregator", aggregator.yaml());
        certs.put("k8sserviceaccount", Map.of("key", base64(serviceAccountKey.reveal())));
        certs.put("os", os.yaml());
        Map<String, Object> root = new LinkedHashMap<>();
        root.put("cluster", cluster);
        root.put("secrets", secrets);
        root.put("trustdinfo", Map.of("token", trustdToken.reveal()));
        root.put("certs", certs);
        return Secret.of(YamlWriter.write(root));
    }

    /**
     * The cluster's identity for discovery; not a secret by itself.
     *
     * @return 32 bytes in URL-safe base64
     */
    public String clusterId() {
        return clusterId;
    }

    /** The key that members encrypt discovery data with. */
    public Secret<String> clusterSecret() {
        return clusterSecret;
    }

    /** The token that kubelets join with. */
    public Secret<String> bootstrapToken() {
        return bootstrapToken;
    }

    /** The key of encryption at rest in clusters that began before Talos 1.3. */
    public Optional<Secret<String>> aescbcSecret() {
        return aescbcSecret;
    }

    /** The key of encryption at rest. */
    public Optional<Secret<String>> secretboxSecret() {
        return secretboxSecret;
    }

    /** The token that machines join with. */
    public Secret<String> trustdToken() {
        return trustdToken;
    }

    /** The CA of etcd. */
    public Authority etcd() {
        return etcd;
    }

    /** The CA of Kubernetes. */
    public Authority kubernetes() {
        return kubernetes;
    }

    /** The CA of the aggregation layer; it has no name, so the JDK cannot read it. */
    public Authority aggregator() {
        return aggregator;
    }

    /** The key that signs service account tokens, a PEM text. */
    public Secret<String> serviceAccountKey() {
        return serviceAccountKey;
    }

    /** The CA of the Talos API. */
    public Authority os() {
        return os;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SecretsBundle bundle && write().equals(bundle.write());
    }

    @Override
    public int hashCode() {
        return clusterId.hashCode();
    }

    @Override
    public String toString() {
        return "SecretsBundle[***]";
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static StoreException unreadable(String what) {
        return new StoreException(
                ErrorCode.STORE_FAILED,
                "reading the secrets bundle: " + what,
                "it has to be the secrets.yaml that talosctl gen secrets or this library wrote; restore it from a backup",
                null);
    }

    /**
     * A certificate authority: its certificate and its key, PEM texts.
     *
     * @param certificate the certificate
     * @param key the private key
     */
    public record Authority(String certificate, Secret<String> key) {
        /** Checks that nothing is missing. */
        public Authority {
            Objects.requireNonNull(certificate, "certificate");
            Objects.requireNonNull(key, "key");
        }

        /**
         * The certificate as configurations hold it.
         *
         * @return base64 of the PEM text
         */
        public String certificateBase64() {
            return base64(certificate);
        }

        /**
         * The key as configurations hold it.
         *
         * @return base64 of the PEM text
         */
        public Secret<String> keyBase64() {
            return key.map(SecretsBundle::base64);
        }

        private Map<String, Object> yaml() {
            Map<String, Object> yaml = new LinkedHashMap<>();
            yaml.put("crt", certificateBase64());
            yaml.put("key", keyBase64().reveal());
            return yaml;
        }
    }

    /** Takes values out of the parsed text; what is left at the end is unknown. */
    private static final class Fields {
        private final Map<String, Object> root;

        Fields(Map<String, Object> root) {
            this.root = root;
        }

        private Optional<String> take(String path) {
            int dot = path.lastIndexOf('.');
            Map<?, ?> parent = root;
            for (String key : path.substring(0, dot).split("\\.")) {
                if (!(parent.get(key) instanceof Map<?, ?> child)) {
                    throw unreadable(parent.containsKey(key) ? path + ": its parent is not a map" : path + " is missing");
                }
                parent = child;
            }
            Object value = parent.remove(path.substring(dot + 1));
            if (value == null) {
                return Optional.empty();
            }
            if (!(value instanceof String text)) {
                throw unreadable(path + " is not a text");
            }
            return text.isEmpty() ? Optional.empty() : Optional.of(text);
        }

        String text(String path) {
            return take(path).orElseThrow(() -> unreadable(path + " is missing"));
        }

        Secret<String> secret(String path) {
            return Secret.of(text(path));
        }

        Optional<Secret<String>> optionalSecret(String path) {
            return take(path).map(Secret::of);
        }

        Authority authority(String path) {
            String certificate = pem(path + ".crt");
            try {
                Certificates.read(certificate);
            } catch (IllegalArgumentException e) {
                throw unreadable(path + ".crt: " + e.getMessage());
            }
            return new Authority(certificate, key(path));
        }

        Secret<String> key(String path) {
            String key = pem(path + ".key");
            try {
                KeyAlgorithm.read(key);
            } catch (IllegalArgumentException e) {
                throw unreadable(path + ".key: " + e.getMessage());
            }
            return Secret.of(key);
        }

        private String pem(String path) {
            try {
                return new String(Base64.getDecoder().decode(text(path)), StandardCharsets.UTF_8);
            } catch (IllegalArgumentException e) {
                throw unreadable(path + " is not base64");
            }
        }

        void refuseOthers() {
            Deque<String> names = new ArrayDeque<>();
            collect("", root, names);
            if (!names.isEmpty()) {
                throw unreadable("unknown keys: " + String.join(", ", names));
            }
        }

        private static void collect(String prefix, Map<?, ?> map, Deque<String> names) {
            map.forEach((key, value) -> {
                if (value instanceof Map<?, ?> inner) {
                    collect(prefix + key + ".", inner, names);
                } else {
                    names.add(prefix + key);
                }
            });
        }
    }
}
