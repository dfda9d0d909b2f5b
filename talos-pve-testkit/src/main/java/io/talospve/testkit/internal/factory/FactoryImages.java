package io.talospve.testkit.internal.factory;

import io.talospve.testkit.internal.world.Hardware.BootImage;
import io.talospve.testkit.internal.world.ImageSource;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Optional;
import java.util.Set;

/**
 * The outside as the datacenter sees it: {@code factory.talos.dev} and the given mirrors resolve, nothing else does.
 * Thread-safe.
 */
public final class FactoryImages implements ImageSource {
    private static final String FACTORY = "factory.talos.dev";

    private final Images images;
    private final String endpoint;
    private final Set<String> mirrors;

    /**
     * An outside.
     *
     * @param schematics what the factory knows
     * @param endpoint {@code host:port} of the factory's own server
     * @param mirrors hosts (with port unless it is the scheme's own) of mirrors that pass everything on to the factory
     */
    public FactoryImages(Schematics schematics, String endpoint, Set<String> mirrors) {
        this.images = new Images(schematics);
        this.endpoint = endpoint;
        this.mirrors = Set.copyOf(mirrors);
    }

    @Override
    public Fetched fetch(String url) {
        String host;
        String path;
        try {
            URI uri = new URI(url);
            if (uri.getRawAuthority() == null || !("https".equals(uri.getScheme()) || "http".equals(uri.getScheme()))) {
                return new Fetched(0, 0, Optional.empty());
            }
            host = uri.getRawAuthority();
            path = uri.getPath();
        } catch (URISyntaxException e) {
            return new Fetched(0, 0, Optional.empty());
        }
        if (mirrors.contains(host)) {
            Optional<String> inner = behindMirror(path);
            if (inner.isEmpty()) {
                return new Fetched(404, 0, Optional.empty());
            }
            path = inner.get();
        } else if (!isFactory(host)) {
            return new Fetched(0, 0, Optional.empty());
        }
        Images.Found found = images.at(path);
        return new Fetched(found.status(), found.sizeBytes(), found.image(), images.facts(found));
    }

    @Override
    public Optional<BootImage> pull(String reference) {
        int slash = reference.indexOf('/');
        if (slash < 0) {
            return Optional.empty();
        }
        String host = reference.substring(0, slash);
        if (!isFactory(host) && !mirrors.contains(host)) {
            return Optional.empty();
        }
        return images.installer(reference.substring(slash + 1));
    }

    private boolean isFactory(String host) {
        return host.equals(FACTORY) || host.equals(FACTORY + ":443") || host.equals(endpoint);
    }

    /** The path at the factory, of a mirror's path that has the factory's host name somewhere in it. */
    private Optional<String> behindMirror(String path) {
        for (String host : new String[] {FACTORY, endpoint}) {
            int at = path.indexOf("/" + host + "/");
            if (at >= 0) {
                return Optional.of(path.substring(at + 1 + host.length()));
            }
        }
        return Optional.empty();
    }
}
