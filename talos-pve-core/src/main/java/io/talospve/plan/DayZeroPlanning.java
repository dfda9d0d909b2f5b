package io.talospve.plan;

import io.talospve.spec.Addon;
import io.talospve.spec.GitOps;
import io.talospve.spec.GitOpsBootstrap;
import io.talospve.spec.NodeRole;
import io.talospve.spec.TalosCluster;
import io.talospve.spec.Waits;
import io.talospve.spi.ManifestPreview;
import io.talospve.store.ClusterRecord.BootstrapState;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What is installed into the cluster at day 0, and what is waited for after that. Once a machine is configured nothing of it is
 * changed: from then on it is the GitOps engine's. Pure.
 */
final class DayZeroPlanning {
    /** The step that renders the manifests. */
    static final String RENDER = "manifests";

    private static final String CNI = "cni";
    private static final String GITOPS = "gitops";

    /** The steps that wait for what was installed. */
    static final Set<String> WAITS = Set.of(CNI, GITOPS);

    private final PlanSteps steps;
    private final TalosCluster cluster;
    private final Observed world;

    DayZeroPlanning(PlanSteps steps, TalosCluster cluster, Observed world) {
        this.steps = steps;
        this.cluster = cluster;
        this.world = world;
    }

    /** Whether a control plane is still to be given the manifests. */
    static boolean isDue(TalosCluster cluster, Observed world) {
        return cluster.hasDayZero()
                && AssignedNode.assign(cluster, world.record()).stream()
                        .filter(node -> node.node().role() == NodeRole.CONTROL_PLANE)
                        .map(node -> world.machines().get(node.name()))
                        .anyMatch(machine -> machine == null || !MachineLife.installed(machine));
    }

    /** Adds the step that renders the manifests: before the first machine, so that what cannot be rendered costs nothing. */
    void addRendering() {
        if (isDue(cluster, world)) {
            steps.add(
                    RENDER,
                    Action.CREATE,
                    "render " + String.join(", ", contents()) + " for the control planes' configurations",
                    "Talos creates it when the cluster has been bootstrapped",
                    steps.previous(Planner.SECRETS),
                    new StepWork.RenderManifests(world.manifests()));
        }
    }

    private Set<String> contents() {
        Set<String> contents = new LinkedHashSet<>();
        if (cluster.installsCilium()) {
            contents.add("Cilium");
        }
        cluster.addons().stream().map(Addon::name).forEach(contents::add);
        cluster.gitops()
                .map(GitOps::provider)
                .ifPresent(provider -> contents.add(provider == GitOps.Provider.FLUX ? "Flux" : "Argo CD"));
        return contents;
    }

    /** The conditions of a healthy cluster that are waited for before its credentials are issued. */
    List<HealthCondition> health() {
        return HealthCondition.of(cluster).stream()
                .filter(condition -> !cluster.installsCilium() || !needsNetwork(condition))
                .map(this::asWished)
                .toList();
    }

    /**
     * Adds the steps that wait for what was installed.
     *
     * @param needs steps that have to be done before
     * @param healthAwaited whether the cluster's health is waited for
     */
    void addWaits(List<String> needs, boolean healthAwaited) {
        if (cluster.installsCilium() && (healthAwaited || outstanding(CNI))) {
            List<HealthCondition> conditions = new ArrayList<>();
            conditions.add(awaited(HealthCondition.Id.CNI, waits().cni() ? "" : "wait.cni is false"));
            HealthCondition.of(cluster).stream()
                    .filter(DayZeroPlanning::needsNetwork)
                    .map(this::asWished)
                    .forEach(conditions::add);
            steps.add(
                    CNI,
                    Action.AWAIT,
                    "await that Cilium runs and the nodes are Ready",
                    outstanding(CNI) ? "it was installed and not seen running yet" : "the cluster changes",
                    needs,
                    new StepWork.AwaitDayZero(conditions, waits().minutes()));
        }
        cluster.gitops().filter(gitops -> outstanding(GITOPS)).ifPresent(gitops -> {
            List<String> before = new ArrayList<>(needs);
            before.addAll(steps.previous(Planner.HEALTHY));
            before.addAll(steps.previous(CNI));
            steps.add(
                    GITOPS,
                    Action.AWAIT,
                    "await that " + (gitops.provider() == GitOps.Provider.FLUX ? "Flux" : "Argo CD") + " runs"
                            + gitops.bootstrap()
                                    .map(GitOpsBootstrap::repoUrl)
                                    .map(url -> " and follows " + url)
                                    .orElse(""),
                    "it was installed and not seen running yet",
                    before,
                    new StepWork.AwaitDayZero(gitOpsConditions(gitops), waits().minutes()));
        });
    }

    private List<HealthCondition> gitOpsConditions(GitOps gitops) {
        List<HealthCondition> conditions = new ArrayList<>();
        conditions.add(awaited(HealthCondition.Id.GITOPS_ENGINE, waits().gitops() ? "" : "wait.gitops is false"));
        gitops.bootstrap().ifPresent(bootstrap -> conditions.add(awaited(
                HealthCondition.Id.GITOPS_SYNC,
                !waits().gitopsSync()
                        ? "wait.gitops_sync is false"
                        : bootstrap.syncPolicy() == GitOpsBootstrap.SyncPolicy.MANUAL ? "sync_policy is manual" : "")));
        return conditions;
    }

    private Waits waits() {
        return cluster.waits();
    }

    /** Whether manifests were given or will be, and nobody has seen them work. */
    private boolean outstanding(String step) {
        boolean bootstrapped = world.record()
                .filter(record -> record.bootstrap() == BootstrapState.BOOTSTRAPPED)
                .isPresent();
        boolean given = world.manifestsGiven().values().stream().anyMatch(fingerprint -> !fingerprint.isEmpty());
        return !bootstrapped || given && !world.dayZeroAwaited().contains(step);
    }

    private static HealthCondition awaited(HealthCondition.Id id, String whyNot) {
        return new HealthCondition(id, whyNot.isEmpty(), whyNot);
    }

    private HealthCondition asWished(HealthCondition condition) {
        return waits().nodesReady() || !needsNetwork(condition) ? condition : condition.notAwaited("wait.nodes_ready is false");
    }

    private static boolean needsNetwork(HealthCondition condition) {
        return switch (condition.id()) {
            case NODES_READY, COREDNS, SCHEDULABLE -> true;
            default -> false;
        };
    }

    /** What a reviewer should know of it. */
    List<Note> notes() {
        List<Note> notes = new ArrayList<>();
        if (world.manifests() instanceof Field.Known<ManifestPreview> known) {
            known.value().notes().forEach(text -> notes.add(new Note(Note.Kind.WARNING, "manifests", text)));
        }
        boolean differs = AssignedNode.assign(cluster, world.record()).stream()
                .filter(node -> node.node().role() == NodeRole.CONTROL_PLANE)
                .map(node -> world.manifestsGiven().get(node.name()))
                .anyMatch(given -> given != null && !given.equals(world.manifestFingerprint()));
        if (differs) {
            notes.add(new Note(
                    Note.Kind.DIFFERENCE,
                    "manifests",
                    "what the spec installs at day 0 (" + String.join(", ", contents())
                            + ") is not what the cluster was made with; a running cluster is not changed by it: change it"
                            + " through the GitOps engine or with helm"));
        }
        return notes;
    }
}
