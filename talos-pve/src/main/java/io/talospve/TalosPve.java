package io.talospve;

import io.talospve.apply.ApplyOptions;
import io.talospve.apply.Limits;
import io.talospve.apply.Outcome;
import io.talospve.apply.PlanExecutor;
import io.talospve.error.ConfigurationException;
import io.talospve.event.ExecutionListener;
import io.talospve.health.ClusterInspector;
import io.talospve.health.HealthReport;
import io.talospve.gitops.DayZeroManifests;
import io.talospve.kubernetes.KubernetesClient;
import io.talospve.plan.Plan;
import io.talospve.proxmox.ProxmoxHypervisor;
import io.talospve.secrets.bitwarden.BitwardenSink;
import io.talospve.secrets.file.FileSink;
import io.talospve.spec.Secret;
import io.talospve.spec.TalosCluster;
import io.talospve.spi.NodeRef;
import io.talospve.spi.PlacementStrategy;
import io.talospve.spi.CertificateEnd;
import io.talospve.spi.SecretSink;
import io.talospve.spi.SecretSource;
import io.talospve.spi.TimeSource;
import io.talospve.store.ClusterHistory;
import io.talospve.store.ClusterStore;
import io.talospve.talos.api.GrpcTalosApi;
import io.talospve.talos.api.LogFollower;
import io.talospve.talos.api.MachineMetrics;
import io.talospve.talos.api.MachineStream;
import io.talospve.talos.api.ServiceStatus;
import io.talospve.talos.api.TalosMachine;
import io.talospve.talos.api.TalosResource;
import io.talospve.talos.config.TalosMachineConfigs;
import io.talospve.talos.factory.TalosImageFactory;
import io.talospve.talos.pki.TalosPki;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A connection to one Proxmox VE cluster, to plan and apply Talos clusters on it. Thread-safe; close it to close what it
 * opened.
 *
 * <pre>{@code
 * try (TalosPve pve = TalosPve.connect(c -> c
 *         .proxmox(p -> p.url(URI.create("https://alpha:8006")).apiToken(token).fingerprint(fingerprint))
 *         .store(ClusterStore.directory(Path.of(".talos-pve"))))) {
 *     Plan plan = pve.plan(cluster);
 *     plan.print();
 *     Outcome outcome = pve.apply(plan, Progress.console());
 * }
 * }</pre>
 */
public final class TalosPve implements AutoCloseable {
    private static final Logger LOG = System.getLogger(TalosPve.class.getName());

    private static final int PAST_LINES = 100;

    private final PlanExecutor executor;
    private final GrpcTalosApi talos;
    private final TimeSource time;
    private final List<AutoCloseable> opened;

    private TalosPve(PlanExecutor executor, GrpcTalosApi talos, TimeSource time, List<AutoCloseable> opened) {
        this.executor = executor;
        this.talos = talos;
        this.time = time;
        this.opened = opened;
    }

    /**
     * Wires the usual parts. Connects to nothing yet.
     *
     * @param settings where everything is
     * @throws ConfigurationException naming everything that is missing
     */
    public static TalosPve connect(Consumer<Settings> settings) {
        Settings given = new Settings();
        settings.accept(given);
        return given.connect();
    }

    /**
     * Plans to bring the world to the spec. Reads only.
     *
     * @throws io.talospve.error.RefusedException if going on could do harm
     * @throws io.talospve.error.RemoteException if something could not be asked
     */
    public Plan plan(TalosCluster cluster) {
        return executor.plan(cluster);
    }

    /**
     * Plans to remove everything of the cluster that is ours. Reads only; secrets, history and sink entries are kept.
     *
     * @throws io.talospve.error.RefusedException if it cannot be proved what is ours
     * @throws io.talospve.error.RemoteException if something could not be asked
     */
    public Plan planDestroy(TalosCluster cluster) {
        return executor.planDestroy(cluster);
    }

    /**
     * Carries a plan out; see {@link PlanExecutor#apply}.
     *
     * @param plan the reviewed plan
     * @param listeners are told what happens, for example {@link io.talospve.event.Progress#console()}
     * @return what came of it, failures included
     * @throws io.talospve.error.StalePlanException if the world moved since the plan was made
     * @throws io.talospve.error.StoreException if another process works on this cluster
     */
    public Outcome apply(Plan plan, ExecutionListener... listeners) {
        return executor.apply(plan, listeners);
    }

    /**
     * Carries a plan out with a deadline or a way to cancel; see {@link PlanExecutor#apply(Plan, ApplyOptions,
     * ExecutionListener...)}.
     *
     * @param plan the reviewed plan
     * @param options when to stop
     * @param listeners are told what happens
     */
    public Outcome apply(Plan plan, ApplyOptions options, ExecutionListener... listeners) {
        return executor.apply(plan, options, listeners);
    }

    /**
     * Writes a plan down so that another process can apply it after somebody has reviewed it; sealed under a key of the
     * store, see {@link PlanExecutor#save}.
     *
     * @param plan the plan
     * @return the text to keep
     */
    public String save(Plan plan) {
        return executor.save(plan);
    }

    /**
     * Carries out a plan that was saved; see {@link PlanExecutor#applySaved}.
     *
     * @param saved what {@link #save} returned
     * @param options when to stop
     * @param listeners are told what happens
     */
    public Outcome applySaved(String saved, ApplyOptions options, ExecutionListener... listeners) {
        return executor.applySaved(saved, options, listeners);
    }

    /**
     * What was applied to a cluster: which spec, by whom, when, and what came of it.
     *
     * @param cluster name of the cluster
     */
    public ClusterHistory history(String cluster) {
        return executor.history(cluster);
    }

    /**
     * How a cluster is now: Talos' conditions of a healthy cluster in its order, each with what was last seen. Reads only;
     * may be asked while an apply runs. {@code health(cluster).healthy()} is the exit condition of a check.
     *
     * @param cluster the spec of a cluster that was applied
     * @throws io.talospve.error.RefusedException if the store does not know the cluster
     */
    public HealthReport health(TalosCluster cluster) {
        return executor.inspector().health(cluster);
    }

    /**
     * Looks until a cluster is healthy, or the time is up.
     *
     * @param cluster the spec of a cluster that was applied
     * @param atMost how long
     * @param progress is told of every look, on the calling thread
     * @return the last look; {@link HealthReport#healthy()} says which of both it was
     * @throws io.talospve.error.RefusedException if the store does not know the cluster
     * @throws io.talospve.error.TalosPveException with code {@code CANCELLED} if the calling thread is interrupted
     */
    public HealthReport awaitHealthy(TalosCluster cluster, Duration atMost, Consumer<HealthReport> progress) {
        return executor.inspector().awaitHealthy(cluster, atMost, progress);
    }

    /**
     * The machines of a cluster that was applied.
     *
     * @param cluster the spec
     * @throws io.talospve.error.RefusedException if the store does not know the cluster
     */
    public List<NodeRef> nodes(TalosCluster cluster) {
        return executor.inspector().nodes(cluster.name());
    }

    /**
     * A machine of a cluster that was applied.
     *
     * @param cluster the spec
     * @param name its name, for example {@code prod-k8s-cp-1}
     * @throws io.talospve.error.RefusedException if the store does not know the cluster, or the cluster no such machine
     */
    public NodeRef node(TalosCluster cluster, String name) {
        return executor.inspector().node(cluster.name(), name);
    }

    /**
     * A machine's own API, with all that {@code talosctl} offers; some of its calls change the machine.
     *
     * @param node the machine
     * @return the machine; nothing is called yet
     * @throws io.talospve.error.RefusedException if the store does not know the machine
     * @throws io.talospve.error.RemoteException if its address is not known
     */
    public TalosMachine machine(NodeRef node) {
        ClusterInspector inspector = executor.inspector();
        return talos.machine(inspector.address(node), inspector.access(node.cluster()));
    }

    /**
     * A service's log: its last hundred lines, and then, if it is followed, each new one until the stream is closed, also
     * over lost connections and reboots of the machine; see {@link LogFollower}.
     *
     * @param node the machine
     * @param service a service ({@code kubelet}, {@code etcd} …), or {@code machined} for the machine itself
     * @param follow whether to go on with new lines
     * @return the lines, to be closed
     */
    public MachineStream<String> logs(NodeRef node, String service, boolean follow) {
        return follow
                ? new LogFollower(() -> machine(node), service, PAST_LINES, time)
                : machine(node).logs(service, PAST_LINES);
    }

    /**
     * The log of a machine's kernel.
     *
     * @param node the machine
     * @return the lines, to be closed
     */
    public MachineStream<String> dmesg(NodeRef node) {
        return machine(node).dmesg();
    }

    /**
     * A machine's services, with their health and history.
     *
     * @param node the machine
     */
    public List<ServiceStatus> services(NodeRef node) {
        return machine(node).services();
    }

    /**
     * A machine's counters: processors, load, memory, disks, networks.
     *
     * @param node the machine
     */
    public MachineMetrics metrics(NodeRef node) {
        return machine(node).metrics();
    }

    /**
     * What a machine's controllers know and want: all resources of a type.
     *
     * @param node the machine
     * @param namespace for example {@code network}
     * @param type for example {@code LinkStatuses.net.talos.dev}
     */
    public List<TalosResource> resources(NodeRef node, String namespace, String type) {
        return machine(node).resources(namespace, type);
    }

    /**
     * One resource of a machine.
     *
     * @param node the machine
     * @param namespace for example {@code runtime}
     * @param type for example {@code MachineStatuses.runtime.talos.dev}
     * @param id for example {@code machine}
     * @return empty if there is none
     */
    public Optional<TalosResource> resource(NodeRef node, String namespace, String type, String id) {
        return machine(node).resource(namespace, type, id);
    }

    /**
     * Takes over the secrets of a cluster that talosctl or Terraform made, before its first plan; see
     * {@link PlanExecutor#adopt}.
     *
     * @param cluster the spec
     * @param secretsYaml the text of its {@code secrets.yaml}
     */
    public void adopt(TalosCluster cluster, Secret<String> secretsYaml) {
        executor.adopt(cluster.name(), secretsYaml);
    }

    /**
     * When the certificates of a cluster end: its CAs, and the client certificates of its credentials. Every plan warns of a
     * CA that ends within 180 days, and issues credentials anew that end within 30.
     *
     * @param cluster the spec
     * @return the first to end first; empty if the store knows nothing of the cluster
     */
    public List<CertificateEnd> certificateEnds(TalosCluster cluster) {
        return executor.certificateEnds(cluster.name());
    }

    @Override
    public void close() {
        close(opened);
    }

    private static void close(List<AutoCloseable> parts) {
        for (int i = parts.size() - 1; i >= 0; i--) {
            try {
                parts.get(i).close();
            } catch (Exception e) {
                LOG.log(Level.DEBUG, "closing " + parts.get(i).getClass().getName() + " failed", e);
            }
        }
    }

    /** Where everything is. Not thread-safe. Mandatory: {@link #proxmox} and {@link #store}. */
    public static final class Settings {
        private final ProxmoxHypervisor.Builder proxmox = ProxmoxHypervisor.builder();
        private final TalosImageFactory.Builder images = TalosImageFactory.builder();
        private final GrpcTalosApi.Builder talos = GrpcTalosApi.builder();
        private final KubernetesClient.Builder kubernetes = KubernetesClient.builder();
        private final List<BitwardenSink.Builder> bitwarden = new ArrayList<>();
        private final List<SecretSink> sinks = new ArrayList<>();
        private final List<Function<List<AutoCloseable>, Source>> sources = new ArrayList<>();
        private final ChartSettings charts = new ChartSettings();
        private @Nullable ClusterStore store;
        private @Nullable Executor executor;
        private boolean proxmoxGiven;
        private TimeSource time = TimeSource.system();
        private Limits limits = Limits.standard();
        private PlacementStrategy placement = PlacementStrategy.bySpec();
        private boolean requireAgentProof;

        private Settings() {}

        /** Where Proxmox VE is and how to log in. */
        public Settings proxmox(Consumer<ProxmoxHypervisor.Builder> settings) {
            settings.accept(proxmox);
            proxmoxGiven = true;
            return this;
        }

        /** Another image factory than factory.talos.dev. */
        public Settings imageFactory(Consumer<TalosImageFactory.Builder> settings) {
            settings.accept(images);
            return this;
        }

        /** How the machines' Talos API is reached: a proxy of its own, time-outs. */
        public Settings talos(Consumer<GrpcTalosApi.Builder> settings) {
            settings.accept(talos);
            return this;
        }

        /** How the clusters' Kubernetes API is reached: a proxy of its own, a time-out. */
        public Settings kubernetes(Consumer<KubernetesClient.Builder> settings) {
            settings.accept(kubernetes);
            return this;
        }

        /** Delivers credentials to a Bitwarden Secrets Manager project. */
        public Settings bitwarden(Consumer<BitwardenSink.Builder> settings) {
            BitwardenSink.Builder sink = BitwardenSink.builder();
            settings.accept(sink);
            bitwarden.add(sink);
            return this;
        }

        /** Delivers credentials as files into a folder. */
        public Settings files(Path folder) {
            return sink(new FileSink(folder));
        }

        /** Delivers credentials to a sink of your own; it stays yours to close. */
        public Settings sink(SecretSink sink) {
            sinks.add(sink);
            return this;
        }

        /**
         * Adds a source of secrets that specs may refer to as {@code { secret: "<name>:<key>" }}. A spec alone never adds one.
         *
         * @param name its name in references: lower-case letters, digits and hyphens, a letter first
         * @param source reads the secrets; it stays yours to close
         * @param keyPrefix how the keys begin that specs may ask for; empty text for every key
         * @param more further allowed beginnings
         */
        public Settings secretSource(String name, SecretSource source, String keyPrefix, String... more) {
            sources.add(opened -> new Source(name, source, keyPrefix, more));
            return this;
        }

        /**
         * Adds a Bitwarden Secrets Manager project as a source of secrets that specs may refer to.
         *
         * @param name its name in references, for example {@code bitwarden}
         * @param keyPrefix how the names of the secrets begin that specs may ask for; empty text for every secret of the
         *     project
         * @param settings which project, and how to log in
         */
        public Settings bitwardenSource(String name, String keyPrefix, Consumer<BitwardenSink.Builder> settings) {
            BitwardenSink.Builder project = BitwardenSink.builder();
            settings.accept(project);
            sources.add(opened ->
                    new Source(name, opened(opened, project.time(time::now).build()).source(), keyPrefix));
            return this;
        }

        private record Source(String name, SecretSource source, String keyPrefix, String... more) {}

        /** Where the charts of CNI, GitOps engine and add-ons come from, and what renders them. */
        public Settings charts(Consumer<ChartSettings> settings) {
            settings.accept(charts);
            return this;
        }

        /** What outlives the process; {@link ClusterStore#directory} or, losing everything, {@link ClusterStore#inMemory}. */
        public Settings store(ClusterStore value) {
            store = value;
            return this;
        }

        /** Reaches machines and Kubernetes through an HTTP proxy (CONNECT), such as one on a bastion. */
        public Settings proxy(InetSocketAddress proxy) {
            talos.proxy(proxy);
            kubernetes.proxy(proxy);
            return this;
        }

        /** Addresses, networks, names and domains that are reached without the proxy. */
        public Settings noProxy(Collection<String> hosts) {
            talos.noProxy(hosts);
            kubernetes.noProxy(List.copyOf(hosts));
            return this;
        }

        /** Runs calls; by default a pool of daemon threads of its own. It stays yours to shut down. */
        public Settings executor(Executor value) {
            executor = value;
            return this;
        }

        /** Where time comes from; by default the system clock. */
        public Settings timeSource(TimeSource value) {
            time = value;
            return this;
        }

        /** How much runs at once. */
        public Settings limits(Limits value) {
            limits = value;
            return this;
        }

        /** Which host a new machine goes to; by default what its pool says in the spec. */
        public Settings placement(PlacementStrategy value) {
            placement = value;
            return this;
        }

        /** Send a configuration only once the guest agent has confirmed the machine's address; by default false. */
        public Settings requireAgentProof(boolean value) {
            requireAgentProof = value;
            return this;
        }

        private TalosPve connect() {
            List<String> missing = new ArrayList<>();
            if (!proxmoxGiven) {
                missing.add("proxmox(p -> p.url(...).apiToken(...))");
            }
            if (store == null) {
                missing.add("store(ClusterStore.directory(...))");
            }
            if (store == null || !proxmoxGiven) {
                throw new ConfigurationException("not given: " + String.join(", ", missing), null);
            }
            List<AutoCloseable> opened = new ArrayList<>();
            try {
                return connect(store, opened);
            } catch (RuntimeException e) {
                close(opened);
                throw e;
            }
        }

        private TalosPve connect(ClusterStore givenStore, List<AutoCloseable> opened) {
            Executor calls = executor;
            if (calls == null) {
                ExecutorService own = Executors.newCachedThreadPool(daemons());
                opened.add(own::shutdownNow);
                calls = own;
            }
            SecureRandom random = new SecureRandom();
            GrpcTalosApi machines = opened(opened, talos.timeSource(time).build());
            PlanExecutor.Builder builder = PlanExecutor.builder()
                    .hypervisor(opened(opened, proxmox.build()))
                    .talos(machines)
                    .kubernetes(opened(opened, kubernetes.build()))
                    .imageFactory(opened(opened, images.build()))
                    .pki(new TalosPki(time::now, random))
                    .machineConfigs(new TalosMachineConfigs())
                    .manifests(opened(
                            opened,
                            DayZeroManifests.builder().renderer(charts.open(opened)).build()))
                    .store(givenStore)
                    .executor(calls)
                    .timeSource(time)
                    .limits(limits)
                    .placement(placement)
                    .requireAgentProof(requireAgentProof);
            bitwarden.forEach(sink ->
                    builder.secretSink(opened(opened, sink.time(time::now).build())));
            sinks.forEach(builder::secretSink);
            sources.stream()
                    .map(open -> open.apply(opened))
                    .forEach(source -> builder.secretSource(source.name(), source.source(), source.keyPrefix(), source.more()));
            return new TalosPve(builder.build(), machines, time, opened);
        }

        private static <T extends AutoCloseable> T opened(List<AutoCloseable> all, T part) {
            all.add(part);
            return part;
        }

        private static ThreadFactory daemons() {
            AtomicInteger number = new AtomicInteger();
            return task -> {
                Thread thread = new Thread(task, "talos-pve-call-" + number.incrementAndGet());
                thread.setDaemon(true);
                return thread;
            };
        }
    }
}
