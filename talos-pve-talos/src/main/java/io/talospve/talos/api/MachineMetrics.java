package io.talospve.talos.api;

import java.time.Instant;
import java.util.List;
import java.util.Locale;

/**
 * Counters of a machine at one moment, as its kernel has them.
 *
 * @param bootedAt when it booted
 * @param cpu time of all its processors together
 * @param processors number of processors
 * @param processorModel name of the first processor's model
 * @param load load averages
 * @param memory memory
 * @param disks counters of its block devices
 * @param networks counters of its network devices
 */
public record MachineMetrics(
        Instant bootedAt,
        CpuTime cpu,
        int processors,
        String processorModel,
        Load load,
        Memory memory,
        List<Disk> disks,
        List<Network> networks) {
    private static final int MEBI = 20;

    /** Copies the lists. */
    public MachineMetrics {
        disks = List.copyOf(disks);
        networks = List.copyOf(networks);
    }

    /** A summary in one line; the counters are in the parts. */
    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "up since %s, %d processors (%s), load %.2f %.2f %.2f, memory %d of %d MiB available, %d disks, %d networks",
                bootedAt,
                processors,
                processorModel,
                load.one(),
                load.five(),
                load.fifteen(),
                memory.available() >> MEBI,
                memory.total() >> MEBI,
                disks.size(),
                networks.size());
    }

    /**
     * Time that processors spent since the boot, in seconds.
     *
     * @param user in programs, nice ones included
     * @param system in the kernel
     * @param idle doing nothing
     * @param ioWait waiting for disks
     * @param steal taken by the hypervisor for others
     */
    public record CpuTime(double user, double system, double idle, double ioWait, double steal) {}

    /**
     * System-wide statistics.
     *
     * @param bootedAt when the machine booted
     * @param total time of all processors together
     * @param running processes that run
     * @param blocked processes that wait for I/O
     */
    public record Stat(Instant bootedAt, CpuTime total, long running, long blocked) {}

    /**
     * Load averages.
     *
     * @param one over one minute
     * @param five over five minutes
     * @param fifteen over fifteen minutes
     */
    public record Load(double one, double five, double fifteen) {}

    /**
     * Memory in bytes.
     *
     * @param total what there is
     * @param available what programs can still get without swapping
     * @param free what nothing uses
     * @param cached page cache
     */
    public record Memory(long total, long available, long free, long cached) {}

    /**
     * A processor.
     *
     * @param number from 0
     * @param model its model's name
     * @param megahertz its frequency
     */
    public record Processor(int number, String model, double megahertz) {}

    /**
     * Counters of a block device since the boot.
     *
     * @param name for example {@code sda}
     * @param reads completed reads
     * @param readBytes bytes read
     * @param writes completed writes
     * @param writtenBytes bytes written
     * @param inProgress requests under way
     */
    public record Disk(String name, long reads, long readBytes, long writes, long writtenBytes, long inProgress) {}

    /**
     * Counters of a network device since the boot.
     *
     * @param name for example {@code net0}
     * @param receivedBytes bytes received
     * @param receivedPackets packets received
     * @param receiveErrors errors and drops while receiving
     * @param sentBytes bytes sent
     * @param sentPackets packets sent
     * @param sendErrors errors and drops while sending
     */
    public record Network(
            String name,
            long receivedBytes,
            long receivedPackets,
            long receiveErrors,
            long sentBytes,
            long sentPackets,
            long sendErrors) {}

    /**
     * A mounted file system.
     *
     * @param device what is mounted
     * @param path where
     * @param size its size in bytes
     * @param available free bytes
     */
    public record Mount(String device, String path, long size, long available) {}
}
