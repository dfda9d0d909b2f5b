package io.talospve.testkit;

import java.util.Objects;
import java.util.Optional;

/**
 * Breaks calls to the simulated datacenter on purpose: decides for each call to one of its servers whether and how the
 * caller gets no whole answer. Asked on the servers' threads, several at a time; must not block.
 */
@FunctionalInterface
public interface Interruption {
    /**
     * A call has arrived.
     *
     * @param call the call
     * @return how it breaks; empty to let it be answered
     */
    Optional<Break> of(Call call);

    /** How a call breaks. */
    enum Break {
        /** The connection ends before the server did anything. */
        CLOSED_BEFORE_EFFECT,
        /** The connection ends after the call took effect, before its answer was sent. */
        CLOSED_AFTER_EFFECT,
        /** The call takes effect; the connection ends in the middle of its answer. */
        TRUNCATED,
        /** The call takes effect; its answer stops in the middle, and the connection stays open. */
        STALLED,
        /** The call is accepted and nothing else ever happens; the connection stays open. */
        SILENT
    }

    /**
     * A call to a server.
     *
     * @param server {@code proxmox}, a machine's name for its Talos API, or {@code host:port} as it was dialled for
     *     everything else (Kubernetes, the image factory, Bitwarden, the chart repository)
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
