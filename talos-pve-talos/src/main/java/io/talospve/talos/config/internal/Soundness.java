package io.talospve.talos.config.internal;

import io.talospve.talos.internal.yaml.YamlReader;
import io.talospve.talos.internal.yaml.YamlSyntaxException;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a configuration may not say although Talos 1.12 accepts it, or refuses it only when it is applied: found here, before
 * a machine has it. Stateless.
 */
public final class Soundness {
    private static final Set<String> LINKS = Set.of(
            "LinkConfig", "VLANConfig", "BondConfig", "BridgeConfig", "DummyLinkConfig", "WireguardConfig");
    private static final Set<String> VIPS = Set.of("Layer2VIPConfig", "HCloudVIPConfig");
    private static final Set<String> VOLUMES = Set.of("UserVolumeConfig", "ExistingVolumeConfig");
    private static final Pattern HOSTNAME =
            Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*");
    private static final Pattern KERNEL_NAME = Pattern.compile("(eth\\d+|en[a-z0-9]+)(\\.\\d+)?");
    private static final Pattern MAC = Pattern.compile("\"([0-9a-f:]{17})\"");
    private static final String NODE_ROLE = "node-role.kubernetes.io/";

    private final List<Map<String, Object>> documents;
    private final Map<?, ?> main;
    private final boolean worker;
    private final List<String> problems = new ArrayList<>();

    private Soundness(List<Map<String, Object>> documents) {
        this.documents = documents;
        this.main = documents.stream().filter(document -> !document.containsKey("kind")).findFirst().orElse(Map.of());
        this.worker = "worker".equals(at(main, "machine", "type"));
    }

    /**
     * Looks for contradictions.
     *
     * @param documents a configuration
     * @return what is wrong with it, in words for a person; empty if nothing
     */
    public static List<String> problems(List<Map<String, Object>> documents) {
        Soundness check = new Soundness(documents);
        check.sameNames(LINKS, "links");
        check.sameNames(VIPS, "virtual IPs");
        check.sameNames(VOLUMES, "volumes");
        check.selectors();
        check.links();
        check.registries();
        check.virtualIps();
        check.manifests();
        check.names();
        return check.problems;
    }

    private void sameNames(Set<String> kinds, String what) {
        Set<Object> names = new HashSet<>();
        for (Map<String, Object> document : documents) {
            if (kinds.contains(kind(document)) && !names.add(document.get("name"))) {
                problems.add("two " + what + " are called " + document.get("name"));
            }
        }
    }

    /** A patch of such a document drops these unless it repeats them: so Talos merges. */
    private void selectors() {
        for (Map<String, Object> document : documents) {
            boolean lost = "LinkAliasConfig".equals(document.get("kind")) && at(document, "selector", "match") == null
                    || "UserVolumeConfig".equals(document.get("kind"))
                            && !"directory".equals(document.get("volumeType"))
                            && at(document, "provisioning", "diskSelector", "match") == null;
            boolean unsized = "UserVolumeConfig".equals(document.get("kind"))
                    && !"directory".equals(document.get("volumeType"))
                    && !lost
                    && at(document, "provisioning", "minSize") == null
                    && at(document, "provisioning", "maxSize") == null;
            if (unsized) {
                problems.add(label(document) + " has neither minSize nor maxSize: a patch of its provisioning has to repeat"
                        + " them, because Talos' merge takes them from the patch");
            }
            if (lost) {
                problems.add(label(document) + " selects nothing: a patch of it has to repeat its selector and sizes, "
                        + "because Talos' merge takes them from the patch");
            }
        }
    }

    private void links() {
        if (!(at(main, "machine", "network", "interfaces") instanceof List<?> interfaces)) {
            return;
        }
        Set<Object> taken = new HashSet<>();
        for (Map<String, Object> document : documents) {
            if (LINKS.contains(kind(document))) {
                taken.add(document.get("name"));
            }
            Matcher mac = MAC.matcher(String.valueOf(at(document, "selector", "match")));
            if (mac.find()) {
                taken.add(mac.group(1));
            }
        }
        for (Object device : interfaces) {
            for (Object name : List.of(
                    orEmpty(at(device, "interface")),
                    orEmpty(at(device, "deviceSelector", "hardwareAddr")),
                    orEmpty(at(device, "deviceSelector", "permanentAddr")))) {
                if (taken.contains(name)) {
                    problems.add("machine.network.interfaces and a document both configure the link " + name);
                }
            }
        }
    }

    private void registries() {
        if (at(main, "machine", "registries", "mirrors") instanceof Map<?, ?> mirrors && !mirrors.isEmpty()
                && documents.stream().anyMatch(document -> "RegistryMirrorConfig".equals(document.get("kind")))) {
            problems.add("machine.registries and RegistryMirrorConfig documents both configure mirrors: use one of them");
        }
    }

    private void virtualIps() {
        Set<Object> names = new HashSet<>();
        documents.forEach(document -> {
            if (LINKS.contains(kind(document)) || "LinkAliasConfig".equals(document.get("kind"))) {
                names.add(document.get("name"));
            }
        });
        boolean legacy = at(main, "machine", "network", "interfaces") instanceof List<?> interfaces
                && interfaces.stream().anyMatch(device -> at(device, "vip") != null);
        for (Map<String, Object> document : documents) {
            if ("Layer2VIPConfig".equals(document.get("kind"))) {
                String link = String.valueOf(document.get("link"));
                if (worker) {
                    problems.add(label(document) + " is on a worker, which has no Kubernetes API");
                } else if (!names.contains(link) && !KERNEL_NAME.matcher(link).matches()) {
                    problems.add(label(document) + " is on the link " + link + ", which does not exist");
                }
                if (legacy) {
                    problems.add(label(document) + " stands beside a vip in machine.network.interfaces");
                }
            }
        }
    }

    private void manifests() {
        if (!(at(main, "cluster", "inlineManifests") instanceof List<?> manifests) || manifests.isEmpty()) {
            return;
        }
        if (worker) {
            problems.add("inline manifests are on a worker, which applies none");
        }
        for (Object manifest : manifests) {
            try {
                YamlReader.readAll("inline manifest " + at(manifest, "name"), String.valueOf(at(manifest, "contents")));
            } catch (YamlSyntaxException e) {
                problems.add(String.valueOf(e.getMessage()));
            }
        }
    }

    private void names() {
        for (Map<String, Object> document : documents) {
            hostname("HostnameConfig".equals(document.get("kind")) ? document.get("hostname") : null);
        }
        hostname(at(main, "machine", "network", "hostname"));
        Object endpoint = at(main, "cluster", "controlPlane", "endpoint");
        if (endpoint instanceof String url && !hasPort(url)) {
            problems.add("the endpoint " + url + " has no port: write it as https://host:6443");
        }
        if (at(main, "machine", "nodeLabels") instanceof Map<?, ?> labels) {
            labels.keySet().stream()
                    .map(String::valueOf)
                    .filter(label -> label.startsWith(NODE_ROLE))
                    .forEach(label -> problems.add("the kubelet may not give its node the label " + label));
        }
    }

    private void hostname(@Nullable Object name) {
        if (name != null && !HOSTNAME.matcher(String.valueOf(name)).matches()) {
            problems.add("\"" + name + "\" is not a host name: lower-case letters, digits, hyphens");
        }
    }

    private static boolean hasPort(String url) {
        try {
            return URI.create(url).getPort() > 0;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** Empty for the main document. */
    private static String kind(Map<String, Object> document) {
        return String.valueOf(orEmpty(document.get("kind")));
    }

    private static String label(Map<String, Object> document) {
        return document.get("kind") + " \"" + document.get("name") + "\"";
    }

    private static Object orEmpty(@Nullable Object value) {
        return value == null ? "" : value;
    }

    private static @Nullable Object at(@Nullable Object tree, String... path) {
        Object value = tree;
        for (String key : path) {
            value = value instanceof Map<?, ?> map ? map.get(key) : null;
        }
        return value;
    }
}
