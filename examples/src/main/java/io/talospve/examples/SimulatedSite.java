package io.talospve.examples;

import io.talospve.spec.Host;
import io.talospve.spec.Network;
import io.talospve.spec.TalosCluster;
import io.talospve.testkit.SimulatedDatacenter;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** A simulated datacenter that has what a spec names: its hosts, bridges, datastores and mirrors. */
final class SimulatedSite {
    private SimulatedSite() {}

    static SimulatedDatacenter start(TalosCluster cluster) {
        List<String> hosts = new ArrayList<>(cluster.hostPool().stream().map(Host::name).toList());
        if (!hosts.contains(cluster.datastore().node())) {
            hosts.add(cluster.datastore().node());
        }
        return SimulatedDatacenter.builder()
                .hosts(hosts)
                .bridges(cluster.nodes().stream()
                        .flatMap(node -> node.spec().networks().stream())
                        .map(Network::bridge)
                        .toList())
                .imageDatastores(List.of(cluster.datastore().id()))
                .diskDatastores(cluster.hostPool().stream().map(Host::datastoreId).toList())
                .mirrors(mirrors(cluster))
                .start();
    }

    private static Set<String> mirrors(TalosCluster cluster) {
        Set<String> hosts = new TreeSet<>();
        cluster.talos().isoMirror().ifPresent(url -> hosts.add(URI.create(url).getAuthority()));
        cluster.talos().installerMirror().ifPresent(registry -> hosts.add(registry.split("/", 2)[0]));
        return hosts;
    }
}
