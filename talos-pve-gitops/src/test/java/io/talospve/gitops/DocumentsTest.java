package io.talospve.gitops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.talospve.error.RefusedException;
import io.talospve.spec.Secret;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class DocumentsTest {
    private static List<ManifestDocument> parse(String yaml) {
        return Documents.parse("test", Secret.of(yaml));
    }

    private static String only(String yaml) {
        assertThat(parse(yaml)).hasSize(1);
        return parse(yaml).get(0).yaml().reveal();
    }

    @Test
    void separatorsInTextsAndEmptyDocumentsSplitNothing() {
        List<ManifestDocument> documents = parse("""
                # only a comment
                ---
                ---
                # Source: a/templates/one.yaml
                apiVersion: v1
                kind: ConfigMap
                metadata: {name: one}
                data:
                  script: |
                    ---
                    # not a comment
                    ---
                  folded: >-
                    --- a
                    b
                ---
                null
                --- # trailing comment
                apiVersion: v1
                kind: ConfigMap
                metadata:
                  name: two
                """);
        assertThat(documents).extracting(ManifestDocument::name).containsExactly("one", "two");
        assertThat(documents.get(0).yaml().reveal())
                .contains("    ---\n    # not a comment\n    ---\n")
                .doesNotContain("Source");
    }

    @Test
    void blockScalarsAtTheEndKeepTheirNewlines() {
        String head = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\ndata:\n  a: ";
        for (String scalar : List.of(
                "|\n    x\n", "|-\n    x\n", "|+\n    x\n\n\n", ">\n    x y\n", "|\n    x", "|2\n      x\n     y\n", "|\n    x \n    \ty\n")) {
            String written = only(head + scalar);
            assertThat(written).endsWith("\n").doesNotContain("...");
            assertThat(only(written)).isEqualTo(written);
            assertThat(value(written)).isEqualTo(value(head + scalar));
            List<ManifestDocument> beside = parse(Documents.join(List.of(parse(written).get(0), parse(head + "b\n").get(0)))
                    .reveal());
            assertThat(beside).hasSize(2);
            assertThat(value(beside.get(0).yaml().reveal())).isEqualTo(value(written));
        }
        assertThat(value(only(head + "|+\n    x\n\n\n"))).isEqualTo("x\n\n\n");
    }

    private static String value(String yaml) {
        Object root = new org.snakeyaml.engine.v2.api.Load(
                        org.snakeyaml.engine.v2.api.LoadSettings.builder().build())
                .loadFromString(yaml);
        return (String) ((java.util.Map<?, ?>) ((java.util.Map<?, ?>) root).get("data")).get("a");
    }

    @Test
    void whatYaml11ReadsOtherwiseKeepsItsTextAndQuotes() {
        assertThat(only("""
                apiVersion: v1
                kind: ConfigMap
                metadata:
                  name: "on"
                data: {a: 0644, b: "yes", c: yes, d: '1', e: 1.0, f: "0x1F", g: !!str 12, h: ~}
                """))
                .isEqualTo("""
                apiVersion: v1
                kind: ConfigMap
                metadata:
                  name: "on"
                data: {a: 0644, b: "yes", c: yes, d: '1', e: 1.0, f: "0x1F", g: '12', h: ~}
                """);
    }

    @Test
    void anchorsStayWithinOneObject() {
        String written = only("""
                apiVersion: v1
                kind: ConfigMap
                metadata: {name: a, labels: &l {x: y}, annotations: *l}
                """);
        assertThat(parse(written)).isEqualTo(parse(written));
        assertThat(written).contains("&").contains("*");
        List<ManifestDocument> items = parse("""
                apiVersion: v1
                kind: List
                items:
                - {apiVersion: v1, kind: ConfigMap, metadata: {name: a, labels: &l {x: y}}}
                - {apiVersion: v1, kind: ConfigMap, metadata: {name: b, labels: *l}}
                """);
        assertThat(items.get(1).yaml().reveal()).contains("x: y").doesNotContain("*");
    }

    @Test
    void listsAreExpandedAlsoTypedAndNestedAndEmpty() {
        assertThat(parse("""
                apiVersion: v1
                kind: List
                items:
                - apiVersion: v1
                  kind: ConfigMapList
                  items:
                  - {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}
                - {apiVersion: v1, kind: Secret, metadata: {name: b}}
                ---
                apiVersion: rbac.authorization.k8s.io/v1
                kind: RoleBindingList
                items: []
                ---
                apiVersion: example.com/v1
                kind: AllowList
                metadata: {name: not-a-list}
                """))
                .extracting(ManifestDocument::name)
                .containsExactly("a", "b", "not-a-list");
    }

    @Test
    void theLastOfRepeatedKeysCounts() {
        assertThat(only("""
                apiVersion: v1
                kind: ConfigMap
                metadata:
                  name: a
                  labels: {app: one, app: two}
                """)).contains("labels: {app: two}");
    }

    @Test
    void errorsNameTheTemplateAndQuoteNoValue() {
        assertThatThrownBy(() -> parse("""
                ---
                # Source: demo/templates/good.yaml
                apiVersion: v1
                kind: ConfigMap
                metadata: {name: a}
                ---
                # Source: demo/templates/bad.yaml
                apiVersion: v1
                kind: Secret
                metadata:
                  name: b
                 stringData: hunter2
                """))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("demo/templates/bad.yaml")
                .hasMessageContaining("line 12")
                .hasMessageNotContaining("hunter2");
        assertThatThrownBy(() -> parse("apiVersion: v1\nkind: ConfigMap\nmetadata: {}\n"))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("ConfigMap has no metadata.name");
        assertThatThrownBy(() -> parse("hunter2")).hasMessageContaining("not a mapping").hasMessageNotContaining("hunter2");
        assertThatThrownBy(() -> parse("a: hunter2\u0000")).hasMessageNotContaining("hunter2");
    }

    @Test
    void bombsAreRefused() {
        String bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
                + java.util.stream.IntStream.range(1, 12)
                        .mapToObj(i -> "a%d: &a%d [%s]\n".formatted(i, i, ("*a" + (i - 1) + ", ").repeat(10)))
                        .collect(Collectors.joining());
        assertThatThrownBy(() -> parse(bomb)).isInstanceOf(RefusedException.class).hasMessageContaining("aliases");
        assertThatThrownBy(() -> parse("a: " + "[".repeat(5000)))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("deeper");
        assertThatThrownBy(() -> parse("a: &a [*a]")).isInstanceOf(RefusedException.class);
    }

    @Test
    void hooksAreLeftOutOfRenderings() {
        assertThat(Documents.rendered("test", Secret.of("""
                apiVersion: apps/v1
                kind: Deployment
                metadata: {name: d}
                ---
                apiVersion: batch/v1
                kind: Job
                metadata: {name: j, annotations: {"helm.sh/hook": "pre-install,pre-upgrade"}}
                ---
                apiVersion: v1
                kind: ServiceAccount
                metadata: {name: s}
                """)))
                .extracting(ManifestDocument::kind)
                .containsExactly("ServiceAccount", "Deployment");
    }

    @Test
    void orderIsHelmsAndStable() {
        String all = List.of("Ingress", "Zebra", "CustomResourceDefinition", "Aardvark", "Deployment", "Namespace", "Secret",
                        "ClusterRole", "PriorityClass")
                .stream()
                .map(kind -> "apiVersion: x/v1\nkind: " + kind + "\nmetadata: {name: b}\n---\napiVersion: x/v1\nkind: " + kind
                        + "\nmetadata: {name: a}\n")
                .collect(Collectors.joining("---\n"));
        List<ManifestDocument> sorted = Documents.inInstallOrder(parse(all));
        assertThat(sorted.stream().map(ManifestDocument::kind).distinct())
                .containsExactly("Namespace", "CustomResourceDefinition", "PriorityClass", "Secret", "ClusterRole", "Deployment",
                        "Ingress", "Aardvark", "Zebra");
        assertThat(sorted).extracting(ManifestDocument::name).startsWith("a", "b", "a", "b");
    }
}
