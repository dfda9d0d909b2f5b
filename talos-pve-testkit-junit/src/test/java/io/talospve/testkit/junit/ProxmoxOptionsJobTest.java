package io.talospve.testkit.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.talospve.TalosPve;
import io.talospve.apply.Outcome;
import io.talospve.error.RefusedException;
import io.talospve.plan.Plan;
import io.talospve.spec.TalosCluster;
import io.talospve.testkit.SimulatedDatacenter;
import io.talospve.testkit.SimulatedDatacenter.VirtualMachine;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The main job with what only Proxmox VE knows of, on both versions. */
class ProxmoxOptionsJobTest {
    private static TalosCluster example() {
        return TalosCluster.load(Path.of("../examples/specs/tuned-machines.yaml"));
    }

    private static TalosPve connect(SimulatedDatacenter datacenter) {
        return DatacenterConnection.open(datacenter, StoredSecrets.of("tuned"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"8.4", "9.2"})
    void everyOptionIsCarriedOutAndTheNextPlanHasNothingToDo(String version) {
        TalosCluster cluster = example();
        try (SimulatedDatacenter datacenter =
                        SimulatedDatacenter.builder().proxmoxVersion(version).resourcePool("talos").start();
                TalosPve pve = connect(datacenter)) {
            Plan plan = pve.plan(cluster);
            assertThat(plan.render().text()).contains("highly available, each on a host of its own");
            assertThat(plan.render().text().contains("Proxmox VE 8 cannot keep machines apart"))
                    .isEqualTo(version.equals("8.4"));
            Outcome outcome = pve.apply(plan);
            assertThat(outcome.succeeded()).as("%s", outcome.render()).isTrue();
            List<VirtualMachine> machines = datacenter.virtualMachines();
            assertThat(machines).hasSize(5).allMatch(vm -> vm.running() && vm.vmid() >= 8000 && vm.vmid() <= 8099);
            assertThat(machines.stream()
                            .filter(vm -> vm.name().startsWith("tuned-cp-"))
                            .map(VirtualMachine::host)
                            .collect(Collectors.toSet()))
                    .hasSize(3);
            assertThat(machines).filteredOn(vm -> vm.name().equals("tuned-worker-1"))
                    .extracting(VirtualMachine::host).containsExactly("foxtrot");
            Plan again = pve.plan(cluster);
            assertThat(again.hasChanges()).as("%s", again.render()).isFalse();
            Outcome destroyed = pve.apply(pve.planDestroy(cluster));
            assertThat(destroyed.succeeded()).as("%s", destroyed.render()).isTrue();
            assertThat(datacenter.virtualMachines()).isEmpty();
        }
    }

    @Test
    void anImageWithAnotherChecksumIsNotUsed() {
        TalosCluster cluster = TalosCluster.define("tuned", c -> c.from(example())
                .image(image -> image.from(example().image()).checksum("sha256:" + "0".repeat(64))));
        try (SimulatedDatacenter datacenter = SimulatedDatacenter.builder().resourcePool("talos").start();
                TalosPve pve = connect(datacenter)) {
            Outcome outcome = pve.apply(pve.plan(cluster));
            assertThat(outcome.succeeded()).isFalse();
            assertThat(outcome.render().text()).contains("checksum mismatch");
            assertThat(datacenter.virtualMachines()).isEmpty();
        }
    }

    @Test
    void whatIsMissingIsSaidAllAtOnceBeforeAnythingIsMade() {
        TalosCluster cluster = TalosCluster.define("tuned", c -> c.from(example())
                .vm(vm -> vm.from(example().vm()).pool("nobody").cpuType("Pentium9").machineType("pc-q35-99.1")));
        try (SimulatedDatacenter datacenter = SimulatedDatacenter.builder().resourcePool("talos").start();
                TalosPve pve = connect(datacenter)) {
            assertThatThrownBy(() -> pve.plan(cluster))
                    .isInstanceOf(RefusedException.class)
                    .hasMessageContaining("Proxmox VE has no pool nobody; it has [talos]")
                    .hasMessageContaining("host alpha knows no CPU type Pentium9")
                    .hasMessageContaining("host foxtrot knows no machine type pc-q35-99.1");
        }
    }
}
