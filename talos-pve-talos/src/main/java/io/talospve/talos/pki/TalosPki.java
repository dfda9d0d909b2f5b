package io.talospve.talos.pki;

import io.talospve.error.ErrorCode;
import io.talospve.error.StoreException;
import io.talospve.spec.Secret;
import io.talospve.spi.CertificateEnd;
import io.talospve.spi.ClusterPki;
import io.talospve.spi.KeptSecret;
import io.talospve.spi.TalosAccess;
import io.talospve.talos.internal.yaml.Mapping;
import io.talospve.talos.internal.yaml.YamlWriter;
import io.talospve.talos.pki.internal.Certificates;
import io.talospve.talos.pki.internal.Certificates.Validity;
import io.talospve.talos.pki.internal.KeyAlgorithm;
import io.talospve.talos.pki.internal.Pem;
import io.talospve.talos.pki.internal.Tokens;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509CertificateHolder;

/**
 * Makes the secrets of Talos clusters and issues certificates from them, in the formats of Talos 1.12's own tools. No I/O;
 * thread-safe if its random source is (every {@link SecureRandom} of the JDK is).
 */
public final class TalosPki implements ClusterPki {
    /** How long a CA is valid: ten years of 365 days, as Talos makes them. */
    static final Duration CA_LIFETIME = Duration.ofHours(87_600);

    /** How long an admin certificate in a talosconfig is valid. */
    static final Duration ADMIN_LIFETIME = Duration.ofHours(8_760);

    /** Client certificates begin a little earlier, for machines whose clocks are behind. */
    static final Duration CLOCK_SKEW = Duration.ofMinutes(5);

    /** As Talos does it for Kubernetes. */
    private static final Duration KUBERNETES_SKEW = Duration.ofSeconds(10);

    private static final String ADMIN = "os:admin";

    private final InstantSource clock;
    private final SecureRandom random;
    private final Executor executor;
    private final Tokens tokens;
    private final Certificates certificates;

    /**
     * Makes keys in parallel on the JDK's common pool.
     *
     * @param clock what time certificates start at
     * @param random where keys, tokens and serial numbers come from
     */
    public TalosPki(InstantSource clock, SecureRandom random) {
        this(clock, random, ForkJoinPool.commonPool());
    }

    /**
     * Makes keys on an executor of the caller.
     *
     * @param clock what time certificates start at
     * @param random where keys, tokens and serial numbers come from
     * @param executor runs the making of one key per task; {@code Runnable::run} makes them one after the other, so that a
     *     seeded random source gives the same bundle each time
     */
    public TalosPki(InstantSource clock, SecureRandom random, Executor executor) {
        this.clock = Objects.requireNonNull(clock, "clock");
        this.random = Objects.requireNonNull(random, "random");
        this.executor = Objects.requireNonNull(executor, "executor");
        this.tokens = new Tokens(random);
        this.certificates = new Certificates(random);
    }

    @Override
    public List<CertificateEnd> caEnds(Secret<String> bundle) {
        return ends(CertificateExpiry.of(SecretsBundle.parse(bundle)));
    }

    @Override
    public List<CertificateEnd> clientEnds(Secret<String> kubeconfig, Secret<String> talosconfig) {
        List<CertificateEnd> ends = new ArrayList<>(ends(CertificateExpiry.ofKubeconfig(kubeconfig)));
        ends.addAll(ends(CertificateExpiry.ofTalosconfig(talosconfig)));
        return ends;
    }

    private static List<CertificateEnd> ends(List<CertificateExpiry> certificates) {
        return certificates.stream()
                .map(certificate -> new CertificateEnd(certificate.what(), certificate.notAfter()))
                .toList();
    }

    @Override
    public Secret<String> generate() {
        return generateBundle().write();
    }

    /**
     * Makes the secrets of a new cluster.
     *
     * @return the bundle
     */
    public SecretsBundle generateBundle() {
        // The RSA key takes nearly all the time, so it starts first.
        CompletableFuture<KeyPair> serviceAccount = pair(KeyAlgorithm.RSA4096);
        CompletableFuture<KeyPair> etcd = pair(KeyAlgorithm.P256);
        CompletableFuture<KeyPair> kubernetes = pair(KeyAlgorithm.P256);
        CompletableFuture<KeyPair> aggregator = pair(KeyAlgorithm.P256);
        CompletableFuture<KeyPair> os = pair(KeyAlgorithm.ED25519);
        Instant now = now();
        Validity validity = new Validity(now, now.plus(CA_LIFETIME));
        return new SecretsBundle(
                tokens.identity(),
                Secret.of(tokens.key()),
                Secret.of(tokens.joinToken()),
                Optional.empty(),
                Optional.of(Secret.of(tokens.key())),
                Secret.of(tokens.joinToken()),
                authority("etcd", etcd.join(), KeyAlgorithm.P256, validity),
                authority("kubernetes", kubernetes.join(), KeyAlgorithm.P256, validity),
                authority("", aggregator.join(), KeyAlgorithm.P256, validity),
                Secret.of(KeyAlgorithm.RSA4096.pem(serviceAccount.join())),
                authority("talos", os.join(), KeyAlgorithm.ED25519, validity));
    }

    private CompletableFuture<KeyPair> pair(KeyAlgorithm algorithm) {
        return CompletableFuture.supplyAsync(() -> algorithm.generate(random), executor);
    }

    private SecretsBundle.Authority authority(
            String organization, KeyPair pair, KeyAlgorithm algorithm, Validity validity) {
        return new SecretsBundle.Authority(
                certificates.authority(organization, pair, algorithm, validity), Secret.of(algorithm.pem(pair)));
    }

    /** Certificates are valid as long as a CA: nothing renews them, and whoever takes the charts over makes its own. */
    @Override
    public Secret<String> make(KeptSecret wanted) {
        if (wanted instanceof KeptSecret.Certificates certificatesOf) {
            return Secret.of(certificates(certificatesOf));
        }
        return Secret.of(tokens.password());
    }

    private String certificates(KeptSecret.Certificates wanted) {
        Instant now = now();
        Validity validity = new Validity(now, now.plus(CA_LIFETIME));
        KeyPair authority = KeyAlgorithm.P256.generate(random);
        String ca = certificates.authority(wanted.name(), authority, KeyAlgorithm.P256, validity);
        StringBuilder text = new StringBuilder(ca).append(KeyAlgorithm.P256.pem(authority));
        for (String name : List.of(wanted.serverName(), wanted.clientName())) {
            KeyPair pair = KeyAlgorithm.P256.generate(random);
            text.append(certificates.peer(
                            name,
                            pair,
                            validity,
                            Certificates.read(ca),
                            new KeyAlgorithm.SigningKey(KeyAlgorithm.P256, authority.getPrivate())))
                    .append(KeyAlgorithm.P256.pem(pair));
        }
        return text.toString();
    }

    @Override
    public String osCaFingerprint(Secret<String> bundle) {
        byte[] der = Pem.decode(SecretsBundle.parse(bundle).os().certificate()).orElseThrow().der();
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(der));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    @Override
    public TalosAccess access(Secret<String> bundle, Duration lifetime) {
        return access(SecretsBundle.parse(bundle), List.of(ADMIN), lifetime);
    }

    /**
     * Issues a client certificate for the Talos API with chosen roles.
     *
     * @param bundle the cluster's secrets
     * @param roles Talos roles: {@code os:admin}, {@code os:operator}, {@code os:reader}, {@code os:etcd:backup}
     * @param lifetime how long it is valid from now on
     * @return certificate, key and the CA they belong to
     */
    public TalosAccess access(SecretsBundle bundle, List<String> roles, Duration lifetime) {
        if (roles.isEmpty() || lifetime.isNegative() || lifetime.isZero()) {
            throw new IllegalArgumentException("a client certificate needs a role and a lifetime");
        }
        SecretsBundle.Authority os = bundle.os();
        KeyPair pair = KeyAlgorithm.ED25519.generate(random);
        String certificate = certificates.client(
                roles, "", pair, KeyUsage.digitalSignature, clientValidity(lifetime), holder(os), signingKey(os));
        return new TalosAccess(os.certificate(), certificate, Secret.of(KeyAlgorithm.ED25519.pem(pair)));
    }

    @Override
    public Secret<String> talosconfig(
            Secret<String> bundle, String cluster, List<String> endpoints, List<String> nodes) {
        TalosAccess access = access(bundle, ADMIN_LIFETIME);
        Map<String, Object> context = new LinkedHashMap<>();
        context.put("endpoints", endpoints);
        if (!nodes.isEmpty()) {
            context.put("nodes", nodes);
        }
        context.put("ca", base64(access.ca()));
        context.put("crt", base64(access.certificate()));
        context.put("key", base64(access.key().reveal()));
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("context", cluster);
        config.put("contexts", Map.of(cluster, context));
        return Secret.of(YamlWriter.write(config));
    }

    /**
     * Issues a kubeconfig with a cluster administrator's certificate of one year, as Talos itself hands it out: cluster
     * {@code <name>}, user and context {@code admin@<name>}. It needs no machine, so it also opens a cluster whose Talos API is
     * out of reach.
     *
     * @param bundle the cluster's secrets
     * @param cluster name of the cluster
     * @param server URL of the Kubernetes API, {@code https://host:6443}
     * @return the YAML text
     */
    public Secret<String> kubeconfig(SecretsBundle bundle, String cluster, String server) {
        SecretsBundle.Authority authority = bundle.kubernetes();
        KeyPair pair = KeyAlgorithm.P256.generate(random);
        Instant now = now();
        String certificate = certificates.client(
                List.of("system:masters"),
                "admin",
                pair,
                KeyUsage.digitalSignature | KeyUsage.keyEncipherment,
                new Validity(now.minus(KUBERNETES_SKEW), now.plus(ADMIN_LIFETIME)),
                holder(authority),
                signingKey(authority));
        String user = "admin@" + cluster;
        return Secret.of(YamlWriter.write(new Mapping()
                .with("apiVersion", "v1")
                .with("kind", "Config")
                .with(
                        "clusters",
                        List.of(named(
                                cluster,
                                "cluster",
                                new Mapping()
                                        .with("server", server)
                                        .with("certificate-authority-data", authority.certificateBase64()))))
                .with(
                        "users",
                        List.of(named(
                                user,
                                "user",
                                new Mapping()
                                        .with("client-certificate-data", base64(certificate))
                                        .with("client-key-data", base64(KeyAlgorithm.P256.pem(pair))))))
                .with(
                        "contexts",
                        List.of(named(
                                user,
                                "context",
                                new Mapping().with("cluster", cluster).with("namespace", "default").with("user", user))))
                .with("current-context", user)
                .build()));
    }

    private static Map<String, Object> named(String name, String key, Mapping value) {
        return new Mapping().with("name", name).with(key, value).build();
    }

    private Validity clientValidity(Duration lifetime) {
        Instant now = now();
        return new Validity(now.minus(CLOCK_SKEW), now.plus(lifetime));
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.SECONDS);
    }

    private static X509CertificateHolder holder(SecretsBundle.Authority authority) {
        return Certificates.read(authority.certificate());
    }

    private static KeyAlgorithm.SigningKey signingKey(SecretsBundle.Authority authority) {
        try {
            return KeyAlgorithm.read(authority.key().reveal());
        } catch (IllegalArgumentException e) {
            throw new StoreException(
                    ErrorCode.STORE_FAILED, "reading a CA's key from the secrets bundle: " + e.getMessage(), null, null);
        }
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
