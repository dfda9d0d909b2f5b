package io.talospve.apply;

import io.talospve.apply.CrashPoints.Crash;
import io.talospve.apply.CrashPoints.Moment;
import io.talospve.error.ErrorCode;
import io.talospve.error.RefusedException;
import io.talospve.error.RemoteException;
import io.talospve.error.StalePlanException;
import io.talospve.error.StoreException;
import io.talospve.error.TalosPveException;
import io.talospve.plan.Mark;
import io.talospve.plan.Plan;
import io.talospve.spec.TalosCluster;
import io.talospve.spi.VmDetails;
import io.talospve.spi.VmRef;
import io.talospve.store.Credentials;
import io.talospve.store.internal.MemoryFiles;
import io.talospve.store.internal.StoreFiles;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * One random life of a small cluster: applies, removals, crashes, faults, and people and high availability in between. The
 * invariants are looked at after each; the first that is broken is thrown.
 */
final class Soak {
    /** An invariant does not hold. */
    static final class Broken extends AssertionError {
        private static final long serialVersionUID = 1L;

        Broken(String what) {
            super(what);
        }
    }

    private static final List<String> HOSTS = List.of("alpha", "charlie", "foxtrot");

    final Map<String, Integer> counts = new TreeMap<>();
    private final Random random;
    private final Site site;
    private int controlPlanes;
    private int workers;
    private final List<VmDetails> foreign = new ArrayList<>();
    private final List<String> history = new ArrayList<>();
    private Optional<String> bundle = Optional.empty();
    private int bootstrapsBefore;
    private boolean removing;

    /**
     * A life.
     *
     * @param seed chooses everything
     * @param mutation breaks the site on purpose, to see an invariant catch it
     */
    Soak(long seed, Consumer<Site> mutation) {
        // Neighbouring seeds would begin alike.
        random = new Random(seed * 0x9E3779B97F4A7C15L);
        controlPlanes = random.nextBoolean() ? 1 : 3;
        workers = random.nextInt(3);
        site = new Site(seed, cluster(controlPlanes, workers));
        mutation.accept(site);
    }

    private static TalosCluster cluster(int controlPlanes, int workers) {
        StringBuilder yaml = new StringBuilder("cluster:\n  name: soak\n  datastore: { id: nas, node: alpha }\n"
                + "  talos: { version: v1.12.4 }\n  kubernetes_version: v1.35.0\n"
                + "  options: { disable_default_cni: true }\nhost_pool:\n");
        HOSTS.forEach(host -> yaml.append("  ").append(host).append(": { datastore_id: local-lvm }\n"));
        nodes(yaml, "control_plane", 21, controlPlanes);
        nodes(yaml, "worker", 31, workers);
        yaml.append("node_size_configuration:\n  small: { cpu: 2, memory: 4096, os_disk: 32 }\n");
        return TalosCluster.parse(yaml.toString(), "soak.yaml");
    }

    private static void nodes(StringBuilder yaml, String role, int address, int count) {
        yaml.append(role).append("_nodes:\n  host_pool: [alpha, charlie, foxtrot]\n  nodes:").append(count == 0 ? " []\n" : "\n");
        for (int i = 0; i < count; i++) {
            yaml.append("    - size: small\n      networks:\n        dmz: { address: 10.0.0.").append(address + i)
                    .append("/24, gateway: 10.0.0.1 }\n");
        }
    }

    /** Lives through some operations and ends in order. */
    void live(int operations) {
        for (int i = 0; i < operations; i++) {
            operation();
            check();
        }
        calm();
        if (removing) {
            succeed(true);
            check();
            removing = false;
        }
        succeed(false);
        check();
        complete();
        if (random.nextBoolean()) {
            succeed(true);
            check();
            if (site.datacenter.machines.size() != foreign.size() || !site.datacenter.isos.isEmpty()) {
                throw broken("a removal left machines or images behind");
            }
        }
    }

    private void operation() {
        switch (random.nextInt(17)) {
            case 0, 1 -> attempt("apply", false);
            case 2, 3, 4 -> crash(random.nextInt(10) == 0);
            case 5, 6 -> fault();
            case 7 -> move();
            case 8 -> stopped();
            case 9 -> hostCrash();
            case 10 -> lostStore();
            case 11 -> twoProcesses();
            case 12 -> cancel();
            case 13 -> grow();
            case 14 -> copied();
            case 15 -> otherComputer();
            default -> {
                if (random.nextInt(3) == 0) {
                    attempt("destroy", true);
                } else if (random.nextBoolean()) {
                    stranger();
                } else {
                    replaced();
                }
            }
        }
    }

    private void count(String what) {
        counts.merge(what, 1, Integer::sum);
        history.add(what);
    }

    private void run(boolean destroy) {
        PlanExecutor process = site.process();
        try {
            apply(process, destroy ? process.planDestroy(site.cluster) : plan(process), ApplyOptions.standard());
        } catch (StalePlanException moved) {
            // What an earlier apply had asked for was done between planning and applying: one plans again, as the hint says.
            count("stale");
            apply(process, destroy ? process.planDestroy(site.cluster) : plan(process), ApplyOptions.standard());
        }
    }

    /** A removal that has taken the last control plane has to be finished before anything else: that is refused, rightly. */
    private Plan plan(PlanExecutor process) {
        try {
            return process.plan(site.cluster);
        } catch (RefusedException e) {
            if (e.code() != ErrorCode.BOOTSTRAP_REFUSED || !removing) {
                throw broken("a plan is refused: " + e.getMessage());
            }
            count("half a removal");
            return process.planDestroy(site.cluster);
        }
    }

    /** A host dies with its machines; perhaps high availability starts them elsewhere. Somebody applies before it is back. */
    private void hostCrash() {
        count("host crash");
        calm();
        String host = HOSTS.get(random.nextInt(HOSTS.size()));
        boolean available = random.nextBoolean();
        for (MemoryDatacenter.Machine machine : site.datacenter.machines.values()) {
            if (machine.vm.ref().host().equals(host) && !foreign.contains(machine.vm)) {
                VmDetails.Builder after = VmDetails.builder();
                after.from(machine.vm).running(available && machine.vm.running());
                String other = HOSTS.stream().filter(name -> !name.equals(host)).findFirst().orElseThrow();
                machine.vm = available
                        ? after.ref(new VmRef(other, machine.vm.ref().vmid())).build()
                        : after.build();
            }
        }
        site.datacenter.down.add(host);
        PlanExecutor process = site.process();
        try {
            process.apply(process.plan(site.cluster), ApplyOptions.standard().withDeadline(Duration.ofMinutes(10)));
        } catch (RefusedException e) {
            if (e.code() != ErrorCode.PLAN_REFUSED && !(e.code() == ErrorCode.BOOTSTRAP_REFUSED && removing)) {
                throw broken("while " + host + " is away a plan is refused: " + e.getMessage());
            }
            count("refused while a host is away");
        } catch (RemoteException e) {
            count("could not plan");
        }
        site.datacenter.down.clear();
    }

    /** Somebody plans with an empty store. */
    private void lostStore() {
        count("lost store");
        calm();
        StoreFiles kept = site.files;
        site.files = new MemoryFiles();
        boolean any = ours().stream().anyMatch(machine -> !site.time.now().isBefore(machine.createdFrom));
        try {
            site.plan();
            if (any) {
                throw broken("with an empty store a plan over machines of another one is made");
            }
        } catch (RefusedException e) {
            if (e.code() != ErrorCode.STORE_MISMATCH) {
                throw broken("with an empty store a plan is refused for " + e.code());
            }
        }
        site.files = kept;
    }

    /** A second process applies while the first is at it. */
    private void twoProcesses() {
        count("two processes");
        calm();
        PlanExecutor process = site.process();
        Plan plan = plan(process);
        int[] left = {random.nextInt(150)};
        site.points.refusal = name -> {
            if (left[0]-- == 0) {
                try {
                    site.process().apply(plan);
                } catch (StoreException e) {
                    if (e.code() == ErrorCode.LOCKED) {
                        count("kept out");
                        return;
                    }
                }
                throw broken("two processes applied at once");
            }
        };
        apply(process, plan, ApplyOptions.standard());
        calm();
    }

    private void cancel() {
        count("cancel");
        calm();
        PlanExecutor process = site.process();
        Plan plan = plan(process);
        Cancellation cancellation = new Cancellation();
        int[] left = {random.nextInt(300)};
        site.points.refusal = name -> {
            if (left[0]-- == 0) {
                cancellation.cancel();
            }
        };
        Outcome outcome = apply(process, plan, ApplyOptions.standard().withCancellation(cancellation));
        if (!outcome.cancelled() && !outcome.succeeded()) {
            throw broken("nothing is wrong but a cancellation: " + outcome.render());
        }
        calm();
    }

    private void grow() {
        if (controlPlanes == 1 && random.nextBoolean()) {
            count("grow control planes");
            controlPlanes = 3;
        } else if (workers < 4) {
            count("grow workers");
            workers++;
        }
        site.cluster = cluster(controlPlanes, workers);
    }

    /** A clone, or a backup that was restored beside the machine, carries its mark. */
    private void copied() {
        calm();
        List<MemoryDatacenter.Machine> all = ours().stream()
                .filter(machine -> !site.time.now().isBefore(machine.createdFrom))
                .toList();
        if (all.isEmpty()) {
            return;
        }
        boolean clone = random.nextBoolean();
        count(clone ? "clone" : "restored backup");
        MemoryDatacenter.Machine machine = all.get(random.nextInt(all.size()));
        VmRef ref = new VmRef(HOSTS.get(random.nextInt(3)), 900);
        VmDetails copy = VmDetails.builder().from(machine.vm).ref(ref).running(false)
                .uuid(clone ? new UUID(98, random.nextLong()) : machine.vm.uuid().orElseThrow()).build();
        site.datacenter.machines.put(900, new MemoryDatacenter.Machine(copy));
        try {
            site.plan();
            throw broken("a copied mark is taken for a machine");
        } catch (RefusedException e) {
            if (e.code() != ErrorCode.COPIED_MARK) {
                throw broken("a copied mark is refused for " + e.code() + ": " + e.getMessage());
            }
        }
        site.datacenter.machines.remove(900);
    }

    /** Somebody deletes a worker, and somebody else's machine gets its VMID. */
    private void replaced() {
        Optional<MemoryDatacenter.Machine> worker = ours().stream()
                .filter(machine -> machine.vm.name().contains("worker"))
                .findFirst();
        if (worker.isPresent()) {
            count("replaced by a stranger");
            VmRef ref = worker.get().vm.ref();
            site.datacenter.machines.remove(ref.vmid());
            addForeign(ref, "intranet");
        }
    }

    /** The next processes run on a computer whose clock is wrong: by as little as a step, or by days. */
    private void otherComputer() {
        count("another clock");
        Duration wrong = Duration.ofMillis(random.nextInt(random.nextBoolean() ? 2000 : 1_000_000_000));
        site.clockBehind = random.nextInt(3) == 0 ? wrong.negated() : wrong;
    }

    private Outcome apply(PlanExecutor process, Plan plan, ApplyOptions options) {
        removing |= plan.kind() == Plan.Kind.DESTROY;
        Outcome outcome = process.apply(plan, options);
        removing &= !(plan.kind() == Plan.Kind.DESTROY && outcome.succeeded());
        return outcome;
    }

    private void attempt(String what, boolean destroy) {
        count(what);
        calm();
        run(destroy);
    }

    private void crash(boolean destroy) {
        count(destroy ? "crash in destroy" : "crash in apply");
        calm();
        int call = random.nextInt(random.nextBoolean() ? 60 : 400);
        site.points.crashAt(call, Moment.values()[random.nextInt(3)]);
        try {
            run(destroy);
        } catch (Crash expected) {
            count("crashed");
        }
        calm();
    }

    private void fault() {
        count("fault for a while");
        calm();
        List<String> calls = List.of("create machine", "start machine", "poll task", "look at machine", "bootstrap",
                "apply configuration", "put secret", "kubeconfig", "fetch image", "read machine", "etcd members");
        String call = calls.get(random.nextInt(calls.size()));
        int[] left = {1 + random.nextInt(12)};
        boolean retryable = random.nextInt(4) > 0;
        Consumer<String> fault = name -> {
            if (name.equals(call) && left[0]-- > 0) {
                throw new RemoteException(ErrorCode.UNREACHABLE, name + ": reset", retryable, null, "reset", null);
            }
        };
        if (random.nextBoolean()) {
            site.points.refusal = fault;
        } else {
            site.points.loss = fault;
        }
        try {
            run(false);
        } catch (RemoteException planning) {
            count("could not plan");
        }
        calm();
    }

    private List<MemoryDatacenter.Machine> ours() {
        return site.datacenter.machines.values().stream()
                .filter(machine -> machine.vm.description().contains("\"cluster\":\"soak\""))
                .toList();
    }

    private void move() {
        List<MemoryDatacenter.Machine> all = ours();
        if (!all.isEmpty()) {
            count("moved by HA");
            MemoryDatacenter.Machine machine = all.get(random.nextInt(all.size()));
            machine.vm = VmDetails.builder().from(machine.vm)
                    .ref(new VmRef(HOSTS.get(random.nextInt(3)), machine.vm.ref().vmid())).build();
        }
    }

    private void stopped() {
        List<MemoryDatacenter.Machine> all = ours();
        if (!all.isEmpty()) {
            count("stopped by hand");
            MemoryDatacenter.Machine machine = all.get(random.nextInt(all.size()));
            machine.vm = VmDetails.builder().from(machine.vm).running(false).build();
        }
    }

    /** Somebody else's machine, at the VMID that is free first, sometimes with our tags. */
    private void stranger() {
        count("a stranger comes");
        int vmid = 100;
        while (site.datacenter.machines.containsKey(vmid)) {
            vmid++;
        }
        addForeign(
                new VmRef(HOSTS.get(random.nextInt(3)), vmid),
                random.nextBoolean() ? "soak-cp-of-old-" + vmid : "blog-" + vmid);
    }

    private void addForeign(VmRef ref, String name) {
        VmDetails vm = VmDetails.builder().ref(ref)
                .name(name)
                .description("mine").uuid(new UUID(99, random.nextLong())).running(random.nextBoolean()).template(false)
                .protection(false).cores(1).memoryMiB(512)
                .tags(random.nextBoolean() ? Set.of("soak", "talos") : Set.of()).build();
        foreign.add(vm);
        site.datacenter.machines.put(ref.vmid(), new MemoryDatacenter.Machine(vm));
    }

    private void calm() {
        site.points.never();
        site.points.refusal = name -> { };
        site.points.loss = name -> { };
    }

    private void succeed(boolean destroy) {
        count(destroy ? "last destroy" : "last apply");
        PlanExecutor process = site.process();
        Outcome outcome;
        try {
            outcome = process.apply(destroy ? process.planDestroy(site.cluster) : process.plan(site.cluster));
        } catch (TalosPveException e) {
            throw broken("nothing is wrong any more, but it does not go on: " + e.getMessage());
        }
        if (!outcome.succeeded()) {
            throw broken("nothing is wrong any more, but: " + outcome.render());
        }
    }

    /** What must hold when an apply has succeeded. */
    private void complete() {
        if (ours().size() != controlPlanes + workers) {
            throw broken("there are " + ours().size() + " machines, the spec has " + (controlPlanes + workers));
        }
        if (site.plan().hasChanges()) {
            throw broken("after an apply there is something to do: " + site.plan().render());
        }
        for (MemoryDatacenter.Machine machine : ours()) {
            boolean controlPlane = machine.vm.name().contains("-cp-");
            if (!machine.vm.running() || machine.configuration == null || machine.etcdData != controlPlane) {
                throw broken(machine.vm.name() + " is not what the spec says");
            }
        }
        Credentials stored = site.entry().credentials().orElseThrow(() -> broken("the store has no credentials"));
        if (!Set.copyOf(site.datacenter.sink.values())
                .equals(Set.of(stored.kubeconfig().reveal(), stored.talosconfig().reveal()))) {
            throw broken("the sink does not have the credentials of the store");
        }
        if (site.entry().journal().entries().toString().contains(bundle.orElseThrow())) {
            throw broken("the journal has a secret");
        }
    }

    private Broken broken(String what) {
        return new Broken(what + "\nafter " + history);
    }

    /**
     * What must hold at every instant, whatever happened: a machine that is not foreign proves whose it is; none exists
     * twice; foreign ones are as they were; the secrets never change; etcd is bootstrapped at most once in a cluster's life.
     */
    private void check() {
        Set<String> names = new HashSet<>();
        for (MemoryDatacenter.Machine machine : site.datacenter.machines.values()) {
            if (foreign.contains(machine.vm)) {
                continue;
            }
            Mark mark = Mark.find(machine.vm.description())
                    .filter(found -> found.belongsTo(machine.vm))
                    .orElseThrow(() -> broken(machine.vm.ref() + " is orphaned: nothing proves whose it is"));
            if (!names.add(mark.node())) {
                throw broken(mark.node() + " exists twice");
            }
        }
        for (VmDetails vm : foreign) {
            MemoryDatacenter.Machine there = site.datacenter.machines.get(vm.ref().vmid());
            if (there == null || !there.vm.equals(vm) || there.configuration != null) {
                throw broken("a foreign machine was touched: " + vm.ref());
            }
        }
        Optional<String> now = site.entry().secrets().load().map(secret -> secret.reveal());
        if (bundle.isPresent() && !bundle.equals(now)) {
            throw broken("the secrets changed");
        }
        bundle = now;
        if (site.datacenter.bootstraps - bootstrapsBefore > 1) {
            throw broken("etcd was bootstrapped " + (site.datacenter.bootstraps - bootstrapsBefore) + " times in one life");
        }
        if (ours().isEmpty()) {
            bootstrapsBefore = site.datacenter.bootstraps;
        }
    }
}
