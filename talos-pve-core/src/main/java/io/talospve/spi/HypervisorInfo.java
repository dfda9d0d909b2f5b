package io.talospve.spi;

import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * The Proxmox VE cluster as a whole.
 *
 * @param clusterName name of the Proxmox cluster; for a single node without a cluster the node's name
 * @param version version of Proxmox VE, for example {@code 9.2.11}
 * @param hosts all hosts
 */
public record HypervisorInfo(String clusterName, String version, List<HostInfo> hosts) {
    /** Copies the hosts. */
    public HypervisorInfo {
        Objects.requireNonNull(clusterName, "clusterName");
        Objects.requireNonNull(version, "version");
        hosts = List.copyOf(hosts);
    }

    /**
     * A Proxmox host.
     *
     * @param name its name
     * @param online whether it can be asked
     * @param cpus logical CPUs
     * @param memoryMiB memory in MiB
     * @param freeMemoryMiB memory that is not used, in MiB
     */
    public record HostInfo(String name, boolean online, int cpus, long memoryMiB, long freeMemoryMiB) {}

    /**
     * A storage as a host sees it.
     *
     * @param name its name
     * @param content content types it takes: {@code images}, {@code iso}, {@code import} …
     * @param shared whether all hosts see the same content
     * @param active whether it is usable now
     * @param totalMiB size in MiB
     * @param freeMiB free space in MiB
     */
    public record DatastoreInfo(
            String name, Set<String> content, boolean shared, boolean active, long totalMiB, long freeMiB) {}
}
