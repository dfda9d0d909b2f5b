package io.talospve.testkit.internal.kube.api;

import java.util.List;
import java.util.Map;

/**
 * A kind of object that the API serves.
 *
 * @param group API group, empty for the core
 * @param versions served versions, the preferred one first
 * @param kind {@code Deployment}
 * @param plural {@code deployments}
 * @param singular {@code deployment}
 * @param shortNames {@code deploy}
 * @param categories {@code all}
 * @param namespaced whether its objects are in namespaces
 * @param status whether status is a subresource
 * @param counted whether metadata.generation is kept
 * @param schemas by version, for custom resources; empty for built-in kinds
 */
public record ResourceType(
        String group,
        List<String> versions,
        String kind,
        String plural,
        String singular,
        List<String> shortNames,
        List<String> categories,
        boolean namespaced,
        boolean status,
        boolean counted,
        Map<String, CustomSchema> schemas) {

    /** {@code deployments.apps}. */
    public String qualified() {
        return group.isEmpty() ? plural : plural + "." + group;
    }

    /** {@code apps/v1}. */
    public String apiVersion(String version) {
        return group.isEmpty() ? version : group + "/" + version;
    }

    /** The version that objects are stored in. */
    public String storage() {
        return versions.get(0);
    }

    /** Whether it was defined by a CustomResourceDefinition. */
    public boolean custom() {
        return !schemas.isEmpty();
    }
}
