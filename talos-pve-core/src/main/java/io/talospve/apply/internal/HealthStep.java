package io.talospve.apply.internal;

import io.talospve.error.RemoteException;
import io.talospve.error.ErrorCode;
import io.talospve.health.internal.ClusterHealth;
import io.talospve.health.internal.ClusterSight;
import io.talospve.health.internal.Observation;
import io.talospve.plan.HealthCondition;
import io.talospve.plan.StepWork.AwaitDayZero;
import io.talospve.plan.StepWork.AwaitHealthy;
import io.talospve.spec.Secret;
import io.talospve.spi.MachineAddress;
import io.talospve.spi.TalosAccess;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Waits for the conditions of a healthy cluster, one after the other, in Talos' order. One that was met is not asked for
 * again until the last one is; then all are, at one time.
 */
final class HealthStep implements StepRunner {
    private static final Duration EACH = Duration.ofMinutes(15);

    private final List<HealthCondition> conditions;
    private final Duration each;
    private final boolean fromTheBootstrapOn;
    private final List<HealthCondition> awaited;
    private @Nullable ClusterHealth health;
    private int met;

    private HealthStep(List<HealthCondition> conditions, Duration each, boolean fromTheBootstrapOn) {
        this.conditions = conditions;
        this.each = each;
        this.fromTheBootstrapOn = fromTheBootstrapOn;
        this.awaited = conditions.stream().filter(HealthCondition::awaited).toList();
    }

    static HealthStep of(AwaitHealthy work) {
        return new HealthStep(work.conditions(), EACH, false);
    }

    static HealthStep of(AwaitDayZero work) {
        return new HealthStep(work.conditions(), Duration.ofMinutes(work.minutesEach()), true);
    }

    @Override
    public StepProgress run(StepContext context) {
        if (health == null) {
            health = health(context.state());
        }
        Optional<StepProgress> unmet = firstUnmet(context, health.look());
        if (unmet.isEmpty() && met > 0) {
            met = 0;
            unmet = firstUnmet(context, health.look());
        }
        int notAwaited = conditions.size() - awaited.size();
        return unmet.orElseGet(() -> StepProgress.done(awaited.size() + " conditions met"
                + (notAwaited == 0 ? "" : ", " + notAwaited + " not awaited")));
    }

    private Optional<StepProgress> firstUnmet(StepContext context, ClusterHealth.Look look) {
        for (int i = met; i < awaited.size(); i++) {
            HealthCondition condition = awaited.get(i);
            Observation seen = observe(look, condition);
            if (!seen.holds()) {
                met = i;
                seen.machine()
                        .filter(machine -> context.plan().machine(machine).isPresent())
                        .ifPresent(machine -> context.suspect(machine, service(condition.id())));
                return Optional.of(StepProgress.waitFor(condition.id().title(), seen.toString(), each));
            }
        }
        return Optional.empty();
    }

    /** Whose log tells most about a condition that is not met. */
    private static String service(HealthCondition.Id condition) {
        return switch (condition) {
            case ETCD_HEALTHY, ETCD_CONSISTENT, ETCD_MEMBERS -> "etcd";
            case APID, MEMORY, DISK, MACHINES_BOOTED -> "machined";
            default -> "kubelet";
        };
    }

    /**
     * What was installed is waited for from the bootstrap on, and the API server may take longer to come up than an error is
     * retried: that it does not answer yet is a condition that is not met.
     */
    private Observation observe(ClusterHealth.Look look, HealthCondition condition) {
        try {
            return look.observe(condition.id(), conditions);
        } catch (RemoteException e) {
            if (fromTheBootstrapOn && e.retryable() && e.code() != ErrorCode.CANCELLED) {
                return new Observation(0, 1, String.valueOf(e.getMessage()));
            }
            throw e;
        }
    }

    private static ClusterHealth health(ApplyState state) {
        List<ClusterSight.Member> machines = state.plan().machines().stream()
                .map(machine -> new ClusterSight.Member(machine.name(), machine.role()))
                .toList();
        ClusterSight sight = new ClusterSight() {
            @Override
            public List<Member> machines() {
                return machines;
            }

            @Override
            public MachineAddress address(String machine) {
                return state.address(machine);
            }

            @Override
            public TalosAccess access() {
                return state.access();
            }

            @Override
            public Secret<String> kubeconfig() {
                return state.kubeconfig();
            }
        };
        return new ClusterHealth(
                sight,
                state.services().talos(),
                state.services().kubernetes(),
                state.executor(),
                condition -> state.services().manifests().checks(state.plan().cluster(), condition));
    }
}
