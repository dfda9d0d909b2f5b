package io.talospve.secrets.vault;

import io.talospve.error.ConfigurationException;
import io.talospve.error.ErrorCode;
import io.talospve.error.RemoteException;
import io.talospve.http.Deadline;
import io.talospve.http.HeaderValue;
import io.talospve.http.HttpSettings;
import io.talospve.secrets.SecretVault;
import io.talospve.secrets.internal.HttpsClient;
import io.talospve.secrets.vault.VaultKv.Stored;
import io.talospve.spec.Secret;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Delivers secrets to a KV version 2 engine of HashiCorp Vault or OpenBao: {@code <mount>/<folder>/<key>}, in one field.
 *
 * <p>Other fields of the same secret are kept. An unchanged value is not written again (each write is a version). Writes name
 * the version they replace, so that a change made by somebody else at the same moment is never overwritten unseen: that is
 * a retryable error. A deleted secret counts as absent and is written anew.
 *
 * <p>Errors: {@link io.talospve.error.RemoteException}; retryable while Vault is sealed, on standby or over a quota. DENIED
 * stands for an expired token as well as for a missing policy: Vault does not tell them apart. Thread-safe.
 */
public final class VaultSink implements SecretVault {
    static final Duration LONGEST_CALL = Duration.ofSeconds(28);
    private static final int MAX_ANSWER = 16 << 20;

    /** Not a monitor: a virtual thread that makes a call while it holds one keeps its carrier, before JDK 24. */
    private final ReentrantLock lock = new ReentrantLock();
    private final VaultKv kv;
    private final String folder;
    private final String field;
    private final String name;

    private VaultSink(Builder given) {
        List<String> missing = new ArrayList<>();
        if (given.server == null) {
            missing.add("server");
        }
        if (given.auth == null) {
            missing.add("token, appRole or kubernetes");
        }
        if (given.server == null || given.auth == null) {
            throw new ConfigurationException("VaultSink: missing: " + String.join(", ", missing), null);
        }
        kv = new VaultKv(
                given.server,
                given.mount,
                given.namespace,
                given.auth,
                new HttpsClient(given.http, MAX_ANSWER, given.requestTimeout),
                given.time);
        folder = given.folder;
        field = given.field;
        name = "vault:" + given.mount + (folder.isEmpty() ? "" : "/" + folder);
    }

    /** Starts a sink: the server and a way to log in are mandatory. */
    public static Builder builder() {
        return new Builder();
    }

    /** {@code vault:}, mount and folder. */
    @Override
    public String name() {
        return name;
    }

    @Override
    public Presence check(String key, Secret<String> value) {
        return presence(kv.read(VaultKv.path(folder, key), Deadline.in(LONGEST_CALL)), value);
    }

    private Presence presence(Stored stored, Secret<String> value) {
        Optional<String> found = stored.field(field);
        if (found.isEmpty()) {
            return Presence.ABSENT;
        }
        return found.get().equals(value.reveal()) ? Presence.SAME : Presence.DIFFERENT;
    }

    @Override
    public void put(String key, Secret<String> value) {
        lock.lock();
        try {
            Deadline deadline = Deadline.in(LONGEST_CALL);
            String path = VaultKv.path(folder, key);
            Stored stored = kv.read(path, deadline);
            if (presence(stored, value) != Presence.SAME) {
                stored.fields().put(field, value.reveal());
                kv.write(path, stored.fields(), stored.version(), deadline);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Makes a secret unless there is one; Vault's check-and-set decides between processes. */
    @Override
    public boolean createIfAbsent(String key, Secret<String> value) {
        lock.lock();
        try {
            Deadline deadline = Deadline.in(LONGEST_CALL);
            String path = VaultKv.path(folder, key);
            Stored stored = kv.read(path, deadline);
            if (stored.field(field).isPresent()) {
                return false;
            }
            stored.fields().put(field, value.reveal());
            try {
                kv.write(path, stored.fields(), stored.version(), deadline);
                return true;
            } catch (RemoteException e) {
                if (e.code() == ErrorCode.REJECTED && e.retryable() && kv.read(path, deadline).field(field).isPresent()) {
                    return false;
                }
                throw e;
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Optional<Secret<String>> read(String key) {
        return source().read(key);
    }

    /** Reads from the same folder, with the same login; usable until this sink is closed. */
    public VaultSource source() {
        return new VaultSource(kv, folder, field);
    }

    /** Forgets the login and closes idle connections. */
    @Override
    public void close() {
        kv.close();
    }

    @Override
    public String toString() {
        return name;
    }

    /** Builds a {@link VaultSink}. Not thread-safe. */
    public static final class Builder {
        private @Nullable String server;
        private @Nullable VaultAuth auth;
        private HttpSettings http = HttpSettings.direct();
        private Duration requestTimeout = HttpsClient.REQUEST_TIMEOUT;
        private String namespace = "";
        private String mount = "secret";
        private String folder = "";
        private String field = "value";
        private InstantSource time = InstantSource.system();

        Builder() {}

        /** Where Vault is, {@code https://host[:port]}. Mandatory. */
        public Builder server(URI url) {
            if (!"https".equals(url.getScheme()) || url.getHost() == null || url.getUserInfo() != null) {
                throw new ConfigurationException(
                        "the Vault server has to be given as https://host[:port], without a user",
                        "secrets are never sent without TLS; give the server's CA by caPem(...) if it is your own");
            }
            this.server = url.toString().replaceAll("/+$", "");
            return this;
        }

        /** Uses a token as it is; it is not renewed. */
        public Builder token(Secret<String> token) {
            HeaderValue.require("VaultSink: the token", token.reveal().strip());
            return auth(new VaultAuth(nonEmpty(token), Optional.empty()));
        }

        /** Logs in as a machine by AppRole, at its usual mount {@code approle}, again before the token expires. */
        public Builder appRole(String roleId, Secret<String> secretId) {
            return auth(new VaultAuth(
                    nonEmpty(secretId),
                    Optional.of(new VaultAuth.Login("auth/approle/login", "role_id", roleId, "secret_id"))));
        }

        /**
         * Logs in as a pod of a Kubernetes cluster, at the usual mount {@code kubernetes}.
         *
         * @param role the role in Vault
         * @param serviceAccountToken the pod's token
         */
        public Builder kubernetes(String role, Secret<String> serviceAccountToken) {
            return auth(new VaultAuth(
                    nonEmpty(serviceAccountToken),
                    Optional.of(new VaultAuth.Login("auth/kubernetes/login", "role", role, "jwt"))));
        }

        private static Secret<String> nonEmpty(Secret<String> given) {
            if (given.reveal().isBlank()) {
                throw new ConfigurationException("VaultSink: the token or secret to log in with is empty", null);
            }
            return given.map(String::strip);
        }

        private Builder auth(VaultAuth given) {
            if (auth != null) {
                throw new ConfigurationException("VaultSink: more than one way to log in is given", null);
            }
            this.auth = given;
            return this;
        }

        /** The namespace, for Vault Enterprise and OpenBao; none by default. */
        public Builder namespace(String path) {
            HeaderValue.require("VaultSink: the namespace", path);
            this.namespace = path;
            return this;
        }

        /** Where the KV version 2 engine is mounted; {@code secret} by default. */
        public Builder mount(String path) {
            this.mount = VaultKv.path("", path);
            return this;
        }

        /** The folder below the mount; the mount itself by default. */
        public Builder folder(String path) {
            this.folder = path.isEmpty() ? "" : VaultKv.path("", path);
            return this;
        }

        /** The field of each secret that holds the value; {@code value} by default. */
        public Builder field(String name) {
            this.field = Objects.requireNonNull(name, "name");
            return this;
        }

        /**
         * How the server is reached: trust or a pinned certificate, proxies, time to connect. Replaces what {@link #caPem} and
         * {@link #proxy} said before.
         *
         * @param settings by default the JDK's authorities and no proxy
         */
        public Builder http(HttpSettings settings) {
            this.http = Objects.requireNonNull(settings, "settings");
            return this;
        }

        /**
         * How long one request may take, with the last byte of its answer; 15 s by default. A call of several requests ends
         * after 28 s in any case.
         *
         * @param timeout wall time, positive
         * @throws ConfigurationException if it is not positive
         */
        public Builder requestTimeout(Duration timeout) {
            this.requestTimeout = Deadline.requestTimeout(timeout);
            return this;
        }

        /**
         * Trusts these authorities instead of the JDK's.
         *
         * @param pem one or more certificates
         * @throws ConfigurationException if the text has no certificate in it
         */
        public Builder caPem(String pem) {
            this.http = http.withTrust(HttpsClient.authorities(pem));
            return this;
        }

        /** Goes through an HTTP proxy (CONNECT, no authentication); none by default. */
        public Builder proxy(InetSocketAddress httpProxy) {
            this.http = http.withProxy(httpProxy, List.of());
            return this;
        }

        /** Where the time comes from that decides when a login is renewed; the system clock by default. */
        public Builder time(InstantSource source) {
            this.time = Objects.requireNonNull(source, "source");
            return this;
        }

        /**
         * The sink. Makes no connection yet.
         *
         * @throws ConfigurationException if something mandatory is missing
         */
        public VaultSink build() {
            return new VaultSink(this);
        }
    }
}
