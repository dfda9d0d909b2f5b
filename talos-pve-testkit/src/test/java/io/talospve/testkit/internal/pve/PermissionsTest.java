package io.talospve.testkit.internal.pve;

import static org.assertj.core.api.Assertions.assertThat;

import io.talospve.testkit.internal.world.PveVersion;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a token with rights on a pool, a storage, a host and a bridge may do, and what taking one privilege away costs. */
class PermissionsTest {
    private static final List<String> VM = List.of("VM.Allocate", "VM.Audit", "VM.Config.CDROM", "VM.Config.CPU",
            "VM.Config.Cloudinit", "VM.Config.Disk", "VM.Config.HWType", "VM.Config.Memory", "VM.Config.Network",
            "VM.Config.Options", "VM.PowerMgmt");

    private Lab lab = new Lab(b -> b);
    private String agent = "VM.Monitor";

    @AfterEach
    void close() {
        lab.close();
    }

    private void use(PveVersion version) {
        lab.close();
        lab = new Lab(b -> b.version(version));
        agent = version.nine() ? "VM.GuestAgent.Audit" : "VM.Monitor";
    }

    private void ok(String method, String path, String... params) {
        Lab.Reply reply = lab.call(method, path, params);
        assertThat(reply.status()).as("%s %s: %s", method, path, reply.body()).isEqualTo(200);
    }

    /** Grants what the flow needs but one privilege, and becomes the token that has it. */
    private void scopedWithout(String missing) {
        Map<String, List<String>> roles = new LinkedHashMap<>();
        List<String> onPool = new ArrayList<>(VM);
        onPool.add(agent);
        roles.put("/pool/p", onPool);
        roles.put("/storage/nas", List.of("Datastore.AllocateSpace", "Datastore.AllocateTemplate"));
        roles.put("/nodes/alpha", List.of("Sys.AccessNetwork"));
        roles.put("/sdn/zones/localnetwork/vmbr0", List.of("SDN.Use"));
        ok("POST", "/pools", "poolid", "p");
        ok("POST", "/access/users", "userid", "talos@pve");
        int number = 0;
        for (Map.Entry<String, List<String>> role : roles.entrySet()) {
            List<String> privileges = role.getValue().stream().filter(p -> !p.equals(missing)).toList();
            String id = "r" + number++;
            ok("POST", "/access/roles", "roleid", id, "privs", String.join(",", privileges));
            ok("PUT", "/access/acl", "path", role.getKey(), "users", "talos@pve", "roles", id);
        }
        String secret = lab.call("POST", "/access/users/talos@pve/token/t1", "privsep", "0").data().get("value")
                .asString();
        lab.as(Map.of("Authorization", "PVEAPIToken=talos@pve!t1=" + secret));
    }

    /** The flow; gives the first refusal, or what a task said, or nothing. */
    private String flow() {
        List<String[]> calls = List.of(
                new String[] {"POST", "/nodes/alpha/storage/nas/download-url", "content", "iso", "filename", "t.iso",
                    "url", "https://factory.talos.dev/x.iso"},
                new String[] {"POST", "/nodes/alpha/qemu", "vmid", "100", "pool", "p", "name", "a", "cores", "2",
                    "memory", "1024", "scsihw", "virtio-scsi-single", "scsi0", "nas:8", "ide0", "nas:cloudinit",
                    "ide2", "nas:iso/t.iso,media=cdrom", "net0", "virtio,bridge=vmbr0", "ipconfig0", "ip=dhcp",
                    "agent", "1"},
                new String[] {"GET", "/nodes/alpha/qemu/100/config"},
                new String[] {"POST", "/nodes/alpha/qemu/100/status/start"},
                new String[] {"GET", "/nodes/alpha/qemu/100/agent/network-get-interfaces"},
                new String[] {"PUT", "/nodes/alpha/qemu/100/config", "tags", "a;b"},
                new String[] {"PUT", "/nodes/alpha/qemu/100/config", "net0", "virtio,bridge=vmbr0,tag=10"},
                new String[] {"POST", "/nodes/alpha/qemu/100/status/stop"},
                new String[] {"DELETE", "/nodes/alpha/qemu/100", "purge", "1"});
        for (String[] call : calls) {
            Lab.Reply reply = lab.call(call[0], call[1], java.util.Arrays.copyOfRange(call, 2, call.length));
            if (reply.status() != 200) {
                return reply.status() + " " + reply.message();
            }
            if (reply.data().isString() && reply.data().asString().startsWith("UPID")) {
                String exit = lab.await(reply.data().asString());
                if (!exit.equals("OK")) {
                    return exit;
                }
            }
        }
        return "";
    }

    @ParameterizedTest
    @EnumSource(PveVersion.class)
    void scopedRightsAreEnough(PveVersion version) {
        use(version);
        scopedWithout("");
        assertThat(flow()).isEmpty();
        assertThat(new TreeSet<>(lab.call("GET", "/access/permissions").data().propertyNames()))
                .contains("/pool/p", "/storage/nas", "/nodes/alpha", "/sdn/zones/localnetwork/vmbr0");
        assertThat(lab.call("POST", "/nodes/alpha/qemu", "vmid", "101").message()).isEqualTo("Permission check failed");
        assertThat(lab.call("GET", "/nodes/alpha/status").message())
                .isEqualTo("Permission check failed (/nodes/alpha, Sys.Audit)");
    }

    @ParameterizedTest
    @EnumSource(PveVersion.class)
    void everyPrivilegeIsMissed(PveVersion version) {
        Map<String, String> refusals = new LinkedHashMap<>();
        VM.forEach(p -> refusals.put(p, "403 Permission check failed (/vms/100, " + p + ")"));
        refusals.put("VM.Allocate", "403 Permission check failed");
        // the network privilege may set cloud-init options too
        refusals.remove("VM.Config.Cloudinit");
        refusals.put("Datastore.AllocateSpace", "403 Permission check failed (/storage/nas, Datastore.AllocateSpace)");
        refusals.put("Datastore.AllocateTemplate",
                "403 Permission check failed (/storage/nas, Datastore.AllocateTemplate)");
        refusals.put("Sys.AccessNetwork", "403 Permission check failed (/nodes/alpha, Sys.AccessNetwork)");
        refusals.put("SDN.Use", "403 Permission check failed (/sdn/zones/localnetwork/vmbr0, SDN.Use)");
        refusals.put(version.nine() ? "VM.GuestAgent.Audit" : "VM.Monitor", version.nine()
                ? "403 Permission check failed (/vms/100, VM.GuestAgent.Audit|VM.GuestAgent.Unrestricted)"
                : "403 Permission check failed (/vms/100, VM.Monitor)");
        refusals.forEach((privilege, refusal) -> {
            use(version);
            scopedWithout(privilege);
            assertThat(flow()).as("without %s", privilege).isEqualTo(refusal);
        });
    }

    @Test
    void tagsInTheCreateCallAreTheTrapOf92() {
        for (PveVersion version : PveVersion.values()) {
            use(version);
            scopedWithout("");
            String exit = lab.task("POST", "/nodes/alpha/qemu", "vmid", "461", "pool", "p", "tags", "a", "scsi0",
                    "nas:1");
            assertThat(exit).isEqualTo(version.nine()
                    ? "unable to create VM 461 - 403 Permission check failed (/vms/461, VM.Config.Options)"
                    : "OK");
            assertThat(lab.world.vms().containsKey(461)).isEqualTo(!version.nine());
            assertThat(lab.world.volumesOf(461, "alpha")).hasSize(version.nine() ? 0 : 1);
        }
    }

    @Test
    void aSeparatedTokenHasNothingOfItsOwner() {
        String secret = lab.call("POST", "/access/users/root@pam/token/sep").data().get("value").asString();
        ok("POST", "/nodes/alpha/qemu", "vmid", "100");
        lab.as(Map.of("Authorization", "PVEAPIToken=root@pam!sep=" + secret));
        assertThat(lab.call("GET", "/nodes/alpha/qemu").data()).isEmpty();
        assertThat(lab.call("GET", "/nodes/alpha/qemu/100/config").status()).isEqualTo(403);
        assertThat(lab.call("GET", "/cluster/resources", "type", "vm").data()).isEmpty();
        lab.as(Map.of("Authorization", "PVEAPIToken=" + lab.server.apiToken()));
        ok("PUT", "/access/acl", "path", "/vms", "tokens", "root@pam!sep", "roles", "PVEAuditor");
        lab.as(Map.of("Authorization", "PVEAPIToken=root@pam!sep=" + secret));
        assertThat(lab.call("GET", "/nodes/alpha/qemu").data()).hasSize(1);
        assertThat(lab.call("PUT", "/nodes/alpha/qemu/100/config", "cores", "2").message())
                .isEqualTo("Permission check failed (/vms/100, VM.Config.CPU)");
    }
}
