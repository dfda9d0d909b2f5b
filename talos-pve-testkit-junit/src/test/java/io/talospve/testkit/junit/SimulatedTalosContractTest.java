package io.talospve.testkit.junit;

import static org.assertj.core.api.Assertions.assertThat;

import io.talospve.TalosPve;
import io.talospve.apply.Outcome;
import io.talospve.spec.Secret;
import io.talospve.spec.TalosCluster;
import io.talospve.spi.MachineAddress;
import io.talospve.spi.TimeSource;
import io.talospve.store.ClusterStore;
import io.talospve.talos.api.GrpcTalosApi;
import io.talospve.talos.api.ResetOptions;
import io.talospve.talos.pki.TalosPki;
import io.talospve.testkit.SimulatedDatacenter;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The contract, kept by the client with simulated machines: two control planes, a worker, and one that was wiped. */
class SimulatedTalosContractTest extends TalosApiContract {
    private static final TalosCluster CLUSTER = TalosCluster.define("lab", c -> c.datastore("nas", "alpha")
            .talos(t -> t.version("v1.12.4"))
            .kubernetesVersion("v1.34.2")
            .addNameservers("192.168.62.1")
            .hostPool(h -> h.host("alpha", "local-lvm"))
            .size("small", s -> s.cpu(2).memory(4096).osDisk(20))
            .controlPlane(p -> p.node(n -> n.size("small").network("dmz", "192.168.62.31/24", "192.168.62.1"))
                    .node(n -> n.size("small").network("dmz", "192.168.62.32/24", "192.168.62.1"))
                    .vip("192.168.62.30")
                    .hostPool("alpha"))
            .workers(p -> p.node(n -> n.size("small").network("dmz", "192.168.62.41/24", "192.168.62.1"))
                    .node(n -> n.size("small").network("dmz", "192.168.62.42/24", "192.168.62.1"))
                    .hostPool("alpha")));

    private static SimulatedDatacenter datacenter;
    private static GrpcTalosApi api;
    private static Place place;

    @BeforeAll
    static void bringUp() throws InterruptedException {
        datacenter = SimulatedDatacenter.start();
        ClusterStore store = StoredSecrets.of("lab");
        try (TalosPve pve = DatacenterConnection.open(datacenter, store)) {
            Outcome outcome = pve.apply(pve.plan(CLUSTER));
            assertThat(outcome.succeeded()).as("%s", outcome.render()).isTrue();
            pve.machine(pve.node(CLUSTER, "lab-worker-2"))
                    .reset(new ResetOptions(false, true, ResetOptions.Wipe.SYSTEM_DISK, List.of(), List.of()));
        }
        try (TimeSource.Waiter waiter = datacenter.timeSource().waiter()) {
            waiter.await(datacenter.timeSource().now().plusSeconds(60));
        }
        TalosPki pki = new TalosPki(InstantSource.system(), new SecureRandom());
        Secret<String> bundle = store.open("lab").secrets().load().orElseThrow();
        api = GrpcTalosApi.builder().proxy(datacenter.proxy()).build();
        place = new Place(
                api,
                pki.access(bundle, Duration.ofHours(1)),
                pki.access(StoredSecrets.foreign(), Duration.ofHours(1)),
                List.of(MachineAddress.of("192.168.62.31"), MachineAddress.of("192.168.62.32")),
                List.of(MachineAddress.of("192.168.62.41")),
                Optional.of(MachineAddress.of("192.168.62.42")),
                Optional.of(MachineAddress.of("192.168.62.99")));
    }

    @AfterAll
    static void tearDown() {
        api.close();
        datacenter.close();
    }

    @Override
    protected Place place() {
        return place;
    }
}
