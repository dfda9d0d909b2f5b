package io.talospve.testkit;

import java.util.Objects;
import java.util.Optional;

/**
 * Breaks connections of the simulated datacenter on purpose: decides for each call to one of its servers whether the caller
 * gets no answer. Asked on the servers' threads, several at a time; must not block.
 */
@FunctionalInterface
public interface Interruption {
    /**
     * A call has arrived.
     *
     * @param call the call
     * @return when its connection breaks; empty to let it be answered
     */
    Optional<Moment> of(Call call);

    /** When a connection breaks. */
    enum Moment {
        /** Before the server did anything. */
        BEFORE_EFFECT,
        /** After the call took effect, before its answer was sent. */
        AFTER_EFFECT
    }

    /**
     * A call to a server.
     *
     * @param server {@code proxmox}, a machine's name for its Talos API, or {@code host:port} as it was dialled for
     *     everything else (Kubernetes, the image factory, Bitwarden)
     * @param operation {@code POST /nodes/alpha/qemu} or {@code machine.MachineService/Bootstrap}
     */
    record Call(String server, String operation) {
        /** Checks that nothing is missing. */
        public Call {
            Objects.requireNonNull(server, "server");
            Objects.requireNonNull(operation, "operation");
        }
    }
}
