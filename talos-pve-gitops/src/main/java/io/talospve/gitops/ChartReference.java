package io.talospve.gitops;

import io.talospve.spec.Secret;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;

/** Where a chart comes from. Immutable. */
public sealed interface ChartReference {
    /**
     * What a person calls it, for messages.
     *
     * @return for example {@code chart cilium 1.19.1 from https://helm.cilium.io}; holds no secret
     */
    String title();

    /**
     * A chart in a repository: {@code https://} or {@code http://} with an index.yaml, or {@code oci://} with the folder
     * of the chart.
     *
     * @param repository the repository
     * @param name the chart's name
     * @param version the chart's exact version
     * @param sha256 the archive's SHA-256 in lower-case hexadecimal; empty to take what the repository gives
     * @param credentials for a repository that asks for them
     */
    record Repository(
            URI repository, String name, String version, Optional<String> sha256, Optional<Credentials> credentials)
            implements ChartReference {
        @Override
        public String title() {
            return "chart " + name + " " + version + " from " + shown(repository);
        }
    }

    /**
     * A chart's archive at an address.
     *
     * @param address an {@code https://} or {@code http://} URL of a .tgz
     * @param sha256 the archive's SHA-256 in lower-case hexadecimal; empty to take what the server gives
     * @param credentials for a server that asks for them
     */
    record Archive(URI address, Optional<String> sha256, Optional<Credentials> credentials) implements ChartReference {
        @Override
        public String title() {
            return "chart " + shown(address);
        }
    }

    /**
     * A chart on disk.
     *
     * @param path a folder with Chart.yaml, or a .tgz
     * @param sha256 a .tgz' SHA-256 in lower-case hexadecimal; empty to take what is there
     */
    record Local(Path path, Optional<String> sha256) implements ChartReference {
        @Override
        public String title() {
            return "chart " + path;
        }
    }

    /**
     * Name and password of a repository.
     *
     * @param user the name
     * @param password the password or token
     */
    record Credentials(String user, Secret<String> password) {}

    /** Without user information and query, where people put tokens. */
    private static String shown(URI address) {
        String port = address.getPort() < 0 ? "" : ":" + address.getPort();
        String path = address.getPath() == null ? "" : address.getPath();
        return address.getScheme() + "://" + address.getHost() + port + path;
    }
}
