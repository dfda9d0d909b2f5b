package io.talospve.testkit.internal.pve;

import io.talospve.testkit.internal.world.Host;
import io.talospve.testkit.internal.world.World;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** One API call whose parameters have been checked; used under the world's lock. */
final class Call {
    private final World world;
    private final Host entry;
    private final Caller caller;
    private final Map<String, Object> params;
    private Duration delay = Duration.ZERO;
    private long total = -1;
    private boolean proxied;

    Call(World world, Host entry, Caller caller, Map<String, Object> params) {
        this.world = world;
        this.entry = entry;
        this.caller = caller;
        this.params = params;
    }

    World world() {
        return world;
    }

    /** The host that was asked. */
    Host entry() {
        return entry;
    }

    Caller caller() {
        return caller;
    }

    Map<String, Object> params() {
        return params;
    }

    boolean has(String name) {
        return params.containsKey(name);
    }

    String text(String name) {
        return String.valueOf(params.get(name));
    }

    String text(String name, String otherwise) {
        return has(name) ? text(name) : otherwise;
    }

    Optional<String> maybe(String name) {
        return has(name) ? Optional.of(text(name)) : Optional.empty();
    }

    int number(String name) {
        return Integer.parseInt(text(name));
    }

    int number(String name, int otherwise) {
        return has(name) ? number(name) : otherwise;
    }

    boolean flag(String name) {
        return text(name, "0").equals("1");
    }

    /** The host in the path. */
    Host node() {
        return Optional.ofNullable(world.hosts().get(text("node"))).orElseThrow(() -> unknownNode(text("node")));
    }

    static ApiError unknownNode(String name) {
        return ApiError.die("hostname lookup '" + name + "' failed - failed to get address info for: " + name
                + ": Name or service not known");
    }

    int vmid() {
        return number("vmid");
    }

    /** Answers later by this time. */
    void delay(Duration more) {
        delay = delay.plus(more);
    }

    Duration delay() {
        return delay;
    }

    /** Notes that another process or host answers. */
    void setProxied() {
        proxied = true;
    }

    boolean proxied() {
        return proxied;
    }

    /** Sets the {@code total} that is sent beside the data. */
    void total(long all) {
        total = all;
    }

    long total() {
        return total;
    }

    // ---- permissions ----

    /** Whether the caller has a privilege on a path. */
    boolean may(String path, String privilege) {
        return privileges(path, Optional.empty()).contains(privilege);
    }

    Set<String> privileges(String path, Optional<String> extraPool) {
        Optional<String> pool = extraPool;
        if (path.startsWith("/vms/")) {
            Optional<String> own = world.poolOf(Integer.parseInt(path.substring(5)));
            pool = own.isPresent() ? own : extraPool;
        } else if (path.startsWith("/storage/")) {
            String storage = path.substring(9);
            pool = world.pools().values().stream()
                    .filter(p -> p.storages().contains(storage))
                    .map(p -> p.id())
                    .findFirst();
        }
        return world.accounts().on(caller.authId(), path, pool);
    }

    /** Demands every one of some privileges on a path. */
    void demand(String path, String... all) {
        Set<String> have = privileges(path, Optional.empty());
        for (String one : all) {
            if (!have.contains(one)) {
                throw ApiError.forbidden(path + ", " + one);
            }
        }
    }

    /** Demands one of some privileges on a path. */
    void demandAny(String path, String... some) {
        demandAny(path, Optional.empty(), Arrays.stream(some).collect(Collectors.toCollection(
                java.util.TreeSet::new)));
    }

    /** Demands one of some privileges on a path, those on a pool counted too. */
    void demandAny(String path, Optional<String> pool, Set<String> some) {
        Set<String> have = privileges(path, pool);
        if (some.stream().noneMatch(have::contains)) {
            throw ApiError.forbidden(path + ", " + some.stream().sorted().collect(Collectors.joining("|")));
        }
    }

    /** Demands that the cluster can be written to. */
    void demandQuorum() {
        if (!world.quorate()) {
            throw ApiError.die("cluster not ready - no quorum?");
        }
    }
}
