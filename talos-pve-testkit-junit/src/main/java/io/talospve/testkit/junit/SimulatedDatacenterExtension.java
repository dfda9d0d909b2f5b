package io.talospve.testkit.junit;

import io.talospve.TalosPve;
import io.talospve.store.ClusterStore;
import io.talospve.testkit.SimulatedDatacenter;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives each test a {@link SimulatedDatacenter} in virtual time and a {@link TalosPve} that is connected to it, with a
 * store in memory. Both are closed after the test.
 *
 * <pre>{@code
 * @ExtendWith(SimulatedDatacenterExtension.class)
 * class ClusterTest {
 *     @Test
 *     void comesUp(TalosPve pve, SimulatedDatacenter datacenter) {
 *         Outcome outcome = pve.apply(pve.plan(TalosCluster.load(Path.of("cluster.yaml"))));
 *         assertTrue(outcome.succeeded());
 *     }
 * }
 * }</pre>
 */
public final class SimulatedDatacenterExtension implements ParameterResolver {
    private static final Namespace NAMESPACE = Namespace.create(SimulatedDatacenterExtension.class);

    /** Made by JUnit. */
    public SimulatedDatacenterExtension() {}

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        Class<?> type = parameter.getParameter().getType();
        return type == SimulatedDatacenter.class || type == TalosPve.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == SimulatedDatacenter.class ? datacenter(context) : pve(context);
    }

    private static SimulatedDatacenter datacenter(ExtensionContext context) {
        return context.getStore(NAMESPACE)
                .getOrComputeIfAbsent("datacenter", key -> SimulatedDatacenter.start(), SimulatedDatacenter.class);
    }

    private static TalosPve pve(ExtensionContext context) {
        SimulatedDatacenter datacenter = datacenter(context);
        return context.getStore(NAMESPACE)
                .getOrComputeIfAbsent(
                        "pve", key -> DatacenterConnection.open(datacenter, ClusterStore.inMemory()), TalosPve.class);
    }
}
