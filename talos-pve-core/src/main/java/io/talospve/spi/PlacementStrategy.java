package io.talospve.spi;

import java.util.List;

/** Which host a new machine is created on. Asked at creation only: an existing machine is never moved. Pure. */
@FunctionalInterface
public interface PlacementStrategy {
    /**
     * Chooses a host.
     *
     * @param index position of the machine in its pool, from 0
     * @param hostPool names of the pool's hosts, never empty
     * @return one of them
     */
    String place(int index, List<String> hostPool);

    /** {@code hostPool[index % size]}: the default. */
    static PlacementStrategy modulo() {
        return (index, hostPool) -> hostPool.get(index % hostPool.size());
    }
}
