package io.talospve.testkit.internal.talos;

import io.talospve.testkit.internal.kube.outside.Outside;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The manifests of a control plane by their id: Talos' own, those to be downloaded ({@code 05-<url>} for a CNI, {@code
 * 99-<url>} for extraManifests), and the inline ones ({@code 99-<name>}).
 */
final class Manifests {
    private static final Map<String, String> OWN = own();

    private Manifests() {}

    private static Map<String, String> own() {
        try (InputStream in = Manifests.class.getResourceAsStream("manifests.yaml")) {
            if (in == null) {
                throw new IllegalStateException("manifests.yaml is missing");
            }
            Map<String, String> out = new LinkedHashMap<>();
            String[] parts = new String(in.readAllBytes(), StandardCharsets.UTF_8).split("(?m)^# part: ");
            for (int i = 1; i < parts.length; i++) {
                int line = parts[i].indexOf('\n');
                out.put(parts[i].substring(0, line), parts[i].substring(line + 1));
            }
            return out;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * What a machine has to apply now.
     *
     * @param byId texts by id, in the order of the ids
     * @param problems what could not be fetched, in the words of the log
     */
    record Found(Map<String, String> byId, List<String> problems) {}

    static Found of(MachineConfig config, Outside outside) {
        Map<String, String> out = new TreeMap<>();
        List<String> problems = new ArrayList<>();
        OWN.forEach((id, text) -> {
            if (wanted(id, config)) {
                out.put(id, filled(text, config));
            }
        });
        Map<String, String> urls = new LinkedHashMap<>();
        if (config.cni().equals("custom")) {
            Tree.texts(config.main(), "cluster.network.cni.urls").forEach(url -> urls.put("05-" + url, url));
        }
        Tree.texts(config.main(), "cluster.externalCloudProvider.manifests").forEach(url -> urls.put("30-" + url, url));
        Tree.texts(config.main(), "cluster.extraManifests").forEach(url -> urls.put("99-" + url, url));
        urls.forEach((id, url) -> outside.file(url)
                .ifPresentOrElse(
                        text -> out.put(id, text),
                        () -> problems.add("error downloading manifests: error downloading \"" + url + "\": failed to get "
                                + url + ": dial tcp: lookup failed: no such host")));
        config.inlineManifests().forEach((name, text) -> out.put("99-" + name, text));
        return new Found(out, problems);
    }

    private static boolean wanted(String id, MachineConfig config) {
        return switch (id) {
            case "05-flannel" -> config.cni().equals("flannel");
            case "10-kube-proxy" -> config.kubeProxy();
            case "11-core-dns", "11-core-dns-svc" -> !config.coreDnsDisabled();
            default -> true;
        };
    }

    private static String filled(String text, MachineConfig config) {
        String environment = config.kubePrismPort() > 0
                ? "[{name: KUBERNETES_SERVICE_HOST, value: 127.0.0.1}, {name: KUBERNETES_SERVICE_PORT, value: \""
                        + config.kubePrismPort() + "\"}]"
                : "[]";
        return text.replace("${flannelEnv}", environment)
                .replace("${kubernetesVersion}", config.kubernetesVersion())
                .replace("${endpoint}", config.endpoint().toString());
    }
}
