package io.talospve.gitops.internal;

import io.talospve.spec.Cidr;
import io.talospve.spec.Cilium;
import io.talospve.spec.Network;
import io.talospve.spec.TalosCluster;
import io.talospve.spi.KeptSecret;
import io.talospve.spi.KubernetesApi.ObjectReference;
import io.talospve.spi.ObjectCheck;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Cilium with the values that Talos needs. */
final class CiliumPiece {
    static final String NAME = "01-cilium";
    private static final String NAMESPACE = "kube-system";
    private static final Pattern PEM = Pattern.compile("-----BEGIN [A-Z ]+-----\n.*?-----END [A-Z ]+-----\n", Pattern.DOTALL);
    private static final int PEM_BLOCKS = 6;

    private CiliumPiece() {}

    static Piece of(TalosCluster cluster, int epoch, Charts charts) {
        Optional<String> wanted = cluster.cilium().flatMap(Cilium::chartVersion);
        Map<String, @Nullable Object> values = values(cluster, charts.secrets());
        var request = charts.request(
                ChartDefaults.CILIUM.chart(),
                ChartDefaults.CILIUM.repository(),
                wanted.orElseGet(() -> ChartDefaults.CILIUM.version(cluster.kubernetesVersion(), epoch)),
                cluster.cilium().flatMap(Cilium::chartSha256),
                "cilium",
                NAMESPACE,
                values);
        return new Piece(
                NAME,
                request.chart().title(),
                Optional.of(request),
                List.of(),
                NAMESPACE,
                Map.of(),
                Charts.inputs("cilium", wanted, NAMESPACE, values(cluster, SecretTexts.placeholders())));
    }

    /** The values that Talos needs, with the user's merged over them. */
    static Map<String, @Nullable Object> values(TalosCluster cluster, SecretTexts secrets) {
        Map<String, Object> override = override(cluster);
        Map<String, @Nullable Object> values = new LinkedHashMap<>();
        values.put("ipam", Map.of("mode", "kubernetes"));
        values.put("kubeProxyReplacement", cluster.options().disableKubeProxy());
        // KubePrism: the API server is reachable on every machine before there is a network.
        values.put("k8sServiceHost", "localhost");
        values.put("k8sServicePort", 7445);
        values.put("cgroup", ObjectText.map("autoMount", Map.of("enabled", false), "hostRoot", "/sys/fs/cgroup"));
        // The chart's own lists without SYS_MODULE: Talos lets no workload load kernel modules.
        values.put(
                "securityContext",
                Map.of(
                        "capabilities",
                        ObjectText.map(
                                "ciliumAgent",
                                List.of("CHOWN", "KILL", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "SYS_ADMIN", "SYS_RESOURCE",
                                        "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"),
                                "cleanCiliumState",
                                List.of("NET_ADMIN", "SYS_ADMIN", "SYS_RESOURCE"))));
        families(cluster, values);
        if (hubble(override)) {
            values.putAll(certificates(override, secrets));
        }
        return HelmValues.merge(values, override);
    }

    private static Map<String, Object> override(TalosCluster cluster) {
        return cluster.helmValuesOverride().getOrDefault("cilium", Map.of());
    }

    private static void families(TalosCluster cluster, Map<String, @Nullable Object> values) {
        List<Cidr> pods = cluster.kubernetes().podSubnets();
        boolean onlyV6 = pods.isEmpty()
                ? cluster.controlPlaneNodes().nodes().stream()
                        .findFirst()
                        .flatMap(node -> node.primary())
                        .map(Network::allAddresses)
                        .filter(addresses -> !addresses.isEmpty() && addresses.stream().allMatch(Cidr::isV6))
                        .isPresent()
                : pods.stream().allMatch(Cidr::isV6);
        if (onlyV6 || pods.stream().anyMatch(Cidr::isV6)) {
            values.put("ipv6", Map.of("enabled", true));
        }
        if (onlyV6) {
            values.put("ipv4", Map.of("enabled", false));
        }
    }

    private static boolean hubble(Map<String, Object> override) {
        return HelmValues.isTrue(override, true, "hubble", "enabled");
    }

    /** Made once and given: the chart would make others at every rendering. */
    private static Map<String, Object> certificates(Map<String, Object> override, SecretTexts secrets) {
        Matcher blocks = PEM.matcher(secrets.kept(certificateName(override)));
        String[] encoded = new String[PEM_BLOCKS];
        for (int i = 0; i < PEM_BLOCKS; i++) {
            if (!blocks.find()) {
                throw new IllegalStateException("the kept certificates of Hubble are not " + PEM_BLOCKS + " PEM blocks");
            }
            encoded[i] = ObjectText.base64(blocks.group());
        }
        Map<String, Object> tls = ObjectText.map(
                "auto", Map.of("enabled", false), "server", ObjectText.map("cert", encoded[2], "key", encoded[3]));
        Map<String, Object> hubble = new LinkedHashMap<>(Map.of("tls", tls));
        if (HelmValues.isTrue(override, false, "hubble", "relay", "enabled")) {
            hubble.put(
                    "relay",
                    Map.of("tls", Map.of("client", ObjectText.map("cert", encoded[4], "key", encoded[5]))));
        }
        return ObjectText.map("tls", Map.of("ca", ObjectText.map("cert", encoded[0], "key", encoded[1])), "hubble", hubble);
    }

    static List<KeptSecret> keptSecrets(TalosCluster cluster) {
        Map<String, Object> override = override(cluster);
        return hubble(override)
                ? List.of(new KeptSecret.Certificates(
                        certificateName(override),
                        "*." + clusterName(override) + ".hubble-grpc.cilium.io",
                        "*.hubble-relay.cilium.io"))
                : List.of();
    }

    /** The name is in the certificate: another name needs another one. */
    private static String certificateName(Map<String, Object> override) {
        return "hubble-" + clusterName(override).toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-").replaceAll("-$", "");
    }

    private static String clusterName(Map<String, Object> override) {
        return HelmValues.at(override, "cluster", "name").map(String::valueOf).orElse("default").replace('.', '-');
    }

    static List<ObjectCheck> checks() {
        return List.of(
                new ObjectCheck(
                        ObjectCheck.Kind.DEPLOYMENT_AVAILABLE,
                        new ObjectReference("apps/v1", "deployments", NAMESPACE, "cilium-operator")),
                new ObjectCheck(
                        ObjectCheck.Kind.DAEMON_SET_READY,
                        new ObjectReference("apps/v1", "daemonsets", NAMESPACE, "cilium")));
    }
}
