package io.talospve.spec.internal;

import io.talospve.spec.AdmissionPlugin;
import io.talospve.spec.Cidr;
import io.talospve.spec.KubernetesSettings;
import io.talospve.spec.TalosCluster;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The rules about the Kubernetes control plane: subnets, arguments, manifests, admission, audit. */
final class KubernetesRules {
    private static final Cidr PODS = new Cidr("10.244.0.0", 16);
    private static final Cidr SERVICES = new Cidr("10.96.0.0", 12);

    private final TalosCluster cluster;
    private final Findings findings;
    private final KubernetesSettings settings;

    KubernetesRules(TalosCluster cluster, Findings findings) {
        this.cluster = cluster;
        this.findings = findings;
        this.settings = cluster.kubernetes();
    }

    void check() {
        String path = "cluster.kubernetes";
        subnets();
        settings.dnsDomain().ifPresent(domain -> {
            if (!Names.isDnsName(domain)) {
                findings.error(path + ".dns_domain", "\"" + domain + "\" is not a DNS name");
            }
        });
        arguments(path + ".api_server_args", settings.apiServerArgs());
        arguments(path + ".controller_manager_args", settings.controllerManagerArgs());
        arguments(path + ".scheduler_args", settings.schedulerArgs());
        arguments(path + ".etcd_args", settings.etcdArgs());
        arguments(path + ".proxy_args", settings.proxyArgs());
        if (!settings.proxyArgs().isEmpty() && cluster.options().disableKubeProxy()) {
            findings.error(path + ".proxy_args", "has no effect: options.disable_kube_proxy is true", "cluster.options");
        }
        Set<String> plugins = new HashSet<>();
        for (int i = 0; i < settings.admission().size(); i++) {
            AdmissionPlugin plugin = settings.admission().get(i);
            if (!plugin.name().matches("[A-Z][A-Za-z]*")) {
                findings.error(path + ".admission[" + i + "].name", "\"" + plugin.name() + "\" is not a name of an admission plugin, such as PodSecurity");
            } else if (!plugins.add(plugin.name())) {
                findings.error(path + ".admission[" + i + "].name", "\"" + plugin.name() + "\" is there twice");
            }
        }
        settings.auditPolicy().ifPresent(policy -> {
            if (!"Policy".equals(policy.get("kind")) || !(policy.get("rules") instanceof List<?>)
                    || !String.valueOf(policy.get("apiVersion")).startsWith("audit.k8s.io/")) {
                findings.error(
                        path + ".audit_policy",
                        "is not an audit policy: it needs apiVersion: audit.k8s.io/v1, kind: Policy and a list of rules");
            }
        });
        for (int i = 0; i < settings.extraManifests().size(); i++) {
            String why = Names.whyNotManifestUrl(settings.extraManifests().get(i));
            if (why != null) {
                findings.error(path + ".extra_manifests[" + i + "]", why);
            }
        }
        settings.inlineManifests().forEach((name, text) -> manifest(path + ".inline_manifests." + name, name, text));
    }

    private void manifest(String path, String name, String text) {
        if (!name.matches("[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?")) {
            findings.error(path, "\"" + name + "\" is not a name of a manifest: letters, digits, '-', '_', '.'");
        }
        Manifests.whyNot(text).ifPresent(why -> findings.error(path, why));
    }

    static void arguments(String path, Map<String, String> arguments, Findings findings) {
        arguments.forEach((name, value) -> {
            if (name.startsWith("-")) {
                findings.error(path + "." + name, "is written without leading dashes: " + name.replaceFirst("^-+", ""));
            } else if (!name.matches("[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?")) {
                findings.error(path + "." + name, "\"" + name + "\" is not a name of an argument");
            }
        });
    }

    private void arguments(String path, Map<String, String> arguments) {
        arguments(path, arguments, findings);
    }

    private void subnets() {
        String pods = "cluster.kubernetes.pod_subnets";
        String services = "cluster.kubernetes.service_subnets";
        if (findings.anyBelow(pods) || findings.anyBelow(services)) {
            return;
        }
        List<Cidr> podSubnets = settings.podSubnets().isEmpty() ? List.of(PODS) : settings.podSubnets();
        List<Cidr> serviceSubnets = settings.serviceSubnets().isEmpty() ? List.of(SERVICES) : settings.serviceSubnets();
        wellFormed(pods, podSubnets);
        wellFormed(services, serviceSubnets);
        for (int i = 0; i < serviceSubnets.size(); i++) {
            if (serviceSubnets.get(i).isV6() && serviceSubnets.get(i).prefix() < 108) {
                findings.error(services + "[" + i + "]", serviceSubnets.get(i) + " is too large: Kubernetes takes /108 at most for IPv6");
            }
        }
        for (boolean v6 : new boolean[] {false, true}) {
            Optional<Cidr> pod = podSubnets.stream().filter(subnet -> subnet.isV6() == v6).findFirst();
            Optional<Cidr> service = serviceSubnets.stream().filter(subnet -> subnet.isV6() == v6).findFirst();
            if (pod.isPresent() != service.isPresent()) {
                findings.error(
                        service.isPresent() ? pods : services,
                        "has no " + (v6 ? "IPv6" : "IPv4") + " subnet, but "
                                + (service.isPresent() ? "service_subnets" : "pod_subnets") + " has one; both need the same families",
                        pods,
                        services);
            } else if (pod.isPresent() && service.isPresent() && overlap(pod.get(), service.get())) {
                findings.error(services, service.get() + " overlaps the pods' " + pod.get(), pods);
            }
        }
        families(pods, podSubnets);
        overlaps(pods, podSubnets);
        overlaps(services, serviceSubnets);
    }

    private void wellFormed(String path, List<Cidr> subnets) {
        for (int i = 0; i < subnets.size(); i++) {
            Cidr subnet = subnets.get(i);
            if (!subnet.equals(subnet.subnet())) {
                findings.error(path + "[" + i + "]", subnet + " is not a subnet; write it as " + subnet.subnet());
            }
            for (int j = 0; j < i; j++) {
                if (subnets.get(j).isV6() == subnet.isV6()) {
                    findings.error(path + "[" + i + "]", "a second subnet of its IP family; there is one per family");
                    break;
                }
            }
        }
    }

    /** Every machine must have an address of each family that pods have. */
    private void families(String path, List<Cidr> podSubnets) {
        for (Cidr subnet : podSubnets) {
            for (Machines.Machine machine : Machines.of(cluster)) {
                List<Cidr> addresses = NetworkRules.addresses(machine.spec());
                boolean has = addresses.stream().anyMatch(address -> address.isV6() == subnet.isV6());
                if (!has && !addresses.isEmpty() && !findings.anyBelow(machine.path() + ".networks")) {
                    findings.error(
                            path,
                            "has an " + (subnet.isV6() ? "IPv6" : "IPv4") + " subnet"
                                    + (settings.podSubnets().isEmpty() ? " by default, " + subnet : "") + ", but " + machine.path()
                                    + " has no such address");
                    return;
                }
            }
        }
    }

    private void overlaps(String path, List<Cidr> subnets) {
        List<String> taken = new ArrayList<>();
        for (Machines.Machine machine : Machines.of(cluster)) {
            if (findings.anyBelow(machine.path() + ".networks")) {
                continue;
            }
            for (Cidr address : NetworkRules.addresses(machine.spec())) {
                for (Cidr subnet : subnets) {
                    if (taken.isEmpty() && overlap(subnet, address.subnet())) {
                        taken.add(subnet.toString());
                        findings.error(
                                path, subnet + " overlaps " + address.subnet() + ", a network of " + machine.path());
                    }
                }
            }
        }
    }

    private static boolean overlap(Cidr a, Cidr b) {
        return a.contains(b.address()) || b.contains(a.address());
    }
}
