package io.talospve.gitops;

import io.talospve.error.ErrorCode;
import io.talospve.error.RefusedException;
import io.talospve.gitops.internal.CrdDescriptions;
import io.talospve.gitops.internal.KubernetesKinds;
import io.talospve.gitops.internal.KubernetesObject;
import io.talospve.gitops.internal.YamlStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Makes rendered documents fit to be applied at day 0, by Talos and without Helm: every object has its namespace and every
 * namespace exists and comes first; no hooks, no Jobs; one order. Immutable and thread-safe.
 *
 * @param origin what the documents are, for messages, for example {@code chart flux2 2.18.2}
 * @param namespace namespace of what has one and names none
 * @param namespaceLabels labels of the Namespaces that are added, for example of Pod Security
 * @param jobs what to do with Jobs
 * @param crdDescriptions whether CustomResourceDefinitions keep their descriptions, which are most of their size
 */
public record PostProcessing(
        String origin, String namespace, Map<String, String> namespaceLabels, Jobs jobs, boolean crdDescriptions) {
    /** Largest object that {@code kubectl apply} without {@code --server-side} can handle, in bytes. */
    public static final int CLIENT_SIDE_APPLY_LIMIT = 262_144;

    /** Copies the labels. */
    public PostProcessing {
        namespaceLabels = Map.copyOf(namespaceLabels);
    }

    /** What to do with Jobs, which Talos would run again or break on when it updates manifests. */
    public enum Jobs {
        /** A Job is an error. */
        REFUSE,
        /** A Job is left out and noted. */
        LEAVE_OUT
    }

    /**
     * With Jobs refused, descriptions kept and no labels.
     *
     * @param origin what the documents are, for messages
     * @param namespace namespace of what has one and names none
     * @return the processing
     */
    public static PostProcessing of(String origin, String namespace) {
        return new PostProcessing(origin, namespace, Map.of(), Jobs.REFUSE, true);
    }

    /**
     * The same with labels for the Namespaces that are added.
     *
     * @param labels the labels
     * @return a copy
     */
    public PostProcessing withNamespaceLabels(Map<String, String> labels) {
        return new PostProcessing(origin, namespace, labels, jobs, crdDescriptions);
    }

    /**
     * The same with another way to treat Jobs.
     *
     * @param jobs what to do with them
     * @return a copy
     */
    public PostProcessing withJobs(Jobs jobs) {
        return new PostProcessing(origin, namespace, namespaceLabels, jobs, crdDescriptions);
    }

    /**
     * The same, dropping the descriptions in CustomResourceDefinitions.
     *
     * @return a copy
     */
    public PostProcessing withoutCrdDescriptions() {
        return new PostProcessing(origin, namespace, namespaceLabels, jobs, false);
    }

    /**
     * The outcome.
     *
     * @param documents the documents, in install order
     * @param notes what a person should know: objects left out, guesses, objects too large for client-side apply
     */
    public record Prepared(List<ManifestDocument> documents, List<String> notes) {
        /** Copies the lists. */
        public Prepared {
            documents = List.copyOf(documents);
            notes = List.copyOf(notes);
        }
    }

    /**
     * Processes documents.
     *
     * @param documents documents of one chart or file
     * @return documents that can be applied as they are
     * @throws RefusedException with code {@code REJECTED} if there is a Job and they are refused, or two different objects have
     *     one name
     */
    public Prepared apply(List<ManifestDocument> documents) {
        return apply(documents, List.of());
    }

    /**
     * Processes documents beside others that are applied with them.
     *
     * @param documents documents of one chart or file
     * @param others documents of other charts, whose CustomResourceDefinitions say which kinds have a namespace and whose
     *     Namespaces need not be added
     * @return documents that can be applied as they are; none of {@code others}
     * @throws RefusedException as {@link #apply(List)} does
     */
    public Prepared apply(List<ManifestDocument> documents, List<ManifestDocument> others) {
        List<String> notes = new ArrayList<>();
        List<KubernetesObject> objects = wanted(documents, notes);
        Map<String, Boolean> scopes = scopes(documents, others);
        Set<String> guessed = new TreeSet<>();
        for (KubernetesObject object : objects) {
            place(object, scopes, guessed);
        }
        guessed.forEach(kind -> notes.add(origin + ": whether " + kind + " has a namespace is not known: taken as having one"));
        addNamespaces(objects, others);
        Map<String, ManifestDocument> byName = new LinkedHashMap<>();
        for (KubernetesObject object : objects) {
            if (!crdDescriptions && object.kind().equals("CustomResourceDefinition")) {
                CrdDescriptions.drop(object.root());
            }
            ManifestDocument document = Documents.of(object);
            ManifestDocument twin = byName.put(name(document), document);
            if (twin != null && !twin.equals(document)) {
                throw refuse(name(document) + " is there twice, with different content", "each object may be made once");
            }
            noteSize(document, notes);
        }
        return new Prepared(Documents.inInstallOrder(List.copyOf(byName.values())), notes);
    }

    private List<KubernetesObject> wanted(List<ManifestDocument> documents, List<String> notes) {
        List<KubernetesObject> objects = new ArrayList<>();
        for (ManifestDocument document : documents) {
            for (KubernetesObject object : KubernetesObject.read(origin, document.yaml().reveal())) {
                String what = object.kind() + " " + object.name();
                if (object.isHook()) {
                    notes.add(origin + ": " + what + " left out: it is a hook, which only Helm runs");
                } else if (object.kind().equals("Job") && jobs == Jobs.LEAVE_OUT) {
                    notes.add(origin + ": " + what + " left out: it is a Job");
                } else if (object.kind().equals("Job")) {
                    throw refuse(
                            what + " does not fit manifests that are applied again and again",
                            "turn it off by the chart's values, or have Jobs left out if nothing depends on them");
                } else {
                    objects.add(object);
                }
            }
        }
        return objects;
    }

    private static Map<String, Boolean> scopes(List<ManifestDocument> documents, List<ManifestDocument> others) {
        Map<String, Boolean> scopes = new LinkedHashMap<>();
        for (List<ManifestDocument> list : List.of(others, documents)) {
            for (ManifestDocument document : list) {
                if (document.kind().equals("CustomResourceDefinition")) {
                    for (KubernetesObject definition :
                            KubernetesObject.read("CustomResourceDefinition", document.yaml().reveal())) {
                        YamlStream.child(definition.root(), "spec").ifPresent(spec -> {
                            String group = YamlStream.text(spec, "group").orElse("");
                            String kind = YamlStream.child(spec, "names")
                                    .flatMap(names -> YamlStream.text(names, "kind"))
                                    .orElse("");
                            boolean namespaced =
                                    !YamlStream.text(spec, "scope").orElse("Namespaced").equals("Cluster");
                            scopes.put(group + "/" + kind, namespaced);
                        });
                    }
                }
            }
        }
        return scopes;
    }

    private void place(KubernetesObject object, Map<String, Boolean> scopes, Set<String> guessed) {
        String group = KubernetesKinds.group(object.apiVersion());
        Optional<Boolean> known = Optional.ofNullable(scopes.get(group + "/" + object.kind()))
                .or(() -> KubernetesKinds.namespaced(object.apiVersion(), object.kind()));
        if (known.isPresent() && !known.get()) {
            object.removeNamespace();
        } else if (object.namespace().isEmpty()) {
            if (known.isEmpty()) {
                guessed.add(object.apiVersion() + " " + object.kind());
            }
            object.setNamespace(namespace);
        }
    }

    private void addNamespaces(List<KubernetesObject> objects, List<ManifestDocument> others) {
        Set<String> used = objects.stream()
                .flatMap(object -> object.namespace().stream())
                .collect(Collectors.toCollection(TreeSet::new));
        used.add(namespace);
        used.removeAll(KubernetesKinds.BUILT_IN_NAMESPACES);
        objects.stream().filter(object -> object.kind().equals("Namespace")).forEach(it -> used.remove(it.name()));
        others.stream().filter(document -> document.kind().equals("Namespace")).forEach(it -> used.remove(it.name()));
        used.forEach(name -> objects.add(0, KubernetesObject.namespace(name, namespaceLabels)));
    }

    private void noteSize(ManifestDocument document, List<String> notes) {
        int bytes = document.yaml().reveal().getBytes(StandardCharsets.UTF_8).length;
        if (bytes > CLIENT_SIDE_APPLY_LIMIT) {
            notes.add(origin + ": " + name(document) + " has " + bytes
                    + " bytes: it needs server-side apply (kubectl apply --server-side)");
        }
    }

    private static String name(ManifestDocument document) {
        return document.apiVersion() + " " + document.kind() + " "
                + document.namespace().map(it -> it + "/").orElse("") + document.name();
    }

    private RefusedException refuse(String what, String hint) {
        return new RefusedException(ErrorCode.REJECTED, origin + ": " + what, hint);
    }
}
