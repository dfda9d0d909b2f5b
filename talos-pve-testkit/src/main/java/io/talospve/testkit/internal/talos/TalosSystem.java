package io.talospve.testkit.internal.talos;

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
    private final HardwareResources resources;
    private final EtcdNode etcd = new EtcdNode(this);
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
        this.resources = new HardwareResources(cosi, hardware, image);
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
        resources.show(hostname(), nodeId);
        resources.showMachineType(config);
        resources.showTime(timeInSync());
        if (guest.isInstalled()) {
            MetaApi.show(guest.installed(), cosi);
        }
        cosi.onDemand(ResourceTypes.DEFINITIONS, () -> ResourceTypes.describe(cosi));
        cosi.onDemand(ClusterResources.MEMBERS, () -> {
            if (cluster != null) {
                cluster.systems().forEach(other -> ClusterResources.showMember(other, cosi));
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
            etcd.start();
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
        resources.showTime(timeInSync());
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
        etcd.down();
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
        resources.showMachineType(config);
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

    String nodeId() {
        return nodeId;
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

    EtcdNode etcd() {
        return etcd;
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

    private List<String> virtualAddresses() {
        return links().stream()
                .flatMap(link -> config().virtualAddresses(link).stream())
                .distinct()
                .toList();
    }

    private void networkUp() {
        addresses().forEach(address -> net.up(address.address()));
        NetworkResources.show(cosi, hostname(), links(), addresses());
    }

    List<Hardware.Disk> disksByDevice() {
        return HardwareResources.byDevice(hardware);
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

    /** Its boot is over; seen at the next look at its cluster. */
    void runs() {
        stage = "running";
    }

    /** The machine's own etcd, kubelet and API stop; used before a reboot. */
    void stage(String newStage) {
        stage = newStage;
        followStatus();
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
            if (etcd.healthy() && apiServer == null) {
                startApiServer();
            } else if (!etcd.healthy() && apiServer != null) {
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
        EtcdCluster mine = etcd.cluster().orElseThrow();
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
                        return etcd.healthy();
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
        String shown = stage + unmet + hostname() + etcd.healthy() + (apiServer != null) + nodeReady();
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
        ClusterResources.show(this);
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

    /** Shows this machine among the members that another machine knows. */
    void announceTo(TalosSystem other) {
        if (other.cosi.asked(ClusterResources.MEMBERS)) {
            ClusterResources.showMember(this, other.cosi);
        }
    }

    /** Another machine is no longer a member. */
    void forget(String member) {
        if (cosi.asked(ClusterResources.MEMBERS)) {
            cosi.remove(ClusterResources.MEMBERS.namespace(), ClusterResources.MEMBERS.type(), member);
        }
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
