package io.talospve.gitops.chart;

import io.talospve.error.ErrorCode;
import io.talospve.error.RefusedException;
import io.talospve.error.RemoteException;
import io.talospve.gitops.ChartReference.Credentials;
import io.talospve.gitops.ChartReference;
import io.talospve.http.BoundedHttpClient;
import io.talospve.http.HttpAnswer;
import io.talospve.http.HttpSettings;
import io.talospve.http.HttpTrust;
import java.io.IOException;
import java.net.ProxySelector;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Fetches charts and checks them: size, paths in the archive, SHA-256 against the pin and against what the repository says,
 * name and version against what was asked for. All network access of chart rendering is here. TLS is verified; plain http is
 * used only for addresses that say so ({@code http://}, {@code oci+http://}) and for registries on the loopback. Credentials
 * go to the host that they are for, and to the token server that a registry names. Thread-safe.
 *
 * <p>An archive that was fetched once is not fetched again if its SHA-256 is pinned, or while the fetcher lives.
 */
public final class ChartFetcher implements AutoCloseable {
    private final ChartHttp http;
    private final ArchiveCache cache;
    private final @Nullable URI mirror;
    private final @Nullable Credentials mirrorCredentials;
    private final boolean tlsGiven;
    private final Map<ChartReference, String> resolved = new ConcurrentHashMap<>();

    private ChartFetcher(Builder builder) {
        this.http = new ChartHttp(new BoundedHttpClient(builder.http), builder.timeOut);
        this.cache = new ArchiveCache(builder.cache);
        this.mirror = builder.mirror;
        this.mirrorCredentials = builder.mirrorCredentials;
        this.tlsGiven = builder.http.trust() != HttpTrust.jvm();
    }

    /**
     * Starts one without mirror, keeping archives in memory, with the trust of the Java runtime.
     *
     * @return a builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Fetches a chart.
     *
     * @param reference which one; the name and version of a chart in a repository are looked up in the mirror, if there is one
     * @return the chart
     * @throws RemoteException if it cannot be fetched
     * @throws RefusedException with code {@code REJECTED} if it is not the chart that was asked for, not the pinned one, or its
     *     archive is unsafe
     */
    public FetchedChart fetch(ChartReference reference) {
        if (reference instanceof ChartReference.Repository repository) {
            return fetch(repository);
        }
        if (reference instanceof ChartReference.Archive archive) {
            return fetch(archive);
        }
        return fetch((ChartReference.Local) reference);
    }

    private FetchedChart fetch(ChartReference.Repository reference) {
        String origin = reference.title();
        Optional<FetchedChart> kept = kept(reference, reference.sha256());
        if (kept.isPresent()) {
            return checkIdentity(origin, reference, kept.get());
        }
        URI base = mirror == null ? reference.repository() : mirror;
        Credentials credentials = mirror == null ? reference.credentials().orElse(null) : mirrorCredentials;
        String what = mirror == null ? origin : origin + ", from the mirror " + ChartHttp.shown(mirror);
        FetchedChart chart = base.getScheme() != null && base.getScheme().toLowerCase(Locale.ROOT).startsWith("oci")
                ? fromRegistry(what, base, reference, credentials)
                : fromRepository(what, base, reference, credentials);
        return keep(reference, checkIdentity(what, reference, chart));
    }

    private FetchedChart fromRepository(
            String what, URI repository, ChartReference.Repository reference, @Nullable Credentials credentials) {
        URI base = repository.getPath() != null && repository.getPath().endsWith("/")
                ? repository
                : URI.create(repository + "/");
        String authorization = credentials == null ? null : OciRegistry.basic(credentials);
        URI index = base.resolve("index.yaml");
        byte[] content = http.body(
                what, index, http.get(what, index, "application/yaml, */*", authorization, RepositoryIndex.MAX_BYTES));
        RepositoryIndex.Entry entry = RepositoryIndex.find(what, content, reference.name(), reference.version());
        reference.sha256().ifPresent(pin -> entry.digest().ifPresent(digest -> checkPin(what, pin, digest)));
        Optional<FetchedChart> kept = entry.digest().flatMap(digest -> cache.find(what, digest));
        if (kept.isPresent()) {
            return kept.get();
        }
        URI address;
        try {
            address = base.resolve(entry.urls().get(0));
        } catch (IllegalArgumentException e) {
            throw ChartArchive.refuse(what, "the repository gives an address that is none");
        }
        if (address.getScheme().equalsIgnoreCase("oci")) {
            // Such an address names the repository and the tag; the version is the one that was looked up.
            String text = address.toString();
            int colon = text.lastIndexOf(':');
            String path = colon > text.lastIndexOf('/') ? text.substring(0, colon) : text;
            URI folder = URI.create(path.substring(0, path.lastIndexOf('/')));
            return fromRegistry(what, folder, reference, null);
        }
        ChartHttp.checkNoDowngrade(what, base, address);
        String allowed = ChartHttp.sameHost(base, address) ? authorization : null;
        byte[] archive = http.body(
                what, address, http.get(what, address, "application/gzip, */*", allowed, ChartArchive.MAX_ARCHIVE));
        String sha256 = ChartArchive.sha256(archive);
        reference.sha256().ifPresent(pin -> checkPin(what, pin, sha256));
        entry.digest().ifPresent(digest -> checkDigest(what, digest, sha256));
        return ChartArchive.read(what, archive);
    }

    private FetchedChart fromRegistry(
            String what, URI base, ChartReference.Repository reference, @Nullable Credentials credentials) {
        String folder = base.getPath() == null ? "" : base.getPath().replaceAll("^/+|/+$", "");
        String path = (folder.isEmpty() ? "" : folder + "/") + reference.name();
        OciRegistry registry = new OciRegistry(http, registryAddress(what, base), path, credentials, what);
        OciRegistry.Layer layer = registry.find(reference.version());
        reference.sha256().ifPresent(pin -> checkPin(what, pin, layer.sha256()));
        Optional<FetchedChart> kept = cache.find(what, layer.sha256());
        if (kept.isPresent()) {
            return kept.get();
        }
        byte[] archive = registry.blob(layer);
        checkDigest(what, layer.sha256(), ChartArchive.sha256(archive));
        return ChartArchive.read(what, archive);
    }

    /** {@code oci://} is https, except on the loopback, as for every client of registries. */
    private URI registryAddress(String what, URI base) {
        if (base.getHost() == null) {
            throw ChartArchive.refuse(what, "the registry's address names no host");
        }
        boolean plain = switch (base.getScheme().toLowerCase(Locale.ROOT)) {
            case "oci" -> !tlsGiven && isLoopback(base.getHost());
            case "oci+http" -> true;
            default -> throw ChartArchive.refuse(what, "an address starts with oci:// or oci+http://, not " + base.getScheme());
        };
        return URI.create((plain ? "http://" : "https://") + base.getHost() + (base.getPort() < 0 ? "" : ":" + base.getPort()));
    }

    private static boolean isLoopback(String host) {
        return host.equalsIgnoreCase("localhost") || host.matches("127(\\.[0-9]{1,3}){3}") || host.equals("[::1]");
    }

    private FetchedChart fetch(ChartReference.Archive reference) {
        String origin = reference.title();
        Optional<FetchedChart> kept = kept(reference, reference.sha256());
        if (kept.isPresent()) {
            return kept.get();
        }
        String authorization = reference.credentials().map(OciRegistry::basic).orElse(null);
        HttpAnswer answer = http.get(
                origin, reference.address(), "application/gzip, */*", authorization, ChartArchive.MAX_ARCHIVE);
        byte[] archive = http.body(origin, reference.address(), answer);
        reference.sha256().ifPresent(pin -> checkPin(origin, pin, ChartArchive.sha256(archive)));
        return keep(reference, ChartArchive.read(origin, archive));
    }

    private static FetchedChart fetch(ChartReference.Local reference) {
        String origin = reference.title();
        try {
            if (Files.isDirectory(reference.path())) {
                if (reference.sha256().isPresent()) {
                    throw new RefusedException(
                            ErrorCode.REJECTED,
                            origin + ": a folder has no SHA-256",
                            "pack it (helm package) and give the archive, or leave the checksum out");
                }
                return ChartArchive.readFolder(origin, reference.path());
            }
            if (Files.size(reference.path()) > ChartArchive.MAX_ARCHIVE) {
                throw ChartArchive.refuse(origin, "the archive is larger than " + ChartArchive.MAX_ARCHIVE + " bytes");
            }
            byte[] archive = Files.readAllBytes(reference.path());
            reference.sha256().ifPresent(pin -> checkPin(origin, pin, ChartArchive.sha256(archive)));
            return ChartArchive.read(origin, archive);
        } catch (IOException e) {
            throw new RemoteException(
                    ErrorCode.NOT_FOUND, origin + ": cannot read it: " + e, false, "look at the path", null, e);
        }
    }

    private Optional<FetchedChart> kept(ChartReference reference, Optional<String> pin) {
        return pin.map(it -> it.toLowerCase(Locale.ROOT))
                .filter(it -> it.matches("[0-9a-f]{64}"))
                .or(() -> Optional.ofNullable(resolved.get(reference)))
                .flatMap(sha256 -> cache.find(reference.title(), sha256));
    }

    private FetchedChart keep(ChartReference reference, FetchedChart chart) {
        cache.keep(chart);
        resolved.put(reference, chart.sha256());
        return chart;
    }

    private static FetchedChart checkIdentity(String what, ChartReference.Repository wanted, FetchedChart chart) {
        if (!chart.name().equals(wanted.name()) || !RepositoryIndex.sameVersion(chart.version(), wanted.version())) {
            throw ChartArchive.refuse(what, "the archive holds " + chart);
        }
        return chart;
    }

    private static void checkPin(String what, String pin, String found) {
        if (!pin.equalsIgnoreCase(found)) {
            throw new RefusedException(
                    ErrorCode.REJECTED,
                    what + ": its SHA-256 is " + found + ", pinned is " + pin,
                    "find out why the chart changed; pin the new checksum only if you trust it");
        }
    }

    private static void checkDigest(String what, String said, String found) {
        if (!said.equalsIgnoreCase(found)) {
            throw new RefusedException(
                    ErrorCode.REJECTED,
                    what + ": its SHA-256 is " + found + ", the repository says " + said,
                    "the archive was damaged or replaced: try again, then ask whoever runs the repository");
        }
    }

    /** Closes idle connections. */
    @Override
    public void close() {
        http.close();
    }

    /** Builds a {@link ChartFetcher}. Not thread-safe. */
    public static final class Builder {
        private @Nullable URI mirror;
        private @Nullable Credentials mirrorCredentials;
        private @Nullable Path cache;
        private HttpSettings http = HttpSettings.direct();
        private Duration timeOut = Duration.ofSeconds(60);

        private Builder() {}

        /**
         * Looks charts of every repository up in one place, by name and version: for sites without a way to the internet.
         * Archives by address and charts on disk are taken from where they are.
         *
         * @param base an {@code https://} or {@code http://} repository, or the folder of charts in a registry ({@code oci://},
         *     {@code oci+http://} without TLS)
         * @return this
         */
        public Builder mirror(URI base) {
            this.mirror = base;
            return this;
        }

        /**
         * Sets the mirror's credentials; those of the repositories are not sent to it.
         *
         * @param credentials name and password
         * @return this
         */
        public Builder mirrorCredentials(Credentials credentials) {
            this.mirrorCredentials = credentials;
            return this;
        }

        /**
         * Keeps archives in a folder too, by their SHA-256.
         *
         * @param folder a folder, created with mode 0700
         * @return this
         */
        public Builder cache(Path folder) {
            this.cache = folder;
            return this;
        }

        /**
         * How servers are reached: trust, proxies, time to connect. Replaces what {@link #caCertificates}, {@link
         * #pinnedCertificate} and {@link #proxy} said before. With another trust than {@link HttpTrust#jvm()}, registries on the
         * loopback are asked over TLS too.
         *
         * @param settings by default the Java runtime's authorities and no proxy
         * @return this
         */
        public Builder http(HttpSettings settings) {
            this.http = settings;
            return this;
        }

        /**
         * Trusts further CAs, beside those of the Java runtime.
         *
         * @param pem one or more certificates
         * @return this
         * @throws IllegalArgumentException if the text holds no certificate
         */
        public Builder caCertificates(String pem) {
            this.http = http.withTrust(HttpTrust.jvmAnd(pem));
            return this;
        }

        /**
         * Trusts exactly one certificate, whatever name it has, for every https address.
         *
         * @param fingerprint SHA-256 of the certificate, hexadecimal, colons allowed
         * @return this
         * @throws IllegalArgumentException if it is no such fingerprint
         */
        public Builder pinnedCertificate(String fingerprint) {
            this.http = http.withTrust(HttpTrust.pinned(List.of(fingerprint)));
            return this;
        }

        /**
         * Goes through proxies.
         *
         * @param proxy which for what
         * @return this
         */
        public Builder proxy(ProxySelector proxy) {
            this.http = http.withProxies(proxy);
            return this;
        }

        /**
         * Sets how long one request may take, wall time; 60 seconds by default.
         *
         * @param timeOut more than zero
         * @return this
         */
        public Builder timeOut(Duration timeOut) {
            this.timeOut = timeOut;
            return this;
        }

        /**
         * Builds it.
         *
         * @return the fetcher
         */
        public ChartFetcher build() {
            return new ChartFetcher(this);
        }
    }
}
