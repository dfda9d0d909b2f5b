package io.talospve.proxmox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.talospve.error.ConfigurationException;
import io.talospve.error.ErrorCode;
import io.talospve.error.RemoteException;
import io.talospve.http.HttpSettings;
import io.talospve.http.HttpTrust;
import io.talospve.proxmox.ScriptedPve.Request;
import io.talospve.proxmox.ScriptedPve.Response;
import io.talospve.spec.DiskOptions;
import io.talospve.spec.NicOptions;
import io.talospve.spec.Secret;
import io.talospve.spec.VmOptions;
import io.talospve.spi.Hypervisor;
import io.talospve.spi.Hypervisor.GuestNic;
import io.talospve.spi.HypervisorInfo;
import io.talospve.spi.HypervisorInfo.DatastoreInfo;
import io.talospve.spi.HypervisorInfo.HostInfo;
import io.talospve.spi.Operation;
import io.talospve.spi.Operation.Status;
import io.talospve.spi.VmCreation;
import io.talospve.spi.VmCreation.NicCreation;
import io.talospve.spi.VmDetails;
import io.talospve.spi.VmDisk;
import io.talospve.spi.VmNic;
import io.talospve.spi.VmRef;
import io.talospve.spi.VmSummary;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProxmoxHypervisorTest {
    private static final String TOKEN = "talos@pve!prov=5c1fd8a2-0000-4000-8000-00000000cafe";
    private static final String UPID = "UPID:pve1:00000304:000737BB:6B0308AD:qmcreate:440:sc@pve!tok:";
    private static final String UPID_PATH = "UPID%3Apve1%3A00000304%3A000737BB%3A6B0308AD%3Aqmcreate%3A440%3Asc%40pve%21tok%3A";
    private static final VmRef VM = new VmRef("pve1", 440);

    private static ProxmoxHypervisor connect(ScriptedPve pve) {
        return ProxmoxHypervisor.builder()
                .url(URI.create(pve.url()))
                .apiToken(TOKEN)
                .fingerprint(pve.fingerprint())
                .build();
    }

    private static ScriptedPve answering(Map<String, Response> answers) {
        return new ScriptedPve(request -> answers.getOrDefault(
                request.line(), Response.error(501, "Method '" + request.line() + "' not implemented", "")));
    }

    private static ScriptedPve always(Response response) {
        return new ScriptedPve(request -> response);
    }

    private static ScriptedPve inTurn(Response... responses) {
        Deque<Response> left = new ArrayDeque<>(List.of(responses));
        return new ScriptedPve(request -> {
            synchronized (left) {
                return left.removeFirst();
            }
        });
    }

    private static Map<String, String> form(Request request) {
        Map<String, String> form = new TreeMap<>();
        for (String pair : request.body().split("[&;]")) {
            String[] parts = pair.split("=");
            form.put(
                    URLDecoder.decode(parts[0], StandardCharsets.UTF_8),
                    parts.length < 2 ? "" : URLDecoder.decode(parts[1], StandardCharsets.UTF_8));
        }
        return form;
    }

    @Test
    void infoOfACluster() {
        try (ScriptedPve pve = answering(Map.of(
                        "GET /version", Response.data("{\"release\":\"9.2\",\"version\":\"9.2.11\"}"),
                        "GET /cluster/status",
                                Response.data("[{\"type\":\"node\",\"name\":\"pve3\",\"online\":0},"
                                        + "{\"type\":\"cluster\",\"name\":\"sim\",\"quorate\":1},"
                                        + "{\"type\":\"node\",\"name\":\"pve1\",\"local\":1}]"),
                        "GET /nodes",
                                Response.data("[{\"node\":\"pve3\",\"status\":\"offline\",\"maxcpu\":2,\"maxmem\":25276502016},"
                                        + "{\"node\":\"pve1\",\"status\":\"online\",\"maxcpu\":\"4\",\"maxmem\":1073741824,\"mem\":\"268435456\"},"
                                        + "{\"node\":\"pve2\",\"status\":\"unknown\"}]")));
                Hypervisor hypervisor = connect(pve)) {
            assertThat(hypervisor.info())
                    .isEqualTo(new HypervisorInfo(
                            "sim",
                            "9.2.11",
                            List.of(
                                    new HostInfo("pve1", true, 4, 1024, 768),
                                    new HostInfo("pve2", false, 0, 0, 0),
                                    new HostInfo("pve3", false, 2, 24105, 24105))));
            assertThat(pve.requests()).hasSize(3);
            assertThat(pve.requests().get(0).headers().get("authorization")).isEqualTo("PVEAPIToken=" + TOKEN);
        }
    }

    @Test
    void aStandaloneNodeIsItsOwnCluster() {
        try (ScriptedPve pve = answering(Map.of(
                        "GET /version", Response.data("{\"version\":\"8.4.21\"}"),
                        "GET /cluster/status", Response.data("[{\"type\":\"node\",\"name\":\"home\",\"local\":1}]"),
                        "GET /nodes", Response.data("[{\"node\":\"home\",\"status\":\"online\"}]")));
                Hypervisor hypervisor = connect(pve)) {
            assertThat(hypervisor.info().clusterName()).isEqualTo("home");
        }
    }

    @Test
    void datastoresAndBridges() {
        try (ScriptedPve pve = answering(Map.of(
                        "GET /nodes/pve1/storage",
                        Response.data("[{\"type\":\"dir\",\"storage\":\"nas\",\"shared\":1,\"content\":\"import,iso,images\","
                                + "\"total\":270553174016,\"active\":1,\"enabled\":1,\"avail\":49172090880},"
                                + "{\"storage\":\"old\",\"shared\":0,\"content\":\"iso\",\"active\":0,\"enabled\":0}]"),
                        "GET /nodes/pve1/network?type=any_bridge",
                        Response.data("[{\"iface\":\"vmbr0\",\"type\":\"bridge\"},{\"iface\":\"dmz\",\"type\":\"vnet\"}]")));
                Hypervisor hypervisor = connect(pve)) {
            assertThat(hypervisor.datastores("pve1"))
                    .containsExactly(
                            new DatastoreInfo("nas", Set.of("import", "iso", "images"), true, true, 258019, 46894),
                            new DatastoreInfo("old", Set.of("iso"), false, false, 0, 0));
            assertThat(hypervisor.bridges("pve1")).containsExactlyInAnyOrder("vmbr0", "dmz");
        }
    }

    @Test
    void vmsSkipsAHostOnlyIfTheClusterSaysThatItIsOffline() {
        String nodes = "[{\"node\":\"pve1\",\"status\":\"online\"},{\"node\":\"pve2\",\"status\":\"%s\"}]";
        Function<String, Map<String, Response>> world = status -> Map.of(
                "GET /nodes", Response.data(nodes.formatted(status)),
                "GET /nodes/pve1/qemu",
                        Response.data("[{\"vmid\":440,\"status\":\"running\",\"name\":\"VM 440\"},"
                                + "{\"vmid\":\"101\",\"status\":\"stopped\",\"name\":\"t\",\"template\":1,\"tags\":\"Talos;k8s\"}]"),
                "GET /nodes/pve2/qemu", Response.error(595, "No route to host", ""));
        try (ScriptedPve pve = answering(world.apply("offline"));
                Hypervisor hypervisor = connect(pve)) {
            assertThat(hypervisor.vms())
                    .containsExactly(
                            new VmSummary(new VmRef("pve1", 101), "t", false, true, Set.of("talos", "k8s")),
                            new VmSummary(VM, "VM 440", true, false, Set.of()));
        }
        try (ScriptedPve pve = answering(world.apply("online"));
                Hypervisor hypervisor = connect(pve)) {
            RemoteException e = catchThrowableOfType(RemoteException.class, hypervisor::vms);
            assertThat(e.code()).isEqualTo(ErrorCode.UNREACHABLE);
            assertThat(e.retryable()).isTrue();
            assertThat(e).hasMessageContaining("595").hasMessageContaining("/nodes/pve2/qemu");
        }
    }

    @Test
    void aConfigurationIsReadByMeaning() {
        String config = "{\"digest\":\"55\",\"smbios1\":\"uuid=e630e6a4-796e-4641-8f90-7682e6a1fdf4,family=dA==,base64=1\","
                + "\"name\":\"prod-cp-1\",\"description\":\"line1\\n100% \\\"x\\\"\\ntalos-pve: {\\\"v\\\":1}\","
                + "\"memory\":\"8192\",\"cores\":2,\"sockets\":\"2\",\"onboot\":1,\"protection\":1,\"lock\":\"backup\","
                + "\"scsi10\":\"lvm:vm-440-disk-2,size=512M\","
                + "\"scsi1\":\"lvm:vm-440-disk-1,discard=on,size=1T,wwn=0x5ABCDEF012345678\","
                + "\"scsi0\":\"file=nas:440/vm-440-disk-0.raw,iothread=1,size=32G,wwn=0x5abcdef012345670\","
                + "\"ide0\":\"nas:440/vm-440-cloudinit.qcow2,media=cdrom\",\"ide2\":\"nas:iso/x.iso,media=cdrom,size=368K\","
                + "\"sata0\":\"none,media=cdrom\",\"efidisk0\":\"nas:440/e.raw,size=528K\",\"unused0\":\"nas:440/u.raw\","
                + "\"scsihw\":\"virtio-scsi-single\",\"netin\":7,"
                + "\"net1\":\"model=e1000,macaddr=02:AA:00:00:00:02,firewall=1\",\"net0\":\"virtio=BC:24:11:89:1A:F9,bridge=vmbr0,tag=3\","
                + "\"tags\":\"k8s;Talos\"}";
        try (ScriptedPve pve = answering(Map.of(
                        "GET /nodes/pve1/qemu/440/config", Response.data(config),
                        "GET /nodes/pve1/qemu/440/status/current",
                                Response.data("{\"status\":\"running\",\"qmpstatus\":\"paused\"}")));
                Hypervisor hypervisor = connect(pve)) {
            VmDetails vm = hypervisor.vm(VM).orElseThrow();
            assertThat(vm.uuid()).contains(UUID.fromString("e630e6a4-796e-4641-8f90-7682e6a1fdf4"));
            assertThat(vm.name()).isEqualTo("prod-cp-1");
            assertThat(vm.description()).isEqualTo("line1\n100% \"x\"\ntalos-pve: {\"v\":1}");
            assertThat(vm.cores()).isEqualTo(4);
            assertThat(vm.memoryMiB()).isEqualTo(8192);
            assertThat(vm.running()).isTrue();
            assertThat(vm.protection()).isTrue();
            assertThat(vm.template()).isFalse();
            assertThat(vm.lock()).contains("backup");
            assertThat(vm.tags()).containsExactlyInAnyOrder("k8s", "talos");
            assertThat(vm.disks())
                    .containsExactly(
                            new VmDisk("scsi0", "nas", 32, "0x5abcdef012345670"),
                            new VmDisk("scsi1", "lvm", 1024, "0x5abcdef012345678"),
                            new VmDisk("scsi10", "lvm", 0, null));
            assertThat(vm.isoVolumes()).containsExactly("nas:iso/x.iso");
            assertThat(vm.nics())
                    .containsExactly(
                            new VmNic(0, "vmbr0", "bc:24:11:89:1a:f9"), new VmNic(1, null, "02:aa:00:00:00:02"));
        }
    }

    @Test
    void aListedVmIsReadByOneCall() {
        try (ScriptedPve pve = answering(Map.of("GET /nodes/pve1/qemu/440/config", Response.data("{\"name\":\"x\"}")));
                Hypervisor hypervisor = connect(pve)) {
            assertThat(hypervisor.vm(new VmSummary(VM, "x", true, false, Set.of())))
                    .hasValueSatisfying(vm -> assertThat(vm.running()).isTrue());
            assertThat(hypervisor.vm(new VmSummary(VM, "x", false, false, Set.of())))
                    .hasValueSatisfying(vm -> assertThat(vm.running()).isFalse());
            assertThat(pve.requests()).hasSize(2);
        }
    }

    @Test
    void aMissingVmIsEmptyAndAFailureIsNot() {
        try (ScriptedPve pve = always(Response.die("Configuration file 'nodes/pve1/qemu-server/440.conf' does not exist"));
                Hypervisor hypervisor = connect(pve)) {
            assertThat(hypervisor.vm(VM)).isEmpty();
            assertThat(hypervisor.delete(VM).poll()).isEqualTo(Operation.State.succeeded());
            assertThat(hypervisor.delete(VM).id()).isEqualTo("none");
            assertThat(pve.lines().get(1)).isEqualTo("DELETE /nodes/pve1/qemu/440?destroy-unreferenced-disks=1&purge=1");
            assertThat(pve.requests().get(1).body()).isEmpty();
        }
        try (ScriptedPve pve = always(Response.error(595, "Connection refused", ""));
                Hypervisor hypervisor = connect(pve)) {
            assertThatThrownBy(() -> hypervisor.vm(VM)).isInstanceOf(RemoteException.class);
        }
    }

    @Test
    void whoHasRightsThroughAPoolOnlyIsRefusedForAMissingVmWhichIsThenEmpty() {
        Response refused = Response.error(
                403,
                "Permission check failed (/vms/440, VM.Audit)",
                "{\"data\":null,\"message\":\"Permission check failed (/vms/440, VM.Audit)\\n\"}");
        try (ScriptedPve pve = new ScriptedPve(r -> r.target().contains("/nextid") ? Response.data("\"440\"") : refused);
                Hypervisor hypervisor = connect(pve)) {
            assertThat(hypervisor.vm(VM)).isEmpty();
            assertThat(pve.lines()).containsExactly("GET /nodes/pve1/qemu/440/config", "GET /cluster/nextid?vmid=440");
            assertThat(hypervisor.delete(VM).id()).isEqualTo("none");
        }
        try (ScriptedPve pve = new ScriptedPve(
                        r -> r.target().contains("/nextid") ? Response.notVerified("vmid", "VM 440 already exists") : refused);
                Hypervisor hypervisor = connect(pve)) {
            assertThatThrownBy(() -> hypervisor.vm(VM))
                    .as("somebody else's")
                    .isInstanceOfSatisfying(RemoteException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.DENIED));
        }
    }

    private static VmCreation creation() {
        VmCreation.Builder vm = VmCreation.builder();
        return vm.ref(VM)
                .name("prod-k8s-cp-1")
                .uuid(UUID.fromString("e630e6a4-796e-4641-8f90-7682e6a1fdf4"))
                .description("Talos & co; 100%\ntalos-pve: {\"v\":1,\"cluster\":\"prod=k8s\"}")
                .addTags("talos", "k8s", "Controlplane")
                .cores(4)
                .memoryMiB(8192)
                .addDisks(
                        new VmDisk("scsi0", "local-lvm", 128, "0x5abcdef012345678"),
                        new VmDisk("scsi1", "local-lvm", 200, "0x5abcdef012345679"))
                .cloudInitDatastore("local-lvm")
                .isoVolume("nas:iso/talos-x.iso")
                .addNics(
                        new NicCreation("dmz", "02:aa:bb:cc:dd:01", Optional.of("192.168.62.21/24"), Optional.of("192.168.62.1")),
                        new NicCreation("storage", "02:aa:bb:cc:dd:02", Optional.of("fd00::21/64"), Optional.of("fd00::1")),
                        new NicCreation("lab", "02:aa:bb:cc:dd:03", Optional.empty(), Optional.empty()))
                .addNameservers("192.168.62.1", "9.9.9.9")
                .build();
    }

    @Test
    void createIsOneCallWithEverything() {
        try (ScriptedPve pve = always(Response.data("\"" + UPID + "\""));
                Hypervisor hypervisor = connect(pve)) {
            assertThat(hypervisor.create(creation()).id()).isEqualTo(UPID);
            assertThat(pve.lines()).containsExactly("POST /nodes/pve1/qemu");
            Request request = pve.requests().get(0);
            assertThat(request.headers()).containsEntry("content-type", "application/x-www-form-urlencoded");
            assertThat(request.headers()).containsKey("content-length").doesNotContainKey("transfer-encoding");
            // decoded as pveproxy does: it splits at & and ; and each pair at =, so a raw one would show here
            assertThat(form(request))
                    .containsExactlyInAnyOrderEntriesOf(new TreeMap<>(Map.ofEntries(
                            Map.entry("vmid", "440"),
                            Map.entry("name", "prod-k8s-cp-1"),
                            Map.entry("description", "Talos & co; 100%\ntalos-pve: {\"v\":1,\"cluster\":\"prod=k8s\"}"),
                            Map.entry("ostype", "l26"),
                            Map.entry("cpu", "host"),
                            Map.entry("cores", "4"),
                            Map.entry("memory", "8192"),
                            Map.entry("balloon", "0"),
                            Map.entry("smbios1", "uuid=e630e6a4-796e-4641-8f90-7682e6a1fdf4"),
                            Map.entry("agent", "enabled=1"),
                            Map.entry("onboot", "1"),
                            Map.entry("scsihw", "virtio-scsi-single"),
                            Map.entry("scsi0", "local-lvm:128,discard=on,iothread=1,ssd=1,wwn=0x5abcdef012345678"),
                            Map.entry("scsi1", "local-lvm:200,discard=on,iothread=1,ssd=1,wwn=0x5abcdef012345679"),
                            Map.entry("ide0", "local-lvm:cloudinit"),
                            Map.entry("ide2", "nas:iso/talos-x.iso,media=cdrom"),
                            Map.entry("boot", "order=scsi0;ide2"),
                            Map.entry("citype", "nocloud"),
                            Map.entry("nameserver", "192.168.62.1 9.9.9.9"),
                            Map.entry("net0", "virtio=02:AA:BB:CC:DD:01,bridge=dmz"),
                            Map.entry("ipconfig0", "ip=192.168.62.21/24,gw=192.168.62.1"),
                            Map.entry("net1", "virtio=02:AA:BB:CC:DD:02,bridge=storage"),
                            Map.entry("ipconfig1", "ip6=fd00::21/64,gw6=fd00::1"),
                            Map.entry("net2", "virtio=02:AA:BB:CC:DD:03,bridge=lab"),
                            Map.entry("ipconfig2", "ip=dhcp"),
                            Map.entry("tags", "controlplane;k8s;talos"))));
        }
    }

    @Test
    void everyOptionIsInTheCreateCall() {
        VmOptions.Builder options = VmOptions.builder();
        options.sockets(2)
                .cpuType("x86-64-v2-AES")
                .numa(true)
                .affinity("0-3,8")
                .balloonMiB(4096)
                .firmware(VmOptions.Firmware.OVMF)
                .firmwareDatastore("nas")
                .tpm(true)
                .scsiController("virtio-scsi-pci")
                .disks(DiskOptions.builder().ioThread(false).cache("writeback").backup(false).replicate(false).build())
                .addPciMappings("gpu")
                .addUsbMappings("key")
                .pool("talos")
                .startup(new VmOptions.StartupOrder(3, Optional.of(10), Optional.empty()))
                .startOnBoot(false)
                .protection(true);
        VmCreation vm = VmCreation.builder()
                .from(creation())
                .options(options.build())
                .nics(List.of(new NicCreation(
                        "dmz",
                        "02:aa:bb:cc:dd:01",
                        Optional.empty(),
                        Optional.empty(),
                        NicOptions.builder().vlan(7).mtu(9000).firewall(true).queues(4).rateMBps(100).build())))
                .build();
        try (ScriptedPve pve = always(Response.data("\"" + UPID + "\""));
                Hypervisor hypervisor = connect(pve)) {
            hypervisor.create(vm);
            assertThat(form(pve.requests().get(0)))
                    .containsEntry("sockets", "2")
                    .containsEntry("cores", "2")
                    .containsEntry("cpu", "x86-64-v2-AES")
                    .containsEntry("numa", "1")
                    .containsEntry("affinity", "0-3,8")
                    .containsEntry("balloon", "4096")
                    .containsEntry("bios", "ovmf")
                    .containsEntry("machine", "q35")
                    .containsEntry("efidisk0", "nas:1,efitype=4m,pre-enrolled-keys=0")
                    .containsEntry("tpmstate0", "nas:1,version=v2.0")
                    .containsEntry("scsihw", "virtio-scsi-pci")
                    .containsEntry(
                            "scsi0",
                            "local-lvm:128,backup=0,cache=writeback,discard=on,replicate=0,ssd=1,wwn=0x5abcdef012345678")
                    .containsEntry("hostpci0", "mapping=gpu,pcie=1")
                    .containsEntry("usb0", "mapping=key")
                    .containsEntry("pool", "talos")
                    .containsEntry("startup", "order=3,up=10")
                    .containsEntry("onboot", "0")
                    .containsEntry("protection", "1")
                    .containsEntry("net0", "virtio=02:AA:BB:CC:DD:01,bridge=dmz,firewall=1,mtu=9000,queues=4,rate=100,tag=7")
                    .as("9.x checks tags before the VM is in its pool")
                    .doesNotContainKey("tags");
        }
    }

    @Test
    void coresThatCannotBeDividedAreRefusedBeforeTheCall() {
        VmCreation vm = VmCreation.builder()
                .from(creation())
                .options(VmOptions.builder().sockets(3).build())
                .build();
        try (ScriptedPve pve = always(Response.data("\"" + UPID + "\""));
                Hypervisor hypervisor = connect(pve)) {
            assertThatThrownBy(() -> hypervisor.create(vm)).isInstanceOf(ConfigurationException.class);
            assertThat(pve.requests()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "unable to create VM 100 - VM 100 already exists on node 'pve1'",
                "unable to create VM 105 - close (rename) atomic file '/etc/pve/nodes/pve3/qemu-server/105.conf' failed: File exists"
            })
    void whoLosesTheRaceForAVmidIsTold(String text) {
        try (ScriptedPve pve = always(Response.die(text));
                Hypervisor hypervisor = connect(pve)) {
            RemoteException e = catchThrowableOfType(RemoteException.class, () -> hypervisor.create(creation()));
            assertThat(e.code()).isEqualTo(ErrorCode.NAME_TAKEN);
            assertThat(e.retryable()).isTrue();
            assertThat(e.serverText()).contains(text);
        }
    }

    @Test
    void aMutatingCallWhoseAnswerIsLostIsNotSentAgain() {
        try (ScriptedPve pve = always(Response.dropped());
                Hypervisor hypervisor = connect(pve)) {
            RemoteException e = catchThrowableOfType(RemoteException.class, () -> hypervisor.create(creation()));
            assertThat(e.code()).isEqualTo(ErrorCode.UNREACHABLE);
            assertThat(e.retryable()).isTrue();
            assertThat(e.hint()).hasValueSatisfying(hint -> assertThat(hint).contains("look before"));
            assertThat(pve.requests()).hasSize(1);
        }
    }

    @Test
    void aReadWhoseConnectionEndsIsSentOnceMore() {
        try (ScriptedPve pve = inTurn(Response.dropped(), Response.data("\"104\""));
                Hypervisor hypervisor = connect(pve)) {
            assertThat(hypervisor.freeVmid()).isEqualTo(104);
            assertThat(pve.requests()).hasSize(2);
        }
    }

    @Test
    void aConnectionIsKeptAndGivenUpBeforeTheServerEndsIt() {
        try (ScriptedPve pve = always(Response.data("\"104\""));
                Hypervisor hypervisor = connect(pve)) {
            for (int i = 0; i < 100; i++) {
                hypervisor.freeVmid();
            }
            assertThat(pve.requests().stream().filter(r -> r.connection() == 1)).hasSize(90);
            assertThat(pve.requests().stream().filter(r -> r.connection() == 2)).hasSize(10);
        }
    }

    @Test
    void tagsAreReplacedOrRemoved() {
        try (ScriptedPve pve = always(Response.data("null"));
                Hypervisor hypervisor = connect(pve)) {
            hypervisor.setTags(VM, Set.of("talos", "K8S"));
            hypervisor.setTags(VM, Set.of());
            assertThat(pve.lines()).containsOnly("PUT /nodes/pve1/qemu/440/config");
            assertThat(pve.requests().get(0).body()).isEqualTo("tags=k8s%3Btalos");
            assertThat(pve.requests().get(1).body()).isEqualTo("delete=tags");
        }
    }

    private static ScriptedPve task(String type, String... statuses) {
        Deque<String> left = new ArrayDeque<>(List.of(statuses));
        String upid = "UPID:pve2:00000274:00072580A:6B03087F:" + type + ":440:root@pam!t5:";
        return new ScriptedPve(request -> {
            if (!request.method().equals("GET")) {
                return Response.data("\"" + upid + "\"");
            }
            if (request.target().contains("/log")) {
                return Response.data("[{\"n\":1,\"t\":\"first\"},{\"n\":2,\"t\":\"TASK ERROR: broken\"}]");
            }
            return left.size() > 1 ? answer(left.removeFirst()) : answer(left.getFirst());
        });
    }

    private static Response answer(String status) {
        return switch (status) {
            case "running" -> Response.data("{\"status\":\"running\"}");
            case "unknown" -> Response.notVerified("upid", "no such task");
            default -> Response.data("{\"status\":\"stopped\",\"exitstatus\":\"" + status + "\"}");
        };
    }

    @ParameterizedTest
    @CsvSource({
        "OK,SUCCEEDED", "WARNINGS: 2,SUCCEEDED", "running,RUNNING", "broken,FAILED", "VM 440 already running,SUCCEEDED",
    })
    void startsEnd(String exit, Status expected) {
        try (ScriptedPve pve = task("qmstart", exit);
                Hypervisor hypervisor = connect(pve)) {
            Operation.State state = hypervisor.start(VM).poll();
            assertThat(state.status()).isEqualTo(expected);
            assertThat(pve.lines().get(0)).isEqualTo("POST /nodes/pve1/qemu/440/status/start");
            // at the node of the UPID, not at that of the VM
            assertThat(pve.lines().get(1))
                    .isEqualTo("GET /nodes/pve2/tasks/UPID%3Apve2%3A00000274%3A00072580A%3A6B03087F%3Aqmstart%3A440%3Aroot%40pam%21t5%3A/status");
            if (expected == Status.FAILED) {
                assertThat(state.text()).isEqualTo("broken\n  first");
            }
        }
    }

    @Test
    void aGapInTheBookkeepingIsNotAFailure() {
        try (ScriptedPve pve = task("qmstop", "unexpected status", "OK");
                Hypervisor hypervisor = connect(pve)) {
            assertThat(hypervisor.stop(VM).poll().status()).isEqualTo(Status.SUCCEEDED);
        }
        try (ScriptedPve pve = task("qmcreate", "unexpected status");
                Hypervisor hypervisor = connect(pve)) {
            assertThat(hypervisor.create(creation()).poll().status()).isEqualTo(Status.FAILED);
        }
    }

    @Test
    void anOperationIsPickedUpByItsId() {
        try (ScriptedPve pve = task("imgcopy", "unknown");
                Hypervisor hypervisor = connect(pve)) {
            Operation operation = hypervisor.operation(UPID);
            assertThat(operation.id()).isEqualTo(UPID);
            RemoteException e = catchThrowableOfType(RemoteException.class, operation::poll);
            assertThat(e.code()).isEqualTo(ErrorCode.NOT_FOUND);
            assertThat(e.retryable()).isFalse();
            assertThat(pve.lines()).containsOnly("GET /nodes/pve1/tasks/" + UPID_PATH + "/status");
            assertThat(hypervisor.operation("none").poll().status()).isEqualTo(Status.SUCCEEDED);
            assertThatThrownBy(() -> hypervisor.operation("UPID:nonsense")).isInstanceOf(RemoteException.class);
        }
    }

    @Test
    void anOrderToTheHaManagerIsDoneWhenTheVmFollowed() {
        String upid = "UPID:pve1:00000274:00072580:6B03087F:hastart:440:root@pam:";
        Deque<Response> places = new ArrayDeque<>(List.of(
                Response.data("{\"status\":\"stopped\"}"),
                Response.die("Configuration file 'nodes/pve1/qemu-server/440.conf' does not exist"),
                Response.data("{\"status\":\"running\"}")));
        try (ScriptedPve pve = new ScriptedPve(request -> {
                    if (request.method().equals("POST")) {
                        return Response.data("\"" + upid + "\"");
                    }
                    if (request.line().equals("GET /nodes")) {
                        return Response.data("[{\"node\":\"pve1\",\"status\":\"online\"},{\"node\":\"pve2\",\"status\":\"online\"}]");
                    }
                    return request.target().contains("/tasks/") ? answer("OK") : places.removeFirst();
                });
                Hypervisor hypervisor = connect(pve)) {
            Operation start = hypervisor.start(VM);
            assertThat(start.poll().status()).isEqualTo(Status.RUNNING);
            assertThat(hypervisor.operation(upid).poll().status()).as("it was moved").isEqualTo(Status.SUCCEEDED);
            assertThat(pve.lines()).endsWith("GET /nodes/pve2/qemu/440/status/current");
        }
    }

    @Test
    void images() {
        String upid = "UPID:pve1:00000304:000737BB:6B0308AD:imgdel:nas@x:root@pam:".replace("nas@x", "nas");
        try (ScriptedPve pve = answering(Map.of(
                        "GET /nodes/pve1/storage/nas/content?content=iso",
                        Response.data("[{\"volid\":\"nas:iso/talos.iso\",\"size\":376832,\"format\":\"iso\"}]"),
                        "POST /nodes/pve1/storage/nas/download-url",
                        Response.data("\"" + upid + "\""),
                        "DELETE /nodes/pve1/storage/nas/content/nas%3Aiso%2Ftalos.iso",
                        Response.data("\"" + upid + "\""),
                        "DELETE /nodes/pve1/storage/nas/content/nas%3Aiso%2Fgone.iso",
                        Response.data("null")));
                Hypervisor hypervisor = connect(pve)) {
            assertThat(hypervisor.image("pve1", "nas", "talos.iso")).isEqualTo(OptionalLong.of(376832));
            assertThat(hypervisor.image("pve1", "nas", "alos.iso")).isEmpty();
            assertThat(hypervisor.downloadImage("pve1", "nas", "talos.iso", "https://f.example/x?a=1&b=2;c", Optional.empty()).id())
                    .isEqualTo(upid);
            assertThat(pve.requests().get(2).body())
                    .isEqualTo("content=iso&filename=talos.iso&url=https%3A%2F%2Ff.example%2Fx%3Fa%3D1%26b%3D2%3Bc&verify-certificates=1");
            assertThat(hypervisor.deleteImage("pve1", "nas", "talos.iso").id()).isEqualTo(upid);
            assertThat(hypervisor.deleteImage("pve1", "nas", "gone.iso").poll().status()).isEqualTo(Status.SUCCEEDED);
            assertThatThrownBy(() -> hypervisor.downloadImage("pve1", "nas", "a b.iso", "https://x", Optional.empty()))
                    .isInstanceOf(ConfigurationException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "QEMU guest agent is not running",
                "No QEMU guest agent configured",
                "VM 100 is not running",
                "VM 100 qmp command 'guest-network-get-interfaces' failed - got timeout"
            })
    void aSilentAgentIsEmpty(String text) {
        try (ScriptedPve pve = always(Response.die(text));
                Hypervisor hypervisor = connect(pve)) {
            assertThat(hypervisor.guestNics(VM)).isEmpty();
        }
    }

    @Test
    void guestNics() {
        try (ScriptedPve pve = always(Response.data("{\"result\":[{\"name\":\"lo\",\"hardware-address\":\"00:00:00:00:00:00\","
                        + "\"ip-addresses\":[{\"ip-address-type\":\"ipv4\",\"ip-address\":\"127.0.0.1\",\"prefix\":8}]},"
                        + "{\"name\":\"eth0\",\"hardware-address\":\"02:AA:bb:cc:dd:01\",\"ip-addresses\":["
                        + "{\"ip-address\":\"192.168.62.21\",\"prefix\":24},{\"ip-address\":\"fe80::1\"}]},"
                        + "{\"name\":\"eth1\",\"hardware-address\":\"02:aa:bb:cc:dd:02\"}]}"));
                Hypervisor hypervisor = connect(pve)) {
            assertThat(hypervisor.guestNics(VM))
                    .contains(List.of(
                            new GuestNic("00:00:00:00:00:00", List.of("127.0.0.1")),
                            new GuestNic("02:aa:bb:cc:dd:01", List.of("192.168.62.21", "fe80::1")),
                            new GuestNic("02:aa:bb:cc:dd:02", List.of())));
        }
    }

    @Test
    void anotherCertificateThanThePinnedOneIsNamed() {
        try (ScriptedPve pve = always(Response.data("\"104\""));
                Hypervisor hypervisor = ProxmoxHypervisor.builder()
                        .url(URI.create(pve.url()))
                        .apiToken(TOKEN)
                        .fingerprint("00".repeat(32))
                        .build()) {
            RemoteException e = catchThrowableOfType(RemoteException.class, hypervisor::freeVmid);
            assertThat(e.code()).isEqualTo(ErrorCode.UNTRUSTED);
            assertThat(e.retryable()).isFalse();
            assertThat(e).hasMessageContaining(pve.fingerprint());
            assertThat(pve.requests()).isEmpty();
        }
    }

    @Test
    void aPinnedCertificateMayHaveAnyName() {
        try (ScriptedPve pve = new ScriptedPve(List.of("pve.example.org"), request -> Response.data("\"104\""));
                Hypervisor pinned = connect(pve);
                Hypervisor named = ProxmoxHypervisor.builder()
                        .url(URI.create(pve.url()))
                        .apiToken(TOKEN)
                        .caPem(ScriptedPve.CA.pem())
                        .build()) {
            assertThat(pinned.freeVmid()).isEqualTo(104);
            RemoteException e = catchThrowableOfType(RemoteException.class, named::freeVmid);
            assertThat(e.code()).isEqualTo(ErrorCode.UNTRUSTED);
        }
    }

    @Test
    void anAuthorityIsBelievedForTheRightNameOnly() {
        try (ScriptedPve pve = always(Response.data("\"104\""));
                Hypervisor hypervisor = ProxmoxHypervisor.builder()
                        .url(URI.create(pve.url() + "/api2/json/"))
                        .apiToken(Secret.of(TOKEN))
                        .caPem(ScriptedPve.CA.pem())
                        .build();
                Hypervisor jvm = ProxmoxHypervisor.builder()
                        .url(URI.create(pve.url()))
                        .apiToken(TOKEN)
                        .build()) {
            assertThat(hypervisor.freeVmid()).isEqualTo(104);
            HttpSettings site = HttpSettings.direct().withTrust(HttpTrust.authorities(ScriptedPve.CA.pem()));
            try (Hypervisor sited = ProxmoxHypervisor.builder()
                    .url(URI.create(pve.url()))
                    .apiToken(TOKEN)
                    .http(site)
                    .build()) {
                assertThat(sited.freeVmid()).isEqualTo(104);
            }
            assertThatThrownBy(jvm::freeVmid)
                    .isInstanceOfSatisfying(RemoteException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNTRUSTED));
        }
    }

    @Test
    void aTicketIsFetchedOnceAndCarriesItsCsrfToken() {
        try (ScriptedPve pve = new ScriptedPve(request -> request.target().endsWith("/access/ticket")
                        ? Response.data("{\"ticket\":\"PVE:root@pam:6B03::a+b/c=\",\"CSRFPreventionToken\":\"6B03:xyz\"}")
                        : Response.data("null"));
                Hypervisor hypervisor = ProxmoxHypervisor.builder()
                        .url(URI.create(pve.url()))
                        .ticket("root@pam", Secret.of("p&ss=w;rd"))
                        .fingerprint(pve.fingerprint().replace(":", ""))
                        .build()) {
            hypervisor.setTags(VM, Set.of("a"));
            hypervisor.setTags(VM, Set.of("a"));
            assertThat(pve.lines())
                    .containsExactly(
                            "POST /access/ticket",
                            "PUT /nodes/pve1/qemu/440/config",
                            "PUT /nodes/pve1/qemu/440/config");
            assertThat(pve.requests().get(0).body()).isEqualTo("password=p%26ss%3Dw%3Brd&username=root%40pam");
            assertThat(pve.requests().get(1).headers())
                    .containsEntry("cookie", "PVEAuthCookie=PVE%3Aroot%40pam%3A6B03%3A%3Aa%2Bb%2Fc%3D")
                    .containsEntry("csrfpreventiontoken", "6B03:xyz");
        }
    }

    @Test
    void aNodeThatIsDownIsPassedOver() {
        ScriptedPve gone = always(Response.data("\"1\""));
        String deadUrl = gone.url();
        gone.close();
        try (ScriptedPve pve = always(Response.data("\"104\""));
                Hypervisor hypervisor = ProxmoxHypervisor.builder()
                        .url(URI.create(deadUrl))
                        .url(URI.create(pve.url()))
                        .apiToken(TOKEN)
                        .fingerprint(pve.fingerprint())
                        .build();
                Hypervisor alone = ProxmoxHypervisor.builder()
                        .url(URI.create(deadUrl))
                        .apiToken(TOKEN)
                        .build()) {
            assertThat(hypervisor.freeVmid()).isEqualTo(104);
            RemoteException e = catchThrowableOfType(RemoteException.class, alone::freeVmid);
            assertThat(e.code()).isEqualTo(ErrorCode.UNREACHABLE);
            assertThat(e.retryable()).isTrue();
            assertThat(e).hasMessageContaining("was not sent");
        }
    }

    @Test
    void refusedCredentialsAreNotRepeatedAndNotShown() {
        try (ScriptedPve pve = always(Response.error(401, "Authentication failed!", ""));
                Hypervisor hypervisor = connect(pve)) {
            RemoteException e = catchThrowableOfType(RemoteException.class, hypervisor::info);
            assertThat(e.code()).isEqualTo(ErrorCode.DENIED);
            assertThat(e.retryable()).isFalse();
            assertThat(e.getMessage() + e.hint()).doesNotContain("cafe");
            assertThat(pve.requests()).hasSize(1);
        }
    }

    @Test
    void everythingThatIsMissingIsNamedAtOnce() {
        assertThatThrownBy(() -> ProxmoxHypervisor.builder().build())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("url")
                .hasMessageContaining("apiToken");
        assertThatThrownBy(() -> ProxmoxHypervisor.builder().url(URI.create("http://pve:8006")))
                .isInstanceOf(ConfigurationException.class);
        assertThatThrownBy(() -> ProxmoxHypervisor.builder()
                        .url(URI.create("https://pve"))
                        .apiToken("root@pam:cafe")
                        .build())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageNotContaining("cafe");
    }
}
