package io.talospve.testkit.internal.kube.control;

import static io.talospve.testkit.internal.kube.api.Tree.at;
import static io.talospve.testkit.internal.kube.api.Tree.flag;
import static io.talospve.testkit.internal.kube.api.Tree.list;
import static io.talospve.testkit.internal.kube.api.Tree.text;

import io.talospve.testkit.internal.kube.api.ObjectStore;
import io.talospve.testkit.internal.kube.api.Tree;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Pod security admission at level baseline, as Talos turns it on for every namespace but kube-system. */
final class PodSecurity {
    private static final Set<String> CAPABILITIES = Set.of(
            "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP",
            "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT");

    /**
     * What the API server enforces.
     *
     * @param level level of namespaces that say nothing: {@code privileged}, {@code baseline} or {@code restricted}
     * @param exempt namespaces that it does not look at
     */
    record Policy(String level, Set<String> exempt) {}

    private PodSecurity() {}

    /** Why a pod may not be in a namespace; restricted is checked as baseline. */
    static Optional<String> refusal(ObjectStore store, Policy policy, String namespace, Object spec) {
        String own = store.get("namespaces", "", namespace)
                .map(n -> Tree.label(n, "pod-security.kubernetes.io/enforce"))
                .orElse("");
        String level = own.isEmpty() ? policy.level() : own;
        if (level.equals("privileged") || policy.exempt().contains(namespace)) {
            return Optional.empty();
        }
        List<String> violations = violations(spec);
        return violations.isEmpty()
                ? Optional.empty()
                : Optional.of("violates PodSecurity \"" + level + ":latest\": " + String.join(", ", violations));
    }

    private static List<String> violations(Object spec) {
        Set<String> out = new LinkedHashSet<>();
        List<String> host = new ArrayList<>();
        for (String name : List.of("hostNetwork", "hostPID", "hostIPC")) {
            if (flag(spec, name)) {
                host.add(name + "=true");
            }
        }
        if (!host.isEmpty()) {
            out.add("host namespaces (" + String.join(", ", host) + ")");
        }
        for (String kind : List.of("initContainers", "containers")) {
            for (Object container : list(spec, kind)) {
                String name = text(container, "name");
                List<Object> added = new ArrayList<>(list(container, "securityContext.capabilities.add"));
                added.removeAll(CAPABILITIES);
                if (!added.isEmpty()) {
                    out.add("non-default capabilities (container \"" + name + "\" must not include " + quoted(added)
                            + " in securityContext.capabilities.add)");
                }
                if (flag(container, "securityContext.privileged")) {
                    out.add("privileged (container \"" + name + "\" must not set securityContext.privileged=true)");
                }
                for (Object port : list(container, "ports")) {
                    if (Tree.number(port, "hostPort", 0) > 0) {
                        out.add("hostPort (container \"" + name + "\" uses hostPort " + text(port, "hostPort") + ")");
                    }
                }
            }
        }
        List<Object> paths = new ArrayList<>();
        for (Object volume : list(spec, "volumes")) {
            if (at(volume, "hostPath") != null) {
                paths.add(text(volume, "name"));
            }
        }
        if (!paths.isEmpty()) {
            out.add("hostPath volumes (volume" + (paths.size() > 1 ? "s " : " ") + quoted(paths) + ")");
        }
        return List.copyOf(out);
    }

    private static String quoted(List<Object> values) {
        return String.join(", ", values.stream().map(v -> "\"" + v + "\"").toList());
    }

}
