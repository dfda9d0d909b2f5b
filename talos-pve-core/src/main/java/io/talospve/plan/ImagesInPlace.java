package io.talospve.plan;

import io.talospve.spec.Host;
import io.talospve.spec.TalosCluster;
import io.talospve.spi.Hypervisor;
import io.talospve.spi.HypervisorInfo.HostInfo;
import io.talospve.spi.HypervisorInfo;
import io.talospve.spi.VmDetails;
import io.talospve.spi.VmRef;
import io.talospve.spi.VmSummary;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The boot images of a cluster that are there, and who uses them. */
final class ImagesInPlace {
    private final TalosCluster cluster;
    private final Hypervisor hypervisor;
    private final Reads reads;
    private final HypervisorInfo info;
    private final List<VmSummary> vms;

    ImagesInPlace(Look look) {
        cluster = look.cluster();
        hypervisor = look.hypervisor();
        reads = look.reads();
        info = look.info();
        vms = look.vms();
    }

    /** The hosts on whose storage images of this cluster may be. */
    Set<String> hosts(Collection<VmDetails> ours, Set<String> sharedDatastores) {
        Set<String> hosts = new TreeSet<>(Set.of(cluster.datastore().node()));
        if (!sharedDatastores.contains(cluster.datastore().id())) {
            Set<String> online = info.hosts().stream()
                    .filter(HostInfo::online)
                    .map(HostInfo::name)
                    .collect(Collectors.toSet());
            cluster.hostPool().stream().map(Host::name).filter(online::contains).forEach(hosts::add);
            ours.forEach(vm -> hosts.add(vm.ref().host()));
        }
        return hosts;
    }

    /** Which images of this cluster are there, and through which hosts they are seen. */
    Map<String, Set<String>> seenThrough(Set<String> hosts) {
        Pattern names = BootImage.fileNames(cluster.name());
        Map<String, Set<String>> found = new TreeMap<>();
        for (String host : hosts) {
            for (String file : reads.ask("the images on " + host, () -> hypervisor.images(host, cluster.datastore().id(), cluster.image().mode()))) {
                if (names.matcher(file).matches()) {
                    found.computeIfAbsent(file, name -> new TreeSet<>()).add(host);
                }
            }
        }
        return found;
    }

    /** Who else boots from images of this cluster, by file name. */
    Map<String, Set<String>> users(Map<String, VmDetails> ours) {
        Set<VmRef> own = ours.values().stream().map(VmDetails::ref).collect(Collectors.toSet());
        List<VmSummary> others =
                vms.stream().filter(vm -> !own.contains(vm.ref())).toList();
        String volumes = BootImage.volume(cluster, "");
        Map<String, Set<String>> users = new TreeMap<>();
        for (Optional<VmDetails> vm : reads.askEach("virtual machines", others, hypervisor::vm)) {
            vm.ifPresent(found -> found.isoVolumes().stream()
                    .filter(volume -> volume.startsWith(volumes))
                    .forEach(volume -> users.computeIfAbsent(volume.substring(volumes.length()), file -> new TreeSet<>())
                            .add(found.name() + " (" + found.ref() + ")")));
        }
        return users;
    }
}
