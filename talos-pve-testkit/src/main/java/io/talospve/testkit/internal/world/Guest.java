package io.talospve.testkit.internal.world;

import java.util.List;
import java.util.Optional;

/**
 * The operating system inside one virtual machine. The world calls it when the power changes; it must not block and must
 * not call back into the world while it is called.
 */
public interface Guest {
    /** Power comes on, with the hardware as it is now; what is on the disks decides what boots. */
    void powerOn(Hardware hardware);

    /** Power is gone at once. */
    void powerOff();

    /**
     * ACPI asks to shut down.
     *
     * @param off to be called once the guest has powered off by itself
     */
    void shutdown(Runnable off);

    /** What the guest agent answers; empty while no agent runs. */
    Optional<List<AgentNic>> agentNics();

    /** A NIC as the agent reports it. */
    record AgentNic(String name, String mac, List<AgentAddress> addresses) {}

    /** An address as the agent reports it. */
    record AgentAddress(String address, int prefix) {}

    /** Makes the guest of a new virtual machine. */
    @FunctionalInterface
    interface Factory {
        /**
         * A guest for one virtual machine, used for all of its life.
         *
         * @param power lets the guest act on its own machine
         */
        Guest create(PowerSwitch power);
    }

    /** What a guest can do to its own virtual machine. */
    interface PowerSwitch {
        /** The guest switched its machine off. */
        void off();

        /** The hardware as it is configured now (a guest that reboots sees changed media). */
        Hardware hardware();
    }
}
