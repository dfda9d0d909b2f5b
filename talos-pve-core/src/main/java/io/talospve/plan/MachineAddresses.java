package io.talospve.plan;

import io.talospve.spi.Hypervisor;
import io.talospve.spi.Hypervisor.GuestNic;
import io.talospve.spi.VmDetails;
import io.talospve.spi.VmNic;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** Where a machine is found whose address comes from a DHCP server: its guest agent knows. */
public final class MachineAddresses {
    private MachineAddresses() {}

    /**
     * The address that the guest agent reports on the machine's first NIC.
     *
     * @param hypervisor asks the agent
     * @param vm the machine
     * @return empty if the agent does not answer or knows no usable address
     */
    public static Optional<String> learned(Hypervisor hypervisor, VmDetails vm) {
        return learned(hypervisor, vm, 0, Set.of());
    }

    /**
     * The address that the guest agent reports on one of the machine's NICs, an IPv4 address rather than an IPv6 one.
     *
     * @param hypervisor asks the agent
     * @param vm the machine
     * @param nic number N of netN
     * @param shared addresses that wander from machine to machine, such as a VIP
     * @return empty if the agent does not answer or knows no usable address there
     */
    public static Optional<String> learned(Hypervisor hypervisor, VmDetails vm, int nic, Collection<String> shared) {
        return vm.nics().stream()
                .filter(candidate -> candidate.index() == nic)
                .map(VmNic::mac)
                .findFirst()
                .flatMap(mac -> hypervisor.guestNics(vm.ref()).flatMap(nics -> usable(nics, mac, shared)));
    }

    private static Optional<String> usable(List<GuestNic> nics, String mac, Collection<String> shared) {
        return nics.stream()
                .filter(nic -> nic.mac().toLowerCase(Locale.ROOT).equals(mac))
                .flatMap(nic -> nic.addresses().stream())
                .filter(address -> usable(address) && !shared.contains(address))
                .min(Comparator.comparingInt(address -> address.indexOf(':') < 0 ? 0 : 1));
    }

    private static boolean usable(String address) {
        String lower = address.toLowerCase(Locale.ROOT);
        return !lower.startsWith("fe80:") && !lower.startsWith("169.254.") && !lower.startsWith("127.")
                && !lower.equals("::1");
    }
}
