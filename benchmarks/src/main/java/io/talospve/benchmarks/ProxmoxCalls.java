package io.talospve.benchmarks;

import io.talospve.TalosPve;
import io.talospve.apply.Outcome;
import io.talospve.plan.Plan;
import io.talospve.proxmox.ProxmoxHypervisor;
import io.talospve.spec.TalosCluster;
import io.talospve.spi.Hypervisor;
import io.talospve.spi.Operation;
import io.talospve.spi.VmCreation;
import io.talospve.spi.VmCreation.NicCreation;
import io.talospve.spi.VmDisk;
import io.talospve.spi.VmRef;
import io.talospve.store.ClusterStore;
import io.talospve.testkit.SimulatedDatacenter;
import io.talospve.testkit.junit.DatacenterConnection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Counts the calls to Proxmox VE, at the simulated server, beside those that the Terraform provider makes (recorded); and
 * measures whether calls grow slower with the number of machines.
 */
public final class ProxmoxCalls {
    private static final List<String> HOSTS = List.of("alpha", "bravo", "charlie");
    private static final int MANY = 1000;
    private static final int SAMPLE = 100;

    private ProxmoxCalls() {}

    /** Prints the tables. */
    public static void main(String[] arguments) {
        System.out.println("Calls to Proxmox VE: tasks that end at once, 3 hosts, rights on /vms, no pool");
        System.out.println("machines | apply (all) | more per machine | Terraform | nothing to do | Terraform");
        int[] before = null;
        for (int machines : new int[] {4, 6, 12, 24}) {
            int[] now = count(machines);
            String each = before == null
                    ? "-"
                    : String.format(Locale.ROOT, "%.2f", (now[0] - before[0]) / (double) (machines - before[2]));
            System.out.printf(
                    Locale.ROOT,
                    "%8d | %11d | %16s | %9d | %13d | %9d%n",
                    machines, now[0], each, 4 + 12 * machines, now[1], 2 + 5 * machines);
            before = new int[] {now[0], now[1], machines};
        }
        manyMachines();
    }

    private static int[] count(int machines) {
        AtomicInteger calls = new AtomicInteger();
        try (SimulatedDatacenter datacenter = SimulatedDatacenter.builder()
                        .latency(0)
                        .hosts(HOSTS)
                        .onProxmoxCall((method, path) -> calls.incrementAndGet())
                        .start();
                TalosPve pve = DatacenterConnection.open(datacenter, ClusterStore.inMemory())) {
            TalosCluster cluster = cluster(machines);
            Plan plan = pve.plan(cluster);
            calls.set(0);
            Outcome outcome = pve.apply(plan);
            if (!outcome.succeeded()) {
                throw new IllegalStateException(outcome.render().toString());
            }
            int apply = calls.getAndSet(0);
            pve.plan(cluster);
            return new int[] {apply, calls.get()};
        }
    }

    private static TalosCluster cluster(int machines) {
        return TalosCluster.define("count", c -> {
            c.datastore("nas", "alpha").talos(t -> t.version("v1.12.4")).kubernetesVersion("v1.35.0");
            c.addNameservers("10.0.255.254").hostPool(h -> HOSTS.forEach(host -> h.host(host, "local-lvm")));
            c.size("s", s -> s.cpu(2).memory(2048).osDisk(20));
            c.controlPlane(p -> p.node(n -> n.size("s").network("dmz", "10.0.0.1/16", "10.0.255.254")).hostPool("alpha"));
            c.workers(p -> {
                for (int i = 1; i < machines; i++) {
                    int own = i;
                    p.node(n -> n.size("s").network("dmz", "10.0.1." + own + "/16", "10.0.255.254"));
                }
                p.hostPool(HOSTS);
            });
        });
    }

    /** Creating and reading the first hundred machines after warming up, against the last hundred of a thousand. */
    private static void manyMachines() {
        try (SimulatedDatacenter datacenter = SimulatedDatacenter.builder().latency(0).hosts(HOSTS).start();
                Hypervisor hypervisor = ProxmoxHypervisor.builder()
                        .url(datacenter.proxmoxUrl())
                        .apiToken(datacenter.proxmoxApiToken())
                        .fingerprint(datacenter.proxmoxFingerprint())
                        .timeSource(datacenter.timeSource())
                        .build()) {
            double[] first = new double[2];
            double[] last = new double[2];
            for (int i = 0; i < MANY; i++) {
                VmRef ref = new VmRef(HOSTS.get(i % HOSTS.size()), 1000 + i);
                long start = System.nanoTime();
                Operation creation = hypervisor.create(machine(ref));
                while (creation.poll().status() == Operation.Status.RUNNING) {
                    Thread.onSpinWait();
                }
                boolean early = i >= SAMPLE && i < 2 * SAMPLE;
                if (early || i >= MANY - SAMPLE) {
                    long made = System.nanoTime();
                    hypervisor.vm(ref).orElseThrow();
                    double[] into = early ? first : last;
                    into[0] += (made - start) / 1e6 / SAMPLE;
                    into[1] += (System.nanoTime() - made) / 1e6 / SAMPLE;
                }
            }
            System.out.printf(
                    Locale.ROOT,
                    "Machines 101 to 200 and 901 to 1000, ms: create %.2f and %.2f (ratio %.2f), read %.2f and %.2f (ratio %.2f)%n",
                    first[0], last[0], last[0] / first[0], first[1], last[1], last[1] / first[1]);
        }
    }

    private static VmCreation machine(VmRef ref) {
        return VmCreation.builder()
                .ref(ref)
                .name("vm-" + ref.vmid())
                .uuid(new UUID(0, ref.vmid()))
                .description("benchmark")
                .addTags("talos")
                .cores(1)
                .memoryMiB(512)
                .addDisks(new VmDisk("scsi0", "local-lvm", 4, null))
                .cloudInitDatastore("local-lvm")
                .isoVolume("none")
                .addNics(new NicCreation("vmbr0", "02:aa:bb:cc:dd:01", Optional.empty(), Optional.empty()))
                .addNameservers("192.0.2.1")
                .build();
    }
}
