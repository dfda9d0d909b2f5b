package io.talospve.spi;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A NIC of a virtual machine.
 *
 * @param index the number N of netN
 * @param bridge bridge or vnet; null if it is attached to none
 * @param mac MAC address in lower case
 */
public record VmNic(int index, @Nullable String bridge, String mac) {
    /** Checks that nothing mandatory is missing. */
    public VmNic {
        Objects.requireNonNull(mac, "mac");
    }
}
