package io.talospve.proxmox.internal;

import io.talospve.error.ConfigurationException;
import io.talospve.spec.Cidr;
import io.talospve.spec.DiskOptions;
import io.talospve.spec.NicOptions;
import io.talospve.spec.VmOptions;
import io.talospve.spec.VmOptions.Firmware;
import io.talospve.spec.VmOptions.StartupOrder;
import io.talospve.spi.VmCreation;
import io.talospve.spi.VmCreation.NicCreation;
import io.talospve.spi.VmDisk;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The one create call of a Talos machine that boots the nocloud ISO and finds its addresses on the cloud-init drive. */
final class CreateParameters {
    private final VmCreation vm;
    private final VmOptions options;
    private final Map<String, String> parameters = new TreeMap<>();

    private CreateParameters(VmCreation vm) {
        this.vm = vm;
        this.options = vm.options();
    }

    /** All parameters of {@code POST /nodes/{node}/qemu}. */
    static Map<String, String> of(VmCreation vm) {
        CreateParameters create = new CreateParameters(vm);
        create.identity();
        create.processor();
        create.firmware();
        create.disks();
        create.network();
        create.devices();
        create.administration();
        return create.parameters;
    }

    private void put(String name, String value) {
        parameters.put(name, value);
    }

    private void identity() {
        put("vmid", Integer.toString(vm.ref().vmid()));
        put("name", vm.name());
        put("description", vm.description());
        put("smbios1", "uuid=" + vm.uuid());
        put("ostype", "l26");
        put("agent", "enabled=1");
    }

    private void processor() {
        put("cpu", options.cpuType());
        if (options.sockets() < 1 || vm.cores() % options.sockets() != 0) {
            throw new ConfigurationException(
                    vm.cores() + " cores of " + vm.name() + " cannot be divided among " + options.sockets() + " sockets",
                    "choose a number of sockets that divides the cores");
        }
        put("cores", Integer.toString(vm.cores() / options.sockets()));
        if (options.sockets() != 1) {
            put("sockets", Integer.toString(options.sockets()));
        }
        if (!options.hardwareVirtualization()) {
            put("kvm", "0");
        }
        if (options.numa()) {
            put("numa", "1");
        }
        options.affinity().ifPresent(cpus -> put("affinity", cpus));
        put("memory", Integer.toString(vm.memoryMiB()));
        put("balloon", Integer.toString(options.balloonMiB()));
    }

    private void firmware() {
        boolean uefi = options.uefi();
        String datastore = options.firmwareDatastore().orElse(vm.cloudInitDatastore());
        options.machine().or(() -> uefi ? Optional.of("q35") : Optional.empty())
                .ifPresent(machine -> put("machine", machine));
        if (uefi) {
            put("bios", "ovmf");
            String keys = options.firmware() == Firmware.OVMF_PRE_ENROLLED ? "1" : "0";
            put("efidisk0", datastore + ":1,efitype=4m,pre-enrolled-keys=" + keys);
        }
        if (options.tpm()) {
            put("tpmstate0", datastore + ":1,version=v2.0");
        }
        // an empty disk has no boot signature: the firmware goes on to the ISO until Talos is installed
        put("boot", "order=scsi0;ide2");
    }

    private void disks() {
        put("scsihw", options.scsiController());
        for (VmDisk disk : vm.disks()) {
            boolean system = disk.slot().equals("scsi0");
            String content = system && vm.systemDiskFrom().isPresent()
                    ? "0,import-from=" + vm.systemDiskFrom().get()
                    : Long.toString(disk.sizeGiB());
            put(disk.slot(), drive(disk, content, system ? options.disks() : options.dataDisks().orElse(options.disks())));
        }
        put("ide0", vm.cloudInitDatastore() + ":cloudinit");
        put("ide2", vm.isoVolume() + ",media=cdrom");
    }

    private static String drive(VmDisk disk, String content, DiskOptions chosen) {
        StringBuilder drive = new StringBuilder(disk.datastore()).append(':').append(content);
        if (!chosen.backup()) {
            drive.append(",backup=0");
        }
        chosen.cache().ifPresent(cache -> drive.append(",cache=").append(cache));
        if (chosen.discard()) {
            drive.append(",discard=on");
        }
        if (chosen.ioThread()) {
            drive.append(",iothread=1");
        }
        if (!chosen.replicate()) {
            drive.append(",replicate=0");
        }
        if (chosen.ssd()) {
            drive.append(",ssd=1");
        }
        if (disk.wwn() != null) {
            drive.append(",wwn=").append(disk.wwn());
        }
        return drive.toString();
    }

    private void network() {
        put("citype", "nocloud");
        put("nameserver", String.join(" ", vm.nameservers()));
        for (int i = 0; i < vm.nics().size(); i++) {
            NicCreation nic = vm.nics().get(i);
            put("net" + i, device(nic));
            if (nic.dhcp() || nic.address().isPresent()) {
                put("ipconfig" + i, addresses(nic));
            }
        }
    }

    private static String device(NicCreation nic) {
        NicOptions chosen = nic.options();
        StringBuilder device = new StringBuilder("virtio=")
                .append(nic.mac().toUpperCase(Locale.ROOT))
                .append(",bridge=")
                .append(nic.bridge());
        if (chosen.firewall()) {
            device.append(",firewall=1");
        }
        chosen.mtu().ifPresent(mtu -> device.append(",mtu=").append(mtu));
        chosen.queues().ifPresent(queues -> device.append(",queues=").append(queues));
        chosen.rateMBps().ifPresent(rate -> device.append(",rate=").append(rate));
        chosen.vlan().ifPresent(tag -> device.append(",tag=").append(tag));
        return device.toString();
    }

    private static String addresses(NicCreation nic) {
        if (nic.dhcp()) {
            return "ip=dhcp";
        }
        String address = nic.address().get();
        String ip = "ip" + (Cidr.parse(address).isV6() ? "6" : "") + "=" + address;
        return nic.gateway()
                .map(gateway -> ip + ",gw" + (gateway.indexOf(':') >= 0 ? "6" : "") + "=" + gateway)
                .orElse(ip);
    }

    private void devices() {
        String express = options.uefi()
                        || options.machine().filter(m -> m.contains("q35")).isPresent()
                ? ",pcie=1"
                : "";
        for (int i = 0; i < options.pciMappings().size(); i++) {
            put("hostpci" + i, "mapping=" + options.pciMappings().get(i) + express);
        }
        for (int i = 0; i < options.usbMappings().size(); i++) {
            put("usb" + i, "mapping=" + options.usbMappings().get(i));
        }
    }

    private void administration() {
        put("onboot", options.startOnBoot() ? "1" : "0");
        if (options.protection()) {
            put("protection", "1");
        }
        options.startup().ifPresent(startup -> put("startup", startup(startup)));
        options.pool().ifPresent(pool -> put("pool", pool));
        // 9.x checks tags before the VM is in its pool: who has rights through the pool only is refused in the task
        if (!vm.tags().isEmpty() && options.pool().isEmpty()) {
            put("tags", Tags.format(vm.tags()));
        }
    }

    private static String startup(StartupOrder startup) {
        StringBuilder text = new StringBuilder("order=").append(startup.order());
        startup.upSeconds().ifPresent(seconds -> text.append(",up=").append(seconds));
        startup.downSeconds().ifPresent(seconds -> text.append(",down=").append(seconds));
        return text.toString();
    }
}
