package io.talospve.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.talospve.apply.CrashPoints.Moment;
import io.talospve.plan.Note;
import io.talospve.plan.Plan;
import io.talospve.plan.Step;
import io.talospve.spec.TalosCluster;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Machines of one cluster with different images. */
class ImagesTest {
    private static final String SPEC =
            """
            cluster:
              name: lab
              datastore: { id: nas, node: alpha }
              talos: { version: v1.12.4, extensions: [qemu-guest-agent] }
              kubernetes_version: v1.35.0
              nameservers: [192.168.62.1]
              options: { disable_default_cni: true, disable_kube_proxy: true }
            host_pool:
              alpha: { datastore_id: local-lvm }
              foxtrot: { datastore_id: local-lvm }
            control_plane_nodes:
              nodes:
                - size: small
                  networks:
                    dmz: { address: 192.168.62.21/24, gateway: 192.168.62.1 }
              host_pool: [alpha]
            worker_nodes:
              nodes:
                - size: small
                  networks:
                    dmz: { address: 192.168.62.24/24, gateway: 192.168.62.1 }
                - size: small
                  machine: { kernel_args: [nosmt] }
                  networks:
                    dmz: { address: 192.168.62.25/24, gateway: 192.168.62.1 }
              host_pool: [alpha]
            worker_pools:
              gpu:
                nodes:
                  - size: small
                    networks:
                      dmz: { address: 192.168.62.31/24, gateway: 192.168.62.1 }
                  - size: small
                    networks:
                      dmz: { address: 192.168.62.32/24, gateway: 192.168.62.1 }
                host_pool: [foxtrot]
                machine: { extensions: [nvidia, qemu-guest-agent] }
            node_size_configuration:
              small: { cpu: 2, memory: 4096, os_disk: 20 }
            """;
    private static final TalosCluster CLUSTER = TalosCluster.parse(SPEC, "lab.yaml");

    private final Site site = new Site(1, CLUSTER);

    @Test
    void eachImageIsRegisteredAndFetchedOnceAndEachMachineWaitsForItsOwn() {
        Plan plan = site.plan();
        assertThat(plan.steps()).extracting(Step::id).filteredOn(id -> id.startsWith("schematic") || id.startsWith("image"))
                .containsExactly(
                        "schematic",
                        "image/alpha",
                        "schematic/lab-worker-2",
                        "image/lab-worker-2/alpha",
                        "schematic/lab-gpu-1",
                        "image/lab-gpu-1/alpha");
        assertThat(needs(plan, "vm/lab-cp-1")).containsExactly("image/alpha", "schematic", "secrets");
        assertThat(needs(plan, "vm/lab-gpu-2"))
                .containsExactly("image/lab-gpu-1/alpha", "schematic/lab-gpu-1", "secrets");
        assertThat(plan.render().text())
                .contains("      kernel arguments  nosmt\n")
                .contains("      extensions  qemu-guest-agent, nvidia\n")
                .contains("for lab-gpu-1, lab-gpu-2");
        site.apply();

        assertThat(site.datacenter.isos).hasSize(3);
        assertThat(site.datacenter.schematics).hasSize(3);
        assertThat(List.of("lab-cp-1", "lab-worker-2", "lab-gpu-1")).extracting(this::installer).doesNotHaveDuplicates();
        assertThat(installer("lab-worker-1")).isEqualTo(installer("lab-cp-1"));
        assertThat(installer("lab-gpu-2")).isEqualTo(installer("lab-gpu-1"));
        assertThat(List.of("lab-cp-1", "lab-worker-2", "lab-gpu-1"))
                .allMatch(name -> iso(name).endsWith(schematic(name) + ".iso"));
        Plan again = site.plan();
        assertThat(again.hasChanges()).as("%s", again.render()).isFalse();
        assertThat(again.notes()).noneMatch(note -> note.kind() == Note.Kind.DIFFERENCE);
    }

    @Test
    void anotherImageIsAnotherConfiguration() {
        site.apply();
        TalosCluster changed =
                TalosCluster.parse(SPEC.replace("[nvidia, qemu-guest-agent]", "[gvisor]"), "lab.yaml");
        Plan plan = site.process().plan(changed);
        assertThat(plan.hasChanges()).isFalse();
        assertThat(plan.notes()).filteredOn(note -> note.kind() == Note.Kind.DIFFERENCE)
                .extracting(Note::subject)
                .containsExactly("lab-gpu-1", "lab-gpu-2");
    }

    @Test
    void offlineTheImagesAreToldApartAsWell() {
        Plan plan = CLUSTER.plan();
        assertThat(plan.steps()).extracting(Step::id).containsAll(
                site.plan().steps().stream().map(Step::id).filter(id -> !id.startsWith("deliver")).toList());
        assertThat(plan.render().text()).contains("fetch image known after apply: the image factory resolves the extensions");
    }

    @Test
    void aCrashAnywhereConvergesWithSeveralImages() {
        Site undisturbed = new Site(1, CLUSTER);
        undisturbed.apply();
        String expected = undisturbed.datacenter.summary();
        int calls = undisturbed.points.calls().size();
        for (Moment moment : Moment.values()) {
            for (int call = 0; call < calls; call++) {
                Site crashing = new Site(call, CLUSTER);
                crashing.points.crashAt(call, moment);
                crashing.crashes(crashing::apply);
                crashing.points.never();
                crashing.apply();
                assertThat(crashing.datacenter.summary()).as("%s call %d", moment, call).isEqualTo(expected);
            }
        }
    }

    @Test
    void removingTheClusterRemovesAllItsImagesAndNoOthers() {
        site.apply();
        String schematic = "ab".repeat(32);
        site.datacenter.isos.put("talos-lab-v1.11.5-" + schematic + ".iso", "of an earlier version");
        site.datacenter.isos.put("talos-lab-v1.12.4-" + schematic + "-secureboot.iso", "signed");
        List<String> foreign = List.of(
                "talos-lab-v1.12.4.iso",
                "talos-lab-v1-v1.12.4-" + schematic + ".iso",
                "talos-lab-b-v1.12.4-" + schematic + ".iso",
                "talos-v1.12.4-" + schematic + ".iso",
                "debian.iso");
        foreign.forEach(name -> site.datacenter.isos.put(name, "somebody else's"));
        site.destroy();
        assertThat(site.datacenter.isos.keySet()).containsExactlyInAnyOrderElementsOf(foreign);
        assertThat(site.process().planDestroy(CLUSTER).hasChanges()).isFalse();
    }

    private static List<String> needs(Plan plan, String step) {
        return plan.steps().stream()
                .filter(candidate -> candidate.id().equals(step))
                .flatMap(found -> found.needs().stream())
                .toList();
    }

    private String installer(String machine) {
        String configuration = site.machine(machine).configuration;
        return configuration.substring(configuration.indexOf("factory.example/nocloud-installer/"));
    }

    private String schematic(String machine) {
        return installer(machine).substring("factory.example/nocloud-installer/".length()).substring(0, 64);
    }

    private String iso(String machine) {
        return site.machine(machine).vm.isoVolumes().iterator().next();
    }
}
