package io.talospve.testkit.internal.kube.api;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The kinds that an API server has from the start. */
final class BuiltInTypes {
    /**
     * group/version; kind; plural; short names (comma); flags: n namespaced, s status, g generation, a category all.
     * A table of our own, kept in the order in which discovery lists it.
     */
    private static final String TABLE = """
            v1;ConfigMap;configmaps;cm;n
            v1;Endpoints;endpoints;ep;n
            v1;Event;events;ev;n
            v1;LimitRange;limitranges;limits;n
            v1;Namespace;namespaces;ns;s
            v1;Node;nodes;no;s
            v1;PersistentVolumeClaim;persistentvolumeclaims;pvc;ns
            v1;PersistentVolume;persistentvolumes;pv;s
            v1;Pod;pods;po;nsga
            v1;PodTemplate;podtemplates;;ng
            v1;ReplicationController;replicationcontrollers;rc;nsga
            v1;ResourceQuota;resourcequotas;quota;ns
            v1;Secret;secrets;;n
            v1;ServiceAccount;serviceaccounts;sa;n
            v1;Service;services;svc;nsa
            admissionregistration.k8s.io/v1;MutatingWebhookConfiguration;mutatingwebhookconfigurations;;g
            admissionregistration.k8s.io/v1;ValidatingWebhookConfiguration;validatingwebhookconfigurations;;g
            admissionregistration.k8s.io/v1;ValidatingAdmissionPolicy;validatingadmissionpolicies;;sg
            admissionregistration.k8s.io/v1;ValidatingAdmissionPolicyBinding;validatingadmissionpolicybindings;;g
            apiextensions.k8s.io/v1;CustomResourceDefinition;customresourcedefinitions;crd,crds;sg
            apiregistration.k8s.io/v1;APIService;apiservices;;s
            apps/v1;ControllerRevision;controllerrevisions;;n
            apps/v1;DaemonSet;daemonsets;ds;nsga
            apps/v1;Deployment;deployments;deploy;nsga
            apps/v1;ReplicaSet;replicasets;rs;nsga
            apps/v1;StatefulSet;statefulsets;sts;nsga
            autoscaling/v2;HorizontalPodAutoscaler;horizontalpodautoscalers;hpa;nsa
            batch/v1;CronJob;cronjobs;cj;nsga
            batch/v1;Job;jobs;;nsga
            certificates.k8s.io/v1;CertificateSigningRequest;certificatesigningrequests;csr;s
            coordination.k8s.io/v1;Lease;leases;;n
            discovery.k8s.io/v1;EndpointSlice;endpointslices;;n
            events.k8s.io/v1;Event;events;ev;n
            flowcontrol.apiserver.k8s.io/v1;FlowSchema;flowschemas;;sg
            flowcontrol.apiserver.k8s.io/v1;PriorityLevelConfiguration;prioritylevelconfigurations;;sg
            networking.k8s.io/v1;IngressClass;ingressclasses;;g
            networking.k8s.io/v1;Ingress;ingresses;ing;nsg
            networking.k8s.io/v1;NetworkPolicy;networkpolicies;netpol;ng
            node.k8s.io/v1;RuntimeClass;runtimeclasses;;
            policy/v1;PodDisruptionBudget;poddisruptionbudgets;pdb;nsg
            rbac.authorization.k8s.io/v1;ClusterRole;clusterroles;;
            rbac.authorization.k8s.io/v1;ClusterRoleBinding;clusterrolebindings;;
            rbac.authorization.k8s.io/v1;Role;roles;;n
            rbac.authorization.k8s.io/v1;RoleBinding;rolebindings;;n
            scheduling.k8s.io/v1;PriorityClass;priorityclasses;pc;
            storage.k8s.io/v1;CSIDriver;csidrivers;;
            storage.k8s.io/v1;CSINode;csinodes;;
            storage.k8s.io/v1;CSIStorageCapacity;csistoragecapacities;;n
            storage.k8s.io/v1;StorageClass;storageclasses;sc;
            storage.k8s.io/v1;VolumeAttachment;volumeattachments;;s
            """;

    private BuiltInTypes() {}

    static List<ResourceType> all() {
        List<ResourceType> out = new ArrayList<>();
        for (String line : TABLE.lines().toList()) {
            String[] cells = line.split(";", -1);
            int slash = cells[0].indexOf('/');
            String flags = cells[4];
            out.add(new ResourceType(
                    slash < 0 ? "" : cells[0].substring(0, slash),
                    List.of(cells[0].substring(slash + 1)),
                    cells[1],
                    cells[2],
                    cells[1].toLowerCase(Locale.ROOT),
                    cells[3].isEmpty() ? List.of() : List.of(cells[3].split(",")),
                    flags.contains("a") ? List.of("all") : List.of(),
                    flags.contains("n"),
                    flags.contains("s"),
                    flags.contains("g"),
                    Map.of()));
        }
        return List.copyOf(out);
    }
}
