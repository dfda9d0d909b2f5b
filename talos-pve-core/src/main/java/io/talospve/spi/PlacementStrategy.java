package io.talospve.spi;

import io.talospve.spi.internal.Placing;
import java.util.Map;

/**
 * Which host a new machine is created on. Asked at creation only: an existing machine is never moved, and one whose host
 * was chosen by an apply that did not get to create it keeps that host. Pure: the same request always gets the same answer.
 * Implementations are thread-safe.
 */
@FunctionalInterface
public interface PlacementStrategy {
    /**
     * Chooses a host.
     *
     * @param request the machine, the hosts it may go to, what they carry and what they have free
     * @return name of one of the candidates
     * @throws io.talospve.error.RefusedException if it must go to none of them, with why
     */
    String place(PlacementRequest request);

    /**
     * The same, but machines for which a host was agreed on go there, as long as it is a candidate and, where the spec wants
     * {@link io.talospve.spec.Placement#BALANCED}, they still fit.
     *
     * @param agreed names of hosts by name of machine, for example those of a reviewed plan
     */
    default PlacementStrategy keeping(Map<String, String> agreed) {
        Map<String, String> hosts = Map.copyOf(agreed);
        return request -> Placing.agreed(request, hosts).orElseGet(() -> place(request));
    }

    /** What the machine's pool says in the spec: the default. */
    static PlacementStrategy bySpec() {
        return request -> switch (request.wanted()) {
            case MODULO -> modulo().place(request);
            case SPREAD -> spread().place(request);
            case BALANCED -> balanced().place(request);
        };
    }

    /** {@code hostPool[index % size]}. */
    static PlacementStrategy modulo() {
        return request -> request.hostPool().get(request.index() % request.hostPool().size());
    }

    /**
     * The host with the fewest machines of the cluster in the machine's role; of several the one with the fewest machines
     * of the cluster, then the first of the pool.
     */
    static PlacementStrategy spread() {
        return Placing::spread;
    }

    /**
     * The host that keeps most of its memory and disk space free once it has the machine: of each host the scarcest of them
     * counts, as a share of the whole. Memory and space that machines of the same plan will take are no longer free. Where
     * nothing is known about the hosts (a plan without a connection) it is {@link #spread()}.
     */
    static PlacementStrategy balanced() {
        return Placing::balanced;
    }
}
