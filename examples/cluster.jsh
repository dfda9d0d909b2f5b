// A cluster defined in a shell, planned, and applied to a simulated datacenter: examples/shell examples/cluster.jsh
var logs = java.util.logging.Logger.getLogger("")
logs.setLevel(java.util.logging.Level.SEVERE)

var cluster = TalosCluster.define("lab", c -> c.
    datastore("nas", "alpha").
    talos(t -> t.version("v1.12.4")).
    kubernetesVersion("v1.35.0").
    addNameservers("192.168.62.1").
    hostPool(h -> h.host("alpha", "local-lvm").host("charlie", "local-lvm")).
    size("small", s -> s.cpu(2).memory(4096).osDisk(32)).
    options(o -> o.disableDefaultCni(true)).
    controlPlane(p -> p.
        node(n -> n.size("small").network("dmz", "192.168.62.31/24", "192.168.62.1")).
        hostPool("alpha", "charlie").
        vip("192.168.62.30")).
    workers(p -> p.
        node(n -> n.size("small").network("dmz", "192.168.62.34/24", "192.168.62.1")).
        hostPool("charlie")))

cluster.plan().print()

var datacenter = SimulatedDatacenter.start()
var pve = DatacenterConnection.open(datacenter, ClusterStore.inMemory())
var outcome = pve.apply(pve.plan(cluster), Progress.console())
outcome.print()
pve.plan(cluster).print()

pve.health(cluster).print()
var first = pve.node(cluster, "lab-cp-1")
pve.services(first).forEach(System.out::println)
System.out.println(pve.metrics(first))
pve.resource(first, "runtime", "MachineStatuses.runtime.talos.dev", "machine").ifPresent(r -> System.out.print(r.spec()))
try (var lines = pve.logs(first, "machined", false)) { lines.forEachRemaining(System.out::println); }

var code = outcome.succeeded() && !pve.plan(cluster).hasChanges() && pve.health(cluster).healthy() ? 0 : 1
pve.close()
datacenter.close()
/exit code
