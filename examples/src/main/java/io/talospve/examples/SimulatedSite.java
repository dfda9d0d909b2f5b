package io.talospve.examples;

import io.talospve.spec.Cilium;
import io.talospve.spec.GitOps;
import io.talospve.spec.GitOpsBootstrap;
import io.talospve.spec.Host;
import io.talospve.spec.Network;
import io.talospve.spec.TalosCluster;
import io.talospve.testkit.SimulatedDatacenter;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** A simulated datacenter that has what a spec names: its hosts, bridges, datastores, mirrors, charts and repository. */
final class SimulatedSite {
    private SimulatedSite() {}

    static SimulatedDatacenter start(TalosCluster cluster) {
        List<String> hosts = new ArrayList<>(cluster.hostPool().stream().map(Host::name).toList());
        if (!hosts.contains(cluster.datastore().node())) {
            hosts.add(cluster.datastore().node());
        }
        SimulatedDatacenter site = charts(SimulatedDatacenter.builder(), cluster)
                .hosts(hosts)
                .bridges(cluster.nodes().stream()
                        .flatMap(node -> node.spec().networks().stream())
                        .map(Network::bridge)
                        .toList())
                .imageDatastores(List.of(cluster.datastore().id()))
                .diskDatastores(cluster.hostPool().stream().map(Host::datastoreId).toList())
                .mirrors(mirrors(cluster))
                .start();
        pushRepository(site, cluster);
        return site;
    }

    /** Lets the datacenter have the versions of charts that a spec asks for. */
    static SimulatedDatacenter.Builder charts(SimulatedDatacenter.Builder datacenter, TalosCluster cluster) {
        return datacenter
                .charts("cilium", cluster.cilium().flatMap(Cilium::chartVersion).stream().toList())
                .charts("flux2", chartVersion(cluster, GitOps.Provider.FLUX))
                .charts("argo-cd", chartVersion(cluster, GitOps.Provider.ARGOCD));
    }

    /** Lets the datacenter have the repository that a spec's GitOps engine starts from. */
    static void pushRepository(SimulatedDatacenter site, TalosCluster cluster) {
        cluster.gitops().flatMap(GitOps::bootstrap).ifPresent(bootstrap -> push(site, bootstrap));
    }

    /** What the spec installs that is the simulation's own, for people. */
    static List<String> remarks(TalosCluster cluster) {
        List<String> remarks = new ArrayList<>();
        if (cluster.installsCilium() || cluster.gitops().isPresent()) {
            remarks.add("Charts come from its own repository: small ones of the test kit's, named as the real ones.");
        }
        cluster.gitops()
                .flatMap(GitOps::bootstrap)
                .ifPresent(bootstrap -> remarks.add("In it " + bootstrap.repoUrl() + " is a repository with one ConfigMap at "
                        + bootstrap.path() + "."));
        return remarks;
    }

    private static List<String> chartVersion(TalosCluster cluster, GitOps.Provider provider) {
        return cluster.gitops()
                .filter(gitops -> gitops.provider() == provider)
                .flatMap(GitOps::chartVersion)
                .stream()
                .toList();
    }

    private static void push(SimulatedDatacenter site, GitOpsBootstrap bootstrap) {
        String reference = bootstrap.revision().replaceFirst("^refs/(heads|tags)/", "");
        site.pushRepository(
                bootstrap.repoUrl(),
                reference,
                Map.of(
                        bootstrap.path() + "/from-the-repository.yaml",
                        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: from-the-repository\ndata:\n  it: works\n"));
    }

    private static Set<String> mirrors(TalosCluster cluster) {
        Set<String> hosts = new TreeSet<>();
        cluster.talos().isoMirror().ifPresent(url -> hosts.add(URI.create(url).getAuthority()));
        cluster.talos().installerMirror().ifPresent(registry -> hosts.add(registry.split("/", 2)[0]));
        return hosts;
    }
}
