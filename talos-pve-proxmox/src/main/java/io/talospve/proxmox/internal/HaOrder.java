package io.talospve.proxmox.internal;

import io.talospve.error.ErrorCode;
import io.talospve.spi.HypervisorInfo.HostInfo;
import io.talospve.spi.Operation;
import java.util.Optional;

/**
 * Start or stop of a highly available VM: its task ends at once with OK, the HA manager carries it out 10 to 30 s later,
 * perhaps on another node. It has succeeded when the VM is in that state.
 */
final class HaOrder implements Operation {
    private final ApiClient api;
    private final ClusterApi cluster;
    private final Upid upid;
    private final Task task;
    private final String wanted;

    HaOrder(ApiClient api, ClusterApi cluster, Upid upid, Task task, String wanted) {
        this.api = api;
        this.cluster = cluster;
        this.upid = upid;
        this.task = task;
        this.wanted = wanted;
    }

    @Override
    public String id() {
        return upid.text();
    }

    @Override
    public State poll() {
        State order = task.poll();
        if (order.status() != Status.SUCCEEDED) {
            return order;
        }
        Optional<String> now = status(upid.node()).or(this::anywhere);
        if (now.isEmpty()) {
            return wanted.equals("stopped") ? State.succeeded() : State.failed("VM " + upid.subject() + " does not exist");
        }
        return now.get().equals(wanted)
                ? State.succeeded()
                : new State(Status.RUNNING, "ordered from the HA manager, VM " + upid.subject() + " is still " + now.get());
    }

    private Optional<String> anywhere() {
        return cluster.hosts().stream()
                .filter(HostInfo::online)
                .map(HostInfo::name)
                .filter(node -> !node.equals(upid.node()))
                .flatMap(node -> status(node).stream())
                .findFirst();
    }

    private Optional<String> status(String node) {
        try {
            return Optional.of(Fields.text(
                    api.send(Call.get("nodes", node, "qemu", upid.subject(), "status", "current")), "status"));
        } catch (ApiException e) {
            if (e.code() == ErrorCode.NOT_FOUND) {
                return Optional.empty();
            }
            throw e;
        }
    }

    @Override
    public String toString() {
        return id();
    }
}
