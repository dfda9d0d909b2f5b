package io.talospve.proxmox.internal;

import io.talospve.spec.Cidr;
import io.talospve.spi.VmCreation;
import io.talospve.spi.VmCreation.NicCreation;
import io.talospve.spi.VmDisk;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * The one create call of a Talos machine that boots the nocloud ISO and finds its addresses on the cloud-init drive.
 *
 * <p>The CPU type is {@code host}: Talos needs x86-64-v2 and gets all the host has; live migration then wants hosts of
 * one kind. Memory is fixed ({@code balloon=0}): a kubelet counts on what it was given.
 */
public final class CreateParameters {
    private CreateParameters() {}

    /** All parameters of {@code POST /nodes/{node}/qemu}. */
    public static Map<String, String> of(VmCreation vm) {
        Map<String, String> p = new TreeMap<>();
        p.put("vmid", Integer.toString(vm.ref().vmid()));
        p.put("name", vm.name());
        p.put("description", vm.description());
        p.put("ostype", "l26");
        p.put("cpu", "host");
        p.put("cores", Integer.toString(vm.cores()));
        p.put("memory", Integer.toString(vm.memoryMiB()));
        p.put("balloon", "0");
        p.put("smbios1", "uuid=" + vm.uuid());
        p.put("agent", "enabled=1");
        p.put("onboot", "1");
        p.put("scsihw", "virtio-scsi-single");
        for (VmDisk disk : vm.disks()) {
            String wwn = disk.wwn() == null ? "" : ",wwn=" + disk.wwn();
            p.put(disk.slot(), disk.datastore() + ":" + disk.sizeGiB() + ",discard=on,iothread=1,ssd=1" + wwn);
        }
        p.put("ide0", vm.cloudInitDatastore() + ":cloudinit");
        p.put("ide2", vm.isoVolume() + ",media=cdrom");
        // an empty disk has no boot signature: the firmware goes on to the ISO until Talos is installed
        p.put("boot", "order=scsi0;ide2");
        p.put("citype", "nocloud");
        p.put("nameserver", String.join(" ", vm.nameservers()));
        for (int i = 0; i < vm.nics().size(); i++) {
            NicCreation nic = vm.nics().get(i);
            p.put("net" + i, "virtio=" + nic.mac().toUpperCase(Locale.ROOT) + ",bridge=" + nic.bridge());
            p.put("ipconfig" + i, ipconfig(nic));
        }
        if (!vm.tags().isEmpty()) {
            p.put("tags", Tags.format(vm.tags()));
        }
        return p;
    }

    private static String ipconfig(NicCreation nic) {
        if (nic.address().isEmpty()) {
            return "ip=dhcp";
        }
        String address = nic.address().get();
        String ip = "ip" + (Cidr.parse(address).isV6() ? "6" : "") + "=" + address;
        return nic.gateway().map(gateway -> ip + ",gw" + (gateway.indexOf(':') >= 0 ? "6" : "") + "=" + gateway).orElse(ip);
    }
}
