package io.talospve.plan;

import io.talospve.error.ErrorCode;
import io.talospve.error.Problem;
import io.talospve.error.RefusedException;
import io.talospve.plan.StepWork.CredentialKind;
import io.talospve.spec.ClusterNode;
import io.talospve.spec.Host;
import io.talospve.spec.MacAddresses;
import io.talospve.spec.Network;
import io.talospve.spec.NodeRole;
import io.talospve.spec.TalosCluster;
import io.talospve.spec.Wwns;
import io.talospve.spi.HypervisorInfo;
import io.talospve.spi.MachineConfigRequest.ResolvedNic;
import io.talospve.spi.MachineView;
import io.talospve.spi.PlacementStrategy;
import io.talospve.spi.SecretSink.Presence;
import io.talospve.spi.VmDetails;
import io.talospve.spi.VmDisk;
import io.talospve.spi.VmNic;
import io.talospve.store.ClusterRecord;
import io.talospve.store.ClusterRecord.BootstrapState;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** From a spec and what is observed to a plan. Pure: the same input gives the same plan. Thread-safe. */
public final class Planner {
    /** Names of the steps that exist once; the others are {@code <kind>/<machine>}. */
    private static final String SECRETS = "secrets";

    private static final String SCHEMATIC = "schematic";
    private static final String BOOTSTRAP = "bootstrap";
    private static final String HEALTHY = "healthy";
    private static final String CREDENTIALS = "credentials";

    private final TalosCluster cluster;
    private final Observed world;
    private final PlacementStrategy placement;
    private final ConfigurationDrift drift;
    private final List<AssignedNode> nodes;
    private final List<Step> steps = new ArrayList<>();
    private final List<Note> notes = new ArrayList<>();
    private final Set<String> planned = new HashSet<>();

    private Planner(TalosCluster cluster, Observed world, PlacementStrategy placement, ConfigurationDrift drift) {
        this.cluster = cluster;
        this.world = world;
        this.placement = placement;
        this.drift = drift;
        this.nodes = AssignedNode.assign(cluster, world.record());
    }

    /**
     * Plans to bring the world to the spec.
     *
     * @param cluster the spec
     * @param world what is there
     * @param placement which host a new machine goes to
     * @param drift whether a machine has another configuration than this spec gives
     * @throws RefusedException if going on could do harm
     */
    public static Plan plan(
            TalosCluster cluster, Observed world, PlacementStrategy placement, ConfigurationDrift drift) {
        return new Planner(cluster, world, placement, drift).apply();
    }

    /**
     * Plans as if nothing existed, without asking anybody.
     *
     * @param cluster the spec
     */
    public static Plan offline(TalosCluster cluster) {
        return plan(cluster, Observed.emptyWorld(), PlacementStrategy.modulo(), ConfigurationDrift.NONE);
    }

    /**
     * Plans to remove everything of the cluster that is ours.
     *
     * @param cluster the spec; only its name and image are looked at
     * @param world what is there
     */
    public static Plan destroy(TalosCluster cluster, Observed world) {
        return new Planner(cluster, world, PlacementStrategy.modulo(), ConfigurationDrift.NONE).destroyAll();
    }

    private Plan apply() {
        NotCarriedOut.refuse(cluster);
        refuseLostCluster();
        List<MachinePlan> machines = nodes.stream().map(this::machine).toList();
        specWarnings();
        List<MachinePlan> missing =
                machines.stream().filter(machine -> machine.existing().isEmpty()).toList();
        if (world.osCa().isEmpty() || recordOutdated()) {
            add(
                    SECRETS,
                    world.osCa().isEmpty() ? Action.CREATE : Action.CHANGE,
                    world.osCa().isEmpty()
                            ? "store the cluster's secrets"
                            : "record the machines of the cluster in the store",
                    world.osCa().isEmpty()
                            ? "the store has none yet, and they must be safe before the first machine exists"
                            : "the spec has machines that the store does not know",
                    List.of(),
                    new StepWork.StoreSecrets());
        }
        if (!missing.isEmpty()) {
            image(missing);
        }
        machines.forEach(this::machineSteps);
        bootstrap(machines);
        healthAndCredentials(machines);
        notDone();
        leftovers();
        notes.addAll(world.notes());
        return finished(Plan.Kind.APPLY, machines);
    }

    /** A bootstrapped cluster without any control plane has lost its etcd: making new machines would wait for ever. */
    private void refuseLostCluster() {
        boolean bootstrapped = world.record()
                .filter(record -> record.bootstrap() != BootstrapState.NONE)
                .isPresent();
        boolean anyControlPlane = nodes.stream()
                .anyMatch(node -> node.node().role() == NodeRole.CONTROL_PLANE && world.machines().containsKey(node.name()));
        if (bootstrapped && world.hypervisor().isPresent() && !anyControlPlane) {
            throw new RefusedException(
                    ErrorCode.BOOTSTRAP_REFUSED,
                    "cluster " + cluster.name() + " was bootstrapped, but none of its control planes exists any more: "
                            + "its etcd data is gone, and a new machine would wait for it for ever",
                    "To start over with the same secrets, destroy the cluster first; that also closes its record.");
        }
    }

    private boolean recordOutdated() {
        return world.record().isEmpty() || nodes.stream().anyMatch(node -> !node.known());
    }

    private MachinePlan machine(AssignedNode assigned) {
        ClusterNode node = assigned.node();
        Optional<VmDetails> vm = Optional.ofNullable(world.machines().get(assigned.name())).map(Observed.Machine::vm);
        String host = vm.map(existing -> existing.ref().host())
                .orElseGet(() -> placement.place(node.index(), node.pool().hostPool()));
        String datastore = cluster.hostPool().stream()
                .filter(candidate -> candidate.name().equals(host))
                .map(Host::datastoreId)
                .findFirst()
                .or(() -> vm.flatMap(existing -> existing.disks().stream().map(VmDisk::datastore).findFirst()))
                .orElseThrow(() -> new RefusedException(
                        ErrorCode.PLAN_REFUSED, "placement chose host " + host + ", which is not in host_pool", null));
        List<VmDisk> disks = new ArrayList<>();
        disks.add(new VmDisk("scsi0", datastore, node.size().osDisk(), Wwns.derive(cluster.name(), assigned.name(), 0)));
        node.size()
                .dataDisk()
                .ifPresent(size -> disks.add(
                        new VmDisk("scsi1", datastore, size, Wwns.derive(cluster.name(), assigned.name(), 1))));
        MachinePlan machine = MachinePlan.builder()
                .name(assigned.name())
                .role(node.role())
                .pool(node.nameInfix())
                .host(host)
                .existing(vm.map(VmDetails::ref))
                .vmid(vm.map(existing -> Field.known(existing.ref().vmid()))
                        .or(() -> node.spec().vmid().map(Field::known))
                        .orElseGet(() -> Field.unknown("chosen when the machine is created")))
                .cores(node.size().cpu())
                .memoryMiB(node.size().memory())
                .disks(disks)
                .nics(node.spec().networks().stream()
                        .map(network -> nic(assigned.name(), network))
                        .toList())
                .nameservers(cluster.effectiveNameservers(node.spec()))
                .isoVolume(imageName().map(name -> BootImage.volume(cluster, name)))
                .address(AssignedNode.address(node))
                .settings(cluster.settings(node))
                .dataVolume(node.size().dataVolume())
                .pciMappings(node.spec().pciMappings())
                .build();
        vm.ifPresent(existing -> differences(machine, existing));
        return machine;
    }

    private ResolvedNic nic(String node, Network network) {
        return new ResolvedNic(
                network, network.mac().orElseGet(() -> MacAddresses.derive(cluster.name(), node, network.bridge())));
    }

    private void differences(MachinePlan machine, VmDetails vm) {
        if (!vm.name().equals(machine.name())) {
            notes.add(new Note(
                    Note.Kind.DIFFERENCE,
                    machine.name(),
                    vm.ref() + " was renamed to " + vm.name() + "; it is still this machine, whose hostname stays"));
        }
        difference(machine, "cpu", machine.cores(), vm.cores());
        difference(machine, "memory (MiB)", machine.memoryMiB(), vm.memoryMiB());
        for (VmDisk wanted : machine.disks()) {
            Optional<VmDisk> found = vm.disks().stream()
                    .filter(disk -> disk.slot().equals(wanted.slot()))
                    .findFirst();
            difference(
                    machine,
                    "disk " + wanted.slot() + " (GiB)",
                    wanted.sizeGiB(),
                    found.<Object>map(VmDisk::sizeGiB).orElse("none"));
        }
        for (int i = 0; i < machine.nics().size(); i++) {
            ResolvedNic wanted = machine.nics().get(i);
            int index = i;
            Optional<VmNic> found =
                    vm.nics().stream().filter(nic -> nic.index() == index).findFirst();
            difference(machine, "net" + i + " mac", wanted.mac(), found.map(VmNic::mac).orElse("none"));
            difference(
                    machine,
                    "net" + i + " bridge",
                    wanted.network().bridge(),
                    found.map(VmNic::bridge).orElse("none"));
        }
        if (drift.configurationDiffers(machine, world.schematic())) {
            notes.add(new Note(
                    Note.Kind.DIFFERENCE,
                    machine.name(),
                    "its machine configuration is not the one that this spec gives; a running machine is not"
                            + " reconfigured by this version"));
        }
    }

    private void difference(MachinePlan machine, String what, Object wanted, Object found) {
        if (!String.valueOf(wanted).equals(String.valueOf(found))) {
            notes.add(new Note(
                    Note.Kind.DIFFERENCE,
                    machine.name(),
                    what + " is " + found + ", the spec says " + wanted
                            + "; an existing machine's hardware is not changed by this version"));
        }
    }

    private Field<String> imageName() {
        return world.schematic()
                .map(id -> BootImage.fileName(cluster, id));
    }

    private void image(List<MachinePlan> missing) {
        add(
                SCHEMATIC,
                Action.CREATE,
                "register the image's schematic " + world.schematic().text(),
                "the image factory builds only schematics that it knows",
                List.of(),
                new StepWork.RegisterSchematic(
                        world.extensions() instanceof Field.Known<List<String>> known
                                ? known.value()
                                : cluster.talos().extensions(),
                        world.schematic()));
        List<String> hosts = world.imageDatastoreShared()
                ? List.of(cluster.datastore().node())
                : missing.stream().map(MachinePlan::host).distinct().sorted().toList();
        for (String host : hosts) {
            if (!world.imageOnHosts().contains(host)) {
                add(
                        "image/" + host,
                        Action.CREATE,
                        "fetch image " + imageName().text() + " to " + cluster.datastore().id() + " through " + host,
                        "the machines boot from it and it is not there",
                        List.of(SCHEMATIC),
                        new StepWork.FetchImage(host, cluster.datastore().id(), imageName(), world.imageUrl()));
            }
        }
    }

    /** What is left to do until one machine runs with its configuration. */
    private void machineSteps(MachinePlan machine) {
        String name = machine.name();
        Observed.Machine seen = world.machines().get(name);
        if (seen != null && seen.view() instanceof MachineView.Foreign foreign) {
            throw new RefusedException(
                    ErrorCode.WRONG_MACHINE,
                    "at " + machine.address().orElse("the address of " + name) + ", where " + name
                            + " should be, answers a machine that is not of this cluster: " + foreign.reason(),
                    "Look for a second machine with this address, or for a store that belongs to another cluster.");
        }
        boolean incomplete = seen != null && incomplete(machine, seen.vm());
        if (incomplete) {
            add(
                    "complete/" + name,
                    Action.CHANGE,
                    "complete the virtual machine of " + name,
                    "its creation was interrupted, or its tags were removed",
                    List.of(),
                    new StepWork.CompleteMachine(name, machine.host()));
        }
        if (seen != null && installed(seen)) {
            return;
        }
        String role = machine.role() == NodeRole.CONTROL_PLANE ? "control plane" : "worker";
        if (seen == null) {
            List<String> needs = new ArrayList<>();
            needs.addAll(previous(SECRETS));
            needs.addAll(previous(SCHEMATIC));
            steps.stream().map(Step::id).filter(id -> id.startsWith("image/")).forEach(needs::add);
            add(
                    "vm/" + name,
                    Action.CREATE,
                    "create " + role + " " + name + " on " + machine.host(),
                    "the spec has it and it does not exist",
                    needs,
                    new StepWork.CreateMachine(name, machine.host()));
        }
        if (seen == null || !seen.vm().running()) {
            add(
                    "start/" + name,
                    Action.CHANGE,
                    "start " + name,
                    seen == null ? "it is new" : "it is stopped",
                    previous(incomplete ? "complete/" + name : "vm/" + name),
                    new StepWork.StartMachine(name, machine.host()));
        }
        String state = seen == null
                ? "it is new"
                : seen.vm().running() ? "now: " + seen.view().reason() : "it is stopped";
        add(
                "api/" + name,
                Action.AWAIT,
                "await the Talos API of " + name + machine.address().map(a -> " at " + a).orElse(""),
                state,
                previous("start/" + name),
                new StepWork.AwaitMachine(name));
        add(
                "configure/" + name,
                Action.CHANGE,
                "configure " + name,
                "a machine in maintenance mode installs once it has a configuration",
                List.of("api/" + name),
                new StepWork.Configure(name));
        add(
                "installed/" + name,
                Action.AWAIT,
                "await that " + name + " has installed and rebooted",
                "it must run with its own certificate",
                List.of("configure/" + name),
                new StepWork.AwaitInstalled(name));
    }

    private boolean incomplete(MachinePlan machine, VmDetails vm) {
        return vm.lock().filter("create"::equals).isPresent() || !vm.tags().containsAll(machine.tags(cluster.name()));
    }

    /** Whether a machine runs with its configuration, as far as its own part goes. */
    private static boolean installed(Observed.Machine machine) {
        return machine.vm().running() && machine.view() instanceof MachineView.Running;
    }

    private void bootstrap(List<MachinePlan> machines) {
        boolean done = world.record()
                .filter(record -> record.bootstrap() == BootstrapState.BOOTSTRAPPED)
                .isPresent();
        if (done) {
            return;
        }
        String node = world.record()
                .map(ClusterRecord::bootstrapNode)
                .filter(name -> !name.isEmpty())
                .orElseGet(() -> machines.get(0).name());
        List<String> needs = new ArrayList<>();
        for (MachinePlan machine : machines) {
            if (machine.role() == NodeRole.CONTROL_PLANE) {
                needs.addAll(previous("installed/" + machine.name()));
            }
        }
        needs.addAll(previous(SECRETS));
        add(
                BOOTSTRAP,
                Action.CREATE,
                "bootstrap etcd on " + node,
                "the cluster has none yet; this happens once in its life",
                needs,
                new StepWork.Bootstrap(node));
    }

    private void healthAndCredentials(List<MachinePlan> machines) {
        boolean machinesChange = steps.stream().anyMatch(step -> !(step.work() instanceof StepWork.CompleteMachine));
        if (machinesChange || !world.credentialsIssued()) {
            List<String> needs = new ArrayList<>(previous(BOOTSTRAP));
            machines.forEach(machine -> needs.addAll(previous("installed/" + machine.name())));
            add(
                    HEALTHY,
                    Action.AWAIT,
                    "await that the cluster is healthy",
                    machinesChange ? "it changes" : "its credentials are not issued yet",
                    needs,
                    new StepWork.AwaitHealthy(conditions()));
        }
        if (!world.credentialsIssued()) {
            add(
                    CREDENTIALS,
                    Action.CREATE,
                    "issue kubeconfig and talosconfig for " + cluster.apiHost(),
                    "the store has none for this endpoint and these secrets",
                    List.of(HEALTHY),
                    new StepWork.IssueCredentials(KubernetesEndpoint.of(cluster)));
        }
        world.sinks().forEach(this::deliveries);
    }

    private void deliveries(String sink, Map<String, Presence> present) {
        for (CredentialKind kind : CredentialKind.values()) {
            String key = SinkKeys.key(cluster.name(), kind);
            Presence presence = present.getOrDefault(key, Presence.ABSENT);
            if (world.credentialsIssued() && presence == Presence.SAME) {
                continue;
            }
            if (presence == Presence.AMBIGUOUS) {
                throw new RefusedException(
                        ErrorCode.AMBIGUOUS_SECRET,
                        sink + " has more than one entry named " + key,
                        "Delete or rename all but one of them.");
            }
            String silent = world.silentSinks().get(sink);
            add(
                    "deliver/" + sink + "/" + key,
                    presence == Presence.DIFFERENT ? Action.CHANGE : Action.CREATE,
                    "deliver " + key + " to " + sink,
                    silent != null
                            ? "the sink did not answer when it was asked what it has: " + silent
                            : presence == Presence.DIFFERENT ? "it holds another value" : "it is not there",
                    previous(CREDENTIALS),
                    new StepWork.DeliverSecret(sink, key, kind));
        }
    }

    private List<HealthCondition> conditions() {
        List<HealthCondition> conditions = new ArrayList<>();
        boolean noCni = cluster.options().disableDefaultCni();
        for (HealthCondition.Id id : HealthCondition.Id.values()) {
            boolean needsCni = id == HealthCondition.Id.NODES_READY
                    || id == HealthCondition.Id.COREDNS
                    || id == HealthCondition.Id.SCHEDULABLE;
            conditions.add(new HealthCondition(id, !(needsCni && noCni), needsCni && noCni ? "no CNI" : ""));
        }
        return conditions;
    }

    private void specWarnings() {
        for (Problem problem : cluster.problems()) {
            notes.add(new Note(Note.Kind.WARNING, problem.path(), problem.message()));
        }
    }

    private void notDone() {
        cluster.gitops().ifPresent(gitops -> notes.add(new Note(
                Note.Kind.NOT_DONE,
                "cluster.gitops",
                "not rendered yet: this version installs no GitOps engine, CNI or add-on")));
    }

    /** Machines that carry our mark and are not in the spec. */
    private void leftovers() {
        for (Map.Entry<String, Observed.Machine> machine : world.machines().entrySet()) {
            if (nodes.stream().noneMatch(node -> node.name().equals(machine.getKey()))) {
                notes.add(new Note(
                        Note.Kind.DIFFERENCE,
                        machine.getKey(),
                        machine.getValue().vm().ref() + " is of this cluster and not in the spec; single machines are"
                                + " not removed by this version"));
            }
        }
    }

    private Plan destroyAll() {
        List<String> deletions = new ArrayList<>();
        for (Map.Entry<String, Observed.Machine> entry : world.machines().entrySet()) {
            String name = entry.getKey();
            VmDetails vm = entry.getValue().vm();
            if (vm.running()) {
                add(
                        "stop/" + name,
                        Action.CHANGE,
                        "stop " + name + " (" + vm.ref() + ")",
                        "a running machine cannot be deleted",
                        List.of(),
                        new StepWork.StopMachine(name, vm.ref(), vm.uuid().orElseThrow()));
            }
            add(
                    "delete/" + name,
                    Action.DELETE,
                    "delete " + name + " (" + vm.ref() + ") with its disks",
                    "it is a machine of this cluster",
                    previous("stop/" + name),
                    new StepWork.DeleteMachine(name, vm.ref(), vm.uuid().orElseThrow()));
            deletions.add("delete/" + name);
        }
        for (String host : world.imageOnHosts().stream().sorted().toList()) {
            add(
                    "delete-image/" + host,
                    Action.DELETE,
                    "delete image " + imageName().text() + " on " + cluster.datastore().id() + " through " + host,
                    "no other machine uses it",
                    deletions,
                    new StepWork.DeleteImage(host, cluster.datastore().id(), imageName().require()));
        }
        boolean open = world.record()
                .filter(record -> record.bootstrap() != BootstrapState.NONE || !record.nodes().isEmpty())
                .isPresent();
        if (open) {
            add(
                    "record",
                    Action.CHANGE,
                    "close the cluster's record in the store",
                    "no machine is left; secrets and history are kept",
                    deletions,
                    new StepWork.CloseRecord());
        }
        notes.addAll(world.notes());
        return finished(Plan.Kind.DESTROY, List.of());
    }

    private Plan finished(Plan.Kind kind, List<MachinePlan> machines) {
        Plan.Basis basis = world.hypervisor().isPresent() ? Plan.Basis.OBSERVED : Plan.Basis.EMPTY_WORLD;
        String where = world.hypervisor().map(Planner::describe).orElse("");
        return new Plan(kind, basis, cluster, where, machines, steps, notes);
    }

    private static String describe(HypervisorInfo info) {
        return "Proxmox VE " + info.version() + " cluster " + info.clusterName();
    }

    private void add(
            String id, Action action, String title, String reason, List<String> needs, StepWork work) {
        steps.add(Step.of(id, action, title, reason, needs, work));
        planned.add(id);
    }

    /** The step of this id if it is in the plan: what is done already needs no waiting for. */
    private List<String> previous(String id) {
        return planned.contains(id) ? List.of(id) : List.of();
    }
}
