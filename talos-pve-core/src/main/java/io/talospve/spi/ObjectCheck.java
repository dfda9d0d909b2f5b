package io.talospve.spi;

import io.talospve.spi.KubernetesApi.ObjectReference;
import java.util.Objects;

/**
 * When a Kubernetes object is as it should be. Immutable.
 *
 * @param kind how that is told
 * @param object which object
 */
public record ObjectCheck(Kind kind, ObjectReference object) {
    /** Checks that nothing is missing. */
    public ObjectCheck {
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(object, "object");
    }

    /** How it is told. */
    public enum Kind {
        /** A Deployment: its condition Available is True for its present spec. */
        DEPLOYMENT_AVAILABLE,
        /** A DaemonSet: as many pods are ready as nodes should have one. */
        DAEMON_SET_READY,
        /** A StatefulSet: all replicas are ready. */
        STATEFUL_SET_READY,
        /** Any object with a condition Ready: it is True for its present spec. */
        CONDITION_READY,
        /** An Application of Argo CD: synchronized and healthy. */
        APPLICATION_SYNCED
    }
}
