package io.talospve.proxmox.internal;

import io.talospve.error.ErrorCode;
import io.talospve.spi.Hypervisor.GuestNic;
import io.talospve.spi.HypervisorInfo.HostInfo;
import io.talospve.spi.Operation;
import io.talospve.spi.VmCreation;
import io.talospve.spi.VmDetails;
import io.talospve.spi.VmRef;
import io.talospve.spi.VmSummary;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;

/** Virtual machines: list, read, create, start, stop, delete. Thread-safe. */
public final class VmApi {
    private final ApiClient api;
    private final ClusterApi cluster;
    private final Tasks tasks;

    /** On a client. */
    public VmApi(ApiClient api, ClusterApi cluster, Tasks tasks) {
        this.api = api;
        this.cluster = cluster;
        this.tasks = tasks;
    }

    /** Each online node's own list: never /cluster/resources, which lags. */
    public List<VmSummary> list() {
        List<VmSummary> vms = new ArrayList<>();
        for (HostInfo host : cluster.hosts()) {
            if (host.online()) {
                for (JsonNode vm : api.send(Call.get("nodes", host.name(), "qemu"))) {
                    vms.add(summary(host.name(), vm));
                }
            }
        }
        vms.sort(Comparator.comparingInt(vm -> vm.ref().vmid()));
        return vms;
    }

    private static VmSummary summary(String host, JsonNode vm) {
        int vmid = (int) Fields.number(vm, "vmid", 0);
        String name = Fields.text(vm, "name");
        return new VmSummary(
                new VmRef(host, vmid),
                name.isEmpty() ? "VM " + vmid : name,
                Fields.text(vm, "status").equals("running"),
                Fields.flag(vm, "template"),
                Tags.parse(Fields.text(vm, "tags")));
    }

    /** Configuration and power state; two calls. */
    public Optional<VmDetails> details(VmRef ref) {
        return unlessMissing(() -> {
            JsonNode config = config(ref);
            JsonNode status = send(ref, vm("GET", ref, "status", "current"));
            return VmConfig.read(ref, config, Fields.text(status, "status").equals("running"));
        });
    }

    /** The configuration; the power state is that of the listing. One call. */
    public Optional<VmDetails> details(VmSummary listed) {
        return unlessMissing(() -> VmConfig.read(listed.ref(), config(listed.ref()), listed.running()));
    }

    private JsonNode config(VmRef ref) {
        return send(ref, vm("GET", ref, "config"));
    }

    private static Optional<VmDetails> unlessMissing(Supplier<VmDetails> read) {
        try {
            return Optional.of(read.get());
        } catch (ApiException e) {
            if (e.code() == ErrorCode.NOT_FOUND) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /** One call; whoever loses a race for the VMID gets NAME_TAKEN. */
    public Operation create(VmCreation vm) {
        return tasks.of(api.send(Call.post("nodes", vm.ref().host(), "qemu").with(CreateParameters.of(vm))));
    }

    /** Sets whether it may be deleted. */
    public void setProtection(VmRef ref, boolean protection) {
        send(ref, vm("PUT", ref, "config").with("protection", protection ? "1" : "0"));
    }

    /** Grows a disk to a size; a larger one is left, as Proxmox refuses to make it smaller. */
    public Operation growDisk(VmRef ref, String slot, long sizeGiB) {
        boolean large = details(ref).stream()
                .flatMap(vm -> vm.disks().stream())
                .anyMatch(disk -> disk.slot().equals(slot) && disk.sizeGiB() >= sizeGiB);
        return large
                ? Operation.done()
                : tasks.of(send(ref, vm("PUT", ref, "resize").with("disk", slot).with("size", sizeGiB + "G")));
    }

    /** Replaces the tags. */
    public void setTags(VmRef ref, Set<String> tags) {
        Call put = vm("PUT", ref, "config");
        send(ref, tags.isEmpty() ? put.with("delete", "tags") : put.with("tags", Tags.format(tags)));
    }

    /** Starts it. */
    public Operation start(VmRef ref) {
        return tasks.of(send(ref, vm("POST", ref, "status", "start")));
    }

    /** Pulls the plug. */
    public Operation stop(VmRef ref) {
        return tasks.of(send(ref, vm("POST", ref, "status", "stop")));
    }

    /** Deletes it with HA and replication entries and volumes that its configuration no longer names. */
    public Operation delete(VmRef ref) {
        try {
            return tasks.of(send(ref, vm("DELETE", ref).with("purge", "1").with("destroy-unreferenced-disks", "1")));
        } catch (ApiException e) {
            if (e.code() == ErrorCode.NOT_FOUND) {
                return Operation.done();
            }
            throw e;
        }
    }

    /** What the agent says; empty if it says nothing. */
    public Optional<List<GuestNic>> guestNics(VmRef ref) {
        JsonNode data;
        try {
            data = send(ref, vm("GET", ref, "agent", "network-get-interfaces"));
        } catch (ApiException e) {
            if (e.status() == 500 && ErrorTexts.silentAgent(e.text())) {
                return Optional.empty();
            }
            throw e;
        }
        List<GuestNic> nics = new ArrayList<>();
        for (JsonNode nic : data.path("result")) {
            List<String> addresses = new ArrayList<>();
            nic.path("ip-addresses").forEach(address -> addresses.add(Fields.text(address, "ip-address")));
            nics.add(new GuestNic(Fields.text(nic, "hardware-address").toLowerCase(Locale.ROOT), List.copyOf(addresses)));
        }
        return Optional.of(nics);
    }

    /**
     * Makes a call about one VM. Who has rights through a pool only is refused for a VM that does not exist, as it is in
     * no pool: whether it is missing or somebody else's is told by whether its VMID is free.
     */
    private JsonNode send(VmRef ref, Call call) {
        try {
            return api.send(call);
        } catch (ApiException e) {
            if (e.status() == 403 && e.text().contains("(/vms/" + ref.vmid() + ",") && cluster.isFree(ref.vmid())) {
                throw ApiException.notFound(call + " was refused, and there is no VM " + ref.vmid(), e);
            }
            throw e;
        }
    }

    private static Call vm(String method, VmRef ref, String... rest) {
        String[] segments = new String[4 + rest.length];
        segments[0] = "nodes";
        segments[1] = ref.host();
        segments[2] = "qemu";
        segments[3] = Integer.toString(ref.vmid());
        System.arraycopy(rest, 0, segments, 4, rest.length);
        return new Call(method, FormEncoding.path(segments), Map.of());
    }
}
