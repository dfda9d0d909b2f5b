package io.talospve.gitops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.talospve.error.RefusedException;
import io.talospve.spec.Secret;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PostProcessingTest {
    private static final PostProcessing FLUX = PostProcessing.of("chart flux", "flux-system");

    private static List<ManifestDocument> parse(String yaml) {
        return Documents.parse("test", Secret.of(yaml));
    }

    private static String text(PostProcessing.Prepared prepared) {
        return Documents.join(prepared.documents()).reveal();
    }

    @Test
    void everyNamespacedObjectGetsItsNamespaceAndTheNamespaceComesFirst() {
        PostProcessing.Prepared prepared = FLUX.apply(parse("""
                apiVersion: apps/v1
                kind: Deployment
                metadata:
                  name: d
                  labels: {a: b}
                spec: {}
                ---
                apiVersion: rbac.authorization.k8s.io/v1
                kind: ClusterRole
                metadata: {name: r, namespace: mistake}
                ---
                apiVersion: v1
                kind: Secret
                metadata: {name: s, namespace: ""}
                ---
                apiVersion: v1
                kind: ConfigMap
                metadata: {name: c, namespace: elsewhere}
                ---
                apiVersion: v1
                kind: ConfigMap
                metadata: {name: k, namespace: kube-system}
                """));
        assertThat(text(prepared)).isEqualTo("""
                apiVersion: v1
                kind: Namespace
                metadata:
                  name: elsewhere
                ---
                apiVersion: v1
                kind: Namespace
                metadata:
                  name: flux-system
                ---
                apiVersion: v1
                kind: Secret
                metadata: {name: s, namespace: flux-system}
                ---
                apiVersion: v1
                kind: ConfigMap
                metadata: {name: c, namespace: elsewhere}
                ---
                apiVersion: v1
                kind: ConfigMap
                metadata: {name: k, namespace: kube-system}
                ---
                apiVersion: rbac.authorization.k8s.io/v1
                kind: ClusterRole
                metadata: {name: r}
                ---
                apiVersion: apps/v1
                kind: Deployment
                metadata:
                  name: d
                  namespace: flux-system
                  labels: {a: b}
                spec: {}
                """);
        assertThat(prepared.notes()).isEmpty();
        assertThat(prepared.documents().get(2).namespace()).contains("flux-system");
        // what was processed once stays as it is
        assertThat(FLUX.apply(prepared.documents())).isEqualTo(prepared);
    }

    @Test
    void definitionsTellTheScopeOfTheirKinds() {
        String definition = """
                apiVersion: apiextensions.k8s.io/v1
                kind: CustomResourceDefinition
                metadata: {name: things.example.com}
                spec: {group: example.com, scope: Cluster, names: {kind: Thing}}
                """;
        String thing = "apiVersion: example.com/v1beta1\nkind: Thing\nmetadata: {name: t}\n";
        PostProcessing.Prepared together = FLUX.apply(parse(definition + "---\n" + thing));
        assertThat(together.documents()).extracting(ManifestDocument::kind)
                .containsExactly("Namespace", "CustomResourceDefinition", "Thing");
        assertThat(together.documents().get(2).namespace()).isEmpty();

        PostProcessing.Prepared beside = FLUX.apply(parse(thing), parse(definition));
        assertThat(beside.documents()).extracting(ManifestDocument::kind).containsExactly("Namespace", "Thing");
        assertThat(beside.documents().get(1).namespace()).isEmpty();
        assertThat(beside.notes()).isEmpty();

        PostProcessing.Prepared alone = FLUX.apply(parse(thing));
        assertThat(alone.documents().get(1).namespace()).contains("flux-system");
        assertThat(alone.notes()).singleElement().asString().contains("example.com/v1beta1 Thing").contains("not known");
    }

    @Test
    void ciliumsKindsAreKnownWithoutTheirDefinitions() {
        PostProcessing.Prepared prepared = PostProcessing.of("m", "kube-system").apply(parse("""
                apiVersion: cilium.io/v2alpha1
                kind: CiliumL2AnnouncementPolicy
                metadata: {name: l2}
                ---
                apiVersion: cilium.io/v2
                kind: CiliumNetworkPolicy
                metadata: {name: deny}
                """));
        assertThat(prepared.documents()).extracting(document -> document.kind() + document.namespace().orElse("-"))
                .containsExactlyInAnyOrder("CiliumL2AnnouncementPolicy-", "CiliumNetworkPolicykube-system");
        assertThat(prepared.notes()).isEmpty();
    }

    @Test
    void anExistingNamespaceIsLeftAndAnAddedOneGetsTheLabels() {
        Map<String, String> labels = Map.of("pod-security.kubernetes.io/enforce", "privileged", "a", "true");
        String own = "apiVersion: v1\nkind: Namespace\nmetadata: {name: flux-system}\n";
        assertThat(text(FLUX.withNamespaceLabels(labels).apply(parse(own)))).isEqualTo(own);
        assertThat(FLUX.apply(parse("apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n"), parse(own)).documents())
                .extracting(ManifestDocument::kind)
                .containsExactly("Pod");
        assertThat(text(FLUX.withNamespaceLabels(labels).apply(List.of()))).isEqualTo("""
                apiVersion: v1
                kind: Namespace
                metadata:
                  name: flux-system
                  labels:
                    a: "true"
                    pod-security.kubernetes.io/enforce: privileged
                """);
    }

    @Test
    void aNamespaceCalledOnStaysAText() {
        assertThat(text(PostProcessing.of("m", "on").apply(parse("apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n"))))
                .contains("name: \"on\"")
                .contains("namespace: \"on\"");
    }

    @Test
    void jobsAreRefusedOrLeftOutAndHooksGo() {
        String job = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: j}\n";
        assertThatThrownBy(() -> FLUX.apply(parse(job)))
                .isInstanceOf(RefusedException.class)
                .hasMessage("chart flux: Job j does not fit manifests that are applied again and again");
        PostProcessing.Prepared left = FLUX.withJobs(PostProcessing.Jobs.LEAVE_OUT).apply(parse(job));
        assertThat(left.documents()).extracting(ManifestDocument::kind).containsExactly("Namespace");
        assertThat(left.notes()).containsExactly("chart flux: Job j left out: it is a Job");
        PostProcessing.Prepared hook = FLUX.apply(parse(
                "apiVersion: batch/v1\nkind: Job\nmetadata: {name: j, annotations: {helm.sh/hook: test}}\n"));
        assertThat(hook.notes()).singleElement().asString().contains("Job j left out: it is a hook");
    }

    @Test
    void oneNameTwiceIsRefusedUnlessItIsTheSame() {
        String one = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: b}\n";
        assertThat(FLUX.apply(parse(one + "---\n" + one)).documents()).hasSize(2);
        assertThatThrownBy(() -> FLUX.apply(parse(one + "---\n" + one.replace("a: b", "a: hunter2"))))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("v1 ConfigMap flux-system/c is there twice")
                .hasMessageNotContaining("hunter2");
    }

    @Test
    void descriptionsGoButPropertiesOfThatNameStay() {
        String definition = """
                apiVersion: apiextensions.k8s.io/v1
                kind: CustomResourceDefinition
                metadata:
                  name: things.example.com
                spec:
                  group: example.com
                  scope: Namespaced
                  names:
                    kind: Thing
                  versions:
                  - name: v1
                    additionalPrinterColumns:
                    - name: Age
                      description: prose
                      jsonPath: .x
                    schema:
                      openAPIV3Schema:
                        description: prose
                        type: object
                        properties:
                          description:
                            description: |
                              prose
                            type: string
                            enum: [description]
                          list:
                            type: array
                            items:
                              description: prose
                              type: object
                              additionalProperties:
                                description: prose
                                type: string
                          default:
                            type: object
                            default:
                              description: a value
                            anyOf:
                            - description: prose
                              required: [description]
                """;
        String written = text(FLUX.withoutCrdDescriptions().apply(parse(definition), parse(
                "apiVersion: v1\nkind: Namespace\nmetadata: {name: flux-system}\n")));
        assertThat(written).doesNotContain("prose").contains("description: a value").contains("required: [description]");
        assertThat(written).contains("description:\n            type: string\n            enum: [description]\n");
        assertThat(text(FLUX.apply(parse(definition)))).contains("prose");
    }

    @Test
    void largeObjectsAreNoted() {
        String large = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: large}\ndata:\n  a: " + "x".repeat(262_144) + "\n";
        assertThat(FLUX.apply(parse(large)).notes()).singleElement().asString()
                .contains("ConfigMap flux-system/large")
                .contains("server-side apply");
    }
}
