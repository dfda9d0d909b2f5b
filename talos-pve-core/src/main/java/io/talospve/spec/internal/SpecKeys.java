package io.talospve.spec.internal;

import static io.talospve.spec.internal.Shapes.bool;
import static io.talospve.spec.internal.Shapes.choice;
import static io.talospve.spec.internal.Shapes.cidr;
import static io.talospve.spec.internal.Shapes.integer;
import static io.talospve.spec.internal.Shapes.list;
import static io.talospve.spec.internal.Shapes.map;
import static io.talospve.spec.internal.Shapes.named;
import static io.talospve.spec.internal.Shapes.text;
import static io.talospve.spec.internal.Shapes.tree;

import io.talospve.spec.ClusterOptions;
import io.talospve.spec.GitOps;
import io.talospve.spec.GitOpsBootstrap;
import io.talospve.spec.Host;
import io.talospve.spec.ImageDatastore;
import io.talospve.spec.Network;
import io.talospve.spec.NodePool;
import io.talospve.spec.NodeSize;
import io.talospve.spec.NodeSpec;
import io.talospve.spec.RegistryMirror;
import io.talospve.spec.TalosCluster;
import io.talospve.spec.TalosSettings;
import io.talospve.spec.TimeSettings;
import java.util.List;
import java.util.Map;

/**
 * Every key of a spec: the one table from which the reader, the writer, the JSON Schema and the key reference in
 * docs/spec.md are made.
 */
final class SpecKeys {
    static final int MAX_CPU = 512;
    /** 4 TiB, what Proxmox VE can give one machine. */
    static final int MAX_MEMORY_MIB = 4 * 1024 * 1024;
    /** 64 TiB. */
    static final int MAX_DISK_GIB = 64 * 1024;

    static final int MIN_VMID = 100;
    static final int MAX_VMID = 999_999_999;

    private static final Mapping<ImageDatastore, ImageDatastore.Builder> DATASTORE =
            new Mapping<>("datastore", ImageDatastore::builder, ImageDatastore.Builder::build)
                    .required("id", text(), ImageDatastore::id, (b, v) -> b.id(v),
                            "Proxmox storage that holds the Talos boot image (content type iso)", "nas")
                    .required("node", text(), ImageDatastore::node, (b, v) -> b.node(v),
                            "Proxmox host through which the image is fetched", "alpha");

    private static final Mapping<TalosSettings, TalosSettings.Builder> TALOS =
            new Mapping<>("Talos settings", TalosSettings::builder, TalosSettings.Builder::build)
                    .required("version", text(), TalosSettings::version, (b, v) -> b.version(v),
                            "Talos version, with its leading v", "v1.12.4")
                    .optional("installer_mirror", text(), TalosSettings::installerMirror, (b, v) -> b.installerMirror(v),
                            "the image factory",
                            "Registry, with a path if it needs one, that replaces the image factory's host in the installer"
                                    + " reference; without a scheme", "harbor.example.com/talos")
                    .optional("iso_mirror", text(), TalosSettings::isoMirror, (b, v) -> b.isoMirror(v), "none",
                            "Prefix that replaces https:// in the URL of the boot image; with a scheme and a slash at its end",
                            "https://proxy.example.com/")
                    .defaulted("extensions", list(text()), TalosSettings.DEFAULT_EXTENSIONS, TalosSettings::extensions,
                            (b, v) -> b.extensions(v),
                            "System extensions in the image, in this order, with short or full names", "[qemu-guest-agent]");

    private static final Mapping<RegistryMirror, RegistryMirror.Builder> MIRROR =
            new Mapping<>("mirror", RegistryMirror::builder, RegistryMirror.Builder::build)
                    .defaulted("endpoints", list(text()), List.of(), RegistryMirror::endpoints, (b, v) -> b.endpoints(v),
                            "URLs to try in this order, each with a scheme", "[https://harbor.example.com/v2/gh]")
                    .defaulted("override_path", bool(), false, RegistryMirror::overridePath, (b, v) -> b.overridePath(v),
                            "Use the path of the endpoint as it is, instead of adding /v2", "true")
                    .defaulted("skip_fallback", bool(), false, RegistryMirror::skipFallback, (b, v) -> b.skipFallback(v),
                            "Do not ask the registry itself when no endpoint answers", "true");

    private static final Mapping<ClusterOptions, ClusterOptions.Builder> OPTIONS =
            new Mapping<>("options", ClusterOptions::builder, ClusterOptions.Builder::build)
                    .defaulted("disable_default_cni", bool(), false, ClusterOptions::disableDefaultCni,
                            (b, v) -> b.disableDefaultCni(v), "Install no Flannel; the cluster gets its CNI by other means", "true")
                    .defaulted("disable_kube_proxy", bool(), false, ClusterOptions::disableKubeProxy,
                            (b, v) -> b.disableKubeProxy(v), "Run no kube-proxy", "true")
                    .defaulted("disable_scheduling_on_control_plane", bool(), false,
                            ClusterOptions::disableSchedulingOnControlPlane, (b, v) -> b.disableSchedulingOnControlPlane(v),
                            "Keep ordinary workloads off the control planes", "true");

    private static final Mapping<GitOpsBootstrap, GitOpsBootstrap.Builder> GITOPS_BOOTSTRAP =
            new Mapping<>("repository", GitOpsBootstrap::builder, GitOpsBootstrap.Builder::build)
                    .required("repo_url", text(), GitOpsBootstrap::repoUrl, (b, v) -> b.repoUrl(v),
                            "URL of the Git repository; without credentials",
                            "https://github.com/your-org/applications.git")
                    .required("revision", text(), GitOpsBootstrap::revision, (b, v) -> b.revision(v),
                            "Branch, tag or commit", "main")
                    .required("path", text(), GitOpsBootstrap::path, (b, v) -> b.path(v),
                            "Path inside the repository", "src/k8s/prod")
                    .optional("destination_namespace", text(), GitOpsBootstrap::destinationNamespace,
                            (b, v) -> b.destinationNamespace(v), "the engine's own", "Namespace for objects that name none",
                            "homelab");

    private static final Mapping<GitOps, GitOps.Builder> GITOPS =
            new Mapping<>("GitOps engine", GitOps::builder, GitOps.Builder::build)
                    .required("provider", choice(GitOps.Provider.class, GitOps.Provider.FLUX), GitOps::provider,
                            (b, v) -> b.provider(v), "Which engine", "flux")
                    .required("namespace", text(), GitOps::namespace, (b, v) -> b.namespace(v), "Namespace of the engine",
                            "flux-system")
                    .optional("chart_version", text(), GitOps::chartVersion, (b, v) -> b.chartVersion(v),
                            "the library's choice", "Version of the engine's Helm chart", "2.18.2")
                    .optional("bootstrap", GITOPS_BOOTSTRAP, GitOps::bootstrap, (b, v) -> b.bootstrap(v),
                            "only the engine is installed", "The repository that the engine follows", "");

    private static final Mapping<TimeSettings, TimeSettings.Builder> TIME =
            new Mapping<>("time settings", TimeSettings::builder, TimeSettings.Builder::build)
                    .defaulted("servers", list(text()), List.of(), TimeSettings::servers, (b, v) -> b.servers(v),
                            "NTP servers: IP addresses or DNS names", "[192.168.62.1]")
                    .defaulted("host_clock", bool(), false, TimeSettings::hostClock, (b, v) -> b.hostClock(v),
                            "Take the time from the Proxmox host, through KVM's PTP device", "true");

    private static final Mapping<Host, Host.Builder> HOST = new Mapping<>("host", Host::builder, Host.Builder::build)
            .required("datastore_id", text(), Host::datastoreId, (b, v) -> b.datastoreId(v),
                    "Storage for the disks of machines on this host", "local-lvm");

    private static final Mapping<Network, Network.Builder> NETWORK =
            new Mapping<>("network", Network::builder, Network.Builder::build)
                    .optional("address", cidr(), Network::address, (b, v) -> b.address(v), "DHCP",
                            "Static address with its prefix length", "192.168.62.21/24")
                    .optional("gateway", text(), Network::gateway, (b, v) -> b.gateway(v), "none",
                            "Default gateway; one network of each machine has one and is its primary network", "192.168.62.1")
                    .optional("mac", text(), Network::mac, (b, v) -> b.mac(v), "derived from cluster, machine and network",
                            "MAC address in lower case", "bc:24:11:00:00:21");

    private static final Mapping<NodeSpec, NodeSpec.Builder> NODE =
            new Mapping<>("machine", NodeSpec::builder, NodeSpec.Builder::build)
                    .optional("name", text(), NodeSpec::name, (b, v) -> b.name(v),
                            "<cluster>-cp-<n> or <cluster>-worker-<n>, n from 1", "Name of the machine", "edge-1")
                    .required("size", text(), NodeSpec::size, (b, v) -> b.size(v), "A key of node_size_configuration", "worker")
                    .optional("vmid", integer(MIN_VMID, MAX_VMID), NodeSpec::vmid, (b, v) -> b.vmid(v),
                            "the next free one", "Fixed VMID", "8021")
                    .required("networks", named(NETWORK, (b, v) -> b.bridge(v), Network::bridge), NodeSpec::networks,
                            (b, v) -> b.networks(v), "NICs by bridge (or vnet) of the Proxmox host, in the order of netN", "");

    private static final Mapping<NodePool, NodePool.Builder> WORKERS =
            new Mapping<>("machines", NodePool::builder, NodePool.Builder::build)
                    .defaulted("nodes", list(NODE), List.of(), NodePool::nodes, (b, v) -> b.nodes(v), "The workers", "")
                    .defaulted("host_pool", list(text()), List.of(), NodePool::hostPool, (b, v) -> b.hostPool(v),
                            "Hosts of host_pool; machine number i (from 0) is created on entry i modulo size", "[alpha, charlie]");

    private static final Mapping<ClusterDraft.Vip, ClusterDraft.Vip.Builder> VIP =
            new Mapping<>("VIP", ClusterDraft.Vip.Builder::new, ClusterDraft.Vip.Builder::build)
                    .defaulted("enabled", bool(), true, ClusterDraft.Vip::enabled, ClusterDraft.Vip.Builder::enabled,
                            "Whether there is one", "true")
                    .required("address", text(), ClusterDraft.Vip::address, ClusterDraft.Vip.Builder::address,
                            "Its address, in a network that every control plane has", "192.168.62.20");

    private static final Mapping<TalosCluster, ClusterDraft> CONTROL_PLANES =
            new Mapping<TalosCluster, ClusterDraft>("machines", ClusterDraft::new, SpecKeys::build)
                    .required("nodes", list(NODE), c -> c.controlPlaneNodes().nodes(), (d, v) -> d.controlPlane.nodes(v),
                            "The control planes; an odd number", "")
                    .required("host_pool", list(text()), c -> c.controlPlaneNodes().hostPool(),
                            (d, v) -> d.controlPlane.hostPool(v),
                            "Hosts of host_pool; machine number i (from 0) is created on entry i modulo size", "[alpha, charlie]")
                    .optional("vip", VIP, c -> c.vip().map(address -> new ClusterDraft.Vip(true, address)),
                            (d, v) -> d.cluster.vip(v.held()), "none",
                            "Virtual IP address of the Kubernetes API, held by one control plane at a time", "");

    private static final Mapping<NodeSize, NodeSize.Builder> SIZE =
            new Mapping<>("size", NodeSize::builder, NodeSize.Builder::build)
                    .required("cpu", integer(1, MAX_CPU), NodeSize::cpu, (b, v) -> b.cpu(v), "Virtual CPU cores", "4")
                    .required("memory", integer(Rules.MIN_WORKER_MEMORY, MAX_MEMORY_MIB), NodeSize::memory,
                            (b, v) -> b.memory(v), "Memory in MiB; a control plane needs 2048 or more", "8192")
                    .required("os_disk", integer(Rules.MIN_OS_DISK, MAX_DISK_GIB), NodeSize::osDisk, (b, v) -> b.osDisk(v),
                            "System disk in GiB", "128")
                    .optional("data_disk", integer(1, MAX_DISK_GIB), NodeSize::dataDisk, (b, v) -> b.dataDisk(v), "none",
                            "Data disk in GiB", "512");

    private static final Mapping<TalosCluster, ClusterDraft> CLUSTER =
            new Mapping<TalosCluster, ClusterDraft>("cluster", ClusterDraft::new, SpecKeys::build)
                    .required("name", text(), TalosCluster::name, (d, v) -> d.cluster.name(v),
                            "Name of the cluster: a DNS label, prefix of every machine's name", "prod-k8s")
                    .required("datastore", DATASTORE, TalosCluster::datastore, (d, v) -> d.cluster.datastore(v),
                            "Where the boot image is kept", "")
                    .required("talos", TALOS, TalosCluster::talos, (d, v) -> d.cluster.talos(v),
                            "Which Talos, with what in its image", "")
                    .required("kubernetes_version", text(), TalosCluster::kubernetesVersion,
                            (d, v) -> d.cluster.kubernetesVersion(v), "Kubernetes version, with its leading v", "v1.35.0")
                    .defaulted("registry_mirrors", map(MIRROR), Map.of(), TalosCluster::registryMirrors,
                            (d, v) -> d.cluster.registryMirrors(v), "Mirrors by registry", "")
                    .defaulted("options", OPTIONS, ClusterOptions.builder().build(), TalosCluster::options,
                            (d, v) -> d.cluster.options(v), "Switches", "")
                    .defaulted("helm_values_override", map(tree()), Map.of(), TalosCluster::helmValuesOverride,
                            (d, v) -> d.cluster.helmValuesOverride(v),
                            "Helm values by chart, merged over the library's values; null removes one",
                            "{ cilium: { operator: { replicas: 1 } } }")
                    .optional("gitops", GITOPS, TalosCluster::gitops, (d, v) -> d.cluster.gitops(v), "none",
                            "The GitOps engine and what it starts from", "")
                    .optional("time", TIME, TalosCluster::time, (d, v) -> d.cluster.time(v),
                            "Talos' default server, which is on the internet", "Where machines get the time from", "")
                    .optional("endpoint", text(), TalosCluster::endpoint, (d, v) -> d.cluster.endpoint(v),
                            "the VIP, else the first control plane",
                            "Address of the Kubernetes API when there is no VIP: a DNS name or IP address, without port",
                            "k8s.example.com")
                    .defaulted("nameservers", list(text()), List.of(), TalosCluster::nameservers,
                            (d, v) -> d.cluster.nameservers(v), "DNS servers of the machines; without any, the primary gateway",
                            "[192.168.62.1]")
                    .optional("node_network", cidr(), TalosCluster::nodeNetwork, (d, v) -> d.cluster.nodeNetwork(v),
                            "the primary network", "Subnet that kubelet and etcd use", "192.168.192.0/24");

    /** The whole file. */
    static final Mapping<TalosCluster, ClusterDraft> ROOT =
            new Mapping<TalosCluster, ClusterDraft>("spec", ClusterDraft::new, SpecKeys::build)
                    .section("cluster", true, "The cluster as a whole", CLUSTER)
                    .required("host_pool", named(HOST, (b, v) -> b.name(v), Host::name), TalosCluster::hostPool,
                            (d, v) -> d.cluster.hostPool(v), "Proxmox hosts that may carry machines, by name", "")
                    .section("control_plane_nodes", true, "The control planes", CONTROL_PLANES)
                    .defaulted("worker_nodes", WORKERS, NodePool.builder().build(), TalosCluster::workerNodes,
                            (d, v) -> d.cluster.workerNodes(v), "The workers", "")
                    .required("node_size_configuration", map(SIZE), TalosCluster::sizes, (d, v) -> d.cluster.sizes(v),
                            "Hardware by name of size", "")
                    .defaulted("debug", bool(), false, TalosCluster::debug, (d, v) -> d.cluster.debug(v),
                            "Write kubeconfig and talosconfig as files too", "true");

    private SpecKeys() {}

    /** Gives a builder a placeholder for one of its mandatory keys. */
    static void fill(Object builder, String key) {
        if (builder instanceof NodeSize.Builder size) {
            SIZE.fill(size, key);
        } else if (builder instanceof NodeSpec.Builder node) {
            NODE.fill(node, key);
        } else if (builder instanceof TalosSettings.Builder talos) {
            TALOS.fill(talos, key);
        } else if (builder instanceof GitOps.Builder gitops) {
            GITOPS.fill(gitops, key);
        } else if (builder instanceof GitOpsBootstrap.Builder bootstrap) {
            GITOPS_BOOTSTRAP.fill(bootstrap, key);
        } else {
            throw Placeholders.unknown(builder, key);
        }
    }

    private static TalosCluster build(ClusterDraft draft) {
        return draft.finish().build();
    }
}
