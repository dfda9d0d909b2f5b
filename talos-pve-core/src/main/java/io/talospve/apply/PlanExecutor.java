package io.talospve.apply;

import io.talospve.apply.internal.ApplyRun;
import io.talospve.apply.internal.EventDispatcher;
import io.talospve.apply.internal.OutcomeJson;
import io.talospve.apply.internal.ReviewedPlan;
import io.talospve.apply.internal.SavedPlans;
import io.talospve.apply.internal.StopSignal;
import io.talospve.error.ConfigurationException;
import io.talospve.error.RefusedException;
import io.talospve.error.ErrorCode;
import io.talospve.error.RemoteException;
import io.talospve.error.StalePlanException;
import io.talospve.error.TalosPveException;
import io.talospve.event.ExecutionEvent;
import io.talospve.event.ExecutionListener;
import io.talospve.event.StepState;
import io.talospve.health.ClusterInspector;
import io.talospve.plan.HealthCondition;
import io.talospve.plan.LivePlanner;
import io.talospve.plan.LivePlanner.Planned;
import io.talospve.plan.Plan;
import io.talospve.plan.PlanningWatch;
import io.talospve.plan.StepWork;
import io.talospve.spec.Secret;
import io.talospve.spec.TalosCluster;
import io.talospve.spec.internal.SpecWriter;
import io.talospve.spi.CertificateEnd;
import io.talospve.spi.ClusterPki;
import io.talospve.spi.Hypervisor;
import io.talospve.spi.ImageFactory;
import io.talospve.spi.KubernetesApi;
import io.talospve.spi.MachineConfigs;
import io.talospve.spi.ManifestSource;
import io.talospve.spi.PlacementStrategy;
import io.talospve.spi.SecretSink;
import io.talospve.spi.SecretSource;
import io.talospve.spi.SecretSources;
import io.talospve.spi.Services;
import io.talospve.spi.TalosApi;
import io.talospve.spi.TimeSource;
import io.talospve.store.ClusterEntry;
import io.talospve.store.ClusterHistory;
import io.talospve.store.ClusterLock;
import io.talospve.store.ClusterStore;
import io.talospve.store.Credentials;
import io.talospve.store.Revisions;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Plans over the world and carries plans out. Killed at any instant and run again with a fresh plan, it converges to the
 * same cluster. Thread-safe; a second apply on a cluster is refused while one runs.
 */
public final class PlanExecutor {
    private final Services services;
    private final TimeSource time;
    private final LivePlanner planner;
    private final ApplyRun run;
    private final ClusterInspector inspector;

    private PlanExecutor(Builder builder, Services services, Executor executor) {
        this.services = services;
        this.time = builder.time;
        this.planner = new LivePlanner(
                services, builder.placement, builder.time, executor, builder.limits.calls());
        this.run = new ApplyRun(
                services, time, builder.limits, executor, builder.uuids, builder.requireAgentProof);
        this.inspector = new ClusterInspector(services, time, executor);
    }

    /** Starts an executor. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Plans to bring the world to the spec. Reads only. A read that fails for a reason that may pass is made again for two
     * minutes; interrupting the calling thread ends that.
     *
     * @throws io.talospve.error.RefusedException if going on could do harm
     * @throws io.talospve.error.RemoteException if something could not be asked
     */
    public Plan plan(TalosCluster cluster) {
        return planner.plan(cluster, PlanningWatch.logged()).plan();
    }

    /**
     * Plans to remove everything of the cluster that is ours. Reads only; secrets and history are kept.
     *
     * @throws io.talospve.error.RefusedException if it cannot be proved what is ours
     * @throws io.talospve.error.RemoteException if something could not be asked
     */
    public Plan planDestroy(TalosCluster cluster) {
        return planner.planDestroy(cluster, PlanningWatch.logged()).plan();
    }

    /** Looks at clusters that the store knows, with the same services. */
    public ClusterInspector inspector() {
        return inspector;
    }

    /**
     * Carries a plan out. Before anything is changed the world is observed again: if it asks for a step that the plan does
     * not have, the plan is stale. Interrupting the calling thread cancels: nothing new starts, what runs is brought to a
     * journalled state, and the interrupt stays set. Cancelled while the world is still observed, nothing was begun, and the
     * outcome says so of every step.
     *
     * @param plan the reviewed plan
     * @param listeners are told what happens
     * @return what came of it, failures included
     * @throws StalePlanException if the world moved
     * @throws io.talospve.error.StoreException if another process works on this cluster
     */
    public Outcome apply(Plan plan, ExecutionListener... listeners) {
        return apply(plan, ApplyOptions.standard(), listeners);
    }

    /**
     * Carries a plan out, as {@link #apply(Plan, ExecutionListener...)}, with a deadline or somebody who may cancel it.
     *
     * @param plan the reviewed plan
     * @param options how long it may go on, and who may stop it
     * @param listeners are told what happens
     * @return what came of it, failures included
     * @throws StalePlanException if the world moved
     * @throws io.talospve.error.StoreException if another process works on this cluster
     */
    public Outcome apply(Plan plan, ApplyOptions options, ExecutionListener... listeners) {
        return apply(ReviewedPlan.of(plan), options, listeners);
    }

    /**
     * A plan as text, to be reviewed, kept and applied later, also by another process on the same store. It holds no secret,
     * and a MAC under a key of the store: whoever changes it changes nothing but that it is refused.
     *
     * @param plan a plan of this executor, or one that was made offline
     * @return a JSON document
     */
    public String save(Plan plan) {
        return SavedPlans.write(plan, services.store().open(plan.cluster().name()).digestKey());
    }

    /**
     * Carries a saved plan out, as {@link #apply(Plan, ApplyOptions, ExecutionListener...)}.
     *
     * @param saved what {@link #save} gave
     * @param options how long it may go on, and who may stop it
     * @param listeners are told what happens
     * @return what came of it, failures included
     * @throws io.talospve.error.RefusedException with code {@code PLAN_ALTERED} if it was changed, belongs to another store,
     *     or is of a library with another format
     * @throws StalePlanException if the world moved
     */
    public Outcome applySaved(String saved, ApplyOptions options, ExecutionListener... listeners) {
        return apply(
                SavedPlans.read(saved, cluster -> services.store().open(cluster).digestKey()), options, listeners);
    }

    /**
     * What was applied to a cluster: which spec, by whom, when, and what came of it.
     *
     * @param cluster name of the cluster
     */
    public ClusterHistory history(String cluster) {
        return new ClusterHistory(cluster, services.store().open(cluster).revisions());
    }

    private static String processUser() {
        return ProcessHandle.current().info().user().orElse("somebody");
    }

    /**
     * Takes over the secrets of a cluster that was made by other means, talosctl or Terraform, before anything else is done
     * with it: no new secrets are made then. The same secrets again change nothing. Machines that exist are not taken over.
     *
     * @param cluster the cluster's name, as in its spec
     * @param secretsYaml the text of its {@code secrets.yaml}
     * @throws RefusedException with code {@code STORE_MISMATCH} if the store has other secrets of this cluster
     * @throws io.talospve.error.TalosPveException if the text is no secrets.yaml, or the store cannot be written
     */
    public void adopt(String cluster, Secret<String> secretsYaml) {
        String ca = services.pki().osCaFingerprint(secretsYaml);
        ClusterEntry entry = services.store().open(cluster);
        try (ClusterLock.Held held = entry.lock().acquire(
                "adoption of secrets, process " + ProcessHandle.current().pid(), time.now())) {
            Optional<Secret<String>> before = entry.secrets().load();
            if (before.isEmpty()) {
                entry.secrets().createIfAbsent(secretsYaml);
            } else if (!services.pki().osCaFingerprint(before.get()).equals(ca)) {
                throw new RefusedException(
                        ErrorCode.STORE_MISMATCH,
                        "the store has other secrets of cluster " + cluster + " already",
                        "Use another store, or another name for the cluster.");
            }
        }
    }

    /**
     * When the certificates of a cluster end: its CAs, and the client certificates of its credentials. Reads the store only.
     *
     * @param cluster the cluster's name
     * @return the first to end first; empty if the store knows nothing of the cluster
     */
    public List<CertificateEnd> certificateEnds(String cluster) {
        ClusterEntry entry = services.store().open(cluster);
        List<CertificateEnd> ends =
                new ArrayList<>(entry.secrets().load().map(services.pki()::caEnds).orElse(List.of()));
        entry.credentials()
                .ifPresent(issued -> ends.addAll(services.pki().clientEnds(issued.kubeconfig(), issued.talosconfig())));
        ends.sort(Comparator.comparing(CertificateEnd::notAfter));
        return List.copyOf(ends);
    }

    private Outcome apply(ReviewedPlan plan, ApplyOptions options, ExecutionListener... listeners) {
        Instant start = time.now();
        ClusterEntry entry = services.store().open(plan.cluster().name());
        String who = options.by().orElseGet(PlanExecutor::processUser);
        // Taken away until the end: the files of a store close under it.
        boolean interrupted = Thread.interrupted();
        try (ClusterLock.Held held =
                        entry.lock().acquire(who + ", process " + ProcessHandle.current().pid(), start);
                EventDispatcher events = EventDispatcher.to(List.of(listeners))) {
            FollowedPlanning planning = new FollowedPlanning(options, time, interrupted, events);
            Planned fresh;
            try {
                fresh = again(plan, planning);
            } catch (TalosPveException e) {
                Optional<String> stopped = planning.stopped();
                interrupted |= Thread.interrupted();
                if (stopped.isEmpty() || !mayComeOfStopping(e)) {
                    throw e;
                }
                return notBegun(plan, entry, stopped.get(), start, events);
            }
            interrupted |= Thread.interrupted();
            if (!fresh.plan().hasChanges()) {
                return outcome(
                        fresh.plan(), entry, new ApplyRun.Result(List.of(), Optional.empty(), false, Duration.ZERO));
            }
            int revision = entry.revisions()
                    .begin(
                            new Revisions.Applied(start, who),
                            SpecWriter.forTheRecord(plan.cluster()),
                            fresh.plan().toJson());
            StopSignal stop = options.cancellation().map(Cancellation::signal).orElseGet(StopSignal::new);
            if (interrupted) {
                stop = new StopSignal();
                stop.request(StopSignal.INTERRUPTED);
            }
            ApplyRun.Result result = run.run(fresh, entry, events, stop, options.deadline().map(start::plus));
            interrupted |= result.interrupted();
            Outcome outcome = outcome(fresh.plan(), entry, result);
            entry.revisions().end(revision, OutcomeJson.of(outcome));
            return outcome;
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Whether an error may be there only because something was not read, or not read again. */
    private static boolean mayComeOfStopping(TalosPveException e) {
        return e.code() == ErrorCode.CANCELLED
                || e instanceof StalePlanException
                || e instanceof RemoteException && e.retryable();
    }

    /** It was stopped while the world was still observed: nothing was changed, and nothing is written down. */
    private Outcome notBegun(
            ReviewedPlan plan, ClusterEntry entry, String reason, Instant start, EventDispatcher events) {
        Duration duration = Duration.between(start, time.now());
        List<StepResult> steps = plan.steps().stream()
                .map(step -> new StepResult(
                        step.id(), step.title(), StepState.CANCELLED, Duration.ZERO, StopSignal.NOT_BEGUN, null))
                .toList();
        events.accept(new ExecutionEvent.Ended(time.now(), plan.cluster().name(), false, duration));
        return new Outcome(
                plan.cluster().name(),
                steps,
                List.of(),
                credentials(plan.kind(), plan.cluster(), entry),
                duration,
                Optional.of(reason));
    }

    /** The plan for the world as it is now, if it does nothing that the reviewed one does not. */
    private Planned again(ReviewedPlan reviewed, PlanningWatch watch) {
        boolean destroy = reviewed.kind() == Plan.Kind.DESTROY;
        Planned fresh = destroy
                ? planner.planDestroy(reviewed.cluster(), watch)
                : planner.plan(reviewed.cluster(), reviewed.hosts(), watch);
        if (reviewed.basis() == Plan.Basis.EMPTY_WORLD) {
            if (!fresh.world().machines().isEmpty()) {
                throw new StalePlanException(
                        "this plan was made offline for a cluster that does not exist, but these machines of "
                                + reviewed.cluster().name() + " do: "
                                + String.join(", ", fresh.world().machines().keySet()),
                        "Plan with a connection.");
            }
            return fresh;
        }
        Set<String> moved = reviewed.missing(fresh.plan());
        if (!moved.isEmpty()) {
            throw new StalePlanException(
                    "the world moved since this plan was made; it now also needs: " + String.join("; ", moved),
                    "Plan again and review that plan.");
        }
        return fresh;
    }

    private Outcome outcome(Plan plan, ClusterEntry entry, ApplyRun.Result result) {
        List<HealthCondition> notAwaited = plan.steps().stream()
                .flatMap(step -> step.work().conditions().stream())
                .filter(condition -> !condition.awaited())
                .toList();
        return new Outcome(
                plan.cluster().name(),
                result.steps(),
                notAwaited,
                credentials(plan.kind(), plan.cluster(), entry),
                result.duration(),
                result.cancelled());
    }

    private static Optional<IssuedCredentials> credentials(Plan.Kind kind, TalosCluster cluster, ClusterEntry entry) {
        return kind == Plan.Kind.DESTROY
                ? Optional.empty()
                : entry.credentials().map(issued -> issued(cluster, entry, issued));
    }

    private static IssuedCredentials issued(TalosCluster cluster, ClusterEntry entry, Credentials credentials) {
        List<Path> files = new ArrayList<>();
        if (cluster.debug()) {
            entry.exportCredential("kubeconfig", credentials.kubeconfig()).ifPresent(files::add);
            entry.exportCredential("talosconfig", credentials.talosconfig()).ifPresent(files::add);
        }
        return new IssuedCredentials(credentials.kubeconfig(), credentials.talosconfig(), files);
    }

    /** Builds a {@link PlanExecutor}. Not thread-safe. Without defaults: everything up to {@link #store}. */
    public static final class Builder {
        private @Nullable Hypervisor hypervisor;
        private @Nullable TalosApi talos;
        private @Nullable KubernetesApi kubernetes;
        private @Nullable ClusterPki pki;
        private @Nullable MachineConfigs configs;
        private @Nullable ImageFactory images;
        private @Nullable ClusterStore store;
        private @Nullable Executor executor;
        private ManifestSource manifests = ManifestSource.none();
        private SecretSources secrets = SecretSources.none();
        private final List<SecretSink> sinks = new ArrayList<>();
        private PlacementStrategy placement = PlacementStrategy.bySpec();
        private TimeSource time = TimeSource.system();
        private Limits limits = Limits.standard();
        private Supplier<UUID> uuids = UUID::randomUUID;
        private boolean requireAgentProof;

        private Builder() {}

        /** Where machines live. */
        public Builder hypervisor(Hypervisor value) {
            hypervisor = value;
            return this;
        }

        /** The machines' API. */
        public Builder talos(TalosApi value) {
            talos = value;
            return this;
        }

        /** The cluster's API. */
        public Builder kubernetes(KubernetesApi value) {
            kubernetes = value;
            return this;
        }

        /** Makes and reads secrets. */
        public Builder pki(ClusterPki value) {
            pki = value;
            return this;
        }

        /** Writes machine configurations. */
        public Builder machineConfigs(MachineConfigs value) {
            configs = value;
            return this;
        }

        /** What clusters get at day 0; by default nothing, so that a spec which asks for something is refused. */
        public Builder manifests(ManifestSource value) {
            manifests = value;
            return this;
        }

        /** Knows images. */
        public Builder imageFactory(ImageFactory value) {
            images = value;
            return this;
        }

        /** What outlives the process. */
        public Builder store(ClusterStore value) {
            store = value;
            return this;
        }

        /** Runs calls; they block for at most about 30 s and never wait for each other. */
        public Builder executor(Executor value) {
            executor = value;
            return this;
        }

        /** Adds a sink that credentials are delivered to. */
        public Builder secretSink(SecretSink value) {
            sinks.add(value);
            return this;
        }

        /**
         * Adds a source of secrets that specs may refer to as {@code { secret: "<name>:<key>" }}.
         *
         * @param name its name in references
         * @param source reads the secrets; it stays yours to close
         * @param keyPrefix how the keys begin that specs may ask for; empty text for every key
         * @param more further allowed beginnings
         * @throws ConfigurationException if the name is malformed or taken
         */
        public Builder secretSource(String name, SecretSource source, String keyPrefix, String... more) {
            secrets = secrets.with(name, source, keyPrefix, more);
            return this;
        }

        /** Which host a new machine goes to; by default modulo over the pool. */
        public Builder placement(PlacementStrategy value) {
            placement = value;
            return this;
        }

        /** Where time comes from; by default the system clock. */
        public Builder timeSource(TimeSource value) {
            time = value;
            return this;
        }

        /** How much runs at once; by default {@link Limits#standard()}. */
        public Builder limits(Limits value) {
            limits = value;
            return this;
        }

        /** Makes the UUIDs of new machines; by default random. */
        public Builder uuids(Supplier<UUID> value) {
            uuids = value;
            return this;
        }

        /** Send a configuration only once the guest agent has confirmed the machine's address; by default false. */
        public Builder requireAgentProof(boolean value) {
            requireAgentProof = value;
            return this;
        }

        /**
         * Builds the executor.
         *
         * @throws ConfigurationException naming everything that is missing
         */
        public PlanExecutor build() {
            List<String> missing = new ArrayList<>();
            require(missing, "hypervisor", hypervisor);
            require(missing, "talos", talos);
            require(missing, "kubernetes", kubernetes);
            require(missing, "pki", pki);
            require(missing, "machineConfigs", configs);
            require(missing, "imageFactory", images);
            require(missing, "store", store);
            require(missing, "executor", executor);
            if (hypervisor == null
                    || talos == null
                    || kubernetes == null
                    || pki == null
                    || configs == null
                    || images == null
                    || store == null
                    || executor == null) {
                throw new ConfigurationException(
                        "not given: " + String.join(", ", missing),
                        "Without a store on disk, say so: store(ClusterStore.inMemory()).");
            }
            return new PlanExecutor(
                    this, new Services(hypervisor, talos, kubernetes, pki, configs, manifests, images, sinks, secrets, store), executor);
        }

        private static void require(List<String> missing, String name, @Nullable Object value) {
            if (value == null) {
                missing.add(name);
            }
        }
    }
}
