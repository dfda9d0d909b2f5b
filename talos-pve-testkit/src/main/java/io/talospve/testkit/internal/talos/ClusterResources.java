package io.talospve.testkit.internal.talos;

import com.google.protobuf.ListValue;
import com.google.protobuf.NullValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import io.talospve.testkit.internal.kube.KubeCluster;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A cluster as the resources of its machines show it. */
final class ClusterResources {
    /** The machines of a cluster. */
    static final Cosi.Kind MEMBERS = new Cosi.Kind("cluster", "Members.cluster.talos.dev");

    private ClusterResources() {}

    /** Shows the cluster as a configured machine sees it. */
    static void show(TalosSystem system) {
        Cosi cosi = system.cosi();
        String hostname = system.hostname();
        MachineConfig running = system.config();
        cosi.put(
                "k8s",
                "Nodenames.kubernetes.talos.dev",
                "nodename",
                "k8s.NodenameController",
                new Wire().text(1, hostname).text(2, "1"),
                Cosi.ordered("nodename", hostname, "hostnameVersion", "1", "skipNodeRegistration", false));
        cosi.put(
                "cluster",
                "Infos.cluster.talos.dev",
                "current",
                "cluster.InfoController",
                new Wire().text(1, running.clusterId()).text(2, running.clusterName()),
                Cosi.ordered("clusterId", running.clusterId(), "clusterName", running.clusterName()));
        if (system.etcd().healthy()) {
            String id = Long.toHexString(system.etcd().member().orElseThrow().id);
            cosi.put(
                    "etcd",
                    "EtcdMembers.etcd.talos.dev",
                    "local",
                    "etcd.MemberController",
                    new Wire().text(1, id),
                    Cosi.ordered("memberID", id));
        } else {
            cosi.remove("etcd", "EtcdMembers.etcd.talos.dev", "local");
        }
        Optional<KubeCluster> kube = system.cluster().kubernetesFor(system).filter(k -> k.has(hostname));
        kube.ifPresent(k -> cosi.put(
                "k8s",
                "NodeStatuses.kubernetes.talos.dev",
                hostname,
                "k8s.NodeStatusController",
                new Wire().text(1, hostname).flag(2, k.ready(hostname)),
                Cosi.ordered(
                        "nodename", hostname,
                        "nodeReady", k.ready(hostname),
                        "unschedulable", k.cordoned(hostname),
                        "labels", Map.of(),
                        "annotations", Map.of(),
                        "podCIDRs", List.of())));
        if (system.apiServerRuns()) {
            for (String pod : List.of("kube-apiserver", "kube-controller-manager", "kube-scheduler")) {
                showStaticPod(cosi, "kube-system/" + pod + "-" + hostname);
            }
        }
    }

    private static void showStaticPod(Cosi cosi, String id) {
        Map<String, Object> condition = new LinkedHashMap<>();
        condition.put("lastProbeTime", null);
        condition.put("lastTransitionTime", null);
        condition.put("status", "True");
        condition.put("type", "Ready");
        cosi.put(
                "k8s",
                "StaticPodStatuses.kubernetes.talos.dev",
                id,
                "k8s.KubeletStaticPodController",
                new Wire().bytes(1, runningPod().toByteArray()),
                Cosi.ordered("conditions", List.of(condition), "phase", "Running"));
    }

    private static Struct runningPod() {
        Value nothing = Value.newBuilder().setNullValue(NullValue.NULL_VALUE).build();
        Struct ready = Struct.newBuilder()
                .putFields("lastProbeTime", nothing)
                .putFields("lastTransitionTime", nothing)
                .putFields("status", Value.newBuilder().setStringValue("True").build())
                .putFields("type", Value.newBuilder().setStringValue("Ready").build())
                .build();
        ListValue conditions = ListValue.newBuilder()
                .addValues(Value.newBuilder().setStructValue(ready))
                .build();
        return Struct.newBuilder()
                .putFields("conditions", Value.newBuilder().setListValue(conditions).build())
                .putFields("phase", Value.newBuilder().setStringValue("Running").build())
                .build();
    }

    /** Shows a machine among the members that another one knows. */
    static void showMember(TalosSystem member, Cosi target) {
        MachineConfig running = member.config();
        String hostname = member.hostname();
        String system = "Talos (" + member.image().version() + ")";
        Wire wire = new Wire().text(1, member.nodeId());
        member.flatAddresses().forEach(a -> wire.message(2, Wire.ip(a)));
        wire.text(3, hostname).number(4, running.controlPlane() ? 2 : 3).text(5, system);
        Map<String, Object> yaml = Cosi.ordered(
                "nodeId", member.nodeId(),
                "addresses", member.flatAddresses(),
                "hostname", hostname,
                "machineType", running.controlPlane() ? "controlplane" : "worker",
                "operatingSystem", system);
        if (running.controlPlane()) {
            wire.message(6, new Wire().number(1, running.apiServerPort()));
            yaml.put("controlPlane", Cosi.ordered("port", running.apiServerPort()));
        }
        target.put(MEMBERS.namespace(), MEMBERS.type(), hostname, "cluster.MemberController", wire, yaml);
    }
}
