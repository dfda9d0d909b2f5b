package io.talospve.spec.internal;

import static io.talospve.spec.internal.Shapes.bool;
import static io.talospve.spec.internal.Shapes.choice;
import static io.talospve.spec.internal.Shapes.cidr;
import static io.talospve.spec.internal.Shapes.integer;
import static io.talospve.spec.internal.Shapes.list;
import static io.talospve.spec.internal.Shapes.map;
import static io.talospve.spec.internal.Shapes.named;
import static io.talospve.spec.internal.Shapes.oneOf;
import static io.talospve.spec.internal.Shapes.plain;
import static io.talospve.spec.internal.Shapes.secret;
import static io.talospve.spec.internal.Shapes.text;
import static io.talospve.spec.internal.Shapes.tree;
import static io.talospve.spec.internal.Shapes.values;

import io.talospve.spec.AdmissionPlugin;
import io.talospve.spec.Bond;
import io.talospve.spec.BondMode;
import io.talospve.spec.Cilium;
import io.talospve.spec.ClusterOptions;
import io.talospve.spec.CredentialNames;
import io.talospve.spec.DataVolume;
import io.talospve.spec.DiskEncryption;
import io.talospve.spec.ExtensionService;
import io.talospve.spec.GitOps;
import io.talospve.spec.GitOpsBootstrap;
import io.talospve.spec.Host;
import io.talospve.spec.ImageDatastore;
import io.talospve.spec.ImageSettings;
import io.talospve.spec.KernelModule;
import io.talospve.spec.KubernetesSettings;
import io.talospve.spec.LogDestination;
import io.talospve.spec.MachineSettings;
import io.talospve.spec.Network;
import io.talospve.spec.NicOptions;
import io.talospve.spec.NodePool;
import io.talospve.spec.NodeSize;
import io.talospve.spec.NodeSpec;
import io.talospve.spec.Placement;
import io.talospve.spec.RegistryAccess;
import io.talospve.spec.RegistryMirror;
import io.talospve.spec.Route;
import io.talospve.spec.SecureBoot;
import io.talospve.spec.TalosCluster;
import io.talospve.spec.TalosSettings;
import io.talospve.spec.TimeSettings;
import io.talospve.spec.Vlan;
import io.talospve.spec.VmSettings;
import io.talospve.spec.Waits;
import java.util.List;
import java.util.Map;
import java.util.Optional;

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

    private static final Mapping<CredentialNames, CredentialNames.Builder> CREDENTIALS =
            new Mapping<>("credential names", CredentialNames::builder, CredentialNames.Builder::build)
                    .optional("kubeconfig", text(), CredentialNames::kubeconfig, (b, v) -> b.kubeconfig(v),
                            "<cluster>-kubeconfig", "Name of the kubeconfig in the secret sinks", "prod-admin-kubeconfig")
                    .optional("talosconfig", text(), CredentialNames::talosconfig, (b, v) -> b.talosconfig(v),
                            "<cluster>-talosconfig", "Name of the talosconfig in the secret sinks", "prod-admin-talosconfig");

    private static final Mapping<TimeSettings, TimeSettings.Builder> TIME =
            new Mapping<>("time settings", TimeSettings::builder, TimeSettings.Builder::build)
                    .defaulted("servers", list(text()), List.of(), TimeSettings::servers, (b, v) -> b.servers(v),
                            "NTP servers: IP addresses or DNS names", "[192.168.62.1]")
                    .defaulted("host_clock", bool(), false, TimeSettings::hostClock, (b, v) -> b.hostClock(v),
                            "Take the time from the Proxmox host, through KVM's PTP device", "true");

    private static final Mapping<Host, Host.Builder> HOST = new Mapping<>("host", Host::builder, Host.Builder::build)
            .required("datastore_id", text(), Host::datastoreId, (b, v) -> b.datastoreId(v),
                    "Storage for the disks of machines on this host", "local-lvm")
            .optional("data_datastore_id", text(), Host::dataDatastoreId, (b, v) -> b.dataDatastoreId(v), "datastore_id",
                    "Storage for their disks other than the system disk", "slow-lvm");

    private static final Mapping<Route, Route.Builder> ROUTE =
            new Mapping<>("route", Route::builder, Route.Builder::build)
                    .optional("network", cidr(), Route::network, (b, v) -> b.network(v), "the default route",
                            "Destination", "10.0.0.0/8")
                    .required("gateway", text(), Route::gateway, (b, v) -> b.gateway(v), "Next hop", "192.168.192.1")
                    .optional("metric", integer(1, Integer.MAX_VALUE), Route::metric, (b, v) -> b.metric(v), "1024",
                            "Metric; lower is preferred", "2048");

    private static final Mapping<Vlan, Vlan.Builder> VLAN = new Mapping<>("VLAN", Vlan::builder, Vlan.Builder::build)
            .required("id", integer(1, NetworkRules.MAX_VLAN), Vlan::id, (b, v) -> b.id(v), "VLAN id", "40")
            .defaulted("addresses", list(cidr()), List.of(), Vlan::addresses, (b, v) -> b.addresses(v), "Static addresses",
                    "[10.40.0.21/24]")
            .defaulted("dhcp", bool(), false, Vlan::dhcp, (b, v) -> b.dhcp(v), "Ask a DHCP server for the address", "true")
            .optional("mtu", integer(NetworkRules.MIN_MTU, NetworkRules.MAX_MTU), Vlan::mtu, (b, v) -> b.mtu(v),
                    "that of the link below", "MTU in bytes", "1500")
            .defaulted("routes", list(ROUTE), List.of(), Vlan::routes, (b, v) -> b.routes(v), "Static routes",
                    "[{ network: 10.0.0.0/8, gateway: 10.40.0.1 }]");

    private static final Mapping<Bond, Bond.Builder> BOND = new Mapping<>("bond", Bond::builder, Bond.Builder::build)
            .defaulted("name", text(), "bond0", Bond::name, (b, v) -> b.name(v), "Name of the link within the machine", "bond1")
            .defaulted("mode", choice(List.of(BondMode.values()), BondMode::kernelName), BondMode.ACTIVE_BACKUP, Bond::mode,
                    (b, v) -> b.mode(v), "How the NICs share the work", "802.3ad")
            .required("members", list(text()), Bond::members, (b, v) -> b.members(v),
                    "The other networks of the machine that are bonded with this one; they have no address", "[dmz2]")
            .defaulted("miimon", integer(1, 60_000), 100, Bond::miimon, (b, v) -> b.miimon(v),
                    "Interval of link monitoring in milliseconds", "200")
            .optional("lacp_rate", oneOf("slow", "fast"), Bond::lacpRate, (b, v) -> b.lacpRate(v), "slow",
                    "How often LACP packets are asked for; with 802.3ad", "fast")
            .optional("xmit_hash_policy", oneOf("layer2", "layer2+3", "layer3+4"), Bond::xmitHashPolicy,
                    (b, v) -> b.xmitHashPolicy(v), "layer2", "What decides which NIC sends; with balance-xor, 802.3ad, balance-tlb",
                    "layer3+4");

    private static final Mapping<Network, Network.Builder> NETWORK =
            new Mapping<>("network", Network::builder, Network.Builder::build)
                    .optional("address", cidr(), Network::address, (b, v) -> b.address(v), "DHCP",
                            "Static address with its prefix length", "192.168.62.21/24")
                    .defaulted("addresses", list(cidr()), List.of(), Network::addresses, (b, v) -> b.addresses(v),
                            "Further static addresses, for example of the other IP family", "[\"fd00:62::21/64\"]")
                    .optional("gateway", text(), Network::gateway, (b, v) -> b.gateway(v), "none",
                            "Default gateway; one network of each machine has one and is its primary network", "192.168.62.1")
                    .defaulted("dhcp", bool(), false, Network::dhcp, (b, v) -> b.dhcp(v),
                            "Ask a DHCP server for the address; address is then what the server has reserved for this NIC", "true")
                    .optional("mac", text(), Network::mac, (b, v) -> b.mac(v), "derived from cluster, machine and network",
                            "MAC address in lower case", "bc:24:11:00:00:21")
                    .optional("mtu", integer(NetworkRules.MIN_MTU, NetworkRules.MAX_MTU), Network::mtu, (b, v) -> b.mtu(v),
                            "the link's own", "MTU in bytes", "9000")
                    .defaulted("routes", list(ROUTE), List.of(), Network::routes, (b, v) -> b.routes(v),
                            "Static routes beside the one to the gateway", "[{ gateway: \"fd00:62::1\" }]")
                    .defaulted("vlans", list(VLAN), List.of(), Network::vlans, (b, v) -> b.vlans(v),
                            "Tagged networks on this NIC or on its bond", "[{ id: 40, addresses: [10.40.0.21/24] }]")
                    .optional("bond", BOND, Network::bond, (b, v) -> b.bond(v), "none",
                            "Bonds this NIC with others; addresses, routes and VLANs are then the bond's", "{ members: [dmz2] }")
                    .defaulted("nic", VmKeys.NIC, NicOptions.builder().build(), Network::nic, (b, v) -> b.nic(v),
                            "How the virtual NIC behaves in Proxmox", "");

    private static final Mapping<ExtensionService, ExtensionService.Builder> EXTENSION_SERVICE =
            new Mapping<>("extension service", ExtensionService::builder, ExtensionService.Builder::build)
                    .defaulted("environment", list(text()), List.of(), ExtensionService::environment,
                            (b, v) -> b.environment(v), "Environment", "[NUT_UPS=ups@192.168.62.2]")
                    .defaulted("config_files", map(text()), Map.of(), ExtensionService::configFiles,
                            (b, v) -> b.configFiles(v), "Content of files by their path", "{ /etc/nut/upsmon.conf: \"MONITOR x\" }");

    private static final Mapping<KernelModule, KernelModule.Builder> KERNEL_MODULE =
            new Mapping<>("kernel module", KernelModule::builder, KernelModule.Builder::build)
                    .required("name", text(), KernelModule::name, (b, v) -> b.name(v), "Its name", "nvidia")
                    .defaulted("parameters", list(text()), List.of(), KernelModule::parameters, (b, v) -> b.parameters(v),
                            "Its parameters", "[NVreg_OpenRmEnableUnsupportedGpus=1]");

    private static final Mapping<LogDestination, LogDestination.Builder> LOG_DESTINATION =
            new Mapping<>("log destination", LogDestination::builder, LogDestination.Builder::build)
                    .required("endpoint", text(), LogDestination::endpoint, (b, v) -> b.endpoint(v),
                            "tcp:// or udp:// with host and port", "tcp://192.168.62.9:6051")
                    .defaulted("services", bool(), true, LogDestination::services, (b, v) -> b.services(v),
                            "Send the logs of services, as lines of JSON", "true")
                    .defaulted("kernel", bool(), false, LogDestination::kernel, (b, v) -> b.kernel(v),
                            "Send the kernel's log", "true")
                    .defaulted("extra_tags", map(plain()), Map.of(), LogDestination::extraTags, (b, v) -> b.extraTags(v),
                            "Fields added to each message of a service", "{ rack: a1 }");

    private static final Mapping<MachineSettings, MachineSettings.Builder> MACHINE =
            new Mapping<>("machine settings", MachineSettings::builder, MachineSettings.Builder::build)
                    .defaulted("labels", map(plain()), Map.of(), MachineSettings::labels, (b, v) -> b.labels(v),
                            "Labels of the Kubernetes node", "{ example.com/rack: a1 }")
                    .defaulted("annotations", map(plain()), Map.of(), MachineSettings::annotations, (b, v) -> b.annotations(v),
                            "Annotations of the Kubernetes node", "{ example.com/owner: storage }")
                    .defaulted("taints", map(plain()), Map.of(), MachineSettings::taints, (b, v) -> b.taints(v),
                            "Taints of the Kubernetes node by key: value:effect, or effect", "{ nvidia.com/gpu: \"present:NoSchedule\" }")
                    .defaulted("extensions", list(text()), List.of(), MachineSettings::extensions, (b, v) -> b.extensions(v),
                            "System extensions in addition to those of cluster.talos.extensions", "[nonfree-kmod-nvidia-lts]")
                    .defaulted("extension_services", map(EXTENSION_SERVICE), Map.of(), MachineSettings::extensionServices,
                            (b, v) -> b.extensionServices(v), "Configuration of extensions' services, by name of service",
                            "{ nut-client: { environment: [A=b] } }")
                    .defaulted("kernel_args", list(text()), List.of(), MachineSettings::kernelArgs, (b, v) -> b.kernelArgs(v),
                            "Arguments of the kernel; they go into the image", "[net.ifnames=0]")
                    .defaulted("kernel_modules", list(KERNEL_MODULE), List.of(), MachineSettings::kernelModules,
                            (b, v) -> b.kernelModules(v), "Kernel modules to load", "[{ name: br_netfilter }]")
                    .defaulted("sysctls", map(plain()), Map.of(), MachineSettings::sysctls, (b, v) -> b.sysctls(v),
                            "Kernel parameters", "{ vm.max_map_count: 262144 }")
                    .defaulted("kubelet_args", map(plain()), Map.of(), MachineSettings::kubeletArgs, (b, v) -> b.kubeletArgs(v),
                            "Extra arguments of the kubelet, without leading dashes", "{ max-pods: 200 }")
                    .defaulted("log_destinations", list(LOG_DESTINATION), List.of(), MachineSettings::logDestinations,
                            (b, v) -> b.logDestinations(v), "Where logs are sent", "[{ endpoint: \"tcp://192.168.62.9:6051\" }]")
                    .defaulted("patches", list(tree()), List.of(), MachineSettings::patches, (b, v) -> b.patches(v),
                            "Strategic merge patches of the machine configuration, applied last: a part of it, or a document of"
                                    + " any kind", "[{ machine: { env: { GRPC_GO_LOG_SEVERITY_LEVEL: info } } }]");

    private static final Mapping<NodeSpec, NodeSpec.Builder> NODE =
            new Mapping<>("machine", NodeSpec::builder, NodeSpec.Builder::build)
                    .optional("name", text(), NodeSpec::name, (b, v) -> b.name(v),
                            "<cluster>-cp-<n>, <cluster>-worker-<n> or <cluster>-<pool>-<n>, n from 1", "Name of the machine",
                            "edge-1")
                    .required("size", text(), NodeSpec::size, (b, v) -> b.size(v), "A key of node_size_configuration", "worker")
                    .optional("vmid", integer(MIN_VMID, MAX_VMID), NodeSpec::vmid, (b, v) -> b.vmid(v),
                            "the next free one", "Fixed VMID", "8021")
                    .required("networks", named(NETWORK, (b, v) -> b.bridge(v), Network::bridge), NodeSpec::networks,
                            (b, v) -> b.networks(v), "NICs by bridge (or vnet) of the Proxmox host, in the order of netN", "")
                    .defaulted("pci_mappings", list(text()), List.of(), NodeSpec::pciMappings, (b, v) -> b.pciMappings(v),
                            "Proxmox PCI resource mappings that are passed through, for example a GPU", "[gpu]")
                    .defaulted("usb_mappings", list(text()), List.of(), NodeSpec::usbMappings, (b, v) -> b.usbMappings(v),
                            "Proxmox USB resource mappings that are passed through", "[ups]")
                    .optional("host", text(), NodeSpec::host, (b, v) -> b.host(v), "what placement chooses",
                            "Host of the top level's host_pool that it is created on", "charlie")
                    .defaulted("vm", VmKeys.VM, VmSettings.none(), NodeSpec::vm, (b, v) -> b.vm(v),
                            "Virtual hardware of this machine", "")
                    .defaulted("machine", MACHINE, MachineSettings.none(), NodeSpec::machine, (b, v) -> b.machine(v),
                            "Settings of this machine", "");

    private static final String HOSTS = "Hosts of the top level's host_pool that new machines are placed on";
    private static final String PLACEMENT =
            "Which of the hosts a new machine gets: number i (from 0) entry i modulo size, the one with the fewest machines of"
                    + " the role, or the one with most memory and disk free (refused if it fits on none)";

    private static final Mapping<NodePool, NodePool.Builder> WORKERS =
            new Mapping<>("machines", NodePool::builder, NodePool.Builder::build)
                    .defaulted("nodes", list(NODE), List.of(), NodePool::nodes, (b, v) -> b.nodes(v), "The workers", "")
                    .defaulted("host_pool", list(text()), List.of(), NodePool::hostPool, (b, v) -> b.hostPool(v), HOSTS,
                            "[alpha, charlie]")
                    .defaulted("placement", choice(Placement.class), Placement.MODULO, NodePool::placement,
                            (b, v) -> b.placement(v), PLACEMENT, "spread")
                    .defaulted("vm", VmKeys.VM, VmSettings.none(), NodePool::vm, (b, v) -> b.vm(v),
                            "Virtual hardware of these machines", "")
                    .optional("ha", VmKeys.HA, NodePool::ha, (b, v) -> b.ha(v), "none",
                            "Let Proxmox keep the machines running when a host fails; needs disks that the hosts share", "{ apart: true }")
                    .defaulted("machine", MACHINE, MachineSettings.none(), NodePool::machine, (b, v) -> b.machine(v),
                            "Settings of these machines", "");

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
                            HOSTS, "[alpha, charlie]")
                    .defaulted("placement", choice(Placement.class), Placement.MODULO,
                            c -> c.controlPlaneNodes().placement(), (d, v) -> d.controlPlane.placement(v), PLACEMENT, "spread")
                    .defaulted("vm", VmKeys.VM, VmSettings.none(), c -> c.controlPlaneNodes().vm(),
                            (d, v) -> d.controlPlane.vm(v), "Virtual hardware of the control planes", "")
                    .optional("ha", VmKeys.HA, c -> c.controlPlaneNodes().ha(), (d, v) -> d.controlPlane.ha(v), "none",
                            "Let Proxmox keep the machines running when a host fails; needs disks that the hosts share", "{ apart: true }")
                    .optional("vip", VIP, c -> c.vip().map(address -> new ClusterDraft.Vip(true, address)),
                            (d, v) -> d.cluster.vip(v.held()), "none",
                            "Virtual IP address of the Kubernetes API, held by one control plane at a time", "")
                    .defaulted("machine", MACHINE, MachineSettings.none(), c -> c.controlPlaneNodes().machine(),
                            (d, v) -> d.controlPlane.machine(v), "Settings of the control planes", "");

    private static final Mapping<DataVolume, DataVolume.Builder> DATA_VOLUME =
            new Mapping<>("volume", DataVolume::builder, DataVolume.Builder::build)
                    .defaulted("name", text(), "data", DataVolume::name, (b, v) -> b.name(v),
                            "Name of the user volume, mounted at /var/mnt/<name>", "longhorn")
                    .defaulted("filesystem", oneOf("xfs", "ext4"), "xfs", DataVolume::filesystem, (b, v) -> b.filesystem(v),
                            "Its file system", "ext4");

    private static final Mapping<NodeSize, NodeSize.Builder> SIZE =
            new Mapping<>("size", NodeSize::builder, NodeSize.Builder::build)
                    .required("cpu", integer(1, MAX_CPU), NodeSize::cpu, (b, v) -> b.cpu(v), "Virtual CPU cores", "4")
                    .required("memory", integer(Rules.MIN_WORKER_MEMORY, MAX_MEMORY_MIB), NodeSize::memory,
                            (b, v) -> b.memory(v), "Memory in MiB; a control plane needs 2048 or more", "8192")
                    .required("os_disk", integer(Rules.MIN_OS_DISK, MAX_DISK_GIB), NodeSize::osDisk, (b, v) -> b.osDisk(v),
                            "System disk in GiB", "128")
                    .optional("data_disk", integer(1, MAX_DISK_GIB), NodeSize::dataDisk, (b, v) -> b.dataDisk(v), "none",
                            "Data disk in GiB", "512")
                    .defaulted("data_volume", DATA_VOLUME, DataVolume.builder().build(), NodeSize::dataVolume,
                            (b, v) -> b.dataVolume(v), "How the data disk is used", "")
                    .defaulted("extra_disks", list(VmKeys.EXTRA_DISK), List.of(), NodeSize::extraDisks,
                            (b, v) -> b.extraDisks(v), "Further disks, which Talos leaves as they are (scsi2 and so on)", "");

    private static final Mapping<RegistryAccess, RegistryAccess.Builder> REGISTRY_ACCESS =
            new Mapping<>("registry access", RegistryAccess::builder, RegistryAccess.Builder::build)
                    .optional("username", text(), RegistryAccess::username, (b, v) -> b.username(v), "none", "User name", "robot")
                    .optional("password", secret(), RegistryAccess::password, (b, v) -> b.password(v), "none",
                            "Password of the user", "{ secret: \"bitwarden:harbor\" }")
                    .optional("auth", secret(), RegistryAccess::auth, (b, v) -> b.auth(v), "none",
                            "User and password as one base64 text, instead of both", "{ secret: \"bitwarden:harbor-auth\" }")
                    .optional("identity_token", secret(), RegistryAccess::identityToken, (b, v) -> b.identityToken(v), "none",
                            "Identity token, instead of user and password", "{ secret: \"bitwarden:harbor-token\" }")
                    .optional("ca", text(), RegistryAccess::ca, (b, v) -> b.ca(v), "the usual ones",
                            "Certificates to trust, as PEM text", "\"-----BEGIN CERTIFICATE-----…\"")
                    .optional("ca_secret", secret(), RegistryAccess::caSecret, (b, v) -> b.caSecret(v), "none",
                            "Certificates to trust, as PEM text from a secret source", "{ secret: \"bitwarden:harbor-ca\" }")
                    .defaulted("insecure_skip_verify", bool(), false, RegistryAccess::insecureSkipVerify,
                            (b, v) -> b.insecureSkipVerify(v), "Do not verify the registry's certificate", "true");

    private static final Mapping<DiskEncryption, DiskEncryption.Builder> ENCRYPTION =
            new Mapping<>("disk encryption", DiskEncryption::builder, DiskEncryption.Builder::build)
                    .required("key", choice(DiskEncryption.Key.class), DiskEncryption::key, (b, v) -> b.key(v),
                            "Where the key comes from: the machine's TPM (needs secure boot), or a passphrase", "tpm")
                    .optional("passphrase", secret(), DiskEncryption::passphrase, (b, v) -> b.passphrase(v), "none",
                            "The key itself; with key: passphrase", "{ secret: \"bitwarden:disk-key\" }")
                    .optional("state", bool(),
                            e -> Optional.of(e.state()).filter(state -> state != (e.key() == DiskEncryption.Key.TPM)),
                            (b, v) -> b.state(v), "true with a TPM, else false",
                            "Encrypt STATE, which holds the machine configuration; a passphrase cannot, as it is kept there", "true")
                    .defaulted("ephemeral", bool(), true, DiskEncryption::ephemeral, (b, v) -> b.ephemeral(v),
                            "Encrypt EPHEMERAL, which holds /var", "true")
                    .defaulted("data_disk", bool(), false, DiskEncryption::dataDisk, (b, v) -> b.dataDisk(v),
                            "Encrypt the data disk", "true");

    private static final Mapping<SecureBoot, SecureBoot.Builder> SECURE_BOOT =
            new Mapping<>("secure boot", SecureBoot::builder, SecureBoot.Builder::build)
                    .defaulted("enabled", bool(), true, SecureBoot::enabled, (b, v) -> b.enabled(v),
                            "Boot signed images only", "true")
                    .optional("encryption", ENCRYPTION, SecureBoot::encryption, (b, v) -> b.encryption(v), "none",
                            "How disks are encrypted", "{ key: tpm }");

    private static final Mapping<AdmissionPlugin, AdmissionPlugin.Builder> ADMISSION =
            new Mapping<>("admission plugin", AdmissionPlugin::builder, AdmissionPlugin.Builder::build)
                    .required("name", text(), AdmissionPlugin::name, (b, v) -> b.name(v), "Its name", "PodSecurity")
                    .defaulted("configuration", tree(), Map.of(), AdmissionPlugin::configuration, (b, v) -> b.configuration(v),
                            "Its configuration", "{ defaults: { enforce: restricted } }");

    private static final Mapping<KubernetesSettings, KubernetesSettings.Builder> KUBERNETES =
            new Mapping<>("Kubernetes settings", KubernetesSettings::builder, KubernetesSettings.Builder::build)
                    .defaulted("pod_subnets", list(cidr()), List.of(), KubernetesSettings::podSubnets, (b, v) -> b.podSubnets(v),
                            "Subnets of pods, one per IP family; without any 10.244.0.0/16", "[10.244.0.0/16, \"fd00:10:244::/56\"]")
                    .defaulted("service_subnets", list(cidr()), List.of(), KubernetesSettings::serviceSubnets,
                            (b, v) -> b.serviceSubnets(v), "Subnets of services, one per IP family; without any 10.96.0.0/12",
                            "[10.96.0.0/12, \"fd00:10:96::/112\"]")
                    .optional("dns_domain", text(), KubernetesSettings::dnsDomain, (b, v) -> b.dnsDomain(v), "cluster.local",
                            "Domain of the cluster", "k8s.example.com")
                    .defaulted("api_server_args", map(plain()), Map.of(), KubernetesSettings::apiServerArgs,
                            (b, v) -> b.apiServerArgs(v), "Extra arguments of the API server, without leading dashes",
                            "{ oidc-issuer-url: \"https://id.example.com\" }")
                    .defaulted("controller_manager_args", map(plain()), Map.of(), KubernetesSettings::controllerManagerArgs,
                            (b, v) -> b.controllerManagerArgs(v), "Extra arguments of the controller manager",
                            "{ bind-address: 0.0.0.0 }")
                    .defaulted("scheduler_args", map(plain()), Map.of(), KubernetesSettings::schedulerArgs,
                            (b, v) -> b.schedulerArgs(v), "Extra arguments of the scheduler", "{ bind-address: 0.0.0.0 }")
                    .defaulted("etcd_args", map(plain()), Map.of(), KubernetesSettings::etcdArgs, (b, v) -> b.etcdArgs(v),
                            "Extra arguments of etcd", "{ listen-metrics-urls: \"http://0.0.0.0:2381\" }")
                    .defaulted("proxy_args", map(plain()), Map.of(), KubernetesSettings::proxyArgs, (b, v) -> b.proxyArgs(v),
                            "Extra arguments of kube-proxy", "{ metrics-bind-address: \"0.0.0.0:10249\" }")
                    .defaulted("admission", list(ADMISSION), List.of(), KubernetesSettings::admission, (b, v) -> b.admission(v),
                            "Admission plugins; without any Talos' own, PodSecurity with baseline",
                            "[{ name: PodSecurity, configuration: {} }]")
                    .optional("audit_policy", tree(), KubernetesSettings::auditPolicy, (b, v) -> b.auditPolicy(v),
                            "metadata of everything", "Audit policy of the API server",
                            "{ apiVersion: audit.k8s.io/v1, kind: Policy, rules: [{ level: None }] }")
                    .defaulted("extra_manifests", list(text()), List.of(), KubernetesSettings::extraManifests,
                            (b, v) -> b.extraManifests(v), "URLs of manifests that Talos applies at bootstrap",
                            "[https://example.com/crds.yaml]")
                    .defaulted("inline_manifests", map(text()), Map.of(), KubernetesSettings::inlineManifests,
                            (b, v) -> b.inlineManifests(v), "Manifests (YAML text) by name that Talos applies at bootstrap",
                            "{ namespace-ci: \"{apiVersion: v1, kind: Namespace, metadata: {name: ci}}\" }");

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
                    .defaulted("helm_values_override", map(values()), Map.of(), TalosCluster::helmValuesOverride,
                            (d, v) -> d.cluster.helmValuesOverride(v),
                            "Helm values of cilium, flux or argocd, merged over the library's values; null removes one; secrets"
                                    + " as references",
                            "{ cilium: { operator: { replicas: 1 } } }")
                    .optional("cilium", DayZeroKeys.CILIUM, TalosCluster::cilium, (d, v) -> d.cluster.cilium(v),
                            "installed if helm_values_override has cilium", "Cilium as the CNI; needs options.disable_default_cni", "")
                    .optional("helm_mirror", text(), TalosCluster::helmMirror, (d, v) -> d.cluster.helmMirror(v),
                            "each chart's own repository", "Where all charts come from: https, http or oci",
                            "oci://harbor.example.com/charts")
                    .defaulted("helm_credentials", map(DayZeroKeys.CHART_CREDENTIALS), Map.of(), TalosCluster::helmCredentials,
                            (d, v) -> d.cluster.helmCredentials(v), "Name and password of chart repositories by their host", "")
                    .optional("gitops", DayZeroKeys.GITOPS, TalosCluster::gitops, (d, v) -> d.cluster.gitops(v), "none",
                            "The GitOps engine and what it starts from", "")
                    .defaulted("addons", list(DayZeroKeys.ADDON), List.of(), TalosCluster::addons, (d, v) -> d.cluster.addons(v),
                            "What else the cluster gets at day 0, in this order", "")
                    .defaulted("wait", DayZeroKeys.WAITS, Waits.builder().build(), TalosCluster::waits, (d, v) -> d.cluster.waits(v),
                            "What an apply waits for after the bootstrap", "")
                    .defaulted("credentials", CREDENTIALS, CredentialNames.builder().build(), TalosCluster::credentials,
                            (d, v) -> d.cluster.credentials(v), "Names under which credentials are delivered", "")
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
                            "the primary network", "Subnet that kubelet and etcd use", "192.168.192.0/24")
                    .defaulted("search_domains", list(text()), List.of(), TalosCluster::searchDomains,
                            (d, v) -> d.cluster.searchDomains(v), "Search domains of the machines", "[example.com]")
                    .defaulted("cert_sans", list(text()), List.of(), TalosCluster::certSans, (d, v) -> d.cluster.certSans(v),
                            "Further names and addresses in the certificates of the Kubernetes and Talos APIs", "[k8s.example.com]")
                    .defaulted("registries", map(REGISTRY_ACCESS), Map.of(), TalosCluster::registries,
                            (d, v) -> d.cluster.registries(v), "Credentials and trust by host of a registry or mirror", "")
                    .optional("secure_boot", SECURE_BOOT, TalosCluster::secureBoot, (d, v) -> d.cluster.secureBoot(v), "none",
                            "Secure boot and disk encryption", "")
                    .defaulted("kubernetes", KUBERNETES, KubernetesSettings.builder().build(), TalosCluster::kubernetes,
                            (d, v) -> d.cluster.kubernetes(v), "Settings of the Kubernetes control plane", "")
                    .defaulted("discovery", bool(), true, TalosCluster::discovery, (d, v) -> d.cluster.discovery(v),
                            "Find members through the discovery service", "false")
                    .defaulted("kubespan", bool(), false, TalosCluster::kubespan, (d, v) -> d.cluster.kubespan(v),
                            "Encrypt traffic between machines with KubeSpan (WireGuard)", "true")
                    .defaulted("machine", MACHINE, MachineSettings.none(), TalosCluster::machine, (d, v) -> d.cluster.machine(v),
                            "Settings of all machines", "")
                    .defaulted("vm", VmKeys.VM, VmSettings.none(), TalosCluster::vm, (d, v) -> d.cluster.vm(v),
                            "Virtual hardware of all machines", "")
                    .defaulted("image", VmKeys.IMAGE, ImageSettings.builder().build(), TalosCluster::image,
                            (d, v) -> d.cluster.image(v), "How the boot image is fetched and used", "")
                    .optional("vmids", VmKeys.VMIDS, TalosCluster::vmids, (d, v) -> d.cluster.vmids(v), "any that is free",
                            "VMIDs that new machines may take", "{ from: 8000, to: 8099 }");

    /** The whole file. */
    static final Mapping<TalosCluster, ClusterDraft> ROOT =
            new Mapping<TalosCluster, ClusterDraft>("spec", ClusterDraft::new, SpecKeys::build)
                    .section("cluster", true, "The cluster as a whole", CLUSTER)
                    .required("host_pool", named(HOST, (b, v) -> b.name(v), Host::name), TalosCluster::hostPool,
                            (d, v) -> d.cluster.hostPool(v), "Proxmox hosts that may carry machines, by name", "")
                    .section("control_plane_nodes", true, "The control planes", CONTROL_PLANES)
                    .defaulted("worker_nodes", WORKERS, NodePool.builder().build(), TalosCluster::workerNodes,
                            (d, v) -> d.cluster.workerNodes(v),
                            "The workers; machine below it holds for the workers of worker_pools too", "")
                    .defaulted("worker_pools", map(WORKERS), Map.of(), TalosCluster::workerPools,
                            (d, v) -> d.cluster.workerPools(v),
                            "Further pools of workers by name, each like worker_nodes; their machines are called"
                                    + " <cluster>-<pool>-<n>", "")
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
            DayZeroKeys.GITOPS.fill(gitops, key);
        } else if (builder instanceof GitOpsBootstrap.Builder bootstrap) {
            DayZeroKeys.GITOPS_BOOTSTRAP.fill(bootstrap, key);
        } else {
            throw Placeholders.unknown(builder, key);
        }
    }

    private static TalosCluster build(ClusterDraft draft) {
        return draft.finish().build();
    }
}
