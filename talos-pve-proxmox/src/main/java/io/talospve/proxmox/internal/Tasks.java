package io.talospve.proxmox.internal;

import io.talospve.spi.Operation;
import tools.jackson.databind.JsonNode;

/** Makes operations of UPIDs. Thread-safe. */
public final class Tasks {
    private final ApiClient api;
    private final ClusterApi cluster;

    /** On a client. */
    public Tasks(ApiClient api, ClusterApi cluster) {
        this.api = api;
        this.cluster = cluster;
    }

    /**
     * The operation of an id that was given out earlier.
     *
     * @throws io.talospve.error.RemoteException if it is no id of an operation
     */
    public Operation of(String id) {
        if (id.equals(Operation.done().id())) {
            return Operation.done();
        }
        Upid upid = Upid.parse(id);
        Task task = new Task(api, upid);
        return switch (upid.type()) {
            case "hastart" -> new HaOrder(api, cluster, upid, task, "running");
            case "hastop" -> new HaOrder(api, cluster, upid, task, "stopped");
            default -> task;
        };
    }

    /** The operation that an answer names; one that names none is done. */
    Operation of(JsonNode answer) {
        return answer.isNull() ? Operation.done() : of(Fields.scalar(answer));
    }
}
