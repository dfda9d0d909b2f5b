package io.talospve.talos.api;

import io.talospve.spec.Secret;
import io.talospve.spi.MachineAddress;
import io.talospve.spi.MachineView;
import io.talospve.spi.TalosAccess;
import io.talospve.spi.TalosApi;
import io.talospve.spi.TimeSource;
import io.talospve.talos.api.internal.Connections;
import io.talospve.talos.api.internal.Line;
import io.talospve.talos.api.internal.MachineCalls;
import io.talospve.talos.api.internal.MachineLook;
import io.talospve.talos.api.internal.MachineWatch;
import io.talospve.talos.api.internal.Questions;
import io.talospve.talos.api.internal.Settings;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The Talos API of machines over the network. One connection per machine is kept as long as it works.
 *
 * <p>Trust is explicit: a machine in maintenance mode must present the pinned key, a running one a certificate that the
 * cluster's OS CA signed for the dialled address. Nothing global is read or set. All time-outs are wall time.
 *
 * <p>Rules are those of Talos v1.12. Thread-safe. Errors are {@link io.talospve.error.RemoteException}; they never hold a
 * configuration or a key.
 */
public final class GrpcTalosApi implements TalosApi {
    /** Where a machine keeps what is not Talos' own. */
    private static final String DATA = "/var";

    private final Connections connections;
    private final MachineLook look;
    private final MachineCalls calls;
    private final TimeSource time;

    private GrpcTalosApi(Settings settings, TimeSource time) {
        this.time = time;
        connections = new Connections(settings);
        look = new MachineLook(connections);
        calls = new MachineCalls(connections);
    }

    /**
     * A client that connects directly, with the default time-outs.
     *
     * @return a new client, to be closed
     */
    public static GrpcTalosApi create() {
        return builder().build();
    }

    /**
     * A builder.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Everything that a running machine offers.
     *
     * @param address where
     * @param access the cluster's access
     * @return the machine; nothing is called yet
     */
    public TalosMachine machine(MachineAddress address, TalosAccess access) {
        return new TalosMachine(Line.mutual(connections, address, access));
    }

    /**
     * What a machine in maintenance mode offers: disks, resources, and applying a configuration.
     *
     * @param address where
     * @param keyPin the pin of {@link MachineView.Maintenance}
     * @return the machine; nothing is called yet
     */
    public TalosMachine machineInMaintenance(MachineAddress address, String keyPin) {
        return new TalosMachine(
                Line.maintenance(connections, address, Objects.requireNonNull(keyPin, "keyPin")));
    }

    /**
     * Asks several machines in one call through a control plane. If one of them holds up the answer of all, each is asked
     * alone, within the time of a first call together; who was not reached by then has an error that says so.
     *
     * @param controlPlane which machine forwards
     * @param access the cluster's access
     * @param nodes the machines, addresses without ports
     * @param question what to ask
     * @param <T> what a machine answers
     * @return each machine's answer or its own error, in the order of {@code nodes}
     * @throws io.talospve.error.RemoteException if the control plane itself fails
     */
    public <T> Map<String, NodeAnswer<T>> ask(
            MachineAddress controlPlane, TalosAccess access, List<String> nodes, Question<T> question) {
        return Line.mutual(connections, controlPlane, access).askEach(question.call(), List.copyOf(nodes));
    }

    @Override
    public MachineView look(MachineAddress address, @Nullable TalosAccess access, @Nullable String keyPin) {
        return look.look(address, access, keyPin);
    }

    @Override
    public void applyInMaintenance(MachineAddress address, String keyPin, Secret<String> machineConfig) {
        calls.applyInMaintenance(address, Objects.requireNonNull(keyPin, "keyPin"), machineConfig);
    }

    @Override
    public BootstrapAnswer bootstrap(MachineAddress address, TalosAccess access) {
        return calls.bootstrap(address, access);
    }

    @Override
    public List<EtcdMember> etcdMembers(MachineAddress address, TalosAccess access) {
        return calls.etcdMembers(address, access);
    }

    @Override
    public Secret<String> kubeconfig(MachineAddress address, TalosAccess access) {
        return calls.kubeconfig(address, access);
    }

    @Override
    public String logTail(MachineAddress address, TalosAccess access, String service, int lines) {
        return calls.logTail(address, access, service, lines);
    }

    @Override
    public MachineSize size(MachineAddress address, TalosAccess access) {
        Line line = Line.mutual(connections, address, access);
        long data = line.ask(Questions.MOUNTS).stream()
                .filter(mount -> mount.path().equals(DATA))
                .mapToLong(MachineMetrics.Mount::size)
                .max()
                .orElse(0);
        return new MachineSize(line.ask(Questions.MEMORY).total(), data);
    }

    @Override
    public Watch watch(MachineAddress address, TalosAccess access, MachineView seen, Runnable changed) {
        return MachineWatch.open(connections, time, address, access, seen, changed);
    }

    /** Closes all connections; calls that are under way end with an error. */
    @Override
    public void close() {
        connections.close();
    }

    /** Builds a client. Not thread-safe. */
    public static final class Builder {
        private @Nullable InetSocketAddress proxy;
        private Set<String> direct = Set.of();
        private TimeSource time = TimeSource.system();
        private Duration connectTimeout = Settings.defaults().connectTimeout();
        private Duration firstCallTimeout = Settings.defaults().firstCallTimeout();
        private Duration callTimeout = Settings.defaults().callTimeout();
        private Duration etcdTimeout = Settings.defaults().etcdTimeout();

        private Builder() {}

        /**
         * Connects through an HTTP CONNECT proxy; without it directly.
         *
         * @param address where the proxy listens, null for none
         * @return this
         */
        public Builder proxy(@Nullable InetSocketAddress address) {
            proxy = address;
            return this;
        }

        /**
         * Hosts that are connected directly in spite of the proxy.
         *
         * @param hosts names or addresses, exactly as they are dialled
         * @return this
         */
        public Builder noProxy(Collection<String> hosts) {
            direct = Set.copyOf(hosts);
            return this;
        }

        /**
         * By whose time the machines' certificates have to be valid, and whose time stands still while a message of a watch
         * is on its way; the system's by default, which takes no notice of the latter.
         * Time-outs are wall time in any case.
         *
         * @param source the time source of the program
         * @return this
         */
        public Builder timeSource(TimeSource source) {
            time = Objects.requireNonNull(source, "source");
            return this;
        }

        /**
         * How long a TCP connection may take; 5 s by default.
         *
         * @param timeout more than zero
         * @return this
         */
        public Builder connectTimeout(Duration timeout) {
            connectTimeout = positive(timeout);
            return this;
        }

        /**
         * How long a call may take that opens the connection, TLS included; 30 s by default.
         *
         * @param timeout more than zero
         * @return this
         */
        public Builder firstCallTimeout(Duration timeout) {
            firstCallTimeout = positive(timeout);
            return this;
        }

        /**
         * How long a call on an open connection may take; 15 s by default.
         *
         * @param timeout more than zero
         * @return this
         */
        public Builder callTimeout(Duration timeout) {
            callTimeout = positive(timeout);
            return this;
        }

        /**
         * How long a question to etcd may take, which hangs as long as there is no etcd; 10 s by default.
         *
         * @param timeout more than zero
         * @return this
         */
        public Builder etcdTimeout(Duration timeout) {
            etcdTimeout = positive(timeout);
            return this;
        }

        /**
         * The client.
         *
         * @return a new client, to be closed
         */
        public GrpcTalosApi build() {
            return new GrpcTalosApi(
                    new Settings(
                            proxy, direct, connectTimeout, firstCallTimeout, callTimeout, etcdTimeout, time::now),
                    time);
        }

        private static Duration positive(Duration timeout) {
            if (timeout.isNegative() || timeout.isZero()) {
                throw new IllegalArgumentException("a time-out must be more than zero, not " + timeout);
            }
            return timeout;
        }
    }
}
