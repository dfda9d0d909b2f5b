package io.talospve.talos.factory;

import io.talospve.error.ConfigurationException;
import io.talospve.error.ErrorCode;
import io.talospve.error.RemoteException;
import io.talospve.http.BoundedHttpClient;
import io.talospve.http.Deadline;
import io.talospve.http.HttpSettings;
import io.talospve.http.HttpTrust;
import io.talospve.spec.TalosSettings;
import io.talospve.spi.ImageFactory;
import io.talospve.spi.TalosImage;
import io.talospve.talos.factory.internal.ExtensionNames;
import io.talospve.talos.factory.internal.FactoryHttp;
import java.net.ProxySelector;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The Talos image factory over HTTPS: {@code factory.talos.dev} or one's own. Thread-safe.
 *
 * <pre>{@code
 * ImageFactory factory = TalosImageFactory.builder().url("https://factory.example.com").caPem(pem).build();
 * }</pre>
 */
public final class TalosImageFactory implements ImageFactory {
    private static final String PUBLIC = "https://factory.talos.dev";
    private static final Pattern SCHEME = Pattern.compile("^[a-zA-Z][a-zA-Z0-9+.-]*://");
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private final FactoryHttp http;
    private final String artifacts;

    private TalosImageFactory(FactoryHttp http, String artifacts) {
        this.http = http;
        this.artifacts = artifacts;
    }

    /** Starts a client. */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    public Optional<List<String>> resolveOffline(List<String> extensions) {
        return ExtensionNames.wellKnown(extensions);
    }

    @Override
    public List<String> resolve(String talosVersion, List<String> extensions) {
        if (extensions.isEmpty()) {
            return List.of();
        }
        String what = "listing the extensions for Talos " + talosVersion;
        JsonNode answer = json(what, http.get(what, "/version/" + talosVersion + "/extensions/official"));
        List<String> official = new ArrayList<>();
        for (JsonNode extension : answer) {
            JsonNode name = extension.get("name");
            if (name == null || !name.isString()) {
                throw unexpected(what, "an entry without a name");
            }
            official.add(name.stringValue());
        }
        return extensions.stream().map(name -> ExtensionNames.find(name, official, talosVersion)).toList();
    }

    @Override
    public String schematicId(TalosImage image) {
        return schematic(image).id();
    }

    @Override
    public String register(TalosImage image) {
        return register(schematic(image));
    }

    private static Schematic schematic(TalosImage image) {
        return new Schematic(Optional.empty(), image.kernelArgs(), List.of(), image.extensions(), false);
    }

    /**
     * Makes a schematic known to the factory; harmless to repeat.
     *
     * @param schematic the schematic
     * @return the id that the factory answered, equal to {@link Schematic#id()}
     * @throws RemoteException if the factory refuses it, or computes another id
     */
    public String register(Schematic schematic) {
        String expected = schematic.id();
        String what = "registering the schematic " + expected;
        JsonNode id = json(what, http.post(what, "/schematics", schematic.yaml())).get("id");
        if (id == null || !id.isString()) {
            throw unexpected(what, "no id");
        }
        if (!id.stringValue().equals(expected)) {
            throw unexpected(what, "another id, " + id.stringValue());
        }
        return expected;
    }

    /**
     * The Talos versions that the factory has. Reads only.
     *
     * @return versions such as {@code v1.12.4}, in the factory's order
     * @throws RemoteException if the factory does not answer
     */
    public List<String> versions() {
        String what = "listing the Talos versions";
        List<String> versions = new ArrayList<>();
        for (JsonNode version : json(what, http.get(what, "/versions"))) {
            if (!version.isString()) {
                throw unexpected(what, "a version that is no text");
            }
            versions.add(version.stringValue());
        }
        return versions;
    }

    @Override
    public String isoUrl(TalosSettings talos, TalosImage image) {
        return isoUrl(talos, schematicId(image), variant(image));
    }

    @Override
    public String diskImageUrl(TalosSettings talos, TalosImage image) {
        return imageUrl(talos, schematicId(image), variant(image).fileName() + ".qcow2");
    }

    private static ImageVariant variant(TalosImage image) {
        return new ImageVariant(ImageVariant.Architecture.AMD64, image.secureBoot());
    }

    /**
     * URL of a nocloud ISO, the spec's mirror applied.
     *
     * @param talos version and mirrors
     * @param schematicId id of the schematic
     * @param variant which build
     * @return the URL
     */
    public String isoUrl(TalosSettings talos, String schematicId, ImageVariant variant) {
        return imageUrl(talos, schematicId, variant.fileName() + ".iso");
    }

    /**
     * URL of a nocloud disk image, compressed, the spec's mirror applied.
     *
     * @param talos version and mirrors
     * @param schematicId id of the schematic
     * @param variant which build
     * @return the URL
     */
    public String diskImageUrl(TalosSettings talos, String schematicId, ImageVariant variant) {
        return imageUrl(talos, schematicId, variant.fileName() + ".raw.xz");
    }

    private String imageUrl(TalosSettings talos, String schematicId, String file) {
        String url = artifacts + "/image/" + schematicId + "/" + talos.version() + "/" + file;
        return talos.isoMirror()
                .map(mirror -> withoutSlash(mirror) + "/" + SCHEME.matcher(url).replaceFirst(""))
                .orElse(url);
    }

    @Override
    public String installer(TalosSettings talos, TalosImage image) {
        return installer(talos, schematicId(image), variant(image));
    }

    /**
     * Reference of a nocloud installer image, the spec's mirror applied. One reference serves all architectures.
     *
     * @param talos version and mirrors
     * @param schematicId id of the schematic
     * @param variant which build
     * @return the reference
     */
    public String installer(TalosSettings talos, String schematicId, ImageVariant variant) {
        // The plain "installer" would make the machine a bare-metal one, which never reads its cloud-init drive again.
        return registry(talos) + "/nocloud-installer" + variant.suffix() + "/" + schematicId + ":" + talos.version();
    }

    private String registry(TalosSettings talos) {
        return SCHEME.matcher(withoutSlash(talos.installerMirror().orElse(artifacts))).replaceFirst("");
    }

    @Override
    public void close() {
        http.close();
    }

    private static JsonNode json(String what, String text) {
        try {
            return JSON.readTree(text);
        } catch (JacksonException e) {
            throw unexpected(what, "no JSON (" + e.getOriginalMessage() + ")");
        }
    }

    private static RemoteException unexpected(String what, String found) {
        return new RemoteException(
                ErrorCode.UNEXPECTED_ANSWER,
                what + ": the image factory answered " + found,
                false,
                "look whether the URL is an image factory's",
                null,
                null);
    }

    private static String withoutSlash(String url) {
        return url.replaceAll("/+$", "");
    }

    /** Builds a {@link TalosImageFactory}. Not thread-safe. */
    public static final class Builder {
        private static final Pattern URL = Pattern.compile("https?://[^/?#\\s]+(/[^?#\\s]*)?");

        private String url = PUBLIC;
        private HttpSettings http = HttpSettings.jvm();
        private @Nullable String artifactsUrl;
        private @Nullable String caPem;
        private @Nullable String fingerprint;
        private Duration requestTimeout = Duration.ofSeconds(30);

        private Builder() {}

        /**
         * Where the factory is asked. Default {@code https://factory.talos.dev}.
         *
         * @param url an http or https URL
         * @return this
         */
        public Builder url(String url) {
            this.url = url;
            return this;
        }

        /**
         * Where machines and Proxmox VE fetch from: ISO and installer point there. By default the factory's URL; another one
         * when this program reaches the factory through a tunnel.
         *
         * @param artifactsUrl an http or https URL
         * @return this
         */
        public Builder artifactsUrl(String artifactsUrl) {
            this.artifactsUrl = artifactsUrl;
            return this;
        }

        /**
         * How the factory is reached: trust, proxies, time to connect. Replaces what {@link #proxy} said before; trust by
         * {@link #caPem} or {@link #fingerprint} goes before the trust in it.
         *
         * @param settings by default the JDK's authorities and proxy selector
         * @return this
         */
        public Builder http(HttpSettings settings) {
            this.http = settings;
            return this;
        }

        /**
         * Trusts these CAs instead of the JDK's.
         *
         * @param caPem one or more PEM certificates
         * @return this
         */
        public Builder caPem(String caPem) {
            this.caPem = caPem;
            return this;
        }

        /**
         * Trusts exactly one certificate.
         *
         * @param fingerprint its SHA-256, hexadecimal, colons allowed
         * @return this
         */
        public Builder fingerprint(String fingerprint) {
            this.fingerprint = fingerprint;
            return this;
        }

        /**
         * Goes through a proxy. By default the JDK's proxy selector decides.
         *
         * @param proxy chooses the proxy
         * @return this
         */
        public Builder proxy(ProxySelector proxy) {
            this.http = http.withProxies(proxy);
            return this;
        }

        /**
         * How long a request may take, from connecting to the last byte of the answer; 30 s by default.
         *
         * @param timeout wall time, positive
         * @return this
         */
        public Builder requestTimeout(Duration timeout) {
            requestTimeout = Deadline.requestTimeout(timeout);
            return this;
        }

        /**
         * Makes the client; connects to nothing yet.
         *
         * @throws ConfigurationException if a URL, CA or fingerprint is none, or both a CA and a fingerprint are given
         */
        public TalosImageFactory build() {
            BoundedHttpClient client = new BoundedHttpClient(trusting());
            String base = checked(url);
            return new TalosImageFactory(
                    new FactoryHttp(client, URI.create(base), requestTimeout),
                    artifactsUrl == null ? base : checked(artifactsUrl));
        }

        private HttpSettings trusting() {
            if (caPem != null && fingerprint != null) {
                throw new ConfigurationException("image factory: both a CA and a fingerprint are given", "give one of them");
            }
            try {
                if (caPem != null) {
                    return http.withTrust(HttpTrust.authorities(caPem));
                }
                return fingerprint == null ? http : http.withTrust(HttpTrust.pinned(List.of(fingerprint)));
            } catch (IllegalArgumentException e) {
                throw new ConfigurationException("image factory: " + e.getMessage(), null);
            }
        }

        private static String checked(String url) {
            Matcher matcher = URL.matcher(url);
            if (!matcher.matches()) {
                throw new ConfigurationException(
                        "image factory: \"" + url + "\" is not an http or https URL", "write it as " + PUBLIC);
            }
            return withoutSlash(url);
        }
    }
}
