package io.talospve.testkit.internal.pve;

import static org.assertj.core.api.Assertions.assertThat;

import io.talospve.testkit.internal.world.Hardware;
import io.talospve.testkit.internal.world.PveVersion;
import io.talospve.testkit.internal.world.VmSnapshot;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/** The life of a machine as the Terraform provider drives it. */
class PveServerTest {
    private static final String ISO = "nas:iso/talos.iso";

    private static String[] create(String vmid, String name) {
        return new String[] {
            "acpi", "1", "agent", "enabled=1,fstrim_cloned_disks=0,type=virtio", "balloon", "0", "bios", "seabios",
            "boot", "order=scsi0;ide3", "cores", "4", "cpu", "host", "ide2", "file=local-lvm:cloudinit,", "ide3",
            "file=" + ISO + ",media=cdrom,", "ipconfig0", "gw=192.168.62.1,ip=192.168.62.21/24", "ipconfig1",
            "ip=192.168.192.21/24", "keyboard", "en-us", "machine", "q35", "memory", "8192", "name", name,
            "nameserver", "192.168.62.1", "net0", "model=virtio,bridge=dmz,firewall=0", "net1",
            "model=virtio,bridge=vmbr1,macaddr=02:00:00:00:00:0A", "numa", "0", "onboot", "1", "ostype", "l26",
            "protection", "0", "scsi0",
            "file=local-lvm:128,format=raw,size=137438953472,aio=io_uring,backup=1,iothread=1,ssd=1,discard=on,"
                    + "cache=none,replicate=1",
            "scsihw", "virtio-scsi-single", "sockets", "1", "tablet", "1", "tags", "controlplane;k8s;prod-k8s;talos",
            "template", "0", "vmid", vmid
        };
    }

    @ParameterizedTest
    @EnumSource(PveVersion.class)
    void aMachineLives(PveVersion version) {
        try (Lab lab = new Lab(b -> b.version(version))) {
            assertThat(lab.task("POST", "/nodes/alpha/storage/nas/download-url", "content", "iso", "filename",
                    "talos.iso", "url", "https://factory.talos.dev/image/x/nocloud-amd64.iso")).isEqualTo("OK");
            assertThat(lab.call("GET", "/cluster/nextid").data().asString()).isEqualTo("100");
            assertThat(lab.task("POST", "/nodes/charlie/qemu", create("100", "cp-1"))).isEqualTo("OK");

            JsonNode config = lab.call("GET", "/nodes/charlie/qemu/100/config").data();
            assertThat(config.get("scsi0").asString()).isEqualTo("local-lvm:vm-100-disk-0,aio=io_uring,backup=1,"
                    + "cache=none,discard=on,iothread=1,replicate=1,size=128G,ssd=1");
            assertThat(config.get("ide2").asString()).isEqualTo("local-lvm:vm-100-cloudinit,media=cdrom");
            assertThat(config.get("ide3").asString()).isEqualTo(ISO + ",media=cdrom,size=128M");
            assertThat(config.get("net0").asString())
                    .matches("virtio=BC:24:11(:[0-9A-F]{2}){3},bridge=dmz,firewall=0");
            assertThat(config.get("net1").asString()).isEqualTo("virtio=02:00:00:00:00:0A,bridge=vmbr1");
            assertThat(config.get("cores").isNumber()).isTrue();
            assertThat(config.get("memory").asString()).isEqualTo("8192");
            assertThat(config.get("digest").asString()).hasSize(40);

            assertThat(lab.task("POST", "/nodes/charlie/qemu/100/status/start", "timeout", "1800")).isEqualTo("OK");
            Hardware hardware = lab.guests.get(0).hardware();
            assertThat(hardware.iso()).contains(Lab.TALOS);
            assertThat(hardware.isoFirst()).isFalse();
            assertThat(hardware.disks()).hasSize(1);
            assertThat(hardware.cloudInit().orElseThrow().nics()).hasSize(2);
            assertThat(hardware.cloudInit().orElseThrow().nics().get(0).addresses())
                    .containsExactly("192.168.62.21/24");
            JsonNode agent = lab.call("GET", "/nodes/charlie/qemu/100/agent/network-get-interfaces").data();
            assertThat(agent.get("result").get(1).get("hardware-address").asString()).startsWith("bc:24:11");

            assertThat(lab.task("PUT", "/nodes/charlie/qemu/100/resize", "disk", "scsi0", "size", "+1G"))
                    .isEqualTo("OK");
            assertThat(lab.task("POST", "/nodes/charlie/qemu/100/status/shutdown", "forceStop", "1")).isEqualTo("OK");
            assertThat(lab.task("DELETE", "/nodes/charlie/qemu/100/", "destroy-unreferenced-disks", "1", "purge", "1"))
                    .isEqualTo("OK");
            assertThat(lab.call("GET", "/nodes/charlie/qemu/100/status/current").message())
                    .isEqualTo("Configuration file 'nodes/charlie/qemu-server/100.conf' does not exist");
            assertThat(lab.world.snapshot()).isEmpty();
        }
    }

    @Test
    void refusesWhatProxmoxRefuses() {
        try (Lab lab = new Lab(b -> b)) {
            Lab.Reply wrong = lab.call("POST", "/nodes/alpha/qemu", "vmid", "100", "name", "a_b", "cores", "0", "numa",
                    "yes", "scsi31", "nas:1", "net0", "bridge=vmbr0");
            assertThat(wrong.status()).isEqualTo(400);
            assertThat(wrong.error("name")).isEqualTo("invalid format - value does not look like a valid DNS name\n");
            assertThat(wrong.error("cores")).isEqualTo("value must have a minimum value of 1");
            assertThat(wrong.error("numa")).isEqualTo("type check ('boolean') failed - got 'yes'");
            assertThat(wrong.error("scsi31")).contains("not defined in schema");
            assertThat(wrong.error("net0"))
                    .isEqualTo("invalid format - format error\nnet0.model: property is missing and it is not optional\n");
            assertThat(lab.call("POST", "/nodes/alpha/qemu", "vmid", "100", "scsi0", "nope:1").message())
                    .isEqualTo("storage 'nope' does not exist");
            assertThat(lab.task("POST", "/nodes/alpha/qemu", "vmid", "100", "ide2", "nas:iso/x.iso,media=cdrom"))
                    .isEqualTo("unable to create VM 100 - volume 'nas:iso/x.iso' does not exist");
            assertThat(lab.world.snapshot()).isEmpty();
            assertThat(lab.task("POST", "/nodes/alpha/qemu", "vmid", "100", "net0", "virtio,bridge=vmbr7"))
                    .isEqualTo("OK");
            String start = lab.call("POST", "/nodes/alpha/qemu/100/status/start").data().asString();
            assertThat(lab.await(start)).isEqualTo("start failed: QEMU exited with code 1");
            assertThat(lab.call("GET", "/nodes/alpha/tasks/" + Lab.encode(start) + "/log").body().toString())
                    .contains("bridge 'vmbr7' does not exist");
            assertThat(lab.world.snapshot()).extracting(VmSnapshot::running).containsExactly(false);
        }
    }

    @Test
    void aStoppedWorkerLeavesNoMachine() {
        try (Lab lab = new Lab(b -> b.hostSize(4, 8L << 30))) {
            String create = lab.call("POST", "/nodes/alpha/qemu", "vmid", "100", "scsi0", "nas:1").data().asString();
            assertThat(lab.call("DELETE", "/nodes/alpha/tasks/" + Lab.encode(create)).status()).isEqualTo(200);
            assertThat(lab.await(create)).isEqualTo("unable to create VM 100 - received interrupt");
            assertThat(lab.world.snapshot()).isEmpty();
            lab.task("POST", "/nodes/alpha/qemu", "vmid", "100", "cores", "8", "memory", "16384");
            assertThat(lab.task("POST", "/nodes/alpha/qemu/100/status/start"))
                    .isEqualTo("MAX 4 vcpus allowed per VM on this node");
            lab.call("PUT", "/nodes/alpha/qemu/100/config", "cores", "2");
            assertThat(lab.task("POST", "/nodes/alpha/qemu/100/status/start"))
                    .isEqualTo("start failed: QEMU exited with code 1");
        }
    }

    @Test
    void newMachinesAreUnknownToTheClusterAtFirst() {
        try (Lab lab = new Lab(b -> b)) {
            lab.task("POST", "/nodes/alpha/qemu", "vmid", "100", "name", "one");
            JsonNode at = lab.call("GET", "/cluster/resources", "type", "vm").data().get(0);
            assertThat(at.get("status").asString()).isEqualTo("unknown");
            assertThat(at.has("name")).isFalse();
            assertThat(lab.call("GET", "/nodes/alpha/qemu").data().get(0).get("name").asString()).isEqualTo("one");
            lab.clock.advance(java.time.Duration.ofSeconds(10));
            JsonNode later = lab.call("GET", "/cluster/resources", "type", "vm").data().get(0);
            assertThat(later.get("name").asString()).isEqualTo("one");
        }
    }
}
