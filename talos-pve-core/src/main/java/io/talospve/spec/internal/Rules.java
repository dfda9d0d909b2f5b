package io.talospve.spec.internal;

import io.talospve.spec.Cidr;
import io.talospve.spec.DataVolume;
import io.talospve.spec.Host;
import io.talospve.spec.NodePool;
import io.talospve.spec.NodeSpec;
import io.talospve.spec.RegistryMirror;
import io.talospve.spec.SecretValue;
import io.talospve.spec.TalosCluster;
import io.talospve.spec.TalosSettings;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** What a spec must fulfil beyond its syntax; the same for specs from files and from builders. Not thread-safe. */
public final class Rules {
    private static final Pattern CREDENTIAL_NAME = Pattern.compile("[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?");

    static final int MIN_CONTROL_PLANE_MEMORY = 2048;
    static final int MIN_WORKER_MEMORY = 1024;
    static final int MIN_OS_DISK = 10;

    private static final Set<String> USUAL_REGISTRIES = Set.of("docker.io", "ghcr.io", "quay.io", "registry.k8s.io");

    private final TalosCluster cluster;
    private final Findings findings;

    private Rules(TalosCluster cluster, Findings findings) {
        this.cluster = cluster;
        this.findings = findings;
    }

    /** Judges a spec. */
    public static void check(TalosCluster cluster, Findings findings) {
        Rules rules = new Rules(cluster, findings);
        // First, so that no other message repeats the value.
        rules.literalSecrets();
        rules.names();
        rules.versions();
        rules.image();
        rules.mirrors();
        rules.time();
        rules.credentialNames();
        rules.resolvers();
        rules.hosts();
        rules.sizes();
        rules.pools();
        new NetworkRules(cluster, findings).check();
        new AccessRules(cluster, findings).check();
        new KubernetesRules(cluster, findings).check();
        new GitOpsRules(cluster, findings).check();
        new DayZeroRules(cluster, findings).check();
        new SettingsRules(cluster, findings).check();
        new VmRules(cluster, findings).check();
    }

    private void names() {
        String name = cluster.name();
        if (!Names.isLabel(name)) {
            findings.error(
                    "cluster.name",
                    "\"" + name + "\" is not a DNS label: lower-case letters, digits and hyphens, a letter or digit at both ends");
            return;
        }
        Map<String, String> taken = new HashMap<>();
        for (Machines.Machine machine : Machines.of(cluster)) {
            String path = machine.spec().name().isPresent() ? machine.path() + ".name" : machine.path();
            if (machine.spec().name().isPresent()
                    && (!Names.isLabel(machine.name()) || machine.name().length() > Names.MAX_LABEL)) {
                findings.error(
                        path,
                        "\"" + machine.name() + "\" is not a DNS label: at most " + Names.MAX_LABEL
                                + " lower-case letters, digits and hyphens, a letter or digit at both ends");
            }
            String before = taken.putIfAbsent(machine.name(), machine.path());
            if (before != null) {
                findings.error(path, "the name \"" + machine.name() + "\" is that of " + before + " already");
            }
        }
        for (Machines.Machine machine : Machines.of(cluster)) {
            if (machine.spec().name().isEmpty() && machine.path().startsWith("worker_pools.") && machine.name().length() > Names.MAX_LABEL) {
                findings.error(machine.path(), "its name \"" + machine.name() + "\" is longer than the " + Names.MAX_LABEL + " characters of a DNS label");
            }
        }
        int needed = name.length() + "-worker-".length()
                + String.valueOf(Math.max(1, cluster.workerNodes().nodes().size())).length();
        if (needed > Names.MAX_LABEL) {
            findings.error(
                    "cluster.name",
                    "is too long: the names of its machines, \"<cluster>-worker-<n>\", would have " + needed
                            + " characters, and a DNS label has at most " + Names.MAX_LABEL);
        }
    }

    private void versions() {
        String talosPath = "cluster.talos.version";
        String kubernetesPath = "cluster.kubernetes_version";
        Optional<Versions.Minor> talos = Versions.minor(cluster.talos().version());
        Optional<Versions.Minor> kubernetes = Versions.minor(cluster.kubernetesVersion());
        if (talos.isEmpty()) {
            findings.error(talosPath, Versions.malformed(cluster.talos().version(), "v1.12.4"));
        }
        if (kubernetes.isEmpty()) {
            findings.error(kubernetesPath, Versions.malformed(cluster.kubernetesVersion(), "v1.35.0"));
        }
        if (talos.isPresent() && !Versions.talosSupported(talos.get())) {
            findings.error(
                    talosPath,
                    "Talos " + cluster.talos().version() + " is not supported; supported are " + Versions.supportedTalos());
        } else if (talos.isPresent() && kubernetes.isPresent() && !Versions.together(talos.get(), kubernetes.get())) {
            findings.error(
                    kubernetesPath,
                    "Talos " + cluster.talos().version() + " runs Kubernetes " + Versions.kubernetesFor(talos.get())
                            + "; found " + cluster.kubernetesVersion(),
                    talosPath);
        }
    }

    private void image() {
        storage("cluster.datastore.id", cluster.datastore().id());
        String node = cluster.datastore().node();
        if (!Names.isHost(node)) {
            findings.error("cluster.datastore.node", "\"" + node + "\" is not a name of a Proxmox host");
        }
        List<String> hosts = cluster.hostPool().stream().map(Host::name).toList();
        if (!hosts.contains(node)) {
            NearMiss.of(node, hosts).ifPresent(match -> findings.warning(
                    "cluster.datastore.node",
                    "\"" + node + "\" is not in host_pool (did you mean \"" + match + "\"?)",
                    "host_pool"));
        }
        TalosSettings talos = cluster.talos();
        talos.installerMirror().ifPresent(mirror -> {
            if (mirror.contains("://")) {
                findings.error(
                        "cluster.talos.installer_mirror",
                        "is part of an image reference and has no scheme: leave out "
                                + mirror.substring(0, mirror.indexOf("://") + 3));
            } else if (!Names.isRegistryPath(mirror)) {
                findings.error(
                        "cluster.talos.installer_mirror",
                        "\"" + mirror + "\" is not a registry with an optional path, such as harbor.example.com/talos");
            }
        });
        talos.isoMirror().ifPresent(mirror -> {
            String why = Names.whyNotHttpUrl(mirror);
            if (why != null) {
                findings.error("cluster.talos.iso_mirror", why);
            } else if (!mirror.endsWith("/")) {
                findings.error(
                        "cluster.talos.iso_mirror",
                        "must end with a slash, as it replaces \"https://\": write it as " + mirror + "/");
            }
        });
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < talos.extensions().size(); i++) {
            String extension = talos.extensions().get(i);
            String path = "cluster.talos.extensions[" + i + "]";
            if (!Names.isExtension(extension)) {
                findings.error(path, "\"" + extension + "\" is not a name of an extension, such as iscsi-tools or siderolabs/iscsi-tools");
            } else if (!seen.add(extension)) {
                findings.error(path, "\"" + extension + "\" is there twice");
            }
        }
    }

    private void mirrors() {
        cluster.registryMirrors().forEach((registry, mirror) -> {
            String path = "cluster.registry_mirrors." + registry;
            if (!Names.isRegistry(registry)) {
                findings.error(path, "\"" + registry + "\" is not a registry: a host, with a port if it needs one, without scheme");
            }
            endpoints(path, mirror);
        });
    }

    private void endpoints(String path, RegistryMirror mirror) {
        if (mirror.endpoints().isEmpty() && !mirror.skipFallback()) {
            findings.error(path + ".endpoints", "none given; a mirror without endpoints does nothing unless skip_fallback is true");
        }
        for (int i = 0; i < mirror.endpoints().size(); i++) {
            String why = Names.whyNotHttpUrl(mirror.endpoints().get(i));
            if (why != null) {
                findings.error(path + ".endpoints[" + i + "]", why);
            }
        }
    }

    private void credentialNames() {
        Optional<String> kubeconfig = cluster.credentials().kubeconfig();
        Optional<String> talosconfig = cluster.credentials().talosconfig();
        kubeconfig.ifPresent(name -> credentialName("cluster.credentials.kubeconfig", name));
        talosconfig.ifPresent(name -> credentialName("cluster.credentials.talosconfig", name));
        if (kubeconfig.isPresent() && kubeconfig.equals(talosconfig)) {
            findings.error(
                    "cluster.credentials",
                    "kubeconfig and talosconfig have the same name: one would overwrite the other",
                    "cluster.credentials.kubeconfig",
                    "cluster.credentials.talosconfig");
        }
    }

    /** What every sink takes, from a file's name to a Kubernetes Secret's. */
    private void credentialName(String path, String name) {
        if (!CREDENTIAL_NAME.matcher(name).matches()) {
            findings.error(
                    path,
                    "\"" + name + "\" cannot be a name in every kind of sink: lower-case letters, digits, '-' and '.', at most"
                            + " 253, first and last a letter or digit");
        }
    }

    private void time() {
        if (cluster.time().isEmpty()) {
            if (cluster.registryMirrors().keySet().containsAll(USUAL_REGISTRIES)
                    || cluster.registryMirrors().containsKey("*")) {
                findings.warning(
                        "cluster.time",
                        "none given, and every usual registry has a mirror: without internet access Talos' default time server"
                                + " does not answer, and etcd waits for the time; give time.servers or time.host_clock: true",
                        "cluster.registry_mirrors");
            }
            return;
        }
        List<String> servers = cluster.time().get().servers();
        for (int i = 0; i < servers.size(); i++) {
            if (!Names.isAddressOrDnsName(servers.get(i))) {
                findings.error(
                        "cluster.time.servers[" + i + "]", "\"" + servers.get(i) + "\" is neither an IP address nor a DNS name");
            }
        }
        if (cluster.time().get().hostClock() == !servers.isEmpty()) {
            findings.error(
                    "cluster.time",
                    servers.isEmpty()
                            ? "says nothing: give servers, or host_clock: true"
                            : "gives both servers and host_clock; Talos takes one of them",
                    "cluster.time.servers",
                    "cluster.time.host_clock");
        }
    }

    private void resolvers() {
        if (cluster.nameservers().isEmpty()) {
            findings.warning("cluster.nameservers", "none given: each machine asks its primary gateway");
        }
        for (int i = 0; i < cluster.nameservers().size(); i++) {
            if (!Cidr.isAddress(cluster.nameservers().get(i))) {
                findings.error(
                        "cluster.nameservers[" + i + "]", "\"" + cluster.nameservers().get(i) + "\" is not an IP address");
            }
        }
        for (int i = 0; i < cluster.searchDomains().size(); i++) {
            if (!Names.isDnsName(cluster.searchDomains().get(i))) {
                findings.error(
                        "cluster.search_domains[" + i + "]", "\"" + cluster.searchDomains().get(i) + "\" is not a DNS name");
            }
        }
        for (int i = 0; i < cluster.certSans().size(); i++) {
            if (!Names.isAddressOrDnsName(cluster.certSans().get(i))) {
                findings.error(
                        "cluster.cert_sans[" + i + "]",
                        "\"" + cluster.certSans().get(i) + "\" is neither an IP address nor a DNS name");
            }
        }
        if (cluster.kubespan() && !cluster.discovery()) {
            findings.error("cluster.kubespan", "needs discovery, which is false: machines find each other's keys there");
        }
        cluster.endpoint().ifPresent(endpoint -> {
            if (endpoint.contains("://")) {
                findings.error("cluster.endpoint", "is a DNS name or IP address without scheme and port");
            } else if (!Names.isAddressOrDnsName(endpoint)) {
                findings.error(
                        "cluster.endpoint",
                        "\"" + endpoint + "\" is not a DNS name or IP address"
                                + (endpoint.matches(".*:\\d+") ? "; it has no port, which is always 6443" : ""));
            } else if (cluster.vip().isPresent()) {
                findings.warning("cluster.endpoint", "is not used, as there is a VIP");
            }
        });
    }

    private void hosts() {
        if (cluster.hostPool().isEmpty()) {
            findings.error("host_pool", "is empty; at least one Proxmox host must carry machines");
        }
        Set<String> seen = new HashSet<>();
        for (Host host : cluster.hostPool()) {
            String path = "host_pool." + host.name();
            if (!Names.isHost(host.name())) {
                findings.error(path, "\"" + host.name() + "\" is not a name of a Proxmox host");
            }
            if (!seen.add(host.name())) {
                findings.error(path, "is there twice");
            }
            storage(path + ".datastore_id", host.datastoreId());
        }
    }

    private void storage(String path, String id) {
        if (!Names.isStorage(id)) {
            findings.error(
                    path,
                    "\"" + id + "\" is not a name of a Proxmox storage: two or more letters, digits, '-', '_', '.', a letter first");
        }
    }

    private void sizes() {
        cluster.sizes().forEach((name, size) -> {
            String path = "node_size_configuration." + name;
            if (!Names.isSize(name)) {
                findings.error(path, "\"" + name + "\" is not a name of a size: letters, digits, '-', '_', '.'");
            }
            range(path + ".cpu", size.cpu(), 1, SpecKeys.MAX_CPU, "cores");
            range(path + ".os_disk", size.osDisk(), MIN_OS_DISK, SpecKeys.MAX_DISK_GIB, "GiB");
            size.dataDisk().ifPresent(disk -> range(path + ".data_disk", disk, 1, SpecKeys.MAX_DISK_GIB, "GiB"));
            DataVolume volume = size.dataVolume();
            if (!volume.name().matches("[A-Za-z0-9]([A-Za-z0-9-]{0,32}[A-Za-z0-9])?")) {
                findings.error(
                        path + ".data_volume.name",
                        "\"" + volume.name() + "\" is not a name of a volume: at most 34 letters, digits and hyphens");
            }
            if (!Set.of("xfs", "ext4").contains(volume.filesystem())) {
                findings.error(path + ".data_volume.filesystem", "\"" + volume.filesystem() + "\" is not xfs or ext4");
            }
            if (size.dataDisk().isEmpty() && !volume.equals(DataVolume.builder().build())) {
                findings.error(path + ".data_volume", "is of no use without data_disk", path + ".data_disk");
            }
            boolean controlPlane = uses(cluster.controlPlaneNodes(), name);
            int minimum = controlPlane ? MIN_CONTROL_PLANE_MEMORY : MIN_WORKER_MEMORY;
            if (size.memory() < minimum) {
                findings.error(
                        path + ".memory",
                        size.memory() + " MiB is too little: Talos needs at least " + minimum + " MiB on a "
                                + (controlPlane ? "control plane" : "worker")
                                + (size.memory() > 0 && size.memory() <= 512 ? " (memory is in MiB: " + size.memory() + " GiB is "
                                        + size.memory() * 1024L + ")" : ""));
            } else {
                range(path + ".memory", size.memory(), minimum, SpecKeys.MAX_MEMORY_MIB, "MiB");
            }
            if (controlPlane && size.cpu() == 1) {
                findings.warning(path + ".cpu", "1 core is little for a control plane; Talos recommends at least 2");
            }
        });
    }

    private static boolean uses(NodePool pool, String size) {
        return pool.nodes().stream().anyMatch(node -> node.size().equals(size));
    }

    private void range(String path, int found, int minimum, int maximum, String unit) {
        if (found < minimum || found > maximum) {
            findings.error(
                    path, found + " " + unit + " is " + (found < minimum ? "too little" : "too much") + "; allowed are " + minimum
                            + " to " + maximum);
        }
    }

    private void pools() {
        pool("control_plane_nodes", cluster.controlPlaneNodes());
        pool("worker_nodes", cluster.workerNodes());
        cluster.workerPools().forEach((name, pool) -> {
            String path = "worker_pools." + name;
            if (!Names.isLabel(name) || name.equals("cp") || name.equals("worker")) {
                findings.error(
                        path, "\"" + name + "\" is not a name of a pool: lower-case letters, digits and hyphens, and neither cp nor worker");
            }
            pool(path, pool);
        });
        int controlPlanes = cluster.controlPlaneNodes().nodes().size();
        if (controlPlanes == 0) {
            findings.error("control_plane_nodes.nodes", "is empty; a cluster has at least one control plane");
        } else if (controlPlanes % 2 == 0) {
            findings.warning(
                    "control_plane_nodes.nodes",
                    "an even number of control planes (" + controlPlanes + ") survives no more failures than "
                            + (controlPlanes - 1) + "; use an odd number");
        }
        Map<Integer, String> vmids = new HashMap<>();
        for (Machines.Machine machine : Machines.of(cluster)) {
            NodeSpec spec = machine.spec();
            if (!cluster.sizes().containsKey(spec.size())) {
                List<String> known = new ArrayList<>(cluster.sizes().keySet());
                findings.error(
                        machine.path() + ".size",
                        "no size \"" + spec.size() + "\" in node_size_configuration" + suggestion(spec.size(), known),
                        "node_size_configuration");
            }
            spec.vmid().ifPresent(vmid -> {
                if (vmid < SpecKeys.MIN_VMID || vmid > SpecKeys.MAX_VMID) {
                    findings.error(
                            machine.path() + ".vmid",
                            vmid + " is not a VMID; allowed are " + SpecKeys.MIN_VMID + " to " + SpecKeys.MAX_VMID);
                }
                String before = vmids.putIfAbsent(vmid, machine.path());
                if (before != null) {
                    findings.error(machine.path() + ".vmid", vmid + " is that of " + before + " already");
                }
            });
        }
    }

    private void pool(String path, NodePool pool) {
        List<String> known = cluster.hostPool().stream().map(Host::name).toList();
        if (pool.hostPool().isEmpty() && !pool.nodes().isEmpty()) {
            findings.error(path + ".host_pool", "is empty; name at least one host of host_pool");
        }
        for (int i = 0; i < pool.hostPool().size(); i++) {
            String host = pool.hostPool().get(i);
            if (!known.contains(host) && !known.isEmpty()) {
                findings.error(
                        path + ".host_pool[" + i + "]",
                        "no host \"" + host + "\" in host_pool" + suggestion(host, known),
                        "host_pool");
            }
        }
    }

    private static String suggestion(String word, List<String> known) {
        String hint = NearMiss.hint(word, known);
        return !hint.isEmpty() ? hint : known.isEmpty() ? "" : "; it has " + String.join(", ", known);
    }

    /** What a builder was given; a file has been searched as it stands, unknown keys included. */
    private void literalSecrets() {
        literalSecrets("", "", SpecKeys.ROOT.write(cluster));
    }

    private void literalSecrets(String path, String key, Object value) {
        if (value instanceof Map<?, ?> map) {
            map.forEach((name, inner) -> literalSecrets(Mapping.Entries.child(path, String.valueOf(name)), String.valueOf(name),
                    inner == null ? "" : inner));
        } else if (value instanceof List<?> list) {
            for (int i = 0; i < list.size(); i++) {
                Object inner = list.get(i);
                literalSecrets(path + "[" + i + "]", key, inner == null ? "" : inner);
            }
        } else if (!(value instanceof Boolean) && !(value instanceof SecretValue)) {
            LiteralSecrets.find(key, String.valueOf(value))
                    .ifPresent(kind -> {
                        findings.error(path, LiteralSecrets.message(kind));
                        findings.markBroken(path);
                    });
        }
    }
}
