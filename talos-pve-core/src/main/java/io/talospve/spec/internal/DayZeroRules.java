package io.talospve.spec.internal;

import io.talospve.spec.Addon;
import io.talospve.spec.GitOps;
import io.talospve.spec.TalosCluster;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The rules about what is installed into the cluster at day 0: Cilium, charts, add-ons. */
final class DayZeroRules {
    /** Inline manifests are sorted by name, add-ons by two digits in it. */
    private static final int MAX_ADDONS = 40;

    private final TalosCluster cluster;
    private final Findings findings;

    DayZeroRules(TalosCluster cluster, Findings findings) {
        this.cluster = cluster;
        this.findings = findings;
    }

    void check() {
        cluster.cilium()
                .ifPresent(cilium ->
                        chart("cluster.cilium", cilium.chartVersion(), cilium.chartSha256(), "1.19.3", findings));
        network();
        overrides();
        cluster.helmMirror().ifPresent(mirror -> {
            String why = Names.whyNotChartUrl(mirror);
            if (why != null) {
                findings.error("cluster.helm_mirror", why);
            }
        });
        cluster.helmCredentials().keySet().forEach(host -> {
            if (!Names.isRegistry(host) || host.equals("*")) {
                findings.error(
                        "cluster.helm_credentials." + host,
                        "\"" + host + "\" is not a host, with a port if it needs one, without scheme");
            }
        });
        addons();
    }

    /** CNI and service proxy: one of each, neither none nor two. */
    private void network() {
        boolean cilium = cluster.installsCilium();
        boolean defaultCni = !cluster.options().disableDefaultCni();
        boolean proxy = !cluster.options().disableKubeProxy();
        String place = cluster.cilium().isPresent() ? "cluster.cilium" : "cluster.helm_values_override.cilium";
        if (cilium && defaultCni) {
            findings.error(
                    place,
                    "Cilium would stand beside Talos' default CNI: set options.disable_default_cni to true",
                    "cluster.options",
                    "cluster.helm_values_override",
                    "cluster.cilium");
        }
        if (!proxy && defaultCni && !cilium) {
            findings.error(
                    "cluster.options.disable_kube_proxy",
                    "nothing would do its work: the default CNI does not replace it; install Cilium (cluster.cilium with"
                            + " options.disable_default_cni: true)",
                    "cluster.options",
                    "cluster.cilium",
                    "cluster.helm_values_override");
        }
        if (!cilium) {
            return;
        }
        Object replacement = cluster.helmValuesOverride()
                .getOrDefault("cilium", Map.of())
                .get("kubeProxyReplacement");
        if (replacement != null && String.valueOf(replacement).equals("true") == proxy) {
            findings.error(
                    "cluster.helm_values_override.cilium.kubeProxyReplacement",
                    proxy
                            ? "is true, and kube-proxy runs too: set options.disable_kube_proxy to true"
                            : "is " + replacement + ", and options.disable_kube_proxy is true: nothing would do its work",
                    "cluster.options");
        }
    }

    private void overrides() {
        List<String> installed = new ArrayList<>();
        if (cluster.installsCilium()) {
            installed.add("cilium");
        }
        cluster.gitops().map(GitOps::provider).ifPresent(provider -> installed.add(provider.name().toLowerCase(Locale.ROOT)));
        for (String chart : cluster.helmValuesOverride().keySet()) {
            if (!installed.contains(chart)) {
                findings.error(
                        "cluster.helm_values_override." + chart,
                        "no chart \"" + chart + "\" is installed"
                                + (installed.isEmpty()
                                        ? "; values are for cilium, and for flux or argocd with cluster.gitops"
                                        : "; installed are " + String.join(", ", installed))
                                + (chart.equals("cilium") ? ": cluster.cilium.enabled is false" : "")
                                + NearMiss.hint(chart, installed),
                        "cluster.gitops",
                        "cluster.cilium");
            }
        }
    }

    private void addons() {
        if (cluster.addons().size() > MAX_ADDONS) {
            findings.error("cluster.addons", "has " + cluster.addons().size() + " entries; at most " + MAX_ADDONS + " are applied");
        }
        Set<String> names = new HashSet<>();
        for (int i = 0; i < cluster.addons().size(); i++) {
            Addon addon = cluster.addons().get(i);
            String path = "cluster.addons[" + i + "]";
            if (!Names.isLabel(addon.name()) || addon.name().length() > Names.MAX_LABEL) {
                findings.error(
                        path + ".name", "\"" + addon.name() + "\" is not a name: lower-case letters, digits and hyphens");
            } else if (!names.add(addon.name())) {
                findings.error(path + ".name", "\"" + addon.name() + "\" is there twice");
            }
            namespace(path + ".namespace", addon.namespace(), findings);
            addon(path, addon);
        }
    }

    private void addon(String path, Addon addon) {
        boolean file = findings.isPlaced(path + ".file");
        int ways = (addon.chart().isPresent() ? 1 : 0)
                + (addon.manifest().isPresent() ? 1 : 0)
                + (file && findings.isPlaced(path + ".manifest") ? 1 : 0);
        if (ways != 1) {
            findings.error(
                    path,
                    ways == 0 ? "says nothing: give chart, manifest or file" : "gives more than one of chart, manifest, file",
                    path + ".chart",
                    path + ".manifest",
                    path + ".file");
            return;
        }
        addon.manifest()
                .flatMap(Manifests::whyNot)
                .ifPresent(why -> findings.error(path + (file ? ".file" : ".manifest"), why));
        if (addon.chart().isEmpty()) {
            onlyWithChart(path + ".repository", addon.repository());
            onlyWithChart(path + ".version", addon.version());
            onlyWithChart(path + ".chart_sha256", addon.chartSha256());
            onlyWithChart(path + ".values", addon.values());
            return;
        }
        if (!addon.chart().get().matches("[a-z0-9]([-a-z0-9._]*[a-z0-9])?")) {
            findings.error(path + ".chart", "\"" + addon.chart().get() + "\" is not a name of a chart");
        }
        if (addon.version().isEmpty()) {
            findings.error(path, "has no version: a chart without one would be another one tomorrow", path + ".version");
        }
        chart(path, Optional.empty(), addon.chartSha256(), "", findings);
        addon.version().filter(version -> !Names.isChartVersion(version)).ifPresent(version -> findings.error(
                path + ".version", "\"" + version + "\" is not an exact chart version, such as 3.13.0"));
        if (addon.repository().isEmpty() && cluster.helmMirror().isEmpty()) {
            findings.error(path, "has no repository, and there is no helm_mirror", path + ".repository", "cluster.helm_mirror");
        }
        addon.repository().map(Names::whyNotChartUrl).ifPresent(why -> findings.error(path + ".repository", why));
    }

    private void onlyWithChart(String path, Optional<?> value) {
        if (value.isPresent()) {
            findings.error(path, "is for charts, and this add-on is given as manifests");
        }
    }

    /** Version and checksum of a chart. */
    static void chart(String path, Optional<String> version, Optional<String> sha256, String example, Findings findings) {
        version.filter(text -> !Names.isChartVersion(text)).ifPresent(text -> findings.error(
                path + ".chart_version", "\"" + text + "\" is not a chart version, such as " + example));
        sha256.filter(text -> !Names.isSha256(text)).ifPresent(text -> findings.error(
                path + ".chart_sha256", "is not a SHA-256: 64 hexadecimal digits in lower case"));
    }

    static void namespace(String path, String namespace, Findings findings) {
        if (!Names.isLabel(namespace) || namespace.length() > Names.MAX_LABEL) {
            findings.error(path, "\"" + namespace + "\" is not a name of a Kubernetes namespace");
        }
    }
}
