package io.talospve.kubernetes;

import io.talospve.error.ConfigurationException;
import io.talospve.error.ErrorCode;
import io.talospve.error.RefusedException;
import io.talospve.http.Deadline;
import io.talospve.http.HttpSettings;
import io.talospve.spec.Secret;
import io.talospve.spi.SecretSink;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Delivers secrets as Secret objects to a namespace of a management cluster: one object for each key, the value in its field
 * {@code value}, as Cluster API, Flux and others expect a kubeconfig.
 *
 * <p>What else is in an existing object (fields, labels, annotations) stays. An update names the version it replaces, so that
 * a change made by somebody else at the same moment is never overwritten unseen: that is a retryable error. An unchanged
 * value is not written again. Needs get, create, update on secrets in the namespace. Errors as of {@link KubernetesClient}.
 * Thread-safe.
 */
public final class KubernetesSecretSink implements SecretSink {
    static final Duration LONGEST_CALL = Duration.ofSeconds(28);
    private static final int MAX_ANSWER = 4 << 20;
    /** What Kubernetes takes for all fields of a Secret together. */
    private static final int LONGEST_VALUE = 1 << 20;

    /** Not a monitor: a virtual thread that makes a call while it holds one keeps its carrier, before JDK 24. */
    private final ReentrantLock lock = new ReentrantLock();
    private final KubernetesSecrets secrets;
    private final String namespace;
    private final String field;

    private KubernetesSecretSink(Builder given) {
        List<String> missing = new ArrayList<>();
        if (given.kubeconfig == null) {
            missing.add("kubeconfig");
        }
        if (given.namespace == null) {
            missing.add("namespace");
        }
        if (given.kubeconfig == null || given.namespace == null) {
            throw new ConfigurationException("KubernetesSecretSink: missing: " + String.join(", ", missing), null);
        }
        HttpSettings direct = HttpSettings.direct();
        HttpSettings proxies = given.proxy == null ? direct : direct.withProxy(given.proxy, given.noProxy);
        namespace = given.namespace;
        field = given.field;
        secrets = new KubernetesSecrets(
                new ApiServer(Kubeconfig.parse(given.kubeconfig), proxies, MAX_ANSWER), namespace);
    }

    /** Starts a sink: kubeconfig and namespace are mandatory. */
    public static Builder builder() {
        return new Builder();
    }

    /** {@code kubernetes:} and the namespace. */
    @Override
    public String name() {
        return "kubernetes:" + namespace;
    }

    @Override
    public Presence check(String key, Secret<String> value) {
        return presence(secrets.read(key, Deadline.in(LONGEST_CALL)), value);
    }

    private Presence presence(Optional<ObjectNode> secret, Secret<String> value) {
        Optional<String> found = secret.flatMap(object -> secrets.field(object, field));
        if (found.isEmpty()) {
            return Presence.ABSENT;
        }
        return found.get().equals(value.reveal()) ? Presence.SAME : Presence.DIFFERENT;
    }

    @Override
    public void put(String key, Secret<String> value) {
        lock.lock();
        try {
            if (value.reveal().getBytes(StandardCharsets.UTF_8).length > LONGEST_VALUE) {
                throw new RefusedException(
                        ErrorCode.REJECTED,
                        "the value of the secret \"" + key + "\" is longer than the 1 MiB that Kubernetes takes",
                        "deliver it to another store");
            }
            Deadline deadline = Deadline.in(LONGEST_CALL);
            Optional<ObjectNode> secret = secrets.read(key, deadline);
            if (secret.isEmpty()) {
                secrets.create(key, field, value.reveal(), deadline);
            } else if (presence(secret, value) != Presence.SAME) {
                secrets.update(secret.get(), key, field, value.reveal(), deadline);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Reads from the same namespace; usable until this sink is closed. */
    public KubernetesSecretSource source() {
        return new KubernetesSecretSource(secrets, field);
    }

    /** Closes idle connections. */
    @Override
    public void close() {
        secrets.close();
    }

    @Override
    public String toString() {
        return name();
    }

    /** Builds a {@link KubernetesSecretSink}. Not thread-safe. */
    public static final class Builder {
        private @Nullable Secret<String> kubeconfig;
        private @Nullable String namespace;
        private @Nullable InetSocketAddress proxy;
        private List<String> noProxy = List.of();
        private String field = "value";

        Builder() {}

        /** A kubeconfig of the management cluster, with a client certificate or a token in it. Mandatory. */
        public Builder kubeconfig(Secret<String> text) {
            this.kubeconfig = Objects.requireNonNull(text, "text");
            return this;
        }

        /** The namespace; it has to exist. Mandatory. */
        public Builder namespace(String name) {
            if (!KubernetesSecrets.isName(name) || name.length() > 63 || name.indexOf('.') >= 0) {
                throw new ConfigurationException(
                        "KubernetesSecretSink: the namespace is not a name that Kubernetes takes", null);
            }
            this.namespace = name;
            return this;
        }

        /** The field of each Secret object that holds the value; {@code value} by default. */
        public Builder field(String name) {
            if (!KubernetesSecrets.isField(name)) {
                throw new ConfigurationException(
                        "KubernetesSecretSink: the field is not a name that Kubernetes takes", null);
            }
            this.field = name;
            return this;
        }

        /** Goes through an HTTP proxy (CONNECT, no authentication); none by default. */
        public Builder proxy(InetSocketAddress httpProxy) {
            this.proxy = Objects.requireNonNull(httpProxy, "httpProxy");
            return this;
        }

        /**
         * Hosts that are reached without the proxy.
         *
         * @param hosts addresses, networks in CIDR notation, names, or domains with all names below them
         */
        public Builder noProxy(List<String> hosts) {
            this.noProxy = List.copyOf(hosts);
            return this;
        }

        /**
         * The sink. Makes no connection yet.
         *
         * @throws ConfigurationException if something mandatory is missing or the kubeconfig cannot be used
         */
        public KubernetesSecretSink build() {
            return new KubernetesSecretSink(this);
        }
    }
}
