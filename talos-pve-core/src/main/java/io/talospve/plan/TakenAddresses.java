package io.talospve.plan;

import io.talospve.spec.Network;
import io.talospve.spec.TalosCluster;
import io.talospve.spi.Hypervisor;
import io.talospve.spi.MachineAddress;
import io.talospve.spi.MachineConfigRequest.ResolvedNic;
import io.talospve.spi.MachineView;
import io.talospve.spi.TalosApi;
import io.talospve.spi.VmDetails.StaticAddress;
import io.talospve.spi.VmDetails;
import io.talospve.spi.VmSummary;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Whether somebody else has the addresses that new machines are to get. */
final class TakenAddresses {
    private final TalosCluster cluster;
    private final Hypervisor hypervisor;
    private final Reads reads;
    private final List<VmSummary> vms;
    private final Map<String, Allocation> allocations;
    private final TalosApi talos;

    TakenAddresses(Look look, TalosApi talosApi) {
        cluster = look.cluster();
        hypervisor = look.hypervisor();
        reads = look.reads();
        vms = look.vms();
        allocations = look.allocations();
        talos = talosApi;
    }

    /** Addresses of new machines that somebody else has: in another machine's cloud-init drive, or on the network. */
    List<String> of(List<MachinePlan> machines) {
        // a machine that an earlier apply was creating is not a stranger
        Set<Integer> allocated =
                allocations.values().stream().map(allocation -> allocation.ref().vmid()).collect(Collectors.toSet());
        Map<StaticAddress, String> wanted = new LinkedHashMap<>();
        for (MachinePlan machine : machines) {
            for (ResolvedNic nic : machine.nics()) {
                Network network = nic.network();
                network.allAddresses().forEach(address -> wanted.put(
                        new StaticAddress(network.attachedTo(), network.nic().vlan(), address.address()), machine.name()));
            }
        }
        List<String> taken = new ArrayList<>();
        List<VmSummary> others = vms.stream()
                .filter(vm -> !vm.template() && !allocated.contains(vm.ref().vmid()))
                .toList();
        for (Optional<VmDetails> found : reads.askEach("virtual machines", others, hypervisor::vm)) {
            found.filter(vm -> Mark.find(vm.description()).filter(mark -> mark.cluster().equals(cluster.name())).isEmpty())
                    .ifPresent(vm -> vm.staticAddresses().stream()
                            .filter(wanted::containsKey)
                            .forEach(at -> taken.add("the address " + at.address() + " of " + wanted.get(at)
                                    + " is that of " + vm.name() + " (" + vm.ref() + ") on " + at.bridge())));
        }
        List<MachinePlan> reachable = machines.stream()
                .filter(machine -> machine.address().isPresent() && !allocations.containsKey(machine.name()))
                .toList();
        List<MachineView> views = reads.askEach(
                "addresses",
                reachable,
                machine -> talos.look(MachineAddress.of(machine.address().orElseThrow()), null, null));
        for (int i = 0; i < reachable.size(); i++) {
            if (!(views.get(i) instanceof MachineView.Unreachable)) {
                taken.add("at the address " + reachable.get(i).address().orElseThrow() + " of " + reachable.get(i).name()
                        + " a Talos machine answers already: " + views.get(i).reason());
            }
        }
        return taken;
    }
}
