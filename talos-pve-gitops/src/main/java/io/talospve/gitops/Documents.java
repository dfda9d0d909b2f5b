package io.talospve.gitops;

import io.talospve.gitops.internal.KubernetesKinds;
import io.talospve.gitops.internal.KubernetesObject;
import io.talospve.spec.Secret;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/** Manifests as text to documents and back. Stateless and thread-safe. */
public final class Documents {
    private static final Logger LOG = System.getLogger(Documents.class.getName());

    private static final Comparator<ManifestDocument> INSTALL_ORDER = Comparator.comparing(
                    ManifestDocument::kind, KubernetesKinds.BY_INSTALL_ORDER)
            .thenComparing(document -> document.namespace().orElse(""))
            .thenComparing(ManifestDocument::name)
            .thenComparing(ManifestDocument::apiVersion);

    private Documents() {}

    /**
     * Reads manifests: documents without content are left out, lists (kinds that end with List) are expanded, comments go.
     * The same text gives the same bytes.
     *
     * @param origin where the text is from, for messages, for example {@code chart cilium 1.19.1}
     * @param yaml any number of YAML documents
     * @return one document per object, in the order of the text
     * @throws io.talospve.error.RefusedException with code {@code REJECTED} if it is not YAML, is larger than 32 MiB, or a
     *     document has no apiVersion, kind or name; the message quotes no values
     */
    public static List<ManifestDocument> parse(String origin, Secret<String> yaml) {
        return KubernetesObject.read(origin, yaml.reveal()).stream()
                .map(Documents::of)
                .toList();
    }

    /**
     * Reads what Helm rendered: {@link #parse}, without hooks (their names are logged with level DEBUG), in install order. For
     * implementations of {@link ChartRenderer}.
     *
     * @param origin where the text is from, for messages
     * @param yaml any number of YAML documents
     * @return one document per object, in install order
     * @throws io.talospve.error.RefusedException as {@link #parse} does
     */
    public static List<ManifestDocument> rendered(String origin, Secret<String> yaml) {
        List<KubernetesObject> kept = new ArrayList<>();
        for (KubernetesObject object : KubernetesObject.read(origin, yaml.reveal())) {
            if (object.isHook()) {
                LOG.log(Level.DEBUG, "{0}: hook {1} {2} left out", origin, object.kind(), object.name());
            } else {
                kept.add(object);
            }
        }
        return inInstallOrder(kept.stream().map(Documents::of).toList());
    }

    /**
     * Sorts: Namespaces, CustomResourceDefinitions, then Helm's own order of kinds, kinds that Helm does not know last; among
     * one kind by namespace and name.
     *
     * @param documents the documents
     * @return a sorted copy
     */
    public static List<ManifestDocument> inInstallOrder(List<ManifestDocument> documents) {
        return documents.stream().sorted(INSTALL_ORDER).toList();
    }

    /**
     * One text of several documents, separated by {@code ---} lines.
     *
     * @param documents the documents
     * @return the text, empty for no documents
     */
    public static Secret<String> join(List<ManifestDocument> documents) {
        return Secret.of(documents.stream()
                .map(document -> document.yaml().reveal())
                .collect(Collectors.joining("---\n")));
    }

    static ManifestDocument of(KubernetesObject object) {
        return new ManifestDocument(
                object.apiVersion(), object.kind(), object.namespace(), object.name(), Secret.of(object.write()));
    }
}
