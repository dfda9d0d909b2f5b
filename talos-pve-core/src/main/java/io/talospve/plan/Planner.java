package io.talospve.plan;

import io.talospve.error.ErrorCode;
import io.talospve.error.Problem;
import io.talospve.error.RefusedException;
import io.talospve.plan.StepWork.CredentialKind;
import io.talospve.spec.NodeRole;
import io.talospve.spec.TalosCluster;
import io.talospve.spi.HypervisorInfo;
import io.talospve.spi.PlacementStrategy;
import io.talospve.spi.SecretSink.Presence;
import io.talospve.store.ClusterRecord;
import io.talospve.store.ClusterRecord.BootstrapState;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** From a spec and what is observed to a plan. Pure: the same input gives the same plan. Thread-safe. */
public final class Planner {
    /** Names of the steps that exist once; the others are {@code <kind>/<machine>}. */
    static final String SECRETS = "secrets";

    private static final String BOOTSTRAP = "bootstrap";
    static final String HEALTHY = "healthy";
    private static final String CREDENTIALS = "credentials";

    private final TalosCluster cluster;
    private final Observed world;
    private final PlacementStrategy placement;
    private final ConfigurationDrift drift;
    private final List<AssignedNode> nodes;
    private final PlanSteps steps = new PlanSteps();
    private final List<Note> notes = new ArrayList<>();

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
        return plan(cluster, Observed.emptyWorld(), PlacementStrategy.bySpec(), ConfigurationDrift.NONE);
    }

    /**
     * Plans to remove everything of the cluster that is ours.
     *
     * @param cluster the spec; only its name and images are looked at
     * @param world what is there
     */
    public static Plan destroy(TalosCluster cluster, Observed world) {
        Planner planner = new Planner(cluster, world, PlacementStrategy.bySpec(), ConfigurationDrift.NONE);
        DestroyPlanning.add(planner.steps, cluster, world);
        planner.notes.addAll(world.notes());
        return planner.finished(Plan.Kind.DESTROY, List.of());
    }

    private Plan apply() {
        refuseLostCluster();
        List<MachinePlan> machines = new MachineDesign(cluster, world, placement).design(nodes);
        differences(machines);
        specWarnings();
        List<MachinePlan> missing =
                machines.stream().filter(machine -> machine.existing().isEmpty()).toList();
        if (world.osCa().isEmpty() || recordOutdated()) {
            steps.add(
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
        DayZeroPlanning dayZero = new DayZeroPlanning(steps, cluster, world);
        dayZero.addRendering();
        ImagePlanning images = new ImagePlanning(cluster, world, steps, machines);
        images.add(missing);
        MachineLife life = new MachineLife(steps, images, cluster, world);
        machines.forEach(life::add);
        HaPlanning.add(steps, notes, cluster, world, machines);
        bootstrap(machines);
        healthAndCredentials(machines, dayZero);
        notes.addAll(dayZero.notes());
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
                needs.addAll(steps.previous("installed/" + machine.name()));
            }
        }
        needs.addAll(steps.previous(SECRETS));
        steps.add(
                BOOTSTRAP,
                Action.CREATE,
                "bootstrap etcd on " + node,
                "the cluster has none yet; this happens once in its life",
                needs,
                new StepWork.Bootstrap(node));
    }

    private void healthAndCredentials(List<MachinePlan> machines, DayZeroPlanning dayZero) {
        boolean machinesChange = steps.all().stream().anyMatch(step -> !(step.work() instanceof StepWork.CompleteMachine));
        boolean healthAwaited = machinesChange || !world.credentialsIssued();
        List<String> needs = new ArrayList<>(steps.previous(BOOTSTRAP));
        machines.forEach(machine -> needs.addAll(steps.previous("installed/" + machine.name())));
        if (healthAwaited) {
            steps.add(
                    HEALTHY,
                    Action.AWAIT,
                    "await that the cluster is healthy",
                    machinesChange ? "it changes" : "its credentials are not issued yet",
                    needs,
                    new StepWork.AwaitHealthy(dayZero.health()));
        }
        dayZero.addWaits(needs, healthAwaited);
        if (!world.credentialsIssued()) {
            steps.add(
                    CREDENTIALS,
                    Action.CREATE,
                    "issue kubeconfig and talosconfig for " + cluster.apiHost(),
                    world.endingCredential().orElse("the store has none for this endpoint and these secrets"),
                    List.of(HEALTHY),
                    new StepWork.IssueCredentials(KubernetesEndpoint.of(cluster)));
        }
        world.sinks().forEach(this::deliveries);
    }

    private void deliveries(String sink, Map<String, Presence> present) {
        for (CredentialKind kind : CredentialKind.values()) {
            String key = SinkKeys.key(cluster, kind);
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
            steps.add(
                    "deliver/" + sink + "/" + key,
                    presence == Presence.DIFFERENT ? Action.CHANGE : Action.CREATE,
                    "deliver " + key + " to " + sink,
                    silent != null
                            ? "the sink did not answer when it was asked what it has: " + silent
                            : world.endingCredential().isPresent()
                            ? "it is issued anew"
                            : presence == Presence.DIFFERENT ? "it holds another value" : "it is not there",
                    steps.previous(CREDENTIALS),
                    new StepWork.DeliverSecret(sink, key, kind));
        }
    }

    private void differences(List<MachinePlan> machines) {
        MachineDifferences differences = new MachineDifferences(drift);
        for (MachinePlan machine : machines) {
            Observed.Machine seen = world.machines().get(machine.name());
            if (seen != null) {
                notes.addAll(differences.of(machine, seen.vm()));
            }
        }
    }

    private void specWarnings() {
        for (Problem problem : cluster.problems()) {
            notes.add(new Note(Note.Kind.WARNING, problem.path(), problem.message()));
        }
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

    private Plan finished(Plan.Kind kind, List<MachinePlan> machines) {
        Plan.Basis basis = world.hypervisor().isPresent() ? Plan.Basis.OBSERVED : Plan.Basis.EMPTY_WORLD;
        String where = world.hypervisor().map(Planner::describe).orElse("");
        return new Plan(kind, basis, cluster, where, machines, steps.all(), notes);
    }

    private static String describe(HypervisorInfo info) {
        return "Proxmox VE " + info.version() + " cluster " + info.clusterName();
    }
}
