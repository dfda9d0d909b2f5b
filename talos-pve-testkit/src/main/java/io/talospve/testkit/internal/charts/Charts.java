package io.talospve.testkit.internal.charts;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The charts of the test kit. They have the names, the values and the traps of the real ones as far as simulated clusters
 * act upon them, and say of themselves what they are. Immutable; packages are made when they are asked for.
 */
public final class Charts {
    private static final Map<String, List<String>> FILES = Map.of(
            "cilium",
            List.of(
                    "Chart.yaml", "values.yaml", "templates/_helpers.tpl", "templates/agent.yaml", "templates/configmap.yaml",
                    "templates/envoy.yaml", "templates/hubble.yaml", "templates/operator.yaml", "templates/validate.yaml"),
            "flux2",
            List.of(
                    "Chart.yaml", "values.yaml", "templates/check.yaml", "templates/controllers.yaml", "templates/crds.yaml",
                    "templates/rbac.yaml"),
            "argo-cd",
            List.of(
                    "Chart.yaml", "values.yaml", "templates/_helpers.tpl", "templates/config.yaml", "templates/crds.yaml",
                    "templates/redis-secret-init.yaml", "templates/workloads.yaml"));
    private static final Map<String, List<String>> USUAL = Map.of(
            "cilium",
            List.of("1.16.5", "1.17.2", "1.18.0", "1.19.0", "1.19.1", "1.19.2", "1.19.3", "1.19.4"),
            "flux2",
            List.of("2.16.0", "2.17.0", "2.18.0", "2.18.1", "2.18.2"),
            "argo-cd",
            List.of("8.3.0", "9.1.0", "9.4.10"));

    private final Map<String, List<String>> versions;

    /**
     * The charts, in the usual versions and more.
     *
     * @param more further versions by chart
     * @throws IllegalArgumentException if there is no such chart
     */
    public Charts(Map<String, List<String>> more) {
        Map<String, List<String>> all = new TreeMap<>();
        USUAL.forEach((name, usual) -> all.put(name, new ArrayList<>(usual)));
        more.forEach((name, versions) -> {
            if (!all.containsKey(name)) {
                throw new IllegalArgumentException("there is no chart " + name + ", only " + all.keySet());
            }
            versions.stream().filter(v -> !all.get(name).contains(v)).forEach(all.get(name)::add);
        });
        versions = all;
    }

    /** A chart's name and versions. */
    Map<String, List<String>> versions() {
        return versions;
    }

    /** Chart.yaml of a version. */
    Optional<String> metadata(String name, String version) {
        return known(name, version) ? Optional.of(file(name, "Chart.yaml", version)) : Optional.empty();
    }

    /** The package of a version: the same bytes every time. */
    Optional<byte[]> archive(String name, String version) {
        if (!known(name, version)) {
            return Optional.empty();
        }
        Map<String, String> files = new LinkedHashMap<>();
        FILES.get(name).forEach(path -> files.put(name + "/" + path, file(name, path, version)));
        return Optional.of(TarGz.of(files));
    }

    private boolean known(String name, String version) {
        return versions.getOrDefault(name, List.of()).contains(version);
    }

    private static String file(String chart, String path, String version) {
        try (InputStream in = Charts.class.getResourceAsStream(chart + "/" + path)) {
            if (in == null) {
                throw new IllegalStateException("chart " + chart + " has no " + path);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).replace("${version}", version);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String sha256(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
