package io.talospve.plan;

import io.talospve.spec.TalosCluster;
import io.talospve.spi.ManifestSource;
import io.talospve.spi.PlacementStrategy;
import io.talospve.spi.Services;
import io.talospve.spi.TimeSource;
import io.talospve.store.ClusterRecord;
import java.util.Map;
import java.util.concurrent.Executor;

/** Observes and plans. Reads only. Thread-safe. */
public final class LivePlanner {
    private final Services services;
    private final PlacementStrategy placement;
    private final Observer observer;
    private final TimeSource time;
    private final Executor executor;
    private final int callsAtOnce;

    /**
     * A planner.
     *
     * @param services what is asked
     * @param placement which host a new machine goes to
     * @param time where the pauses come from before something is asked again
     * @param executor runs the calls that do not depend on each other
     * @param callsAtOnce how many of them
     */
    public LivePlanner(
            Services services, PlacementStrategy placement, TimeSource time, Executor executor, int callsAtOnce) {
        this.services = services;
        this.placement = placement;
        this.observer = new Observer(services, time);
        this.time = time;
        this.executor = executor;
        this.callsAtOnce = callsAtOnce;
    }

    /**
     * A plan with what it was made from.
     *
     * @param plan the plan
     * @param world what was observed
     * @param secrets values of the secrets that the spec refers to, read once for this plan; none to remove a cluster
     */
    public record Planned(Plan plan, Observed world, SecretValues secrets) {}

    /**
     * Plans to bring the world to the spec.
     *
     * @param cluster the spec
     * @param watch is told of reads that are made again, and may stop it
     * @throws io.talospve.error.SpecException with every secret reference that cannot be read
     */
    public Planned plan(TalosCluster cluster, PlanningWatch watch) {
        return plan(cluster, Map.of(), watch);
    }

    /**
     * Plans to bring the world to the spec, as somebody has agreed to.
     *
     * @param cluster the spec
     * @param agreedHosts where new machines are to be created, by name, as far as that is still possible
     * @param watch is told of reads that are made again, and may stop it
     * @throws io.talospve.error.SpecException with every secret reference that cannot be read
     */
    public Planned plan(TalosCluster cluster, Map<String, String> agreedHosts, PlanningWatch watch) {
        PlacementStrategy placing = placement.keeping(agreedHosts);
        Reads reads = reads(watch);
        SecretValues secrets =
                reads.ask("the sources of secrets", () -> SecretValues.read(services.secrets(), cluster));
        Observed world = withManifests(cluster, observer.observe(cluster, placing, reads), secrets, reads);
        ConfigurationDrift drift = ConfigurationDrift.against(services, cluster, secrets);
        return new Planned(Planner.plan(cluster, world, placing, drift), world, secrets);
    }

    /** Charts are fetched only if a machine still needs what is rendered from them. */
    private Observed withManifests(TalosCluster cluster, Observed world, SecretValues secrets, Reads reads) {
        int epoch = world.record().map(ClusterRecord::defaultsEpoch).orElse(ClusterRecord.CURRENT_DEFAULTS_EPOCH);
        Observed.Builder more = Observed.builder();
        more.from(world).manifestFingerprint(services.manifests().fingerprint(cluster, epoch));
        if (DayZeroPlanning.isDue(cluster, world)) {
            ManifestSource.Request request = new ManifestSource.Request(cluster, epoch, secrets.all(), Map.of());
            more.manifests(Field.known(reads.ask("the charts", () -> services.manifests().preview(request))));
        }
        return more.build();
    }

    /**
     * Plans to remove the cluster.
     *
     * @param cluster the spec
     * @param watch is told of reads that are made again, and may stop it
     */
    public Planned planDestroy(TalosCluster cluster, PlanningWatch watch) {
        Observed world = observer.observeForDestroy(cluster, reads(watch));
        return new Planned(Planner.destroy(cluster, world), world, SecretValues.none());
    }

    private Reads reads(PlanningWatch watch) {
        return new Reads(time, executor, callsAtOnce, watch);
    }
}
