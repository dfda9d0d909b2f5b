package io.talospve.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.talospve.error.ErrorCode;
import io.talospve.error.RefusedException;
import io.talospve.error.RemoteException;
import io.talospve.spec.TalosCluster;
import io.talospve.spi.Hypervisor;
import io.talospve.spi.HypervisorInfo;
import io.talospve.spi.HypervisorInfo.DatastoreInfo;
import io.talospve.spi.HypervisorInfo.HostInfo;
import io.talospve.spi.PlacementStrategy;
import io.talospve.spi.PlannedCall;
import io.talospve.spi.PrivilegeGap;
import io.talospve.spi.TimeSource;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PreflightTest {
    private static final String IMAGE = "talos.iso";

    private TalosCluster cluster;
    private String version = "9.2.11";
    private final List<HostInfo> hosts = new ArrayList<>(List.of(
            new HostInfo("alpha", true, 64, 1 << 20, 1 << 19),
            new HostInfo("charlie", true, 64, 1 << 20, 1 << 19),
            new HostInfo("foxtrot", true, 64, 1 << 20, 1 << 19)));
    private final Map<String, DatastoreInfo> stores = new TreeMap<>();
    private Set<String> bridges = Set.of("dmz", "vmbr0", "vmbr1");
    private final List<PrivilegeGap> creationGaps = new ArrayList<>();
    private final List<PrivilegeGap> downloadGaps = new ArrayList<>();
    private boolean imageThere;
    private boolean permissionsUnreadable;

    @BeforeEach
    void datacenter() throws IOException {
        cluster = TalosCluster.parse(Files.readString(Path.of("../examples/prod-k8s.yaml")), "prod-k8s.yaml");
        bridges = Set.copyOf(cluster.nodes().stream()
                .flatMap(node -> node.spec().networks().stream())
                .map(network -> network.bridge())
                .toList());
        stores.put("nas", new DatastoreInfo("nas", Set.of("iso"), true, true, 1 << 20, 1 << 20));
        cluster.hostPool().forEach(host -> stores.put(
                host.datastoreId(),
                new DatastoreInfo(host.datastoreId(), Set.of("images"), false, true, 1 << 20, 1 << 20)));
    }

    private Preflight preflight() {
        Hypervisor hypervisor = (Hypervisor) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {Hypervisor.class}, (self, method, arguments) -> switch (method.getName()) {
                    case "datastores" -> List.copyOf(stores.values());
                    case "bridges" -> bridges;
                    case "images" -> imageThere ? Set.of(IMAGE) : Set.of();
                    case "missingPrivileges" -> gaps((Collection<?>) arguments[0]);
                    default -> throw new UnsupportedOperationException(method.getName());
                });
        Reads once = new Reads(TimeSource.system(), Runnable::run, 1, PlanningWatch.logged());
        return new Preflight(hypervisor, new HypervisorInfo("sim", version, hosts), cluster, once);
    }

    private List<PrivilegeGap> gaps(Collection<?> calls) {
        if (permissionsUnreadable) {
            throw new RemoteException(ErrorCode.DENIED, "gone", false, null, null, null);
        }
        List<PrivilegeGap> all = new ArrayList<>(creationGaps);
        if (calls.stream().anyMatch(PlannedCall.DownloadImage.class::isInstance)) {
            all.addAll(downloadGaps);
        }
        return all;
    }

    private List<Note> check() {
        Preflight preflight = preflight();
        preflight.survey(cluster.hostPool().stream().map(host -> host.name()).toList());
        preflight.check(
                new MachineDesign(cluster, Observed.emptyWorld(), PlacementStrategy.bySpec())
                        .design(AssignedNode.assign(cluster, Optional.empty())),
                Set.of(IMAGE));
        return preflight.notes();
    }

    private String refusal() {
        RefusedException e = catchThrowableOfType(RefusedException.class, this::check);
        assertThat(e.code()).isEqualTo(ErrorCode.PLAN_REFUSED);
        return e.getMessage();
    }

    private void replace(String name, HostInfo other) {
        hosts.replaceAll(host -> host.name().equals(name) ? other : host);
    }

    private String anyStore() {
        return cluster.hostPool().get(0).datastoreId();
    }

    @Test
    void whatFitsIsNotCommented() {
        assertThat(check()).isEmpty();
    }

    @Test
    void allFindingsComeAtOnce() {
        version = "8.3.5";
        replace("charlie", new HostInfo("charlie", false, 0, 0, 0));
        replace("foxtrot", new HostInfo("foxtrot", true, 1, 1024, 512));
        stores.remove("nas");
        bridges = Set.of("vmbr9");
        creationGaps.add(new PrivilegeGap("/vms", "VM.Allocate", "to create virtual machines"));
        downloadGaps.add(new PrivilegeGap("/nodes/alpha", "Sys.AccessNetwork", "to download"));
        assertThat(refusal())
                .contains("Proxmox VE 8.3.5 is too old: 8.4 or later is needed")
                .contains("host charlie is offline")
                .contains("host foxtrot has 1 CPUs, a machine needs")
                .contains("host foxtrot has 1024 MiB of memory, a machine needs")
                .contains("has no datastore nas")
                .contains("has no bridge")
                .contains("the account lacks VM.Allocate on /vms: to create virtual machines")
                .contains("the account lacks Sys.AccessNetwork on /nodes/alpha");
    }

    @Test
    void aHostThatMayNotBeLookedIntoIsNotRefused() {
        hosts.replaceAll(host -> new HostInfo(host.name(), true, 0, 0, 0));
        assertThat(check()).isEmpty();
    }

    @Test
    void aStorageThatIsAlmostFullIsRefusedAndOneThatIsThinIsMentioned() {
        stores.put(anyStore(), new DatastoreInfo(anyStore(), Set.of("images"), false, true, 1 << 20, 3000));
        assertThat(refusal()).contains("has 3000 MiB free, the new machines need at least ");
        stores.put(anyStore(), new DatastoreInfo(anyStore(), Set.of("images"), false, true, 1 << 20, 20 << 10));
        assertThat(check()).isNotEmpty().allSatisfy(note -> {
            assertThat(note.kind()).isEqualTo(Note.Kind.WARNING);
            assertThat(note.text()).startsWith("20 GiB are free, the disks of the new machines may grow to");
        });
    }

    @Test
    void memoryThatIsTakenNowIsMentioned() {
        hosts.replaceAll(host -> new HostInfo(host.name(), true, 64, 1 << 20, 10));
        assertThat(check()).isNotEmpty().allSatisfy(note -> assertThat(note.text()).contains("10 MiB of memory free"));
    }

    @Test
    void rightsForADownloadAreNotNeededWhereTheImageIs() {
        downloadGaps.add(new PrivilegeGap("/nodes/alpha", "Sys.AccessNetwork", "to download"));
        imageThere = true;
        assertThatCode(this::check).doesNotThrowAnyException();
        imageThere = false;
        assertThat(refusal()).contains("Sys.AccessNetwork");
    }

    @Test
    void whatCannotBeCheckedIsSaid() {
        permissionsUnreadable = true;
        assertThat(check()).singleElement().satisfies(note -> assertThat(note.text()).contains("could not be checked"));
    }

    @Test
    void aNewerVersionIsMentioned() {
        version = "10.0.1";
        assertThat(check()).singleElement().satisfies(note -> assertThat(note.text()).contains("newer than 9.2"));
    }
}
