package io.talospve.plan;

import io.talospve.spec.TalosCluster;
import io.talospve.spi.PlacementStrategy;
import io.talospve.spi.Services;
import java.util.concurrent.Executor;

/** Observes and plans. Reads only. Thread-safe. */
public final class LivePlanner {
    private final Services services;
    private final PlacementStrategy placement;
    private final Observer observer;

    /**
     * A planner.
     *
     * @param services what is asked
     * @param placement which host a new machine goes to
     * @param executor runs the calls that do not depend on each other
     */
    public LivePlanner(Services services, PlacementStrategy placement, Executor executor) {
        this.services = services;
        this.placement = placement;
        this.observer = new Observer(services, executor);
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
     * @throws io.talospve.error.SpecException with every secret reference that cannot be read
     */
    public Planned plan(TalosCluster cluster) {
        SecretValues secrets = SecretValues.read(services.secrets(), cluster);
        Observed world = observer.observe(cluster);
        ConfigurationDrift drift = ConfigurationDrift.against(services, cluster, secrets);
        return new Planned(Planner.plan(cluster, world, placement, drift), world, secrets);
    }

    /** Plans to remove the cluster. */
    public Planned planDestroy(TalosCluster cluster) {
        Observed world = observer.observeForDestroy(cluster);
        return new Planned(Planner.destroy(cluster, world), world, SecretValues.none());
    }
}
