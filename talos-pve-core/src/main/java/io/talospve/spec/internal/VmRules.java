package io.talospve.spec.internal;

import io.talospve.spec.ExtraDisk;
import io.talospve.spec.HighAvailability;
import io.talospve.spec.Host;
import io.talospve.spec.ImageChecksum;
import io.talospve.spec.ImageMode;
import io.talospve.spec.Network;
import io.talospve.spec.NodePool;
import io.talospve.spec.NodeSize;
import io.talospve.spec.SecureBoot;
import io.talospve.spec.TalosCluster;
import io.talospve.spec.VmOptions;
import io.talospve.spec.VmOptions.Firmware;
import io.talospve.spec.VmSettings;
import io.talospve.spec.VmidRange;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The rules about virtual hardware and its administration in Proxmox VE. */
final class VmRules {
    /** Proxmox takes 8192; the library's own lines need a part of it. */
    private static final int MAX_DESCRIPTION = 7000;

    /** scsi0 to scsi30, of which the first two are taken. */
    private static final int MAX_EXTRA_DISKS = 29;

    private static final Pattern CPU_TYPE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]*");
    private static final Pattern MACHINE_TYPE =
            Pattern.compile("q35|pc|pc-(q35|i440fx)-\\d+(\\.\\d+)+(\\+pve\\d+)?(\\.pxe)?");
    private static final Pattern AFFINITY = Pattern.compile("\\d{1,4}(-\\d{1,4})?(,\\d{1,4}(-\\d{1,4})?)*");
    private static final Pattern TAG = Pattern.compile("[a-z0-9_][a-z0-9_+.-]*");
    private static final Pattern POOL = Pattern.compile("[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+){0,2}");
    private static final Pattern MAPPING = Pattern.compile("[A-Za-z][A-Za-z0-9_-]+");

    private final TalosCluster cluster;
    private final Findings findings;

    VmRules(TalosCluster cluster, Findings findings) {
        this.cluster = cluster;
        this.findings = findings;
    }

    void check() {
        settings("cluster.vm", cluster.vm());
        settings("control_plane_nodes.vm", cluster.controlPlaneNodes().vm());
        settings("worker_nodes.vm", cluster.workerNodes().vm());
        cluster.workerPools().forEach((name, pool) -> settings("worker_pools." + name + ".vm", pool.vm()));
        image();
        cluster.vmids().ifPresent(this::vmids);
        cluster.sizes().forEach((name, size) -> extraDisks("node_size_configuration." + name, size));
        for (Host host : cluster.hostPool()) {
            host.dataDatastoreId().ifPresent(id -> storage("host_pool." + host.name() + ".data_datastore_id", id));
        }
        highAvailability("control_plane_nodes", cluster.controlPlaneNodes());
        highAvailability("worker_nodes", cluster.workerNodes());
        cluster.workerPools().forEach((name, pool) -> highAvailability("worker_pools." + name, pool));
        for (Machines.Machine machine : Machines.of(cluster)) {
            machine(machine);
        }
        if (findings.hasErrors()) {
            // what settings mean together is judged once each of them is right
            return;
        }
        oneImage();
        cluster.nodes().forEach(node -> sum(node.specPath(), cluster.vm(node), node.size()));
    }

    private void image() {
        cluster.image().checksum().filter(text -> ImageChecksum.parse(text).isEmpty()).ifPresent(text -> findings.error(
                "cluster.image.checksum",
                "\"" + text + "\" is not a checksum: sha256, sha384 or sha512, a colon, and hexadecimal digits"));
        boolean secure = cluster.secureBoot().filter(SecureBoot::enabled).isPresent();
        if (cluster.image().mode() == ImageMode.IMPORT && secure) {
            findings.error("cluster.image.mode", "secure boot needs iso: only the ISO enrols Talos' keys", "cluster.secure_boot");
        }
    }

    private void oneImage() {
        long images = cluster.nodes().stream()
                .map(node -> List.of(cluster.extensions(node), cluster.settings(node).kernelArgs()))
                .distinct()
                .count();
        if (cluster.image().checksum().isPresent() && images > 1) {
            findings.error("cluster.image.checksum", "is of one image, and the machines have " + images
                    + ", as their extensions or kernel_args differ");
        }
    }

    private void settings(String path, VmSettings vm) {
        matches(path + ".cpu_type", vm.cpuType(), CPU_TYPE, "a CPU type, such as host or x86-64-v2-AES");
        matches(path + ".affinity", vm.affinity(), AFFINITY, "a list of CPUs, such as 0-3,8");
        matches(path + ".machine_type", vm.machineType(), MACHINE_TYPE,
                "a machine type, such as q35 or pc-q35-9.2+pve1");
        matches(path + ".pool", vm.pool(), POOL, "a name of a resource pool");
        vm.firmwareDatastore().ifPresent(id -> storage(path + ".firmware_datastore", id));
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < vm.tags().size(); i++) {
            String tag = vm.tags().get(i);
            if (!TAG.matcher(tag).matches()) {
                findings.error(path + ".tags[" + i + "]", "\"" + tag
                        + "\" is not a tag: lower-case letters, digits, '-', '_', '.', '+'");
            } else if (!seen.add(tag)) {
                findings.error(path + ".tags[" + i + "]", "\"" + tag + "\" is there twice");
            }
        }
        vm.description().filter(text -> text.length() > MAX_DESCRIPTION).ifPresent(text -> findings.error(
                path + ".description", "has " + text.length() + " characters; " + MAX_DESCRIPTION + " are allowed"));
        boolean seabios = vm.firmware().filter(Firmware.SEABIOS::equals).isPresent();
        boolean enrolled = vm.firmware().filter(Firmware.OVMF_PRE_ENROLLED::equals).isPresent();
        if ((seabios || enrolled) && cluster.secureBoot().filter(SecureBoot::enabled).isPresent()) {
            findings.error(path + ".firmware", "secure boot needs UEFI in setup mode: leave it out, or write ovmf",
                    "cluster.secure_boot");
        }
        if (vm.tpm().filter(has -> !has).isPresent() && cluster.secureBoot().filter(SecureBoot::enabled).isPresent()) {
            findings.error(path + ".tpm", "secure boot comes with a TPM: leave it out", "cluster.secure_boot");
        }
    }

    private void matches(String path, Optional<String> text, Pattern form, String what) {
        text.filter(value -> !form.matcher(value).matches())
                .ifPresent(value -> findings.error(path, "\"" + value + "\" is not " + what));
    }

    private void storage(String path, String id) {
        if (!Names.isStorage(id)) {
            findings.error(path, "\"" + id
                    + "\" is not a name of a Proxmox storage: two or more letters, digits, '-', '_', '.', a letter first");
        }
    }

    private void vmids(VmidRange range) {
        String path = "cluster.vmids";
        if (range.from() < SpecKeys.MIN_VMID || range.to() > SpecKeys.MAX_VMID) {
            findings.error(path, range + " is not within " + SpecKeys.MIN_VMID + " to " + SpecKeys.MAX_VMID);
        } else if (range.from() > range.to()) {
            findings.error(path, "from is larger than to", path + ".from", path + ".to");
        } else {
            long open = Machines.of(cluster).stream().filter(machine -> machine.spec().vmid().isEmpty()).count();
            if (range.to() - range.from() + 1L < open) {
                findings.error(path, range + " has " + (range.to() - range.from() + 1) + " VMIDs, and " + open
                        + " machines need one");
            }
        }
    }

    private void extraDisks(String path, NodeSize size) {
        if (size.extraDisks().size() > MAX_EXTRA_DISKS) {
            findings.error(path + ".extra_disks", "more than " + MAX_EXTRA_DISKS);
        }
        for (int i = 0; i < size.extraDisks().size(); i++) {
            ExtraDisk disk = size.extraDisks().get(i);
            String at = path + ".extra_disks[" + i + "]";
            if (disk.size() < 1 || disk.size() > SpecKeys.MAX_DISK_GIB) {
                findings.error(at + ".size", disk.size() + " GiB; allowed are 1 to " + SpecKeys.MAX_DISK_GIB);
            }
            disk.datastore().ifPresent(id -> storage(at + ".datastore", id));
        }
    }

    private void highAvailability(String path, NodePool pool) {
        if (pool.ha().isEmpty()) {
            return;
        }
        HighAvailability ha = pool.ha().get();
        for (int i = 0; i < ha.hosts().size(); i++) {
            if (!Names.isHost(ha.hosts().get(i))) {
                findings.error(path + ".ha.hosts[" + i + "]", "\"" + ha.hosts().get(i) + "\" is not a name of a Proxmox host");
            }
        }
        if (ha.strict() && ha.hosts().isEmpty()) {
            findings.error(path + ".ha.strict", "says that they may run on the hosts only, and there are no hosts");
        }
        long hosts = (ha.strict() ? ha.hosts() : pool.hostPool()).stream().distinct().count();
        if (ha.apart() && pool.nodes().size() > hosts) {
            findings.error(path + ".ha.apart", pool.nodes().size() + " machines cannot be kept apart on " + hosts
                    + (hosts == 1 ? " host" : " hosts"));
        }
    }

    private void machine(Machines.Machine machine) {
        settings(machine.path() + ".vm", machine.spec().vm());
        mappings(machine.path() + ".pci_mappings", machine.spec().pciMappings());
        mappings(machine.path() + ".usb_mappings", machine.spec().usbMappings());
        machine.spec().host().ifPresent(host -> {
            List<String> known = cluster.hostPool().stream().map(Host::name).toList();
            if (!known.contains(host) && !known.isEmpty()) {
                findings.error(machine.path() + ".host", "no host \"" + host + "\" in host_pool"
                        + NearMiss.hint(host, known), "host_pool");
            }
        });
        Map<String, String> attached = new HashMap<>();
        for (Network network : machine.spec().networks()) {
            String at = machine.path() + ".networks." + network.bridge() + ".nic";
            network.nic().bridge().filter(bridge -> !Names.isBridge(bridge)).ifPresent(bridge -> findings.error(
                    at + ".bridge", "\"" + bridge + "\" is not a name of a bridge"));
            network.nic().vlan().filter(tag -> tag < 1 || tag > NetworkRules.MAX_VLAN).ifPresent(tag ->
                    findings.error(at + ".vlan", tag + " is not a VLAN; allowed are 1 to " + NetworkRules.MAX_VLAN));
            String where = network.attachedTo() + network.nic().vlan().map(tag -> " VLAN " + tag).orElse("");
            String before = attached.putIfAbsent(where, network.bridge());
            if (before != null) {
                findings.warning(at, "is on " + where + " as network " + before + " is");
            }
        }
    }

    private void mappings(String path, List<String> mappings) {
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < mappings.size(); i++) {
            String mapping = mappings.get(i);
            if (!MAPPING.matcher(mapping).matches()) {
                findings.error(path + "[" + i + "]", "\"" + mapping + "\" is not a name of a Proxmox resource mapping");
            } else if (!seen.add(mapping)) {
                findings.error(path + "[" + i + "]", "\"" + mapping + "\" is there twice");
            }
        }
    }

    private void sum(String path, VmOptions vm, NodeSize size) {
        if (size.cpu() % vm.sockets() != 0) {
            findings.error(path, size.cpu() + " cores cannot be divided among " + vm.sockets() + " sockets (vm.sockets)");
        }
        if (vm.balloonMiB() > size.memory()) {
            findings.error(path, "vm.balloon is " + vm.balloonMiB() + " MiB, more than its memory of " + size.memory() + " MiB");
        }
        if (!vm.hardwareVirtualization() && vm.cpuType().equals("host")) {
            findings.error(path, "vm.hardware_virtualization is false, and CPU type host needs it: choose another vm.cpu_type");
        }
        boolean threads = Stream.concat(Stream.of(vm.disks()), vm.dataDisks().stream()).anyMatch(disks -> disks.ioThread());
        if (threads && !vm.scsiController().equals("virtio-scsi-single")) {
            findings.error(path, "I/O threads need the SCSI controller virtio-scsi-single, not " + vm.scsiController()
                    + ": add vm.disks.io_thread: false");
        }
        if (vm.firmware() == Firmware.SEABIOS && vm.firmwareDatastore().isPresent() && !vm.tpm()) {
            findings.warning(path, "vm.firmware_datastore is of no use without UEFI or TPM");
        }
    }
}
