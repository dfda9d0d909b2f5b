package io.talospve.testkit.internal.kube.api;

import static io.talospve.testkit.internal.kube.api.Tree.child;
import static io.talospve.testkit.internal.kube.api.Tree.flag;
import static io.talospve.testkit.internal.kube.api.Tree.list;
import static io.talospve.testkit.internal.kube.api.Tree.text;

import io.talospve.testkit.internal.kube.api.ApiError.Cause;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What an API server checks in every object, and in the built-in kinds that clusters are brought up with. */
final class ObjectRules {
    private static final Pattern LABEL = Pattern.compile("[a-z0-9]([-a-z0-9]*[a-z0-9])?");
    private static final Pattern SUBDOMAIN =
            Pattern.compile("[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*");
    private static final Pattern QUALIFIED_NAME = Pattern.compile("([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]");
    private static final String LABEL_TEXT =
            "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end"
                    + " with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is"
                    + " '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
    private static final String SUBDOMAIN_TEXT =
            "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start"
                    + " and end with an alphanumeric character (e.g. 'example.com', regex used for validation is"
                    + " '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
    private static final String LABEL_VALUE_TEXT =
            "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start"
                    + " and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for"
                    + " validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
    private static final int MAX_ANNOTATIONS = 256 << 10;

    private ObjectRules() {}

    /** What is wrong with an object. */
    static List<Cause> problems(ResourceType type, Map<String, Object> object, @Nullable Map<String, Object> live) {
        List<Cause> out = new ArrayList<>();
        name(type, object, out);
        labels(object, "metadata.labels", out);
        annotations(object, out);
        if (type.group().equals("rbac.authorization.k8s.io") && type.kind().endsWith("Binding")) {
            if (text(object, "roleRef.name").isEmpty()) {
                out.add(Cause.required("roleRef.name", ""));
            }
            if (live != null && !Tree.same(live.get("roleRef"), object.get("roleRef"))) {
                out.add(Cause.invalid("roleRef", "object", "cannot change roleRef"));
            }
        }
        switch (type.qualified()) {
            case "deployments.apps", "daemonsets.apps", "statefulsets.apps", "replicasets.apps" ->
                workload(object, live, out);
            case "jobs.batch" -> {
                template(object, "spec.template", out);
                if (live != null && !Tree.same(Tree.at(live, "spec.template"), Tree.at(object, "spec.template"))) {
                    out.add(Cause.invalid("spec.template", "object", "field is immutable"));
                }
            }
            case "pods" -> containers(object, "spec", out);
            case "services" -> service(object, out);
            case "customresourcedefinitions.apiextensions.k8s.io" -> definition(object, out);
            case "configmaps", "secrets" -> {
                if (live != null && flag(live, "immutable") && !Tree.same(live.get("data"), object.get("data"))) {
                    out.add(new Cause("FieldValueForbidden", "data", "Forbidden: field is immutable when `immutable` is set"));
                }
            }
            default -> { }
        }
        return out;
    }

    private static void name(ResourceType type, Map<String, Object> object, List<Cause> out) {
        String name = Tree.name(object);
        if (name.isEmpty()) {
            out.add(Cause.required("metadata.name", "name or generateName is required"));
            return;
        }
        if (type.group().equals("rbac.authorization.k8s.io")) {
            if (name.equals(".") || name.equals("..") || name.contains("/") || name.contains("%")) {
                out.add(Cause.invalid("metadata.name", name, "may not contain '/'"));
            }
            return;
        }
        boolean label = List.of("namespaces", "services").contains(type.qualified());
        int most = label ? 63 : 253;
        if (!(label ? LABEL : SUBDOMAIN).matcher(name).matches()) {
            out.add(Cause.invalid("metadata.name", name, label ? LABEL_TEXT : SUBDOMAIN_TEXT));
        } else if (name.length() > most) {
            out.add(Cause.invalid("metadata.name", name, "must be no more than " + most + " bytes"));
        }
    }

    private static void labels(Object object, String path, List<Cause> out) {
        child(object, path).forEach((key, value) -> {
            qualified(key, path, out);
            if (!(value instanceof String text)) {
                out.add(new Cause("FieldValueTypeInvalid", path, "Invalid value: must be a string"));
            } else if (text.length() > 63) {
                out.add(Cause.invalid(path, text, "must be no more than 63 bytes"));
            } else if (!text.isEmpty() && !QUALIFIED_NAME.matcher(text).matches()) {
                out.add(Cause.invalid(path, text, LABEL_VALUE_TEXT));
            }
        });
    }

    private static void qualified(String key, String path, List<Cause> out) {
        String[] parts = key.split("/", -1);
        String name = parts[parts.length - 1];
        if (parts.length > 2 || name.length() > 63 || !QUALIFIED_NAME.matcher(name).matches()) {
            out.add(Cause.invalid(
                    path,
                    key,
                    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an"
                            + " alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for"
                            + " validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"));
        } else if (parts.length == 2 && !SUBDOMAIN.matcher(parts[0]).matches()) {
            out.add(Cause.invalid(path, key, "prefix part " + SUBDOMAIN_TEXT));
        }
    }

    private static void annotations(Object object, List<Cause> out) {
        long size = 0;
        for (Map.Entry<String, Object> annotation : child(object, "metadata.annotations").entrySet()) {
            qualified(annotation.getKey().toLowerCase(java.util.Locale.ROOT), "metadata.annotations", out);
            size += bytes(annotation.getKey()) + bytes(String.valueOf(annotation.getValue()));
        }
        if (size > MAX_ANNOTATIONS) {
            out.add(new Cause(
                    "FieldValueTooLong", "metadata.annotations", "Too long: may not be more than " + MAX_ANNOTATIONS + " bytes"));
        }
    }

    private static int bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    private static void workload(Map<String, Object> object, @Nullable Map<String, Object> live, List<Cause> out) {
        Map<String, Object> selector = child(object, "spec.selector");
        Map<String, Object> labels = child(object, "spec.template.metadata.labels");
        if (selector.isEmpty()) {
            out.add(Cause.required("spec.selector", ""));
        } else if (!Selectors.matches(selector, labels)) {
            out.add(Cause.invalid(
                    "spec.template.metadata.labels", "object", "`selector` does not match template `labels`"));
        }
        if (live != null && !Tree.same(child(live, "spec.selector"), selector)) {
            out.add(Cause.invalid("spec.selector", "object", "field is immutable"));
        }
        template(object, "spec.template", out);
    }

    private static void template(Map<String, Object> object, String path, List<Cause> out) {
        labels(child(object, path), "metadata.labels", out);
        containers(object, path + ".spec", out);
    }

    private static void containers(Map<String, Object> object, String spec, List<Cause> out) {
        if (list(object, spec + ".containers").isEmpty()) {
            out.add(Cause.required(spec + ".containers", ""));
        }
        List<String> volumes = list(object, spec + ".volumes").stream().map(v -> text(v, "name")).toList();
        List<String> names = new ArrayList<>();
        for (String list : List.of("initContainers", "containers")) {
            List<Object> all = list(object, spec + "." + list);
            for (int i = 0; i < all.size(); i++) {
                String at = spec + "." + list + "[" + i + "]";
                String name = text(all.get(i), "name");
                if (name.isEmpty()) {
                    out.add(Cause.required(at + ".name", ""));
                } else if (!LABEL.matcher(name).matches()) {
                    out.add(Cause.invalid(at + ".name", name, LABEL_TEXT));
                } else if (names.contains(name)) {
                    out.add(new Cause("FieldValueDuplicate", at + ".name", "Duplicate value: \"" + name + "\""));
                }
                names.add(name);
                if (text(all.get(i), "image").isEmpty()) {
                    out.add(Cause.required(at + ".image", ""));
                }
                List<Object> mounts = list(all.get(i), "volumeMounts");
                for (int k = 0; k < mounts.size(); k++) {
                    if (!volumes.contains(text(mounts.get(k), "name"))) {
                        out.add(new Cause(
                                "FieldValueNotFound",
                                at + ".volumeMounts[" + k + "].name",
                                "Not found: \"" + text(mounts.get(k), "name") + "\""));
                    }
                }
            }
        }
    }

    private static void service(Map<String, Object> object, List<Cause> out) {
        boolean needsNone = text(object, "spec.type").equals("ExternalName")
                || text(object, "spec.clusterIP").equals("None");
        List<Object> ports = list(object, "spec.ports");
        if (ports.isEmpty() && !needsNone) {
            out.add(Cause.required("spec.ports", ""));
        }
        for (int i = 0; i < ports.size(); i++) {
            long port = Tree.number(ports.get(i), "port", 0);
            if (port < 1 || port > 65535) {
                out.add(Cause.invalid("spec.ports[" + i + "].port", port, "must be between 1 and 65535, inclusive"));
            }
            if (ports.size() > 1 && text(ports.get(i), "name").isEmpty()) {
                out.add(Cause.required("spec.ports[" + i + "].name", ""));
            }
        }
    }

    private static void definition(Map<String, Object> object, List<Cause> out) {
        String wanted = text(object, "spec.names.plural") + "." + text(object, "spec.group");
        if (!Tree.name(object).equals(wanted)) {
            out.add(Cause.invalid(
                    "metadata.name", Tree.name(object), "must be spec.names.plural+\".\"+spec.group"));
        }
        if (text(object, "spec.names.kind").isEmpty()) {
            out.add(Cause.required("spec.names.kind", ""));
        }
        String scope = text(object, "spec.scope");
        if (!List.of("Namespaced", "Cluster").contains(scope)) {
            out.add(scope.isEmpty()
                    ? Cause.required("spec.scope", "")
                    : Cause.unsupported("spec.scope", scope, List.of("Cluster", "Namespaced")));
        }
        List<Object> versions = list(object, "spec.versions");
        if (versions.stream().filter(v -> flag(v, "storage")).count() != 1) {
            out.add(Cause.invalid(
                    "spec.versions", "array", "must have exactly one version marked as storage version"));
        }
        for (int i = 0; i < versions.size(); i++) {
            if (child(versions.get(i), "schema.openAPIV3Schema").isEmpty()) {
                out.add(Cause.required("spec.versions[" + i + "].schema.openAPIV3Schema", "schemas are required"));
            }
        }
    }
}
