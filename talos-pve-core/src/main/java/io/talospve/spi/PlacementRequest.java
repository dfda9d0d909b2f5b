package io.talospve.spi;

import io.talospve.spec.NodeRole;
import io.talospve.spec.Placement;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import org.immutables.value.Value;

/** A new machine that needs a host. Immutable. */
@Value.Immutable
@ValueStyle
public interface PlacementRequest {
    /** Name of the cluster. */
    String cluster();

    /** Name of the machine. */
    String machine();

    /** What it is. */
    NodeRole role();

    /** Its pool: {@code cp}, {@code worker}, or the name of a further pool. */
    String pool();

    /** Position of the machine in its pool, from 0. */
    int index();

    /** What its pool says in the spec. */
    Placement wanted();

    /** Virtual CPU cores it gets. */
    int cores();

    /** Memory it gets, in MiB. */
    int memoryMiB();

    /** Names of the pool's hosts as the spec has them, never empty; one may be there twice. */
    List<String> hostPool();

    /** The same hosts, each once, in the same order. */
    List<Candidate> candidates();

    /** Starts one. */
    static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link PlacementRequest}. Not thread-safe. */
    class Builder extends ImmutablePlacementRequest.Builder {
        Builder() {}
    }

    /**
     * A host that the machine may go to.
     *
     * @param host its name
     * @param available whether it is there and online; true if nothing is known
     * @param machines the cluster's machines that are there, or that the same plan has placed there already
     * @param memory its memory; empty if it is not known
     * @param disks what the machine needs of each storage there
     */
    record Candidate(
            String host,
            boolean available,
            List<PlacedMachine> machines,
            Optional<Memory> memory,
            List<DiskNeed> disks) {
        /** Copies the lists. */
        public Candidate {
            Objects.requireNonNull(host, "host");
            Objects.requireNonNull(memory, "memory");
            machines = List.copyOf(machines);
            disks = List.copyOf(disks);
        }
    }

    /**
     * A machine of the cluster on a host.
     *
     * @param name its name
     * @param role what it is
     * @param pool its pool
     */
    record PlacedMachine(String name, NodeRole role, String pool) {}

    /**
     * A host's memory.
     *
     * @param totalMiB all of it, in MiB
     * @param freeMiB what nobody uses and no machine of the same plan or a stopped one of the cluster will take, in MiB;
     *     negative if more is promised than is there
     */
    record Memory(long totalMiB, long freeMiB) {}

    /**
     * What a machine needs of a storage.
     *
     * @param datastore the storage
     * @param neededMiB the sum of its disks there, in MiB
     * @param totalMiB size of the storage, in MiB; empty if it is not known
     * @param freeMiB what is free there and no machine of the same plan will take, in MiB; empty if it is not known
     */
    record DiskNeed(String datastore, long neededMiB, OptionalLong totalMiB, OptionalLong freeMiB) {}
}
