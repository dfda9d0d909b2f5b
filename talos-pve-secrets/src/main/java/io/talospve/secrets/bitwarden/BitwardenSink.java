package io.talospve.secrets.bitwarden;

import io.talospve.error.ConfigurationException;
import io.talospve.http.Deadline;
import io.talospve.http.HttpSettings;
import io.talospve.secrets.SecretVault;
import io.talospve.secrets.internal.HttpsClient;
import io.talospve.spec.Secret;
import java.net.InetSocketAddress;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Delivers secrets to one project of Bitwarden Secrets Manager, in the cloud or self-hosted.
 *
 * <p>An entry is found by its name: the project is listed and every name decrypted, because Bitwarden's names are neither
 * unique nor searchable. An unchanged value is not written again (Bitwarden keeps every write as a version); a note that
 * people wrote is kept. One login serves all calls for about an hour. Texts are encrypted before they leave
 * (AES-256-CBC with HMAC-SHA256, the organisation's key).
 *
 * <p>Errors: {@link io.talospve.error.RemoteException}; on 429 retryable, with the server's Retry-After in the hint;
 * {@link io.talospve.error.RefusedException} for ambiguous names and for texts that are longer than Bitwarden takes.
 * Thread-safe; two processes that create the same new entry at the same moment can still make it twice, which the next
 * check reports as ambiguous.
 */
public final class BitwardenSink implements SecretVault {
    static final Duration LONGEST_CALL = Duration.ofSeconds(28);
    private static final int MAX_ANSWER = 32 << 20;

    private final String name;
    private final BitwardenApi api;
    private final BitwardenProject project;

    private BitwardenSink(Builder given) {
        List<String> missing = new ArrayList<>();
        if (given.accessToken == null) {
            missing.add("accessToken");
        }
        if (given.project == null) {
            missing.add("project");
        }
        if (given.accessToken == null || given.project == null) {
            throw new ConfigurationException("BitwardenSink: missing: " + String.join(", ", missing), null);
        }
        AccessToken token = AccessToken.parse(given.accessToken);
        name = "bitwarden:" + given.project;
        api = new BitwardenApi(
                token,
                given.servers,
                new HttpsClient(given.http, MAX_ANSWER, given.requestTimeout),
                given.time,
                given.random);
        project = new BitwardenProject(api, given.project, given.createProject);
    }

    /** Starts a sink: access token and project are mandatory. */
    public static Builder builder() {
        return new Builder();
    }

    /** {@code bitwarden:} and the project as it was given. */
    @Override
    public String name() {
        return name;
    }

    @Override
    public Presence check(String key, Secret<String> value) {
        Deadline deadline = Deadline.in(LONGEST_CALL);
        List<String> ids = project.find(key, deadline);
        if (ids.isEmpty()) {
            return Presence.ABSENT;
        }
        if (ids.size() > 1) {
            return Presence.AMBIGUOUS;
        }
        return project.value(ids.get(0), deadline).equals(value.reveal()) ? Presence.SAME : Presence.DIFFERENT;
    }

    @Override
    public void put(String key, Secret<String> value) {
        project.put(key, value.reveal(), Deadline.in(LONGEST_CALL));
    }

    /**
     * Makes a secret unless there is one of this name. Two processes at the same moment never both succeed: whoever sees the
     * other's secret next to its own takes its own back.
     */
    @Override
    public boolean createIfAbsent(String key, Secret<String> value) {
        return project.createIfAbsent(key, value.reveal(), Deadline.in(LONGEST_CALL));
    }

    @Override
    public Optional<Secret<String>> read(String key) {
        return project.read(key, Deadline.in(LONGEST_CALL));
    }

    /** Reads from the same project, with the same login; usable until this sink is closed. */
    public BitwardenSource source() {
        return new BitwardenSource(project);
    }

    /** Forgets the login and closes idle connections. */
    @Override
    public void close() {
        api.close();
    }

    @Override
    public String toString() {
        return name;
    }

    /** Builds a {@link BitwardenSink}. Not thread-safe. */
    public static final class Builder {
        private @Nullable Secret<String> accessToken;
        private @Nullable String project;
        private HttpSettings http = HttpSettings.direct();
        private Duration requestTimeout = HttpsClient.REQUEST_TIMEOUT;
        private boolean createProject;
        private Servers servers = Servers.US;
        private InstantSource time = InstantSource.system();
        private SecureRandom random = new SecureRandom();

        Builder() {}

        /** The machine account's access token: {@code 0.<uuid>.<secret>:<key>}. Mandatory. */
        public Builder accessToken(Secret<String> token) {
            this.accessToken = Objects.requireNonNull(token, "token");
            return this;
        }

        /**
         * The project: its id (a UUID) or its name. Mandatory.
         *
         * @param idOrName a text in UUID notation is an id, everything else a name
         */
        public Builder project(String idOrName) {
            if (idOrName.isBlank()) {
                throw new ConfigurationException("BitwardenSink: the project is empty", "give its id or its name");
            }
            this.project = idOrName;
            return this;
        }

        /** Whether to create the project if there is none of this name; no by default. */
        public Builder createProject(boolean create) {
            this.createProject = create;
            return this;
        }

        /**
         * A self-hosted server instead of the US cloud.
         *
         * @param base https URL under which {@code /api} and {@code /identity} are; the clouds' own web addresses are
         *     understood as well
         */
        public Builder server(URI base) {
            this.servers = Servers.at(base);
            return this;
        }

        /** The EU cloud instead of the US one. */
        public Builder eu() {
            this.servers = Servers.EU;
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

        /** Where initialisation vectors come from; the JDK's default by default. */
        public Builder random(SecureRandom source) {
            this.random = Objects.requireNonNull(source, "source");
            return this;
        }

        /**
         * The sink. Makes no connection yet.
         *
         * @throws ConfigurationException if something mandatory is missing or the token is malformed
         */
        public BitwardenSink build() {
            return new BitwardenSink(this);
        }
    }
}
