package io.talospve.testkit.internal.kube.control;

import static io.talospve.testkit.internal.kube.api.Tree.child;
import static io.talospve.testkit.internal.kube.api.Tree.flag;
import static io.talospve.testkit.internal.kube.api.Tree.list;
import static io.talospve.testkit.internal.kube.api.Tree.number;
import static io.talospve.testkit.internal.kube.api.Tree.text;

import io.talospve.testkit.internal.kube.outside.Outside;
import io.talospve.testkit.internal.kube.api.ObjectStore;
import io.talospve.testkit.internal.kube.api.Tree;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Whether the containers of a pod can start on its node: what they mount and read must be there, their images must come,
 * Talos must grant their capabilities, and those that talk to the API must reach it.
 */
final class PodStart {
    /** Talos lets no workload have these. */
    private static final Set<String> REFUSED = Set.of("SYS_MODULE", "SYS_BOOT");

    private final ObjectStore store;
    private final Kubelets kubelets;
    private final Outside outside;

    PodStart(ObjectStore store, Kubelets kubelets, Outside outside) {
        this.store = store;
        this.kubelets = kubelets;
        this.outside = outside;
    }

    /** What a kubelet finds. */
    sealed interface Verdict {
        /** All is there. */
        record Runs() implements Verdict {}

        /** The containers run, one does not get ready. */
        record Unready(String container) implements Verdict {}

        /**
         * A container does not start, or ends again and again.
         *
         * @param ended what it says at its end, empty if it does not begin
         */
        record Waits(String container, String reason, String message, String ended) implements Verdict {}
    }

    /**
     * Looks at a pod.
     *
     * @param services whether addresses of Services lead somewhere on its node
     */
    Verdict look(Map<String, Object> pod, boolean services) {
        Object spec = pod.get("spec");
        String namespace = Tree.namespace(pod);
        String node = text(spec, "nodeName");
        List<Object> containers = new ArrayList<>(list(spec, "initContainers"));
        containers.addAll(list(spec, "containers"));
        String first = text(containers.get(0), "name");
        Optional<String> volume = volumes(spec, namespace);
        if (volume.isPresent()) {
            return new Verdict.Waits(first, "ContainerCreating", volume.get(), "");
        }
        if (!flag(spec, "hostNetwork") && !kubelets.network(node)) {
            return new Verdict.Waits(
                    first,
                    "ContainerCreating",
                    "network is not ready: container runtime network not ready: NetworkReady=false"
                            + " reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized",
                    "");
        }
        boolean talks = !List.of("", "default").contains(text(spec, "serviceAccountName"))
                && !Boolean.FALSE.equals(Tree.at(spec, "automountServiceAccountToken"));
        for (Object container : containers) {
            Optional<Verdict> problem = container(container, namespace);
            if (problem.isPresent()) {
                return problem.get();
            }
            if (talks) {
                problem = api(container, node, services, namespace, Tree.name(pod));
                if (problem.isPresent()) {
                    return problem.get();
                }
            }
        }
        return cilium(pod).orElse(new Verdict.Runs());
    }

    private Optional<String> volumes(Object spec, String namespace) {
        for (Object volume : list(spec, "volumes")) {
            for (String[] kind : new String[][] {
                {"secret", "secretName", "secrets"}, {"configMap", "name", "configmaps"}
            }) {
                Map<String, Object> source = child(volume, kind[0]);
                String name = text(source, kind[1]);
                if (!name.isEmpty() && !flag(source, "optional") && store.get(kind[2], namespace, name).isEmpty()) {
                    return Optional.of("MountVolume.SetUp failed for volume \"" + text(volume, "name") + "\" : "
                            + kind[0].toLowerCase(java.util.Locale.ROOT) + " \"" + name + "\" not found");
                }
            }
        }
        return Optional.empty();
    }

    private Optional<Verdict> container(Object container, String namespace) {
        String name = text(container, "name");
        String image = text(container, "image");
        if (!outside.pullable(image)) {
            return Optional.of(new Verdict.Waits(
                    name,
                    "ImagePullBackOff",
                    "Back-off pulling image \"" + image + "\": ErrImagePull: failed to pull and unpack image \"" + image
                            + "\": failed to resolve reference \"" + image + "\": failed to do request: dial tcp: i/o timeout",
                    ""));
        }
        for (Object variable : list(container, "env")) {
            Optional<String> missing = reference(
                            child(variable, "valueFrom.secretKeyRef"), "secrets", "Secret", namespace)
                    .or(() -> reference(
                            child(variable, "valueFrom.configMapKeyRef"), "configmaps", "ConfigMap", namespace));
            if (missing.isPresent()) {
                return Optional.of(new Verdict.Waits(name, "CreateContainerConfigError", missing.get(), ""));
            }
        }
        for (Object source : list(container, "envFrom")) {
            Optional<String> missing = whole(child(source, "secretRef"), "secrets", "secret", namespace)
                    .or(() -> whole(child(source, "configMapRef"), "configmaps", "configmap", namespace));
            if (missing.isPresent()) {
                return Optional.of(new Verdict.Waits(name, "CreateContainerConfigError", missing.get(), ""));
            }
        }
        for (Object capability : list(container, "securityContext.capabilities.add")) {
            if (REFUSED.contains(String.valueOf(capability))) {
                return Optional.of(new Verdict.Waits(
                        name,
                        "RunContainerError",
                        "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create"
                                + " failed: unable to start container process: error during container init: unable to apply"
                                + " caps: can't apply capabilities: operation not permitted",
                        ""));
            }
        }
        return Optional.empty();
    }

    private Optional<String> reference(Map<String, Object> reference, String resource, String kind, String namespace) {
        String name = text(reference, "name");
        if (name.isEmpty() || flag(reference, "optional")) {
            return Optional.empty();
        }
        Optional<Map<String, Object>> found = store.get(resource, namespace, name);
        if (found.isEmpty()) {
            return Optional.of(kind.toLowerCase(java.util.Locale.ROOT) + " \"" + name + "\" not found");
        }
        String key = text(reference, "key");
        return child(found.get(), "data").containsKey(key)
                ? Optional.empty()
                : Optional.of("couldn't find key " + key + " in " + kind + " " + namespace + "/" + name);
    }

    private Optional<String> whole(Map<String, Object> reference, String resource, String kind, String namespace) {
        String name = text(reference, "name");
        return name.isEmpty() || flag(reference, "optional") || store.get(resource, namespace, name).isPresent()
                ? Optional.empty()
                : Optional.of(kind + " \"" + name + "\" not found");
    }

    /** A container with a service account asks the API: at the address it is given, else at that of the Service. */
    private Optional<Verdict> api(Object container, String node, boolean services, String namespace, String pod) {
        String host = "";
        String port = "443";
        for (Object variable : list(container, "env")) {
            if (text(variable, "name").equals("KUBERNETES_SERVICE_HOST")) {
                host = text(variable, "value");
            } else if (text(variable, "name").equals("KUBERNETES_SERVICE_PORT")) {
                port = text(variable, "value");
            }
        }
        int number = port.matches("\\d{1,5}") ? Integer.parseInt(port) : 0;
        if (host.isEmpty() ? services : kubelets.reaches(node, host, number)) {
            return Optional.empty();
        }
        String address = host.isEmpty() ? "10.96.0.1:443" : host + ":" + port;
        String name = text(container, "name");
        return Optional.of(new Verdict.Waits(
                name,
                "CrashLoopBackOff",
                "back-off 40s restarting failed container=" + name + " pod=" + pod + "_" + namespace,
                "unable to contact the Kubernetes API server: Get \"https://" + address + "/api\": dial tcp " + address
                        + (host.isEmpty() ? ": i/o timeout" : ": connect: connection refused")));
    }

    /** The agent waits for what its operator registers. */
    private Optional<Verdict> cilium(Map<String, Object> pod) {
        boolean agent = list(pod, "spec.containers").stream().anyMatch(c -> text(c, "name").equals("cilium-agent"));
        if (!agent) {
            return Optional.empty();
        }
        boolean operated = store.get("deployments.apps", Tree.namespace(pod), "cilium-operator")
                .filter(o -> number(o, "status.availableReplicas", 0) > 0)
                .isPresent();
        return operated ? Optional.empty() : Optional.of(new Verdict.Unready("cilium-agent"));
    }
}
