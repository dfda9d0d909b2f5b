package io.talospve.testkit.internal.talos;

import com.google.protobuf.ByteString;
import com.google.protobuf.ListValue;
import com.google.protobuf.NullValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import io.talospve.spec.Cidr;
import io.talospve.talos.proto.machine.AddressEvent;
import io.talospve.talos.proto.machine.MachineStatusEvent;
import io.talospve.talos.proto.machine.SequenceEvent;
import io.talospve.testkit.internal.kube.KubeApiServer;
import io.talospve.testkit.internal.kube.KubeCluster;
import io.talospve.testkit.internal.kube.control.Registration;
import io.talospve.testkit.internal.net.SimNetwork;
import io.talospve.testkit.internal.tls.CertificateClock;
import io.talospve.testkit.internal.tls.NodePki;
import io.talospve.testkit.internal.world.Hardware;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Talos as it runs from one boot to the next: in maintenance mode without a configuration, or configured. Guarded by the
 * fabric; what takes time is scheduled on its clock and does nothing once the machine has gone down.
 */
final class TalosSystem {
    private static final int API_PORT = 50000;
    private static final Cosi.Kind MEMBERS = new Cosi.Kind("cluster", "Members.cluster.talos.dev");

    private final Fabric fabric;
    private final TalosGuest guest;
    private final Hardware hardware;
    private final Hardware.BootImage image;
    private final SimNetwork.Interface net;
    private final Cosi cosi;
    private final ServiceTable services;
    private final MachineLog log;
    private final EventLog events;
    private final ManifestApply manifests = new ManifestApply(this);
    private final ConfigResources configs;
    private String shownStatus = "";
    private String toldStatus = "";
    private @Nullable List<MachineLink> knownLinks;
    private final String nodeId;
    private final java.time.Instant bootTime;
    private @Nullable MachineConfig config;
    private @Nullable MachineConfig partial;
    private @Nullable TalosCluster cluster;
    private @Nullable MachineServer server;
    private @Nullable KubeApiServer apiServer;
    private EtcdCluster.@Nullable Member member;
    private @Nullable EtcdCluster etcd;
    private boolean mayJoin;
    private boolean joined;
    private boolean bootstrapRequested;
    private boolean etcdBroken;
    private boolean snapshotUploaded;
    private boolean virtualAddressesHeld;
    private boolean down;
    private long tries;
    private String stage;

    /**
     * A system that is about to boot.
     *
     * @param image what boots
     * @param found configuration on the disk; null for none. One without a v1alpha1 document leaves the machine in
     *     maintenance mode
     */
    TalosSystem(
            Fabric fabric,
            TalosGuest guest,
            Hardware hardware,
            Hardware.BootImage image,
            @Nullable MachineConfig found) {
        this.fabric = fabric;
        this.guest = guest;
        this.hardware = hardware;
        this.image = image;
        this.config = found != null && found.complete() ? found : null;
        this.partial = found != null && !found.complete() ? found : null;
        this.net = fabric.network.connect(hardware.name());
        this.cosi = new Cosi(fabric.clock::now, fabric.random.nextLong());
        this.configs = new ConfigResources(cosi);
        this.events = new EventLog(fabric.clock::now, fabric.random.nextLong());
        this.log = new MachineLog(fabric.clock::now);
        this.services = new ServiceTable(fabric.clock::now, cosi, events, log);
        this.nodeId = Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(digest("node/" + hardware.uuid()));
        this.bootTime = fabric.clock.now();
        this.stage = config == null ? "maintenance" : "booting";
    }

    private static byte[] digest(String text) {
        try {
            return java.security.MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (java.security.GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Brings the network and the services up. */
    void boot() {
        log.line("machined", "[talos] board setup: Talos " + image.version() + ", platform " + image.platform());
        services.start("machined", "Service started as goroutine");
        services.start("auditd", "Service started as goroutine");
        services.start("syslogd", "Service started as goroutine");
        services.start("udevd", "Process Process([\"/sbin/systemd-udevd\" \"--resolve-names=never\"]) started with PID 64");
        services.start(
                "containerd",
                "Process Process([\"/bin/containerd\" \"--address\" \"/system/run/containerd/containerd.sock\"]) started with PID 71");
        tellSequence("initialize", SequenceEvent.Action.START);
        networkUp();
        events.add(AddressEvent.newBuilder()
                .setHostname(hostname())
                .addAllAddresses(flatAddresses())
                .build());
        describeHardware();
        if (guest.isInstalled()) {
            MetaApi.show(guest.installed(), cosi);
        }
        cosi.onDemand(ResourceTypes.DEFINITIONS, () -> ResourceTypes.describe(cosi));
        cosi.onDemand(MEMBERS, () -> {
            if (cluster != null) {
                cluster.systems().forEach(other -> other.describeMember(cosi));
            }
        });
        MachineConfig found = config == null ? partial : config;
        if (found != null) {
            configs.active(found);
        }
        if (config == null) {
            log.line("machined", "[talos] entering maintenance service {\"component\": \"controller-runtime\", \"controller\": \"runtime.MaintenanceServiceController\"}");
            openMaintenance();
            followStatus();
            return;
        }
        startConfigured(config);
    }

    private void startConfigured(MachineConfig running) {
        tellSequence("initialize", SequenceEvent.Action.STOP);
        tellSequence("boot", SequenceEvent.Action.START);
        cluster = fabric.cluster(running);
        services.start(
                "cri",
                "Process Process([\"/bin/containerd\" \"--address\" \"/run/containerd/containerd.sock\" \"--config\" \"/etc/cri/containerd.toml\"]) started with PID 110");
        services.add("apid")
                .to("Starting", "Starting service")
                .to("Waiting", "Waiting for service \"containerd\" to be \"up\", api certificates");
        if (running.controlPlane()) {
            services.add("etcd")
                    .to("Starting", "Starting service")
                    .to("Waiting", "Waiting for service \"cri\" to be \"up\", time sync, network, etcd spec");
        }
        if (timeInSync()) {
            startTimed();
        } else {
            for (String service : running.controlPlane() ? List.of("kubelet", "trustd", "etcd") : List.of("kubelet")) {
                services.add(service).to("Waiting", "Waiting for time sync");
            }
        }
        if (!running.controlPlane()) {
            stage = "running";
        }
        cluster().join(this);
        cluster().reconcile();
    }

    /** Starts what waits until the clock is in sync. */
    private void startTimed() {
        services.start("kubelet", "Started task kubelet (PID 217) for container kubelet");
        if (config().controlPlane()) {
            services.start("trustd", "Started task trustd (PID 168) for container trustd");
            services.add("etcd").to("Preparing", "Running pre state");
            startEtcd();
        }
    }

    /** The clock was set, or is wrong from now on: certificates are made anew, and what waited for the time starts. */
    void timeChanged() {
        if (down || config == null) {
            return;
        }
        if (server != null) {
            server.close();
            server = null;
            net.close(API_PORT);
        }
        stopApiServer();
        describeTime();
        if (timeInSync() && services.get("kubelet").filter(kubelet -> kubelet.state().equals("Waiting")).isPresent()) {
            startTimed();
        }
        cluster().reconcile();
    }

    /** Whether the clock is in sync as far as Talos knows. */
    boolean timeInSync() {
        return fabric.faults.syncsTime(hardware.name()) || config != null && config.needsNoTimeServer();
    }

    /** The clock by which this machine issues and checks certificates. */
    CertificateClock certificateClock() {
        return fabric.clock(hardware.name());
    }

    /** Everything of this boot ends. */
    void down() {
        if (down) {
            return;
        }
        down = true;
        closeServers();
        net.down();
        if (member != null && member.system == this) {
            member.system = null;
        }
        TalosCluster formerly = cluster;
        if (formerly != null) {
            formerly.leave(this);
            formerly.reconcile();
        }
    }

    private void closeServers() {
        if (server != null) {
            server.close();
            server = null;
        }
        net.close(API_PORT);
        stopApiServer();
    }

    boolean isDown() {
        return down;
    }

    /** Does something after a while, if the machine is still up then. */
    void later(Duration delay, Runnable action) {
        fabric.clock.after(delay, () -> {
            synchronized (fabric) {
                if (!down) {
                    action.run();
                }
            }
        });
    }

    /** Takes no new connection; what is connected is served. */
    void stopListening() {
        net.close(API_PORT);
    }

    /** Ends maintenance mode: the boot of an installed machine goes on with the configuration it was given. */
    void leaveMaintenance(MachineConfig complete) {
        closeServers();
        partial = null;
        config = complete;
        knownLinks = null;
        stage = "booting";
        configs.active(complete);
        configs.persistent(complete);
        networkUp();
        describeMachineType();
        startConfigured(complete);
    }

    /** Writes a configuration to the disk, for the next boot. */
    void persist(MachineConfig changed) {
        guest.countApplied();
        guest.write(guest.installed().withConfig(changed.text()));
        configs.persistent(changed);
    }

    /** Takes a changed configuration without a reboot. */
    void changeConfig(MachineConfig changed) {
        configs.active(changed);
        cluster().rename(this, () -> {
            config = changed;
            knownLinks = null;
        });
        networkUp();
        cluster().reconcile();
        if (apiServer != null) {
            manifests.soon();
        }
    }

    /** Takes a configuration for a while; then the one in effect before comes back, unless {@link #keepTried} is called. */
    void tryConfig(MachineConfig tried, Duration timeout) {
        MachineConfig before = config();
        long mine = ++tries;
        changeConfig(tried);
        later(timeout, () -> {
            if (tries == mine) {
                log.line("machined", "[talos] rolling back the configuration");
                changeConfig(before);
            }
        });
    }

    /** What is tried stays: any later call to apply, with another mode, does that. */
    void keepTried() {
        tries++;
    }

    /** Takes documents without a v1alpha1 configuration: the machine stays in maintenance mode. */
    void takePartial(MachineConfig documents) {
        partial = documents;
        knownLinks = null;
        configs.active(documents);
        if (guest.isInstalled()) {
            guest.write(guest.installed().withConfig(documents.text()));
            configs.persistent(documents);
        }
        networkUp();
    }

    /** Random per boot, as the kernel's boot_id. */
    java.util.UUID bootId() {
        return java.util.UUID.nameUUIDFromBytes((nodeId + bootTime + cosi.bootNumber()).getBytes(StandardCharsets.UTF_8));
    }

    java.time.Instant bootTime() {
        return bootTime;
    }

    // --- what it is

    Fabric fabric() {
        return fabric;
    }

    TalosGuest guest() {
        return guest;
    }

    Hardware hardware() {
        return hardware;
    }

    Hardware.BootImage image() {
        return image;
    }

    Cosi cosi() {
        return cosi;
    }

    ServiceTable services() {
        return services;
    }

    MachineLog log() {
        return log;
    }

    EventLog events() {
        return events;
    }

    boolean maintenance() {
        return config == null;
    }

    MachineConfig config() {
        return Objects.requireNonNull(config, "maintenance mode has no configuration");
    }

    TalosCluster cluster() {
        return Objects.requireNonNull(cluster, "maintenance mode has no cluster");
    }

    Optional<EtcdCluster> etcd() {
        return Optional.ofNullable(etcd);
    }

    Optional<EtcdCluster.Member> member() {
        return Optional.ofNullable(member);
    }

    String stage() {
        return stage;
    }

    boolean ready() {
        return unmet().isEmpty();
    }

    String hostname() {
        MachineConfig named = config == null ? partial : config;
        if (named != null && named.hostname().isPresent()) {
            return named.hostname().get();
        }
        if (readsCloudInit() && hardware.cloudInit().isPresent()) {
            String name = hardware.cloudInit().get().hostname();
            if (!name.isEmpty()) {
                return name;
            }
        }
        return "talos-" + hex(digest("hostname/" + hardware.uuid())).substring(0, 3) + "-"
                + hex(digest("hostname/" + hardware.uuid())).substring(3, 6);
    }

    private static String hex(byte[] bytes) {
        return java.util.HexFormat.of().formatHex(bytes);
    }

    private boolean readsCloudInit() {
        return image.platform().equals("nocloud");
    }

    /** Its links with their addresses: those of the cloud-init drive, of the configuration and of DHCP, together. */
    List<MachineLink> links() {
        if (knownLinks == null) {
            knownLinks = LinkPlan.of(
                    hardware,
                    readsCloudInit() ? hardware.cloudInit() : Optional.empty(),
                    config == null ? partial : config,
                    fabric.network);
        }
        return knownLinks;
    }

    /** Its addresses with their networks. */
    List<Cidr> addresses() {
        return links().stream().flatMap(link -> link.addresses().stream()).distinct().toList();
    }

    List<String> flatAddresses() {
        return addresses().stream().map(Cidr::address).toList();
    }

    /** The address by which other machines know this one: the first inside the subnets the kubelet may use. */
    String nodeAddress() {
        List<String> all = flatAddresses();
        if (config != null) {
            List<String> subnets = Tree.texts(config.main(), "machine.kubelet.nodeIP.validSubnets");
            for (String address : all) {
                if (subnets.stream().anyMatch(s -> !s.startsWith("!") && Cidr.parse(s).contains(address))) {
                    return address;
                }
            }
        }
        return all.isEmpty() ? "" : all.get(0);
    }

    private String etcdAddress() {
        List<String> subnets = Tree.texts(config().main(), "cluster.etcd.advertisedSubnets");
        for (String address : flatAddresses()) {
            if (subnets.stream().anyMatch(s -> !s.startsWith("!") && Cidr.parse(s).contains(address))) {
                return address;
            }
        }
        return nodeAddress();
    }

    private List<String> virtualAddresses() {
        return links().stream()
                .flatMap(link -> config().virtualAddresses(link).stream())
                .distinct()
                .toList();
    }

    // --- network

    private void networkUp() {
        String hostname = hostname();
        links().forEach(this::linkUp);
        cosi.put(
                "network",
                "LinkStatuses.net.talos.dev",
                "lo",
                "network.LinkStatusController",
                new Wire()
                        .number(1, 1)
                        .number(2, 772)
                        .number(4, 65609)
                        .bytes(5, new byte[6])
                        .bytes(6, new byte[6])
                        .number(7, 65536)
                        .text(8, "noqueue")
                        .flag(22, true)
                        .number(24, 255)
                        .number(25, 255),
                Cosi.ordered(
                        "index", 1,
                        "type", "loopback",
                        "linkIndex", 0,
                        "flags", "UP,LOOPBACK,RUNNING,LOWER_UP",
                        "hardwareAddr", "00:00:00:00:00:00",
                        "permanentAddr", "",
                        "broadcastAddr", "00:00:00:00:00:00",
                        "mtu", 65536,
                        "queueDisc", "noqueue",
                        "operationalState", "unknown",
                        "kind", "",
                        "slaveKind", "",
                        "linkState", true,
                        "port", "Other",
                        "duplex", "Unknown"));
        List<Cidr> flat = addresses();
        for (String id : List.of("accumulative", "current", "default", "routed")) {
            List<Cidr> shown = id.equals("default") ? flat.stream().limit(1).toList() : flat;
            Wire wire = new Wire();
            shown.forEach(a -> wire.message(1, Wire.prefix(a)));
            cosi.put(
                    "network",
                    "NodeAddresses.net.talos.dev",
                    id,
                    "network.NodeAddressController",
                    wire,
                    Cosi.ordered("addresses", shown.stream().map(Cidr::toString).toList(), "sortAlgorithm", "v1"));
        }
        boolean up = !flat.isEmpty();
        cosi.put(
                "network",
                "NetworkStatuses.net.talos.dev",
                "status",
                "network.StatusController",
                new Wire().flag(1, up).flag(2, up).flag(3, true).flag(4, true),
                Cosi.ordered(
                        "addressReady", up, "connectivityReady", up, "hostnameReady", true, "etcFilesReady", true));
        cosi.put(
                "network",
                "HostnameStatuses.net.talos.dev",
                "hostname",
                "network.HostnameSpecController",
                new Wire().text(1, hostname),
                Cosi.ordered("hostname", hostname, "domainname", ""));
    }

    private void linkUp(MachineLink link) {
        byte[] mac = java.util.HexFormat.ofDelimiter(":").parseHex(link.mac());
        byte[] permanent = link.physical()
                ? java.util.HexFormat.ofDelimiter(":").parseHex(link.permanentMac())
                : new byte[0];
        Map<String, Object> yaml = Cosi.ordered(
                "index", link.index(),
                "type", "ether",
                "linkIndex", link.parent(),
                "flags", "UP,BROADCAST,RUNNING,MULTICAST,LOWER_UP",
                "hardwareAddr", link.mac(),
                "permanentAddr", link.permanentMac(),
                "broadcastAddr", "ff:ff:ff:ff:ff:ff",
                "mtu", 1500,
                "queueDisc", "pfifo_fast");
        if (link.master() != 0) {
            yaml.put("masterIndex", link.master());
        }
        yaml.put("operationalState", "up");
        yaml.put("kind", link.kind());
        yaml.put("slaveKind", link.master() == 0 ? "" : "bond");
        if (link.physical()) {
            yaml.put("busPath", "0000:00:" + (10 + link.index()) + ".0");
            yaml.put("pciID", "1AF4:1000");
            yaml.put("driver", "virtio_net");
            yaml.put("driverVersion", "1.0.0");
        }
        yaml.put("linkState", true);
        yaml.put("speedMbit", 4294967295L);
        yaml.put("port", "Other");
        yaml.put("duplex", "Unknown");
        if (!link.alias().isEmpty()) {
            yaml.put("alias", link.alias());
        }
        Wire wire = new Wire()
                .number(1, link.index())
                .number(2, 1)
                .number(3, link.parent())
                .number(4, 69699)
                .bytes(5, mac)
                .bytes(6, new byte[] {-1, -1, -1, -1, -1, -1})
                .number(7, 1500)
                .text(8, "pfifo_fast")
                .number(9, link.master())
                .number(10, 6)
                .text(11, link.kind())
                .text(12, link.master() == 0 ? "" : "bond");
        if (link.physical()) {
            wire.text(13, "0000:00:" + (10 + link.index()) + ".0")
                    .text(14, "1AF4:1000")
                    .text(15, "virtio_net")
                    .text(16, "1.0.0");
        }
        wire.flag(22, true)
                .number(23, 4294967295L)
                .number(24, 255)
                .number(25, 255)
                .bytes(30, permanent)
                .text(31, link.alias());
        cosi.put("network", "LinkStatuses.net.talos.dev", link.name(), "network.LinkStatusController", wire, yaml);
        for (Cidr address : link.addresses()) {
            net.up(address.address());
            cosi.put(
                    "network",
                    "AddressStatuses.net.talos.dev",
                    link.name() + "/" + address,
                    "network.AddressStatusController",
                    new Wire()
                            .message(1, Wire.prefix(address))
                            .message(2, Wire.ip(address.address()))
                            .number(6, link.index())
                            .text(7, link.name())
                            .number(8, address.isV6() ? 10 : 2)
                            .number(10, 128)
                            .number(11, 0),
                    Cosi.ordered(
                            "address", address.toString(),
                            "linkIndex", link.index(),
                            "linkName", link.name(),
                            "family", address.isV6() ? "inet6" : "inet4",
                            "scope", "global",
                            "flags", "permanent",
                            "priority", 0));
        }
    }

    private void describeHardware() {
        cosi.put(
                "runtime",
                "Versions.runtime.talos.dev",
                "version",
                "runtime.VersionController",
                new Wire().text(1, image.version()),
                Cosi.ordered("version", image.version()));
        String uuid = hardware.uuid().toString();
        cosi.put(
                "hardware",
                "SystemInformations.hardware.talos.dev",
                "systeminformation",
                "hardware.SystemInfoController",
                new Wire()
                        .text(1, "QEMU")
                        .text(2, "Standard PC (i440FX + PIIX, 1996)")
                        .text(3, "pc-i440fx-10.0")
                        .text(5, uuid)
                        .text(6, "Power Switch"),
                Cosi.ordered(
                        "manufacturer", "QEMU",
                        "productName", "Standard PC (i440FX + PIIX, 1996)",
                        "version", "pc-i440fx-10.0",
                        "uuid", uuid,
                        "wakeUpType", "Power Switch"));
        cosi.put(
                "runtime",
                "PlatformMetadatas.talos.dev",
                "platformmetadata",
                "network.PlatformConfigApplyController",
                new Wire().text(1, image.platform()).text(2, readsCloudInit() ? hostname() : ""),
                readsCloudInit()
                        ? Cosi.ordered("platform", image.platform(), "hostname", hostname())
                        : Cosi.ordered("platform", image.platform()));
        cosi.put(
                "runtime",
                "SecurityStates.talos.dev",
                "securitystate",
                "runtime.SecurityStateController",
                new Wire(),
                Cosi.ordered("secureBoot", new Firmware(hardware.firmware()).enforces()));
        cosi.put(
                "cluster",
                "Identities.cluster.talos.dev",
                "local",
                "cluster.NodeIdentityController",
                new Wire().text(1, nodeId),
                Cosi.ordered("nodeId", nodeId));
        describeMachineType();
        describeTime();
        describeExtensions();
        describeDisks();
    }

    private void describeTime() {
        boolean synced = timeInSync();
        cosi.put(
                "runtime",
                "TimeStatuses.v1alpha1.talos.dev",
                "node",
                "time.SyncController",
                new Wire().flag(1, synced),
                Cosi.ordered("synced", synced, "epoch", 0, "syncDisabled", false));
    }

    private void describeMachineType() {
        String type = config == null ? "unknown" : config.machineType();
        cosi.put(
                "config",
                "MachineTypes.config.talos.dev",
                "machine-type",
                "config.MachineTypeController",
                // A bare enum number, not a message.
                config == null ? ByteString.EMPTY : ByteString.copyFrom(new byte[] {8, (byte) machineType(type)}),
                type + "\n");
    }

    private static int machineType(String type) {
        return type.equals("init") ? 1 : type.equals("controlplane") ? 2 : 3;
    }

    private void describeExtensions() {
        for (int i = 0; i < image.extensions().size(); i++) {
            String full = image.extensions().get(i);
            String name = full.substring(full.indexOf('/') + 1);
            Wire metadata = new Wire().text(1, name).text(2, image.version()).text(3, "Sidero Labs");
            cosi.put(
                    "runtime",
                    "ExtensionStatuses.runtime.talos.dev",
                    Integer.toString(i),
                    "runtime.ExtensionStatusController",
                    new Wire().text(1, "00" + i + "." + name + ".sqsh").message(2, metadata),
                    Cosi.ordered(
                            "image",
                            "00" + i + "." + name + ".sqsh",
                            "metadata",
                            Cosi.ordered("name", name, "version", image.version(), "author", "Sidero Labs")));
        }
        Wire metadata = new Wire().text(1, "schematic").text(2, image.schematic());
        cosi.put(
                "runtime",
                "ExtensionStatuses.runtime.talos.dev",
                Integer.toString(image.extensions().size()),
                "runtime.ExtensionStatusController",
                new Wire().message(2, metadata),
                Cosi.ordered(
                        "image", "", "metadata", Cosi.ordered("name", "schematic", "version", image.schematic())));
    }

    List<Hardware.Disk> disksByDevice() {
        return hardware.disks().stream()
                .sorted(java.util.Comparator.comparing(Hardware.Disk::slot))
                .toList();
    }

    /** The disk behind a device path. */
    Optional<Hardware.Disk> disk(String device) {
        List<Hardware.Disk> disks = disksByDevice();
        for (int i = 0; i < disks.size(); i++) {
            if (DiskFacts.of(disks.get(i), i).devicePath().equals(device)) {
                return Optional.of(disks.get(i));
            }
        }
        return Optional.empty();
    }

    /** Names of the volumes that are on its disks. */
    Set<String> volumes() {
        Set<String> out = new LinkedHashSet<>(List.of("META", "STATE", "EPHEMERAL"));
        config().documents("UserVolumeConfig").forEach(volume -> out.add("u-" + Tree.text(volume, "name")));
        return out;
    }

    void describeDisks() {
        List<Hardware.Disk> disks = disksByDevice();
        for (int i = 0; i < disks.size(); i++) {
            DiskFacts facts = DiskFacts.of(disks.get(i), i);
            boolean system = disks.get(i).platter().content() instanceof Installed;
            Map<String, Object> yaml = Cosi.ordered(
                    "dev_path", facts.devicePath(),
                    "size", facts.size(),
                    "pretty_size", facts.prettySize(),
                    "io_size", 512,
                    "sector_size", 512,
                    "readonly", false,
                    "cdrom", false,
                    "model", "QEMU HARDDISK",
                    "modalias", "scsi:t-0x00",
                    "bus_path", facts.busPath(),
                    "sub_system", "/sys/class/block",
                    "transport", "virtio",
                    "rotational", true);
            if (!facts.wwid().isEmpty()) {
                yaml.put("wwid", facts.wwid());
            }
            cosi.put(
                    "runtime",
                    "Disks.block.talos.dev",
                    facts.name(),
                    "block.DisksController",
                    new Wire()
                            .number(1, facts.size())
                            .number(2, 512)
                            .number(3, 512)
                            .text(5, "QEMU HARDDISK")
                            .text(7, "scsi:t-0x00")
                            .text(8, facts.wwid())
                            .text(9, facts.busPath())
                            .text(10, "/sys/class/block")
                            .text(11, "virtio")
                            .flag(12, true)
                            .text(14, facts.devicePath())
                            .text(15, facts.prettySize()),
                    yaml);
            volume(facts.name(), "disk", facts.size(), system ? "gpt" : "", "", facts.devicePath(), "");
            if (system) {
                String[][] parts = {{"1", "", "BIOS"}, {"2", "xfs", "BOOT"}, {"3", "talosmeta", "META"}, {"4", "xfs", "STATE"}, {"5", "xfs", "EPHEMERAL"}};
                for (String[] part : parts) {
                    volume(facts.name() + part[0], "partition", 0, part[1], part[2], facts.devicePath() + part[0], facts.name());
                }
                cosi.put(
                        "runtime",
                        "SystemDisks.block.talos.dev",
                        "system-disk",
                        "block.SystemDiskController",
                        new Wire().text(1, facts.name()).text(2, facts.devicePath()),
                        Cosi.ordered("diskID", facts.name(), "devPath", facts.devicePath()));
            }
        }
        hardware.cloudInit().ifPresent(drive ->
                volume("sr1", "disk", 4 << 20, "iso9660", "cidata", "/dev/sr1", ""));
    }

    private void volume(
            String id, String type, long size, String name, String label, String device, String parent) {
        Map<String, Object> yaml = Cosi.ordered("type", type, "device_path", "", "dev_path", device, "size", size);
        if (!name.isEmpty()) {
            yaml.put("name", name);
        }
        if (!label.isEmpty()) {
            yaml.put(type.equals("partition") ? "partition_label" : "label", label);
        }
        if (!parent.isEmpty()) {
            yaml.put("parent", parent);
        }
        cosi.put(
                "runtime",
                "DiscoveredVolumes.block.talos.dev",
                id,
                "block.DiscoveryController",
                new Wire()
                        .number(1, size)
                        .number(2, 512)
                        .text(4, name)
                        .text(6, type.equals("partition") ? "" : label)
                        .text(12, type.equals("partition") ? label : "")
                        .text(14, type)
                        .text(16, parent)
                        .text(17, device),
                yaml);
    }

    // --- the API

    private void openMaintenance() {
        List<String> addresses = flatAddresses();
        if (addresses.isEmpty()) {
            log.line("machined", "[talos] waiting for network address and connectivity to be ready");
            return;
        }
        List<String> subjects = new ArrayList<>(addresses);
        subjects.add("127.0.0.1");
        subjects.add("::1");
        server = MachineServer.maintenance(fabric, this, NodePki.maintenance(hostname(), subjects));
        net.listen(API_PORT, server.address());
        log.line("machined", "[talos] this machine is reachable at: " + String.join(", ", addresses));
    }

    /** Opens apid as soon as it has a certificate: own authority, or a control plane that signs. */
    void followCertificates() {
        if (server != null || down || config == null || flatAddresses().isEmpty()) {
            return;
        }
        MachineConfig running = config;
        Optional<String> accepted = running.osCaCertificate();
        if (accepted.isEmpty()) {
            return;
        }
        Set<String> subjects = new LinkedHashSet<>();
        subjects.add(hostname());
        subjects.addAll(flatAddresses());
        subjects.addAll(running.machineCertSans());
        subjects.add("127.0.0.1");
        List<TalosSystem> signers = running.controlPlane() ? List.of(this) : cluster().trustds(running.machineToken());
        Optional<NodePki.Issued> signed = signers.stream()
                .flatMap(signer -> signer.config().osCa().map(ca -> ca.by(signer.certificateClock())).stream())
                .map(authority -> authority.apid(hostname(), subjects))
                // What trustd shows is as old as what it signs, and a worker looks at it by its own clock.
                .filter(issued -> running.controlPlane() || certificateClock().valid(issued.certificate()))
                .findFirst();
        if (signed.isEmpty()) {
            return;
        }
        NodePki.Issued identity = signed.get();
        server = MachineServer.apid(
                fabric, this, identity, NodePki.certificate(accepted.get()), certificateClock());
        net.listen(API_PORT, server.address());
        services.add("apid")
                .to("Preparing", "Running pre state")
                .to("Preparing", "Creating service runner")
                .to("Running", "Started task apid (PID 117) for container apid")
                .nowHealthy();
    }

    /** The machine's own etcd, kubelet and API stop; used before a reboot. */
    void stage(String newStage) {
        stage = newStage;
        followStatus();
    }

    // --- etcd

    private void startEtcd() {
        Installed disk = guest.installed();
        Installed.EtcdData data = disk.etcd();
        if (data == null) {
            later(fabric.latency.scaled(1000), () -> {
                mayJoin = true;
                cluster().reconcile();
            });
            return;
        }
        Optional<EtcdCluster.Member> known = data.cluster().member(data.member());
        if (known.isEmpty()) {
            etcdBroken = true;
            services.add("etcd")
                    .to("Running", "Started task etcd (PID 260) for container etcd")
                    .to("Failed", "the member has been permanently removed from the cluster");
            return;
        }
        etcd = data.cluster();
        member = known.get();
        services.add("etcd")
                .to("Preparing", "Creating service runner")
                .to("Running", "Started task etcd (PID 260) for container etcd")
                .unhealthy("Unknown");
        later(fabric.latency.etcd(), () -> {
            EtcdCluster.Member mine = Objects.requireNonNull(member);
            mine.system = this;
            mine.name = hostname();
            mine.address = etcdAddress();
            joined = !mine.learner;
            if (mine.learner) {
                promoteWhenPossible();
            }
            cluster().reconcile();
        });
    }

    /**
     * Begins a new etcd cluster, as Bootstrap asks.
     *
     * @return false if there is data already
     */
    boolean bootstrap() {
        if (guest.installed().etcd() != null || etcdBroken) {
            return false;
        }
        if (bootstrapRequested) {
            return true;
        }
        bootstrapRequested = true;
        stage = "running";
        services.add("etcd")
                .to("Failed", "Failed to run pre stage: bootstrap requested")
                .to("Finished", "Bootstrap requested")
                .to("Starting", "Starting service")
                .to("Preparing", "Running pre state");
        log.line("machined", "[talos] bootstrap request received");
        tellSequence("bootstrap", SequenceEvent.Action.START);
        later(fabric.latency.scaled(1000), this::createEtcd);
        cluster().reconcile();
        return true;
    }

    private void createEtcd() {
        if (etcd != null) {
            return;
        }
        EtcdCluster created = cluster().newEtcd();
        EtcdCluster.Member first = created.add(newMemberId(), hostname(), etcdAddress(), false);
        guest.write(guest.installed().withEtcd(new Installed.EtcdData(created, first.id)));
        etcd = created;
        member = first;
        services.add("etcd")
                .to("Preparing", "Creating service runner")
                .to("Running", "Started task etcd (PID 260) for container etcd")
                .unhealthy("Unknown");
        later(remaining(), () -> {
            first.system = this;
            joined = true;
            cluster().reconcile();
        });
        cluster().reconcile();
    }

    private Duration remaining() {
        Duration left = fabric.latency.etcd().minus(fabric.latency.scaled(1000));
        return left.isNegative() ? Duration.ZERO : left;
    }

    private long newMemberId() {
        return fabric.random.nextLong();
    }

    /** Joins an existing etcd cluster when there is one and no other machine is joining it. */
    void followEtcd() {
        if (down || config == null || !config.controlPlane()) {
            return;
        }
        boolean reachesMembers = fabric.faults.mayJoinEtcd(hardware().name());
        if (mayJoin && reachesMembers && etcd == null && !bootstrapRequested && !etcdBroken && guest.installed().etcd() == null) {
            cluster().joinable().filter(e -> !e.hasLearner()).ifPresent(this::join);
        }
        if (etcdHealthy()) {
            services.add("etcd").nowHealthy();
            if (!stage.equals("running") && stage.equals("booting")) {
                stage = "running";
            }
        } else if (member != null && member.system == this) {
            services.add("etcd")
                    .unhealthy(member.learner ? "etcdserver: rpc not supported for learner" : "etcdserver: no leader");
        }
    }

    /** Joins with empty data: a member of the same name is what this machine was before, and Talos removes it. */
    private void join(EtcdCluster existing) {
        existing.members().stream()
                .filter(other -> other.name.equals(hostname()) && other.system == null)
                .forEach(former -> existing.remove(former.id));
        EtcdCluster.Member learner = existing.add(newMemberId(), hostname(), etcdAddress(), true);
        guest.write(guest.installed().withEtcd(new Installed.EtcdData(existing, learner.id)));
        etcd = existing;
        member = learner;
        learner.system = this;
        services.add("etcd")
                .to("Preparing", "Creating service runner")
                .to("Running", "Started task etcd (PID 260) for container etcd")
                .unhealthy("Unknown");
        later(remaining(), this::promoteWhenPossible);
        cluster().changed();
    }

    private void promoteWhenPossible() {
        EtcdCluster mine = Objects.requireNonNull(etcd);
        EtcdCluster.Member learner = Objects.requireNonNull(member);
        cluster().when(mine::quorum, () -> {
            if (!down && mine.member(learner.id).isPresent()) {
                learner.learner = false;
                joined = true;
                cluster().changed();
            }
        });
        cluster().reconcile();
    }

    /** Whether the own member is a voter in a cluster with quorum. */
    boolean etcdHealthy() {
        return !down
                && joined
                && member != null
                && etcd != null
                && member.system == this
                && !member.learner
                && etcd.member(member.id).isPresent()
                && etcd.quorum();
    }

    /** Stops etcd and forgets its data: after leaving the cluster. */
    void etcdLeft() {
        services.add("etcd")
                .to("Stopping", "Sending SIGTERM to task etcd (PID 270, container etcd)")
                .to("Finished", "Service finished successfully");
        if (member != null) {
            member.system = null;
        }
        member = null;
        etcd = null;
        joined = false;
        mayJoin = false;
        etcdBroken = true;
        guest.write(guest.installed().withEtcd(null));
        cluster().reconcile();
    }

    /** The data is gone: etcd fails, the member stays in the list. */
    void etcdLost() {
        etcdRemoved();
        cluster().reconcile();
    }

    /** Somebody else removed the own member: etcd ends, its data stays. */
    void etcdRemoved() {
        services.add("etcd").to("Failed", "the member has been permanently removed from the cluster");
        if (member != null) {
            member.system = null;
        }
        member = null;
        etcd = null;
        joined = false;
        etcdBroken = true;
    }

    /** Keeps an uploaded snapshot for {@link #recover}. */
    void takeSnapshot() {
        snapshotUploaded = true;
    }

    /**
     * Recovery of etcd: from the uploaded snapshot a new cluster; without one Talos accepts the call and ruins etcd.
     *
     * @return false if there is data already
     */
    boolean recover() {
        if (guest.installed().etcd() != null) {
            return false;
        }
        if (snapshotUploaded) {
            etcdBroken = false;
            return bootstrap();
        }
        etcdBroken = true;
        mayJoin = false;
        services.add("etcd")
                .to("Finished", "Bootstrap requested")
                .to("Failed", "Failed to run pre stage: failed to recover etcd from snapshot: open /var/lib/etcd.snapshot: no such file or directory");
        stage = "running";
        cluster().reconcile();
        return true;
    }

    // --- Kubernetes

    boolean apiServerRuns() {
        return apiServer != null;
    }

    void followKubernetes() {
        if (down || config == null) {
            return;
        }
        MachineConfig running = config;
        if (!services.healthy("kubelet")) {
            return;
        }
        if (running.controlPlane()) {
            if (etcdHealthy() && apiServer == null) {
                startApiServer();
            } else if (!etcdHealthy() && apiServer != null) {
                stopApiServer();
                cluster().changed();
            }
        }
        cluster().kubernetesFor(this).ifPresent(kube -> {
            boolean known = kube.has(hostname());
            kube.register(new Registration(
                    hostname(),
                    hardware.uuid().toString().replace("-", ""),
                    hardware.uuid().toString(),
                    List.of(nodeAddress()),
                    running.controlPlane(),
                    running.schedulableControlPlanes(),
                    running.nodeLabels(),
                    running.nodeTaints(),
                    running.kubernetesVersion(),
                    "Talos (" + image.version() + ")",
                    hardware.cores(),
                    hardware.memoryMiB()), reaches(running));
            if (running.controlPlane() && apiServer != null) {
                for (String pod : List.of("kube-apiserver", "kube-controller-manager", "kube-scheduler")) {
                    kube.staticPod(
                            pod,
                            hostname(),
                            nodeAddress(),
                            "registry.k8s.io/" + pod + ":" + running.kubernetesVersion());
                }
            }
            if (!known) {
                cluster().changed();
            }
        });
    }

    private void startApiServer() {
        Optional<NodePki> authority = config().clusterCa().map(ca -> ca.by(certificateClock()));
        EtcdCluster mine = Objects.requireNonNull(etcd);
        if (authority.isEmpty()) {
            return;
        }
        Set<String> subjects = new LinkedHashSet<>();
        subjects.add("kubernetes");
        subjects.add("kubernetes.default");
        subjects.add("kubernetes.default.svc");
        subjects.add("kubernetes.default.svc.cluster.local");
        subjects.add("localhost");
        subjects.add("127.0.0.1");
        subjects.add("10.96.0.1");
        subjects.add(hostname());
        subjects.addAll(flatAddresses());
        subjects.addAll(virtualAddresses());
        subjects.addAll(config().apiServerCertSans());
        String endpoint = config().endpoint().getHost();
        if (endpoint != null) {
            subjects.add(endpoint.replaceAll("^\\[|]$", ""));
        }
        apiServer = new KubeApiServer(
                fabric.io,
                fabric.clock,
                fabric.latency,
                authority.get(),
                subjects,
                mine.kube,
                config().kubernetesVersion(),
                () -> {
                    synchronized (fabric) {
                        return etcdHealthy();
                    }
                });
        net.listen(config().apiServerPort(), apiServer.address());
        mine.kube.podSecurity(config().podSecurityLevel(), config().podSecurityExempt());
        manifests.soon();
        cluster().changed();
    }

    /** What this machine's own network leads to, for its pods; asked without the fabric's monitor. */
    private BiPredicate<String, Integer> reaches(MachineConfig running) {
        int prism = running.kubePrismPort();
        int own = running.controlPlane() ? running.apiServerPort() : 0;
        String endpoint = String.valueOf(running.endpoint().getHost());
        return (host, port) -> List.of("localhost", "127.0.0.1", "::1").contains(host)
                ? port > 0 && (port == prism || port == own)
                : host.equals(endpoint)
                        || fabric.network.lookup(host, port) instanceof SimNetwork.Lookup.Target;
    }

    private void stopApiServer() {
        if (apiServer != null) {
            net.close(config().apiServerPort());
            apiServer.close();
            apiServer = null;
        }
    }

    boolean hasVirtualAddresses() {
        return config != null && config.controlPlane() && !virtualAddresses().isEmpty();
    }

    void takeVirtualAddresses() {
        virtualAddressesHeld = true;
        virtualAddresses().forEach(net::up);
    }

    void dropVirtualAddresses() {
        if (virtualAddressesHeld && !down) {
            virtualAddresses().forEach(net::down);
        }
        virtualAddressesHeld = false;
    }

    // --- status

    /** A condition that is not met. */
    record Unmet(String name, String reason) {}

    List<Unmet> unmet() {
        if (config == null) {
            return List.of();
        }
        List<Unmet> out = new ArrayList<>();
        List<String> wanted = config.controlPlane()
                ? List.of("apid", "kubelet", "etcd", "trustd")
                : List.of("apid", "kubelet");
        List<String> missing = new ArrayList<>();
        for (String service : wanted) {
            Optional<ServiceTable.Service> found = services.get(service);
            if (found.isEmpty() || !found.get().running()) {
                missing.add(service + " not running");
            } else if (!found.get().healthy()) {
                missing.add(service + " not healthy");
            }
        }
        if (!missing.isEmpty()) {
            out.add(new Unmet("services", String.join(", ", missing)));
        }
        Optional<KubeCluster> kube = cluster().kubernetesFor(this);
        boolean known = kube.map(k -> k.has(hostname())).orElse(false);
        if (!known) {
            out.add(new Unmet("nodeReady", "node \"" + hostname() + "\" status is not available yet"));
        } else if (!kube.get().ready(hostname())) {
            out.add(new Unmet("nodeReady", "node \"" + hostname() + "\" is not ready"));
        }
        return out;
    }

    /** Shows the machine's state as resources. */
    void followStatus() {
        if (down) {
            return;
        }
        List<Unmet> unmet = stage.equals("maintenance") ? List.of() : unmet();
        String shown = stage + unmet + hostname() + etcdHealthy() + (apiServer != null) + nodeReady();
        if (shown.equals(shownStatus)) {
            return;
        }
        shownStatus = shown;
        Wire status = new Wire().flag(1, unmet.isEmpty());
        List<Object> yaml = new ArrayList<>();
        for (Unmet one : unmet) {
            status.message(2, new Wire().text(1, one.name()).text(2, one.reason()));
            yaml.add(Cosi.ordered("name", one.name(), "reason", one.reason()));
        }
        cosi.put(
                "runtime",
                "MachineStatuses.runtime.talos.dev",
                "machine",
                "runtime.MachineStatusController",
                new Wire().number(1, stageNumber(stage)).message(2, status),
                Cosi.ordered(
                        "stage", stage, "status", Cosi.ordered("ready", unmet.isEmpty(), "unmetConditions", yaml)));
        tellStatus(unmet);
        if (config == null) {
            return;
        }
        describeCluster();
    }

    private boolean nodeReady() {
        return config != null
                && cluster().kubernetesFor(this).map(k -> k.ready(hostname())).orElse(false);
    }

    private void tellStatus(List<Unmet> unmet) {
        String told = stage + unmet;
        if (told.equals(toldStatus)) {
            return;
        }
        toldStatus = told;
        MachineStatusEvent.MachineStatus.Builder status =
                MachineStatusEvent.MachineStatus.newBuilder().setReady(unmet.isEmpty());
        unmet.forEach(u -> status.addUnmetConditions(
                MachineStatusEvent.MachineStatus.UnmetCondition.newBuilder().setName(u.name()).setReason(u.reason())));
        events.add(MachineStatusEvent.newBuilder()
                .setStageValue(stageNumber(stage))
                .setStatus(status)
                .build());
    }

    /** Tells of a sequence that begins. */
    void tellSequence(String sequence, SequenceEvent.Action action) {
        tellSequence(sequence, action, "");
    }

    /** Tells of a sequence that begins because of a call. */
    void tellSequence(String sequence, SequenceEvent.Action action, String actor) {
        events.add(SequenceEvent.newBuilder().setSequence(sequence).setAction(action).build(), actor);
    }

    private void describeCluster() {
        MachineConfig running = config();
        cosi.put(
                "k8s",
                "Nodenames.kubernetes.talos.dev",
                "nodename",
                "k8s.NodenameController",
                new Wire().text(1, hostname()).text(2, "1"),
                Cosi.ordered("nodename", hostname(), "hostnameVersion", "1", "skipNodeRegistration", false));
        cosi.put(
                "cluster",
                "Infos.cluster.talos.dev",
                "current",
                "cluster.InfoController",
                new Wire().text(1, running.clusterId()).text(2, running.clusterName()),
                Cosi.ordered("clusterId", running.clusterId(), "clusterName", running.clusterName()));
        if (etcdHealthy()) {
            String id = Long.toHexString(Objects.requireNonNull(member).id);
            cosi.put(
                    "etcd",
                    "EtcdMembers.etcd.talos.dev",
                    "local",
                    "etcd.MemberController",
                    new Wire().text(1, id),
                    Cosi.ordered("memberID", id));
        } else {
            cosi.remove("etcd", "EtcdMembers.etcd.talos.dev", "local");
        }
        Optional<KubeCluster> kube = cluster().kubernetesFor(this).filter(k -> k.has(hostname()));
        kube.ifPresent(k -> cosi.put(
                "k8s",
                "NodeStatuses.kubernetes.talos.dev",
                hostname(),
                "k8s.NodeStatusController",
                new Wire().text(1, hostname()).flag(2, k.ready(hostname())),
                Cosi.ordered(
                        "nodename", hostname(),
                        "nodeReady", k.ready(hostname()),
                        "unschedulable", k.cordoned(hostname()),
                        "labels", Map.of(),
                        "annotations", Map.of(),
                        "podCIDRs", List.of())));
        if (apiServer != null) {
            for (String pod : List.of("kube-apiserver", "kube-controller-manager", "kube-scheduler")) {
                describeStaticPod("kube-system/" + pod + "-" + hostname());
            }
        }
    }

    private void describeStaticPod(String id) {
        Map<String, Object> condition = new java.util.LinkedHashMap<>();
        condition.put("lastProbeTime", null);
        condition.put("lastTransitionTime", null);
        condition.put("status", "True");
        condition.put("type", "Ready");
        cosi.put(
                "k8s",
                "StaticPodStatuses.kubernetes.talos.dev",
                id,
                "k8s.KubeletStaticPodController",
                new Wire().bytes(1, runningPod().toByteArray()),
                Cosi.ordered("conditions", List.of(condition), "phase", "Running"));
    }

    private static Struct runningPod() {
        Value nothing = Value.newBuilder().setNullValue(NullValue.NULL_VALUE).build();
        Struct ready = Struct.newBuilder()
                .putFields("lastProbeTime", nothing)
                .putFields("lastTransitionTime", nothing)
                .putFields("status", Value.newBuilder().setStringValue("True").build())
                .putFields("type", Value.newBuilder().setStringValue("Ready").build())
                .build();
        ListValue conditions = ListValue.newBuilder()
                .addValues(Value.newBuilder().setStructValue(ready))
                .build();
        return Struct.newBuilder()
                .putFields("conditions", Value.newBuilder().setListValue(conditions).build())
                .putFields("phase", Value.newBuilder().setStringValue("Running").build())
                .build();
    }

    /** Shows this machine among the members that another machine knows. */
    void announceTo(TalosSystem other) {
        if (other.cosi.asked(MEMBERS)) {
            describeMember(other.cosi);
        }
    }

    /** Another machine is no longer a member. */
    void forget(String member) {
        if (cosi.asked(MEMBERS)) {
            cosi.remove(MEMBERS.namespace(), MEMBERS.type(), member);
        }
    }

    private void describeMember(Cosi target) {
        MachineConfig running = config();
        Wire wire = new Wire().text(1, nodeId);
        flatAddresses().forEach(a -> wire.message(2, Wire.ip(a)));
        wire.text(3, hostname()).number(4, running.controlPlane() ? 2 : 3).text(5, "Talos (" + image.version() + ")");
        Map<String, Object> yaml = Cosi.ordered(
                "nodeId", nodeId,
                "addresses", flatAddresses(),
                "hostname", hostname(),
                "machineType", running.controlPlane() ? "controlplane" : "worker",
                "operatingSystem", "Talos (" + image.version() + ")");
        if (running.controlPlane()) {
            wire.message(6, new Wire().number(1, running.apiServerPort()));
            yaml.put("controlPlane", Cosi.ordered("port", running.apiServerPort()));
        }
        target.put(
                "cluster", "Members.cluster.talos.dev", hostname(), "cluster.MemberController", wire, yaml);
    }

    private static int stageNumber(String stage) {
        return switch (stage) {
            case "booting" -> 1;
            case "installing" -> 2;
            case "maintenance" -> 3;
            case "running" -> 4;
            case "rebooting" -> 5;
            case "shutting down" -> 6;
            case "resetting" -> 7;
            case "upgrading" -> 8;
            default -> 0;
        };
    }
}
