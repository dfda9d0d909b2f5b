package io.talospve.testkit.internal.pve;

import static io.talospve.testkit.internal.pve.Param.bool;
import static io.talospve.testkit.internal.pve.Param.oneOf;
import static io.talospve.testkit.internal.pve.Param.string;

import io.talospve.testkit.internal.world.Pool;
import io.talospve.testkit.internal.world.Vm;
import io.talospve.testkit.internal.world.World;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Calls under {@code /pools}. */
final class PoolCalls {
    private final World world;

    PoolCalls(World world) {
        this.world = world;
    }

    void addTo(Endpoints endpoints) {
        List<Param> onPool = List.of(string("poolid").must().format(Formats::poolId));
        Param[] changes = {
            bool("allow-move"), string("comment"), bool("delete"), string("storage"), string("vms")
        };
        endpoints
                .add("GET /pools", false,
                        endpoints.schema(List.of(), string("poolid").format(Formats::poolId),
                                oneOf("type", "qemu", "lxc", "storage").requires("poolid")),
                        Endpoints::anybody, this::list)
                .add("POST /pools", true, endpoints.schema(onPool, string("comment")),
                        c -> c.demand("/pool/" + c.text("poolid"), "Pool.Allocate"), this::create)
                .add("PUT /pools", true, endpoints.schema(onPool, changes),
                        c -> c.demand("/pool/" + c.text("poolid"), "Pool.Allocate"), this::change)
                .add("DELETE /pools", true, endpoints.schema(onPool),
                        c -> c.demand("/pool/" + c.text("poolid"), "Pool.Allocate"), this::delete)
                .add("GET /pools/{poolid}", false,
                        endpoints.schema(onPool, oneOf("type", "qemu", "lxc", "storage")),
                        c -> c.demand("/pool/" + c.text("poolid"), "Pool.Audit"), c -> json(pool(c), true))
                .add("PUT /pools/{poolid}", true, endpoints.schema(onPool, changes),
                        c -> c.demand("/pool/" + c.text("poolid"), "Pool.Allocate"), this::change)
                .add("DELETE /pools/{poolid}", true, endpoints.schema(onPool),
                        c -> c.demand("/pool/" + c.text("poolid"), "Pool.Allocate"), this::delete);
    }

    private Pool pool(Call call) {
        return Optional.ofNullable(world.pools().get(call.text("poolid")))
                .orElseThrow(() -> ApiError.die("pool '" + call.text("poolid") + "' does not exist"));
    }

    private Object list(Call call) {
        if (call.has("poolid")) {
            call.demand("/pool/" + call.text("poolid"), "Pool.Audit");
            return List.of(json(pool(call), true));
        }
        return world.pools().values().stream()
                .filter(p -> call.may("/pool/" + p.id(), "Pool.Audit"))
                .map(p -> json(p, false))
                .toList();
    }

    private Map<String, Object> json(Pool pool, boolean members) {
        Map<String, Object> json = new TreeMap<>();
        json.put("poolid", pool.id());
        if (!pool.comment().isEmpty()) {
            json.put("comment", pool.comment());
        }
        if (members) {
            List<Map<String, Object>> all = new ArrayList<>();
            for (int vmid : pool.vms()) {
                Vm vm = world.vms().get(vmid);
                if (vm != null) {
                    all.add(new TreeMap<>(Map.of("type", "qemu", "id", "qemu/" + vmid, "vmid", vmid, "node",
                            vm.host(), "name", vm.name(), "status", vm.running() ? "running" : "stopped")));
                }
            }
            for (String storage : pool.storages()) {
                for (String host : world.hosts().keySet()) {
                    all.add(new TreeMap<>(Map.of("type", "storage", "id", "storage/" + host + "/" + storage,
                            "storage", storage, "node", host, "status", "available")));
                }
            }
            json.put("members", all);
        }
        return json;
    }

    private void quorum(String what) {
        if (!world.quorate()) {
            throw ApiError.die(what + " pool failed: cfs-lock 'file-user_cfg' error: no quorum!");
        }
    }

    private @Nullable Object create(Call call) {
        quorum("create");
        String id = call.text("poolid");
        if (world.pools().containsKey(id)) {
            throw ApiError.die("create pool failed: pool '" + id + "' already exists");
        }
        Pool made = new Pool(id);
        made.comment(call.text("comment", ""));
        world.pools().put(id, made);
        return null;
    }

    private @Nullable Object change(Call call) {
        quorum("update");
        Pool pool = Optional.ofNullable(world.pools().get(call.text("poolid"))).orElseThrow(
                () -> ApiError.die("update pool failed: pool '" + call.text("poolid") + "' does not exist"));
        call.maybe("comment").ifPresent(pool::comment);
        boolean delete = call.flag("delete");
        for (String one : Formats.list(call.text("vms", ""))) {
            int vmid = Integer.parseInt(one);
            call.demandAny("/vms/" + vmid, Optional.of(pool.id()),
                    java.util.Set.of("VM.Allocate", "Permissions.Modify"));
            Optional<String> now = world.poolOf(vmid);
            if (delete) {
                if (!now.equals(Optional.of(pool.id()))) {
                    throw ApiError.die("update pool failed: VM " + vmid + " is not a pool member");
                }
                world.leavePool(vmid);
            } else {
                if (now.isPresent() && !call.flag("allow-move")) {
                    throw ApiError.die("update pool failed: VM " + vmid + " belongs already to pool '" + now.get()
                            + "' and 'allow-move' is not set");
                }
                world.joinPool(vmid, pool);
            }
        }
        for (String storage : Formats.list(call.text("storage", ""))) {
            call.demand("/storage/" + storage, "Datastore.Allocate");
            if (delete) {
                pool.storages().remove(storage);
            } else {
                pool.storages().add(storage);
            }
        }
        return null;
    }

    private @Nullable Object delete(Call call) {
        quorum("delete");
        String id = call.text("poolid");
        Pool pool = Optional.ofNullable(world.pools().get(id))
                .orElseThrow(() -> ApiError.die("delete pool failed: pool '" + id + "' does not exist"));
        if (!pool.vms().isEmpty() || !pool.storages().isEmpty()) {
            throw ApiError.die("delete pool failed: pool '" + id + "' is not empty");
        }
        world.pools().remove(id);
        return null;
    }
}
