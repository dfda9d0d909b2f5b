package io.talospve.plan;

import io.talospve.spi.Hypervisor;
import io.talospve.spi.VmDetails;
import io.talospve.spi.VmNic;
import java.util.Locale;
import java.util.Optional;

/** Where a machine without a static address is found. */
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
        return vm.nics().stream().filter(nic -> nic.index() == 0).map(VmNic::mac).findFirst()
                .flatMap(mac -> hypervisor.guestNics(vm.ref()).flatMap(nics -> nics.stream()
                        .filter(nic -> nic.mac().toLowerCase(Locale.ROOT).equals(mac))
                        .flatMap(nic -> nic.addresses().stream())
                        .filter(MachineAddresses::usable)
                        .findFirst()));
    }

    private static boolean usable(String address) {
        String lower = address.toLowerCase(Locale.ROOT);
        return !lower.startsWith("fe80:") && !lower.startsWith("169.254.") && !lower.startsWith("127.")
                && !lower.equals("::1");
    }
}
