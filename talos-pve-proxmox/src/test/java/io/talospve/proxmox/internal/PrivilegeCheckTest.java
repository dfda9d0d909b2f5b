package io.talospve.proxmox.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.talospve.http.HttpSettings;
import io.talospve.http.HttpTrust;
import io.talospve.proxmox.ScriptedPve.Response;
import io.talospve.proxmox.ScriptedPve;
import io.talospve.spec.Secret;
import io.talospve.spi.PlannedCall.ChangeVm;
import io.talospve.spi.PlannedCall.CreateVm;
import io.talospve.spi.PlannedCall.DeleteImage;
import io.talospve.spi.PlannedCall.DeleteVm;
import io.talospve.spi.PlannedCall.DownloadImage;
import io.talospve.spi.PlannedCall.ManageHa;
import io.talospve.spi.PlannedCall;
import io.talospve.spi.PrivilegeGap;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PrivilegeCheckTest {
    /** As a 9.2 cluster listed it for a scoped token. */
    private static final String SCOPED = "{\"/sdn/zones/localnetwork/vmbr0\":{\"SDN.Use\":1},"
            + "\"/nodes/pve1\":{\"Sys.Audit\":1,\"Sys.AccessNetwork\":1},"
            + "\"/pool/talosp\":{\"VM.Config.Cloudinit\":1,\"VM.Config.CDROM\":1,\"VM.Config.Network\":1,\"VM.Config.Options\":1,"
            + "\"Pool.Audit\":1,\"VM.Config.HWType\":1,\"VM.Allocate\":1,\"VM.Config.Disk\":1,\"VM.Audit\":1,\"VM.Config.Memory\":1,"
            + "\"VM.Config.CPU\":1,\"VM.GuestAgent.Audit\":1,\"VM.PowerMgmt\":1,\"Pool.Allocate\":1},"
            + "\"/storage/nas\":{\"Datastore.AllocateTemplate\":1,\"Datastore.Audit\":1,\"Datastore.AllocateSpace\":1}}";

    private static final CreateVm CREATE = new CreateVm(Optional.of("talosp"), Set.of("nas"), "nas", Set.of("vmbr0"));

    private static List<String> missing(String permissions, PlannedCall... calls) {
        try (ScriptedPve pve = new ScriptedPve(r -> Response.data(permissions));
                ApiClient api = new ApiClient(
                        List.of(Endpoint.of(URI.create(pve.url()))),
                        new TokenAuthentication(Secret.of("u@pam!tk=secret")),
                        HttpSettings.direct().withTrust(HttpTrust.pinned(List.of(pve.fingerprint()))),
                        Duration.ofSeconds(30),
                        System::nanoTime)) {
            List<PrivilegeGap> gaps = new PrivilegeCheck(api).missing(List.of(calls));
            assertThat(pve.lines()).containsExactly("GET /access/permissions");
            return gaps.stream().map(gap -> gap.privilege() + " on " + gap.path()).toList();
        }
    }

    @Test
    void aScopedTokenIsEnoughForItsPool() {
        assertThat(missing(SCOPED, CREATE, new DownloadImage("pve1", "nas"), new DeleteVm(440))).isEmpty();
    }

    @Test
    void everythingThatIsMissingIsNamedWithItsPath() {
        assertThat(missing(
                        SCOPED,
                        new CreateVm(Optional.of("other"), Set.of("lvm", "nas"), "local", Set.of("vmbr0", "dmz")),
                        new DownloadImage("pve2", "local"),
                        new DeleteImage("nas"),
                        new ManageHa()))
                .contains("VM.Allocate on /pool/other", "VM.Config.Cloudinit on /pool/other", "VM.PowerMgmt on /pool/other")
                .contains("Datastore.AllocateSpace on /storage/lvm", "Datastore.Audit on /storage/local")
                .contains("SDN.Use on /sdn/zones/localnetwork/dmz")
                .contains("Datastore.AllocateTemplate on /storage/local", "Sys.AccessNetwork on /nodes/pve2")
                .contains("Datastore.Allocate on /storage/nas", "Sys.Console on /", "Sys.Audit on /")
                .noneMatch(gap -> gap.contains("vmbr0") || gap.contains("AllocateSpace on /storage/nas"))
                .hasSize(11 + 2 + 1 + 2 + 3);
    }

    @Test
    void withoutAPoolTheRightsHaveToBeOnVms() {
        assertThat(missing(SCOPED, new CreateVm(Optional.empty(), Set.of("nas"), "nas", Set.of("vmbr0"))))
                .hasSize(11)
                .allMatch(gap -> gap.endsWith(" on /vms"));
    }

    @Test
    void rightsAreHandedDownOnlyWherePropagated() {
        String everything = "{\"/vms\":{\"VM.Audit\":1,\"VM.PowerMgmt\":0,\"VM.Config.Options\":1}}";
        assertThat(missing(everything, new ChangeVm(100))).containsExactly("VM.PowerMgmt on /vms/100");
    }

    @Test
    void anEntryOfItsOwnCountsAlone() {
        // the listed permissions are effective ones: what /vms/100 does not list was taken away there
        String taken = "{\"/vms\":{\"VM.Audit\":1,\"VM.PowerMgmt\":1,\"VM.Config.Options\":1},\"/vms/100\":{\"VM.Audit\":1}}";
        assertThat(missing(taken, new ChangeVm(100)))
                .containsExactly("VM.Config.Options on /vms/100", "VM.PowerMgmt on /vms/100");
    }

    @Test
    void whoMayUseAVnetsZoneMayUseTheVnet() {
        String zone = SCOPED.replace("/sdn/zones/localnetwork/vmbr0", "/sdn/zones/evpn1");
        assertThat(missing(zone, CREATE)).isEmpty();
        String vnet = SCOPED.replace("/sdn/zones/localnetwork/vmbr0", "/sdn/zones/evpn1/vmbr0");
        assertThat(missing(vnet, CREATE)).isEmpty();
        String other = SCOPED.replace("/sdn/zones/localnetwork/vmbr0", "/sdn/zones/evpn1/vmbr1");
        assertThat(missing(other, CREATE)).containsExactly("SDN.Use on /sdn/zones/localnetwork/vmbr0");
    }
}
