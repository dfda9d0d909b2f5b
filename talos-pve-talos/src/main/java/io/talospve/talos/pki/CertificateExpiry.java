package io.talospve.talos.pki;

import io.talospve.error.ErrorCode;
import io.talospve.error.StoreException;
import io.talospve.spec.Secret;
import io.talospve.talos.internal.yaml.YamlReader;
import io.talospve.talos.internal.yaml.YamlSyntaxException;
import io.talospve.talos.pki.internal.Certificates;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * When a certificate ends. Immutable.
 *
 * @param what which certificate, for example {@code secrets: os CA} or {@code talosconfig: context prod-k8s}
 * @param notAfter its last instant
 */
public record CertificateExpiry(String what, Instant notAfter) {
    /** Checks both parts. */
    public CertificateExpiry {
        Objects.requireNonNull(what, "what");
        Objects.requireNonNull(notAfter, "notAfter");
    }

    /**
     * Whether it ends soon.
     *
     * @param now the time
     * @param margin how soon
     * @return true if it has ended or ends within the margin
     */
    public boolean endsWithin(Instant now, Duration margin) {
        return !notAfter.isAfter(now.plus(margin));
    }

    /**
     * The CAs of a bundle.
     *
     * @param bundle the cluster's secrets
     * @return one entry per CA
     */
    public static List<CertificateExpiry> of(SecretsBundle bundle) {
        return List.of(
                of("secrets: os CA", bundle.os().certificate()),
                of("secrets: kubernetes CA", bundle.kubernetes().certificate()),
                of("secrets: etcd CA", bundle.etcd().certificate()),
                of("secrets: aggregator CA", bundle.aggregator().certificate()));
    }

    /**
     * The client certificates of a talosconfig.
     *
     * @param talosconfig the YAML text
     * @return one entry per context that has a certificate
     * @throws StoreException if the text is no talosconfig; nothing of it is shown
     */
    public static List<CertificateExpiry> ofTalosconfig(Secret<String> talosconfig) {
        List<CertificateExpiry> found = new ArrayList<>();
        if (read("talosconfig", talosconfig).get("contexts") instanceof Map<?, ?> contexts) {
            contexts.forEach((name, context) -> add(found, "talosconfig: context " + name, context, "crt"));
        }
        return found;
    }

    /**
     * The client certificates of a kubeconfig.
     *
     * @param kubeconfig the YAML text
     * @return one entry per user that has a certificate
     * @throws StoreException if the text is no kubeconfig; nothing of it is shown
     */
    public static List<CertificateExpiry> ofKubeconfig(Secret<String> kubeconfig) {
        List<CertificateExpiry> found = new ArrayList<>();
        if (read("kubeconfig", kubeconfig).get("users") instanceof List<?> users) {
            for (Object user : users) {
                if (user instanceof Map<?, ?> entry) {
                    add(found, "kubeconfig: user " + entry.get("name"), entry.get("user"), "client-certificate-data");
                }
            }
        }
        return found;
    }

    private static void add(List<CertificateExpiry> to, String what, Object holder, String key) {
        if (holder instanceof Map<?, ?> map && map.get(key) instanceof String base64) {
            try {
                to.add(of(what, new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8)));
            } catch (IllegalArgumentException e) {
                throw unreadable(what + ": " + key + " is not a certificate");
            }
        }
    }

    private static CertificateExpiry of(String what, String pem) {
        return new CertificateExpiry(what, Certificates.read(pem).getNotAfter().toInstant());
    }

    private static Map<String, Object> read(String what, Secret<String> text) {
        try {
            return YamlReader.read(what, text.reveal());
        } catch (YamlSyntaxException e) {
            throw unreadable(e.getMessage());
        }
    }

    private static StoreException unreadable(String what) {
        return new StoreException(ErrorCode.STORE_FAILED, "looking when certificates expire: " + what, null, null);
    }
}
