package io.talospve.apply;

import io.talospve.error.ErrorCode;
import io.talospve.error.RemoteException;
import io.talospve.spec.HighAvailability;
import io.talospve.spec.ImageChecksum;
import io.talospve.spec.ImageMode;
import io.talospve.spec.NodeRole;
import io.talospve.spec.Secret;
import io.talospve.spec.SecretReference;
import io.talospve.spec.TalosCluster;
import io.talospve.spec.TalosSettings;
import io.talospve.spi.CertificateEnd;
import io.talospve.spi.ClusterPki;
import io.talospve.spi.HaGroup;
import io.talospve.spi.Hypervisor;
import io.talospve.spi.HypervisorInfo;
import io.talospve.spi.HypervisorInfo.DatastoreInfo;
import io.talospve.spi.HypervisorInfo.HostInfo;
import io.talospve.spi.ImageFactory;
import io.talospve.spi.InlineManifest;
import io.talospve.spi.KeptSecret;
import io.talospve.spi.KubernetesApi;
import io.talospve.spi.MachineAddress;
import io.talospve.spi.MachineConfigRequest;
import io.talospve.spi.MachineConfigs;
import io.talospve.spi.MachineView;
import io.talospve.spi.ManifestPreview;
import io.talospve.spi.ManifestSource;
import io.talospve.spi.ObjectCheck;
import io.talospve.spi.Operation;
import io.talospve.spi.SecretSink;
import io.talospve.spi.SecretSource;
import io.talospve.spi.TalosAccess;
import io.talospve.spi.TalosApi;
import io.talospve.spi.TalosImage;
import io.talospve.spi.TimeSource;
import io.talospve.spi.VmCreation;
import io.talospve.spi.VmDetails;
import io.talospve.spi.VmDisk;
import io.talospve.spi.VmNic;
import io.talospve.spi.VmRef;
import io.talospve.spi.VmSummary;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Everything outside, in memory. It is quick, so that a run has few looks at things that are not ready yet: tasks take
 * 300 ms, machines 500 ms to boot and 800 ms to install, etcd 400 ms to start.
 */
final class MemoryDatacenter {
    private static final String CONFIG_SEPARATOR = "|";
    private static final Duration TASK = Duration.ofMillis(300);
    private static final Duration BOOT = Duration.ofMillis(500);
    private static final Duration INSTALL = Duration.ofMillis(800);
    private static final Duration ETCD = Duration.ofMillis(400);

    final TimeSource time;
    final CrashPoints points;
    final Map<Integer, Machine> machines = new TreeMap<>();
    final Map<String, String> isos = new TreeMap<>();
    final Set<String> schematics = new TreeSet<>();
    final Map<String, String> sink = new TreeMap<>();
    List<String> hosts = List.of("alpha", "charlie", "foxtrot");
    /** Hosts that are away with everything on them. */
    final Set<String> down = new TreeSet<>();
    /** Storages that are the same on all hosts. */
    final Set<String> shared = new TreeSet<>(Set.of("nas"));
    private final Map<String, Task> tasks = new HashMap<>();
    final Map<Integer, HighAvailability> highlyAvailable = new TreeMap<>();
    int bootstraps;
    /** Secrets bundles that were made. */
    int bundles() {
        return generated;
    }

    /** Calls whose tasks fail ({@code true}) or hang ({@code false}), by the call's name. */
    final Map<String, Boolean> badTasks = new HashMap<>();
    /** Machines that never come back from their installation. */
    final Set<String> lostMachines = new TreeSet<>();
    /** Machines whose etcd cannot join. */
    final Set<String> lonelyEtcds = new TreeSet<>();
    /** When CAs and client certificates end. */
    Instant caEnd = Instant.MAX;
    Instant clientEnd = Instant.MAX;
    /** What the DHCP server gives, by MAC. */
    final Map<String, String> leases = new TreeMap<>();
    /** Whether guest agents answer. */
    boolean agents;
    /** Secrets that specs may refer to as {@code memory:…}. */
    final Map<String, String> secrets = new TreeMap<>();
    int secretReads;
    String log = "";
    String bundleText = "bundle number ";
    /** Why an object is not ready, by its reference. */
    final Map<String, String> unreadyObjects = new TreeMap<>();
    /** The password that each rendering was given. */
    final List<String> rendered = new ArrayList<>();
    String manifestText = "kind: DaemonSet";
    private int generated;
    private int kept;
    private int taskNumbers;

    MemoryDatacenter(TimeSource time, CrashPoints points) {
        this.time = time;
        this.points = points;
    }

    /** A virtual machine with what runs in it. */
    static final class Machine {
        VmDetails vm;
        @Nullable Instant apiFrom;
        @Nullable String configuration;
        @Nullable Instant installedFrom;
        boolean etcdData;
        @Nullable Instant etcdFrom;
        /** Addresses from the DHCP server by MAC. */
        final Map<String, String> leased = new TreeMap<>();
        /** Addresses that its operating system has. */
        final Set<String> addresses = new TreeSet<>();
        /** Until then its configuration is not written yet: it has a lock and nothing else. */
        Instant createdFrom = Instant.MIN;

        Machine(VmDetails vm) {
            this.vm = vm;
        }
    }

    /** Every creation that took effect, by name. */
    final List<String> creations = new ArrayList<>();

    /** While Proxmox creates a machine its configuration has a lock and nothing else. */
    private VmDetails visible(Machine machine) {
        if (!time.now().isBefore(machine.createdFrom)) {
            return machine.vm;
        }
        return VmDetails.builder()
                .ref(machine.vm.ref())
                .name("VM " + machine.vm.ref().vmid())
                .description("")
                .running(false)
                .lock("create")
                .template(false)
                .protection(false)
                .cores(1)
                .memoryMiB(512)
                .build();
    }

    private record Task(Instant end, @Nullable String error) {}

    /** Whether the task of a call will fail or hang, so that it has no effect. */
    private Optional<Operation> badTask(String call) {
        Boolean fails = badTasks.get(call);
        if (fails == null) {
            return Optional.empty();
        }
        return Optional.of(fails ? task(TASK, "task of " + call + " broke: I/O error") : task(Duration.ofDays(999), null));
    }

    private Operation task(Duration duration, @Nullable String error) {
        String id = "task-" + taskNumbers++;
        tasks.put(id, new Task(time.now().plus(duration), error));
        return operation(id);
    }

    private Operation operation(String id) {
        return new Operation() {
            @Override
            public String id() {
                return id;
            }

            @Override
            public State poll() {
                return points.call("poll task", () -> {
                    Task task = tasks.get(id);
                    if (time.now().isBefore(task.end())) {
                        return State.running();
                    }
                    return task.error() == null ? State.succeeded() : State.failed(task.error());
                });
            }
        };
    }

    private static RemoteException error(ErrorCode code, boolean retryable, String text) {
        return new RemoteException(code, text, retryable, null, text, null);
    }

    Hypervisor hypervisor() {
        return new Hypervisor() {
            private <T> T on(String host, String name, Supplier<T> effect) {
                return points.call(name, () -> {
                    if (down.contains(host)) {
                        throw error(ErrorCode.UNREACHABLE, true, "595 No route to host");
                    }
                    return effect.get();
                });
            }

            @Override
            public HypervisorInfo info() {
                return points.call("info", () -> new HypervisorInfo(
                        "dc",
                        "9.2.11",
                        hosts.stream()
                                .map(name -> new HostInfo(name, !down.contains(name), 64, 1 << 20, 1 << 20))
                                .toList()));
            }

            @Override
            public List<DatastoreInfo> datastores(String host) {
                return on(host, "datastores", () -> List.of(
                        new DatastoreInfo("nas", Set.of("iso", "import"), shared.contains("nas"), true, 1 << 30, 1 << 30),
                        new DatastoreInfo(
                                "local-lvm", Set.of("images"), shared.contains("local-lvm"), true, 1 << 30, 1 << 30)));
            }

            @Override
            public Set<String> bridges(String host) {
                return on(host, "bridges", () -> Set.of("dmz", "vmbr1"));
            }

            @Override
            public List<VmSummary> vms() {
                return points.call("list machines", () -> machines.values().stream()
                        .filter(machine -> !down.contains(machine.vm.ref().host()))
                        .map(MemoryDatacenter.this::visible)
                        .map(vm -> new VmSummary(vm.ref(), vm.name(), vm.running(), false, vm.tags()))
                        .toList());
            }

            @Override
            public Optional<VmDetails> vm(VmRef ref) {
                return on(ref.host(), "read machine", () -> Optional.ofNullable(machines.get(ref.vmid()))
                        .map(MemoryDatacenter.this::visible)
                        .filter(vm -> vm.ref().equals(ref)));
            }

            @Override
            public int freeVmid() {
                return points.call("free VMID", () -> {
                    int id = 100;
                    while (machines.containsKey(id)) {
                        id++;
                    }
                    return id;
                });
            }

            @Override
            public boolean isFree(int vmid) {
                return points.call("is VMID free", () -> !machines.containsKey(vmid));
            }

            @Override
            public Operation growDisk(VmRef ref, String slot, long sizeGiB) {
                return points.call("grow disk", () -> {
                    VmDetails vm = existing(ref).vm;
                    change(ref, VmDetails.builder()
                            .from(vm)
                            .disks(vm.disks().stream()
                                    .map(disk -> disk.slot().equals(slot)
                                            ? new VmDisk(slot, disk.datastore(), sizeGiB, disk.wwn())
                                            : disk)
                                    .toList())
                            .build());
                    return task(TASK, null);
                });
            }

            @Override
            public void setProtection(VmRef ref, boolean protection) {
                points.run("set protection", () -> change(ref, VmDetails.builder()
                        .from(existing(ref).vm)
                        .protection(protection)
                        .build()));
            }

            @Override
            public Operation create(VmCreation vm) {
                return on(vm.ref().host(), "create machine", () -> {
                    if (badTasks.containsKey("create machine")) {
                        return badTask("create machine").orElseThrow();
                    }
                    if (machines.containsKey(vm.ref().vmid())) {
                        throw error(ErrorCode.NAME_TAKEN, true, "VM " + vm.ref().vmid() + " already exists");
                    }
                    String image = vm.systemDiskFrom().orElse(vm.isoVolume());
                    String volume = image.substring(image.indexOf('/') + 1);
                    if (!isos.containsKey(volume)) {
                        return task(TASK, "volume '" + image + "' does not exist");
                    }
                    List<VmNic> nics = new ArrayList<>();
                    vm.nics().forEach(nic -> nics.add(new VmNic(nics.size(), nic.bridge(), nic.mac())));
                    VmDetails details = VmDetails.builder()
                            .ref(vm.ref())
                            .name(vm.name())
                            .description(vm.description())
                            .uuid(vm.uuid())
                            .running(false)
                            .template(false)
                            .protection(vm.options().protection())
                            .cores(vm.cores())
                            .memoryMiB(vm.memoryMiB())
                            .disks(vm.disks().stream()
                                    .map(disk -> vm.systemDiskFrom().isPresent() && disk.slot().equals("scsi0")
                                            ? new VmDisk("scsi0", disk.datastore(), 2, disk.wwn())
                                            : disk)
                                    .toList())
                            .nics(nics)
                            .isoVolumes(vm.isoVolume().equals("none") ? Set.of() : Set.of(vm.isoVolume()))
                            .tags(vm.options().pool().isPresent() ? Set.of() : vm.tags())
                            .build();
                    Machine machine = new Machine(details);
                    machine.createdFrom = time.now().plus(TASK);
                    vm.nics().forEach(nic -> {
                        nic.address().ifPresent(address -> machine.addresses.add(address.split("/")[0]));
                        if (nic.dhcp() && leases.containsKey(nic.mac())) {
                            machine.addresses.add(leases.get(nic.mac()));
                            machine.leased.put(nic.mac(), leases.get(nic.mac()));
                        }
                    });
                    machines.put(vm.ref().vmid(), machine);
                    creations.add(vm.name());
                    return task(TASK, null);
                });
            }

            @Override
            public void setTags(VmRef ref, Set<String> tags) {
                on(ref.host(), "set tags", () -> change(ref, VmDetails.builder()
                        .from(existing(ref).vm)
                        .tags(tags)
                        .build()));
            }

            private boolean change(VmRef ref, VmDetails details) {
                existing(ref).vm = details;
                return true;
            }

            private Machine existing(VmRef ref) {
                Machine machine = machines.get(ref.vmid());
                if (machine == null || !machine.vm.ref().equals(ref)) {
                    throw error(
                            ErrorCode.NOT_FOUND, false, "Configuration file 'qemu-server/" + ref.vmid() + ".conf' does not exist");
                }
                return machine;
            }

            @Override
            public Operation start(VmRef ref) {
                return on(ref.host(), "start machine", () -> {
                    if (badTasks.containsKey("start machine")) {
                        return badTask("start machine").orElseThrow();
                    }
                    Machine machine = existing(ref);
                    if (machine.vm.running()) {
                        return Operation.done();
                    }
                    change(ref, VmDetails.builder().from(machine.vm).running(true).build());
                    machine.apiFrom = time.now().plus(BOOT);
                    return task(TASK, null);
                });
            }

            @Override
            public Operation stop(VmRef ref) {
                return on(ref.host(), "stop machine", () -> {
                    if (badTasks.containsKey("stop machine")) {
                        return badTask("stop machine").orElseThrow();
                    }
                    change(ref, VmDetails.builder()
                            .from(existing(ref).vm)
                            .running(false)
                            .build());
                    return task(TASK, null);
                });
            }

            @Override
            public Operation delete(VmRef ref) {
                return on(ref.host(), "delete machine", () -> {
                    if (badTasks.containsKey("delete machine")) {
                        return badTask("delete machine").orElseThrow();
                    }
                    if (highlyAvailable.containsKey(ref.vmid())) {
                        throw error(ErrorCode.SERVER_FAILED, false, "unable to remove VM - used in HA resources");
                    }
                    if (existing(ref).vm.protection()) {
                        throw error(ErrorCode.SERVER_FAILED, false, "can't remove VM - protection mode enabled");
                    }
                    if (existing(ref).vm.running()) {
                        throw error(ErrorCode.SERVER_FAILED, false, "VM is running - destroy failed");
                    }
                    machines.remove(ref.vmid());
                    return task(TASK, null);
                });
            }

            @Override
            public Set<String> images(String host, String datastore, ImageMode mode) {
                return on(host, "list images", () -> Set.copyOf(isos.keySet()));
            }

            @Override
            public OptionalLong image(String host, String datastore, String fileName) {
                return on(host, "look for image", () ->
                        isos.containsKey(fileName) ? OptionalLong.of(100 << 20) : OptionalLong.empty());
            }

            @Override
            public Operation downloadImage(
                    String host, String datastore, String fileName, String url, Optional<ImageChecksum> checksum) {
                return on(host, "fetch image", () -> {
                    if (badTasks.containsKey("fetch image")) {
                        return badTask("fetch image").orElseThrow();
                    }
                    String schematic = url.substring(url.lastIndexOf('/') + 1);
                    if (!schematics.contains(schematic)) {
                        return task(TASK, "404");
                    }
                    isos.put(fileName, url);
                    return task(TASK, null);
                });
            }

            @Override
            public Operation deleteImage(String host, String datastore, String fileName) {
                return on(host, "delete image", () -> {
                    if (badTasks.containsKey("delete image")) {
                        return badTask("delete image").orElseThrow();
                    }
                    isos.remove(fileName);
                    return task(TASK, null);
                });
            }

            @Override
            public Set<Integer> highlyAvailable() {
                return points.call("list high availability", () -> Set.copyOf(highlyAvailable.keySet()));
            }

            @Override
            public List<String> haDifferences(HaGroup wanted) {
                return points.call("compare high availability", () -> wanted.members().stream()
                        .filter(member -> !wanted.settings().equals(highlyAvailable.get(member.vmid())))
                        .map(member -> member + " is not highly available as wanted")
                        .toList());
            }

            @Override
            public void makeHighlyAvailable(HaGroup wanted) {
                points.run("make highly available", () -> wanted.members().forEach(member -> {
                    existing(member);
                    highlyAvailable.put(member.vmid(), wanted.settings());
                }));
            }

            @Override
            public void endHighAvailability(String cluster, Set<Integer> vmids) {
                points.run("end high availability", () -> highlyAvailable.keySet().removeAll(vmids));
            }

            @Override
            public Optional<List<GuestNic>> guestNics(VmRef ref) {
                return on(ref.host(), "ask guest agent", () -> {
                    Machine machine = machines.get(ref.vmid());
                    boolean answers = machine != null && agents && reached(machine.apiFrom) && machine.vm.running();
                    return answers
                            ? Optional.of(machine.vm.nics().stream()
                                    .map(nic -> new GuestNic(nic.mac(), reported(machine, nic.mac())))
                                    .toList())
                            : Optional.empty();
                });
            }

            private List<String> reported(Machine machine, String mac) {
                return machine.leased.containsKey(mac)
                        ? List.of("fe80::1", "192.168.62.20", machine.leased.get(mac))
                        : List.of();
            }

            @Override
            public Operation operation(String id) {
                return MemoryDatacenter.this.operation(id);
            }

            @Override
            public void close() {}
        };
    }

    private Optional<Machine> at(MachineAddress address) {
        return machines.values().stream()
                .filter(machine -> machine.vm.running() && !down.contains(machine.vm.ref().host()))
                .filter(machine -> machine.addresses.contains(address.host()))
                .findFirst();
    }

    private boolean reached(@Nullable Instant when) {
        return when != null && !time.now().isBefore(when);
    }

    private String etcd(Machine machine) {
        if (machine.configuration == null || machine.configuration.contains("worker")) {
            return "";
        }
        if (lonelyEtcds.contains(machine.vm.name())) {
            return "Preparing";
        }
        if (!machine.etcdData && machines.values().stream().anyMatch(other -> other.etcdData)) {
            machine.etcdData = true;
            machine.etcdFrom = time.now().plus(ETCD);
        }
        return reached(machine.etcdFrom) ? "Running" : machine.etcdData ? "Starting" : "Preparing";
    }

    TalosApi talos() {
        return new TalosApi() {
            @Override
            public MachineView look(MachineAddress address, @Nullable TalosAccess access, @Nullable String keyPin) {
                return points.call("look at machine", () -> view(address, access));
            }

            private MachineView view(MachineAddress address, @Nullable TalosAccess access) {
                Optional<Machine> found = at(address).filter(machine -> reached(machine.apiFrom));
                if (found.isEmpty()) {
                    return new MachineView.Unreachable("connection refused");
                }
                Machine machine = found.get();
                if (machine.configuration == null) {
                    return new MachineView.Maintenance(
                            "maintenance mode",
                            "pin-" + machine.vm.ref().vmid(),
                            machine.vm.uuid().orElseThrow(),
                            Set.copyOf(machine.vm.nics().stream().map(VmNic::mac).toList()),
                            "v1.12.4",
                            Set.copyOf(machine.vm.disks().stream()
                                    .map(VmDisk::wwn)
                                    .map(wwn -> "naa." + wwn.substring(2))
                                    .toList()));
                }
                if (!reached(machine.installedFrom)) {
                    return new MachineView.Unreachable("installing");
                }
                if (access == null || !machine.configuration.startsWith(access.ca() + CONFIG_SEPARATOR)) {
                    return new MachineView.Foreign("signed by another CA");
                }
                String etcd = etcd(machine);
                boolean up = etcd.isEmpty() || etcd.equals("Running");
                return new MachineView.Running(
                        up ? "running" : "booting",
                        "v1.12.4",
                        machine.vm.uuid().orElseThrow(),
                        up ? "running" : "booting",
                        false,
                        List.of("nodeReady: no CNI"),
                        etcd.isEmpty()
                                ? List.of()
                                : List.of(
                                        new MachineView.Service("etcd", etcd, etcd.equals("Running"), ""),
                                        new MachineView.Service("kubelet", "Running", true, "")));
            }

            @Override
            public void applyInMaintenance(MachineAddress address, String keyPin, Secret<String> machineConfig) {
                points.run("apply configuration", () -> {
                    Machine machine = at(address).orElseThrow(() -> error(ErrorCode.UNREACHABLE, true, "connection refused"));
                    if (machine.configuration != null) {
                        throw error(ErrorCode.UNREACHABLE, true, "connection refused");
                    }
                    machine.configuration = machineConfig.reveal();
                    machine.installedFrom =
                            lostMachines.contains(machine.vm.name()) ? Instant.MAX : time.now().plus(INSTALL);
                });
            }

            @Override
            public BootstrapAnswer bootstrap(MachineAddress address, TalosAccess access) {
                return points.call("bootstrap", () -> {
                    Machine machine = at(address).orElseThrow(() -> error(ErrorCode.UNREACHABLE, true, "connection refused"));
                    if (machine.etcdData) {
                        return BootstrapAnswer.ALREADY_DONE;
                    }
                    bootstraps++;
                    machine.etcdData = true;
                    machine.etcdFrom = time.now().plus(ETCD);
                    return BootstrapAnswer.ACCEPTED;
                });
            }

            @Override
            public List<EtcdMember> etcdMembers(MachineAddress address, TalosAccess access) {
                return points.call("etcd members", () -> machines.values().stream()
                        .filter(machine -> etcd(machine).equals("Running"))
                        .map(machine -> new EtcdMember(machine.vm.ref().vmid(), machine.vm.name(), false))
                        .toList());
            }

            @Override
            public Secret<String> kubeconfig(MachineAddress address, TalosAccess access) {
                return points.call("kubeconfig", () -> {
                    clientEnd = time.now().plus(Duration.ofDays(365));
                    return Secret.of("kubeconfig under " + access.ca());
                });
            }

            @Override
            public MachineSize size(MachineAddress address, TalosAccess access) {
                return points.call("size", () -> new MachineSize(8L << 30, 100L << 30));
            }

            @Override
            public String logTail(MachineAddress address, TalosAccess access, String service, int lines) {
                return points.call("log tail", () -> log);
            }

            @Override
            public void close() {}
        };
    }

    KubernetesApi kubernetes() {
        return new KubernetesApi() {
            @Override
            public View look(Secret<String> kubeconfig) {
                return points.call("look at Kubernetes", () -> {
                    if (machines.values().stream().noneMatch(machine -> etcd(machine).equals("Running"))) {
                        throw error(ErrorCode.UNREACHABLE, true, "connection refused");
                    }
                    return new View(
                            "v1.35.0",
                            machines.values().stream()
                                    .filter(machine -> reached(machine.installedFrom))
                                    .map(machine -> new Node(machine.vm.name(), hasCni(), hasCni() ? "" : "no CNI", false))
                                    .toList());
                });
            }

            @Override
            public Optional<Deployment> deployment(Secret<String> kubeconfig, String namespace, String name) {
                return points.call("read deployment", () ->
                        hasCni() ? Optional.of(new Deployment(2, 2)) : Optional.<Deployment>empty());
            }

            @Override
            public Optional<KubernetesObject> read(Secret<String> kubeconfig, ObjectReference reference) {
                return points.call("read object", () -> {
                    if (!hasCni()) {
                        return Optional.empty();
                    }
                    String trouble = unreadyObjects.get(reference.toString());
                    String status = trouble == null ? "True" : "False";
                    return Optional.of(new KubernetesObject(
                            1,
                            List.of(new Condition("Ready", status, "Reason", trouble == null ? "" : trouble, 1)),
                            Map.of()));
                });
            }

            @Override
            public List<Pod> pods(Secret<String> kubeconfig, String namespace) {
                return points.call("list pods", () -> machines.values().stream()
                        .filter(machine -> namespace.equals("kube-system") && reached(machine.installedFrom))
                        .flatMap(machine -> Stream.of(
                                        "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy")
                                .filter(app -> app.equals("kube-proxy") || etcd(machine).equals("Running"))
                                .map(app -> new Pod(
                                        app + "-" + machine.vm.name(),
                                        machine.vm.name(),
                                        true,
                                        "Running",
                                        "",
                                        !app.equals("kube-proxy"),
                                        Map.of("k8s-app", app))))
                        .toList());
            }

            @Override
            public void close() {}
        };
    }

    ClusterPki pki() {
        return new ClusterPki() {
            @Override
            public Secret<String> generate() {
                return Secret.of(bundleText + ++generated);
            }

            @Override
            public Secret<String> make(KeptSecret wanted) {
                return Secret.of(wanted.name() + " number " + ++kept);
            }

            @Override
            public String osCaFingerprint(Secret<String> bundle) {
                return "0123456789abcdef".repeat(3) + Integer.toHexString(bundle.reveal().hashCode());
            }

            @Override
            public List<CertificateEnd> caEnds(Secret<String> bundle) {
                return List.of(new CertificateEnd("secrets: os CA", caEnd));
            }

            @Override
            public List<CertificateEnd> clientEnds(Secret<String> kubeconfig, Secret<String> talosconfig) {
                return List.of(new CertificateEnd("kubeconfig: user admin", clientEnd));
            }

            @Override
            public TalosAccess access(Secret<String> bundle, Duration lifetime) {
                return new TalosAccess(bundle.reveal(), "certificate", Secret.of("key"));
            }

            @Override
            public Secret<String> talosconfig(
                    Secret<String> bundle, String cluster, List<String> endpoints, List<String> nodes) {
                return Secret.of("talosconfig of " + bundle.reveal() + " for " + endpoints + nodes);
            }
        };
    }

    MachineConfigs configs() {
        return new MachineConfigs() {
            @Override
            public Secret<String> render(MachineConfigRequest request) {
                return request.bundle()
                        .map(bundle -> bundle + CONFIG_SEPARATOR
                                + (request.role() == NodeRole.WORKER ? "worker" : "control plane")
                                + request.nameservers()
                                + request.installer()
                                + request.manifests().stream()
                                        .map(manifest -> manifest.name() + ": " + manifest.contents().reveal())
                                        .toList()
                                + revealed(request.secrets()));
            }

            private List<String> revealed(Map<SecretReference, Secret<String>> secrets) {
                return secrets.entrySet().stream()
                        .map(secret -> secret.getKey() + "=" + secret.getValue().reveal())
                        .sorted()
                        .toList();
            }

            @Override
            public String contractFor(String talosVersion) {
                return "v1.12";
            }
        };
    }

    /** Charts that need a password, made once; what they install is ready as soon as there is an API server. */
    ManifestSource manifests() {
        return new ManifestSource() {
            @Override
            public List<KeptSecret> keptSecrets(TalosCluster cluster) {
                return List.of(new KeptSecret.Password("day-zero"));
            }

            @Override
            public String fingerprint(TalosCluster cluster, int defaultsEpoch) {
                return cluster.hasDayZero() ? "inputs " + cluster.gitops() + cluster.addons() : "";
            }

            @Override
            public ManifestPreview preview(Request request) {
                return points.call("render charts", () -> new ManifestPreview(
                        List.of(new ManifestPreview.Part(
                                "01-cilium", "a chart", new TreeMap<>(Map.of("DaemonSet", 1)), 7, "0123456789abcdef")),
                        List.of()));
            }

            @Override
            public List<InlineManifest> render(Request request) {
                return points.call("render charts", () -> {
                    rendered.add(request.kept().get("day-zero").reveal());
                    return List.of(new InlineManifest("01-cilium", Secret.of(manifestText)));
                });
            }

            @Override
            public List<ObjectCheck> checks(TalosCluster cluster, Condition condition) {
                return List.of(new ObjectCheck(
                        ObjectCheck.Kind.CONDITION_READY,
                        new KubernetesApi.ObjectReference(
                                "example.com/v1", "things", "x", condition.name().toLowerCase(java.util.Locale.ROOT))));
            }

            @Override
            public void close() {}
        };
    }

    private boolean hasCni() {
        return machines.values().stream()
                .anyMatch(machine -> etcd(machine).equals("Running")
                        && machine.configuration != null
                        && machine.configuration.contains("01-cilium"));
    }

    ImageFactory images() {
        return new ImageFactory() {
            @Override
            public Optional<List<String>> resolveOffline(List<String> extensions) {
                return Optional.of(extensions.stream().map(name -> "siderolabs/" + name).toList());
            }

            @Override
            public List<String> resolve(String talosVersion, List<String> extensions) {
                return resolveOffline(extensions).orElseThrow();
            }

            @Override
            public String schematicId(TalosImage image) {
                return String.format("%064x", List.of(image.extensions(), image.kernelArgs()).hashCode() & 0xFFFFFFFFL);
            }

            @Override
            public String register(TalosImage image) {
                return points.call("register schematic", () -> {
                    schematics.add(schematicId(image));
                    return schematicId(image);
                });
            }

            @Override
            public String isoUrl(TalosSettings talos, TalosImage image) {
                return "https://factory.example/" + (image.secureBoot() ? "signed/" : "") + schematicId(image);
            }

            @Override
            public String diskImageUrl(TalosSettings talos, TalosImage image) {
                return "https://factory.example/disk/" + schematicId(image);
            }

            @Override
            public String installer(TalosSettings talos, TalosImage image) {
                return "factory.example/nocloud-installer/" + schematicId(image);
            }

            @Override
            public void close() {}
        };
    }

    SecretSource secretSource() {
        return key -> points.call("read secret", () -> {
            secretReads++;
            return Optional.ofNullable(secrets.get(key)).map(Secret::of);
        });
    }

    SecretSink sink() {
        return new SecretSink() {
            @Override
            public String name() {
                return "memory";
            }

            @Override
            public Presence check(String key, Secret<String> value) {
                return points.call("check secret", () -> !sink.containsKey(key)
                        ? Presence.ABSENT
                        : sink.get(key).equals(value.reveal()) ? Presence.SAME : Presence.DIFFERENT);
            }

            @Override
            public void put(String key, Secret<String> value) {
                points.run("put secret", () -> sink.put(key, value.reveal()));
            }

            @Override
            public void close() {}
        };
    }

    /** What an undisturbed run and a disturbed one must have in common: everything but chosen numbers. */
    String summary() {
        StringBuilder out = new StringBuilder();
        machines.values().stream()
                .sorted(Comparator.comparing(machine -> machine.vm.name()))
                .forEach(machine -> out.append(machine.vm.name())
                        .append(' ')
                        .append(machine.vm.ref().host())
                        .append(' ')
                        .append(machine.vm.running())
                        .append(machine.vm.tags().stream().sorted().toList())
                        .append(machine.vm.disks())
                        .append(machine.vm.nics())
                        .append(machine.configuration != null)
                        .append(machine.etcdData)
                        .append(machine.vm.protection())
                        .append(highlyAvailable.containsKey(machine.vm.ref().vmid()))
                        .append('\n'));
        out.append("passwords ").append(new TreeSet<>(rendered).size()).append('\n');
        return out.append(isos.keySet()).append(sink.keySet()).append(" bootstraps ").append(bootstraps).toString();
    }
}
