package io.talospve.testkit.internal.pve;

import static org.assertj.core.api.Assertions.assertThat;

import io.talospve.testkit.internal.world.PveVersion;
import io.talospve.testkit.internal.world.VmSnapshot;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/** Locks, races, dead hosts, full storages, high availability, and many machines. */
class TroubleTest {
    @Test
    void aMachineBeingCreatedIsLocked() {
        try (Lab lab = new Lab(b -> b)) {
            String create = lab.call("POST", "/nodes/alpha/qemu", "vmid", "100").data().asString();
            assertThat(lab.call("GET", "/nodes/alpha/qemu/100/config").data().get("lock").asString())
                    .isEqualTo("create");
            assertThat(lab.call("PUT", "/nodes/alpha/qemu/100/config", "cores", "2").message())
                    .isEqualTo("VM is locked (create)");
            TreeSet<String> losers = new TreeSet<>();
            for (int i = 0; i < 20; i++) {
                losers.add(lab.call("POST", "/nodes/charlie/qemu", "vmid", "100").message());
            }
            assertThat(losers).containsExactly(
                    "unable to create VM 100 - VM 100 already exists on node 'alpha'",
                    "unable to create VM 100 - close (rename) atomic file '/etc/pve/nodes/charlie/qemu-server/100.conf'"
                            + " failed: File exists");
            assertThat(lab.await(create)).isEqualTo("OK");
        }
    }

    @Test
    void workersOnOneMachineWaitForEachOther() {
        try (Lab lab = new Lab(b -> b)) {
            lab.task("POST", "/nodes/alpha/qemu", "vmid", "100", "scsi0", "local-lvm:1");
            List<String> upids = new ArrayList<>();
            for (int i = 0; i < 7; i++) {
                upids.add(lab.call("PUT", "/nodes/alpha/qemu/100/resize", "disk", "scsi0", "size", "+1G").data()
                        .asString());
            }
            assertThat(lab.call("PUT", "/nodes/alpha/qemu/100/config", "cores", "2").message())
                    .isEqualTo("can't lock file '/var/lock/qemu-server/lock-100.conf' - got timeout");
            List<String> exits = upids.stream().map(lab::await).toList();
            assertThat(exits.subList(0, 6)).containsOnly("OK");
            assertThat(exits.get(6)).isEqualTo("can't lock file '/var/lock/qemu-server/lock-100.conf' - got timeout");
            assertThat(lab.world.snapshot().get(0).disks()).containsValue(7L << 30);
        }
    }

    @Test
    void whatRunsChangesAtTheNextStop() {
        try (Lab lab = new Lab(b -> b)) {
            lab.task("POST", "/nodes/alpha/qemu", "vmid", "100", "memory", "1024", "scsi0", "nas:1", "agent", "1",
                    "net0", "virtio,bridge=vmbr0");
            lab.task("POST", "/nodes/alpha/qemu/100/status/start");
            lab.call("PUT", "/nodes/alpha/qemu/100/config", "memory", "2048", "delete", "agent", "name", "n", "scsi1",
                    "nas:2");
            Map<String, String> config = lab.world.snapshot().get(0).config();
            assertThat(config).containsEntry("memory", "1024").containsEntry("name", "n").containsKeys("agent", "scsi1");
            JsonNode pending = lab.call("GET", "/nodes/alpha/qemu/100/pending").data();
            Map<String, JsonNode> byKey = new TreeMap<>();
            pending.forEach(p -> byKey.put(p.get("key").asString(), p));
            assertThat(byKey.get("memory").get("pending").asString()).isEqualTo("2048");
            assertThat(byKey.get("agent").get("delete").asInt()).isEqualTo(1);
            assertThat(lab.guests.get(0).power.hardware().memoryMiB()).isEqualTo(1024);
            assertThat(lab.task("POST", "/nodes/alpha/qemu/100/status/reboot")).isEqualTo("OK");
            assertThat(lab.guests.get(0).hardware().memoryMiB()).isEqualTo(2048);
            assertThat(lab.guests.get(0).events).containsExactly("on", "acpi", "on");
            assertThat(lab.task("POST", "/nodes/alpha/qemu/100/status/stop")).isEqualTo("OK");
            lab.call("PUT", "/nodes/alpha/qemu/100/config", "scsi0", "nas:3");
            assertThat(lab.world.snapshot().get(0).config()).containsEntry("unused0", "nas:100/vm-100-disk-0.raw");
            lab.task("DELETE", "/nodes/alpha/qemu/100");
            assertThat(lab.world.volumesOf(100, "alpha")).isEmpty();
        }
    }

    @Test
    void aGuestThatDoesNotObeyKeepsItsPower() {
        try (Lab lab = new Lab(b -> b)) {
            lab.task("POST", "/nodes/alpha/qemu", "vmid", "100", "agent", "1");
            lab.task("POST", "/nodes/alpha/qemu/100/status/start");
            lab.guests.get(0).obeysAcpi = false;
            lab.guests.get(0).agentRuns = false;
            assertThat(lab.call("POST", "/nodes/alpha/qemu/100/agent/ping").message())
                    .isEqualTo("QEMU guest agent is not running");
            assertThat(lab.task("POST", "/nodes/alpha/qemu/100/status/shutdown", "timeout", "5"))
                    .isEqualTo("VM quit/powerdown failed - got timeout");
            assertThat(lab.world.snapshot()).extracting(VmSnapshot::running).containsExactly(true);
            assertThat(lab.task("POST", "/nodes/alpha/qemu/100/status/shutdown", "timeout", "5", "forceStop", "1"))
                    .isEqualTo("OK");
            assertThat(lab.world.snapshot()).extracting(VmSnapshot::running).containsExactly(false);
            lab.task("POST", "/nodes/alpha/qemu/100/status/start");
            lab.guests.get(0).power.off();
            assertThat(lab.world.snapshot()).extracting(VmSnapshot::running).containsExactly(false);
        }
    }

    @Test
    void aFullStorageLeavesNothingBehind() {
        try (Lab lab = new Lab(b -> b)) {
            lab.world.full("nas", true);
            assertThat(lab.task("POST", "/nodes/alpha/qemu", "vmid", "100", "scsi0", "local-lvm:4", "scsi1", "nas:4"))
                    .isEqualTo("unable to create VM 100 - unable to create image: No space left on device");
            assertThat(lab.world.snapshot()).isEmpty();
            assertThat(lab.world.volumesOf(100, "alpha")).isEmpty();
            assertThat(lab.task("POST", "/nodes/alpha/storage/nas/download-url", "content", "iso", "filename", "t.iso",
                    "url", "https://factory.talos.dev/x.iso")).isEqualTo("download failed: exit code 3");
            assertThat(lab.call("GET", "/nodes/alpha/storage/nas/status").data().get("avail").asLong()).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource(PveVersion.class)
    void highAvailabilityMovesMachinesOfADeadHost(PveVersion version) {
        try (Lab lab = new Lab(b -> b.version(version))) {
            for (int vmid = 100; vmid < 102; vmid++) {
                lab.task("POST", "/nodes/" + (vmid == 100 ? "alpha" : "charlie") + "/qemu", "vmid", "" + vmid, "scsi0",
                        "nas:1");
                assertThat(lab.call("POST", "/cluster/ha/resources", "sid", "vm:" + vmid, "state", "started").status())
                        .isEqualTo(200);
            }
            lab.clock.advance(Duration.ofSeconds(20));
            assertThat(lab.world.snapshot()).extracting(VmSnapshot::running).containsExactly(true, true);
            assertThat(lab.call("GET", "/nodes/alpha/qemu/100/status/current").data().get("ha").get("managed").asInt())
                    .isEqualTo(1);
            affinity(lab, version);
            lab.world.crash("alpha");
            assertThat(lab.world.snapshot()).extracting(VmSnapshot::running).containsExactly(false, true);
            lab.clock.advance(Duration.ofSeconds(200));
            assertThat(lab.world.snapshot()).extracting(VmSnapshot::running).containsExactly(true, true);
            assertThat(lab.world.snapshot().get(0).host()).isEqualTo(version.nine() ? "foxtrot" : "charlie");
            assertThat(lab.guests.get(0).events).containsExactly("on", "off", "on");

            String host = lab.world.snapshot().get(0).host();
            Lab.Reply stop = lab.call(lab.server.endpoint("foxtrot"), "POST",
                    "/nodes/" + host + "/qemu/100/status/stop");
            assertThat(stop.data().asString()).contains(":hastop:100:");
            lab.clock.advance(Duration.ofSeconds(20));
            assertThat(lab.world.snapshot().get(0).running()).isFalse();
            assertThat(lab.call(lab.server.endpoint("foxtrot"), "DELETE", "/nodes/" + host + "/qemu/100").message())
                    .isEqualTo("unable to remove VM 100 - used in HA resources and purge parameter not set.");
            lab.call(lab.server.endpoint("foxtrot"), "DELETE", "/nodes/" + host + "/qemu/100", "purge", "1");
            lab.clock.advance(Duration.ofSeconds(5));
            assertThat(lab.call(lab.server.endpoint("foxtrot"), "GET", "/cluster/ha/resources").data()).hasSize(1);
        }
    }

    /** Control planes apart: rules on 9.x; on 8.x a group that holds the machine on one host. */
    private static void affinity(Lab lab, PveVersion version) {
        if (version.nine()) {
            assertThat(lab.call("GET", "/cluster/ha/groups").message())
                    .isEqualTo("ha groups have been migrated to rules");
            assertThat(lab.call("POST", "/cluster/ha/rules", "rule", "apart", "type", "resource-affinity", "affinity",
                    "negative", "resources", "vm:100,vm:101").status()).isEqualTo(200);
            assertThat(lab.call("DELETE", "/cluster/ha/rules/unknown").status()).isEqualTo(200);
        } else {
            assertThat(lab.call("POST", "/cluster/ha/groups", "group", "here", "nodes", "alpha,charlie:2", "restricted",
                    "1").status()).isEqualTo(200);
            assertThat(lab.call("PUT", "/cluster/ha/resources/vm:100", "group", "here").status()).isEqualTo(200);
            assertThat(lab.call("GET", "/cluster/ha/rules").status()).isEqualTo(501);
        }
    }

    @Test
    void copiesCarryTheDescriptionButNotTheIdentity() {
        try (Lab lab = new Lab(b -> b)) {
            lab.task("POST", "/nodes/alpha/qemu", "vmid", "100", "description", "mark", "scsi0", "nas:4", "net0",
                    "virtio=02:00:00:00:00:01,bridge=vmbr0", "smbios1", "uuid=11111111-2222-3333-4444-555555555555",
                    "ide0", "nas:cloudinit");
            assertThat(lab.task("POST", "/nodes/alpha/qemu/100/clone", "newid", "101", "name", "copy", "target",
                    "foxtrot")).isEqualTo("OK");
            VmSnapshot copy = lab.world.snapshot().get(1);
            assertThat(copy.host()).isEqualTo("foxtrot");
            assertThat(copy.config()).containsEntry("description", "mark").containsEntry("name", "copy")
                    .containsEntry("scsi0", "nas:101/vm-101-disk-0.raw,size=4G");
            assertThat(copy.config().get("smbios1")).doesNotContain("11111111");
            assertThat(copy.config().get("net0")).doesNotContain("02:00:00:00:00:01");
            assertThat(lab.task("POST", "/nodes/foxtrot/qemu/101/migrate", "target", "charlie")).isEqualTo("OK");
            assertThat(lab.call("GET", "/nodes/charlie/qemu/101/config").status()).isEqualTo(200);
        }
    }

    @Test
    void devicesGoByTheNameOfTheirMapping() {
        try (Lab lab = new Lab(b -> b)) {
            lab.world.map("pci", "gpu", Set.of("alpha"));
            assertThat(lab.call("GET", "/cluster/mapping/pci").data().get(0).get("id").asString()).isEqualTo("gpu");
            lab.task("POST", "/nodes/alpha/qemu", "vmid", "100", "hostpci0", "mapping=gpu,pcie=1", "machine", "q35");
            assertThat(lab.task("POST", "/nodes/alpha/qemu/100/status/start")).isEqualTo("OK");
            lab.task("POST", "/nodes/charlie/qemu", "vmid", "101", "hostpci0", "mapping=gpu,pcie=1");
            assertThat(lab.task("POST", "/nodes/charlie/qemu/101/status/start"))
                    .isEqualTo("PCI device mapping not found for 'gpu'");
            assertThat(lab.call("PUT", "/nodes/charlie/qemu/101/config", "hostpci1", "0000:00:01.0").message())
                    .isEqualTo("only root can set 'hostpci1' config for non-mapped devices");
        }
    }

    @Test
    void aThousandMachinesAreAsFastAsTen() {
        try (Lab lab = new Lab(b -> b)) {
            PveApi api = lab.server.api();
            List<Long> nanos = new ArrayList<>();
            for (int block = 0; block < 10; block++) {
                long start = System.nanoTime();
                for (int i = 0; i < 100; i++) {
                    int vmid = 100 + block * 100 + i;
                    String node = List.of("alpha", "charlie", "foxtrot").get(i % 3);
                    ask(api, lab, "GET", "/cluster/nextid", Map.of());
                    ask(api, lab, "POST", "/nodes/" + node + "/qemu", Map.of("vmid", "" + vmid, "name", "vm" + vmid,
                            "memory", "512", "scsi0", "local-lvm:8", "net0", "virtio,bridge=vmbr0"));
                    lab.clock.advance(Duration.ofSeconds(2));
                    ask(api, lab, "POST", "/nodes/" + node + "/qemu/" + vmid + "/status/start", Map.of());
                    lab.clock.advance(Duration.ofSeconds(2));
                    ask(api, lab, "GET", "/nodes/" + node + "/qemu/" + vmid + "/config", Map.of());
                    ask(api, lab, "GET", "/nodes/" + node + "/qemu/" + vmid + "/status/current", Map.of());
                }
                nanos.add(System.nanoTime() - start);
            }
            assertThat(lab.world.snapshot()).hasSize(1000).allMatch(VmSnapshot::running);
            System.out.println("100 machines created and started in ms: " + nanos.stream().map(n -> n / 1_000_000).toList());
            assertThat(nanos.get(9)).isLessThan(Math.max(4 * nanos.get(1), 2_000_000_000L));
        }
    }

    private static void ask(PveApi api, Lab lab, String method, String path, Map<String, Object> params) {
        PveApi.Answer answer = api.answer(new PveApi.Request(method, path, params, "PVEAPIToken="
                + lab.server.apiToken(), null, null), lab.world.hosts().get("alpha"));
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    }
}
