package io.talospve.testkit;

import io.talospve.spec.Cidr;
import io.talospve.spec.Secret;
import io.talospve.spi.TimeSource;
import io.talospve.testkit.internal.bitwarden.BitwardenServer;
import io.talospve.testkit.internal.charts.ChartServer;
import io.talospve.testkit.internal.charts.Charts;
import io.talospve.testkit.internal.clock.Latency;
import io.talospve.testkit.internal.clock.SimClock;
import io.talospve.testkit.internal.clock.VirtualClock;
import io.talospve.testkit.internal.clock.WallClock;
import io.talospve.testkit.internal.factory.FactoryImages;
import io.talospve.testkit.internal.factory.FactoryServer;
import io.talospve.testkit.internal.factory.Schematics;
import io.talospve.testkit.internal.net.ConnectProxy;
import io.talospve.testkit.internal.net.DhcpServer;
import io.talospve.testkit.internal.net.IoThreads;
import io.talospve.testkit.internal.net.NodeAddressBinder;
import io.talospve.testkit.internal.net.SimNetwork;
import io.talospve.testkit.internal.pve.Faults;
import io.talospve.testkit.internal.pve.PveServer;
import io.talospve.testkit.internal.talos.TalosGuests;
import io.talospve.testkit.internal.tls.TestCa;
import io.talospve.testkit.internal.world.Pool;
import io.talospve.testkit.internal.world.PveVersion;
import io.talospve.testkit.internal.world.Storage;
import io.talospve.testkit.internal.world.World;
import java.net.InetSocketAddress;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A datacenter in this process: Proxmox VE, Talos machines, an image factory, Kubernetes, a chart repository and Bitwarden as
 * real servers on loopback, and an HTTP CONNECT proxy that leads to the machines' own addresses. It refuses what the real ones refuse.
 *
 * <p>In virtual time (the default) minutes take milliseconds, for a client in the same process that uses
 * {@link #timeSource()}. For other processes use {@link Builder#wallTime}. Thread-safe; close it to stop all servers.
 */
public final class SimulatedDatacenter implements AutoCloseable {
    private final List<AutoCloseable> parts = new ArrayList<>();
    private final SimClock clock;
    private final World world;
    private final PveServer proxmox;
    private final FactoryServer factory;
    private final BitwardenServer bitwarden;
    private final ChartServer charts;
    private final ConnectProxy proxy;
    private final TalosGuests machines;
    private final String factoryCa;
    private final DatacenterFaults faults;

    private SimulatedDatacenter(Builder builder) {
        clock = opened(builder.virtual ? new VirtualClock(Clock.systemUTC().instant()) : new WallClock());
        Latency latency = new Latency(builder.latency);
        IoThreads io = opened(new IoThreads());
        TestCa ca = new TestCa("Simulated datacenter CA");
        factoryCa = ca.pem();
        SimNetwork network = new SimNetwork();
        builder.dhcp.forEach(served -> network.serveDhcp(
                served.bridge(),
                served.vlan(),
                new DhcpServer(Cidr.parse(served.network()), served.reservations())));
        proxy = opened(new ConnectProxy(io, network));
        if (builder.bindNodeAddresses != null) {
            opened(new NodeAddressBinder(io, network, builder.bindNodeAddresses));
        }
        Schematics schematics = new Schematics();
        factory = opened(new FactoryServer(io, clock, latency, ca, schematics));
        FactoryImages images = new FactoryImages(schematics, factory.hostAndPort(), builder.mirrors);
        machines = opened(new TalosGuests(clock, latency, network, images, io, builder.seed));
        world = opened(World.builder(clock, latency, machines, images)
                .seed(builder.seed)
                .version(builder.version.equals("8.4") ? PveVersion.V8_4 : PveVersion.V9_2)
                .hosts(builder.hosts)
                .bridges(builder.bridges)
                .storages(builder.storages())
                .build());
        builder.pciMappings.forEach((name, on) -> world.map("pci", name, on));
        world.locked(() -> builder.pools.forEach(name -> world.pools().put(name, new Pool(name))));
        proxmox = opened(PveServer.start(world, new TestCa("Proxmox Virtual Environment")));
        proxmox.faults().interruptions(io.interruptions());
        proxmox.faults().observe(new Faults.Observer() {
            @Override
            public void beforeEffect(String method, String path) {
                builder.proxmoxCalls.forEach(observer -> observer.accept(method, path));
            }

            @Override
            public void afterEffect(String method, String path) {
                if (builder.latency == 0 && clock instanceof VirtualClock virtual) {
                    // what takes no time is over when it is answered
                    virtual.advance(Duration.ZERO);
                }
            }
        });
        bitwarden = opened(new BitwardenServer(io, clock, latency, ca, new SecureRandom()));
        faults = new DatacenterFaults(proxmox, world, machines, bitwarden, io.interruptions());
        charts = opened(new ChartServer(io, clock, latency, ca, new Charts(builder.charts)));
    }

    private <T extends AutoCloseable> T opened(T part) {
        parts.add(part);
        return part;
    }

    /** Starts a datacenter with the defaults: virtual time, realistic latencies, three hosts, Proxmox VE 9.2. */
    public static SimulatedDatacenter start() {
        return builder().start();
    }

    /** Describes a datacenter. */
    public static Builder builder() {
        return new Builder();
    }

    /** The time of this datacenter, for a client in the same process. */
    public TimeSource timeSource() {
        return clock.timeSource();
    }

    /** Proxmox VE's API, {@code https://127.0.0.1:…}. */
    public URI proxmoxUrl() {
        return proxmox.endpoint();
    }

    /** An API token with all rights, {@code user@realm!id=secret}. */
    public String proxmoxApiToken() {
        return proxmox.apiToken();
    }

    /** A user with all rights. */
    public String proxmoxUser() {
        return proxmox.user();
    }

    /** The user's password. */
    public String proxmoxPassword() {
        return proxmox.password();
    }

    /** SHA-256 fingerprint of the certificate at {@link #proxmoxUrl()}. */
    public String proxmoxFingerprint() {
        return proxmox.fingerprint();
    }

    /** The CA that signed Proxmox VE's certificates, PEM. */
    public String proxmoxCa() {
        return proxmox.caPem();
    }

    /** The image factory, {@code https://127.0.0.1:…}. */
    public URI imageFactoryUrl() {
        return factory.endpoint();
    }

    /** The CA of the image factory's certificate, PEM. */
    public String imageFactoryCa() {
        return factoryCa;
    }

    /** The Bitwarden server, {@code https://127.0.0.1:…}. */
    public URI bitwardenUrl() {
        return URI.create(bitwarden.serverUrl());
    }

    /** The CA of Bitwarden's certificate, PEM. */
    public String bitwardenCa() {
        return bitwarden.caPem();
    }

    /** A machine account's access token. */
    public String bitwardenAccessToken() {
        return bitwarden.accessToken();
    }

    /** Id of the Bitwarden project that the machine account may write to. */
    public String bitwardenProject() {
        return bitwarden.projectId();
    }

    /**
     * A chart repository, {@code https://127.0.0.1:…}, with charts cilium, flux2 and argo-cd. They are the test kit's own
     * stand-ins: they have the names, values and traps of the real ones as far as the simulated clusters act upon them, and
     * the same bytes every time.
     */
    public URI chartRepository() {
        return charts.endpoint();
    }

    /** The same charts in an OCI registry, {@code oci://127.0.0.1:…/charts}. */
    public URI chartRegistry() {
        return charts.registry();
    }

    /** The CA of the certificate at {@link #chartRepository()} and {@link #chartRegistry()}, PEM. */
    public String chartRepositoryCa() {
        return factoryCa;
    }

    /**
     * Puts manifests into a repository that GitOps engines in the clusters can fetch; there is none before. Pushing again
     * replaces what the reference held.
     *
     * @param url its URL as the engine asks for it: {@code https://…}, {@code ssh://…} or {@code oci://…}
     * @param reference a branch or a tag
     * @param files contents by path, {@code clusters/prod/apps.yaml}
     * @return id of the commit: SHA-1 in hex, of an artifact SHA-256
     */
    public String pushRepository(String url, String reference, Map<String, String> files) {
        return machines.outside().git().push(url, reference, files);
    }

    /**
     * Lets only those into a repository who show a secret.
     *
     * @param url its URL
     * @param secret the password, token or private key that must be among the credentials an engine uses
     */
    public void protectRepository(String url, Secret<String> secret) {
        machines.outside().git().protect(url, secret.reveal());
    }

    /**
     * Puts a file where the machines can download it: a manifest for {@code extraManifests} or of a CNI.
     *
     * @param url its URL
     * @param content its text
     */
    public void publishFile(URI url, String content) {
        machines.outside().file(url.toString(), content);
    }

    /**
     * Makes images fail to be pulled by pods, as from a registry that is not reachable.
     *
     * @param prefix how their references begin, {@code quay.io/cilium/}
     */
    public void breakImages(String prefix) {
        machines.outside().breakImages(prefix);
    }

    /** Takes {@link #breakImages} back. */
    public void healImages(String prefix) {
        machines.outside().healImages(prefix);
    }

    /** The HTTP CONNECT proxy that leads to the machines' own addresses and to nothing else. */
    public InetSocketAddress proxy() {
        return proxy.address();
    }

    /** What goes wrong on purpose. */
    public DatacenterFaults faults() {
        return faults;
    }

    /** What is in the Bitwarden project now, decrypted, by key. */
    public Map<String, String> bitwardenSecrets() {
        return bitwarden.organization().plainValues(bitwarden.projectId());
    }

    /** The virtual machines that exist now, by VMID. */
    public List<VirtualMachine> virtualMachines() {
        return world.snapshot().stream()
                .map(vm -> new VirtualMachine(vm.vmid(), vm.host(), vm.config().getOrDefault("name", ""), vm.running()))
                .toList();
    }

    /** How often etcd was bootstrapped, over all clusters. */
    public int bootstraps() {
        return machines.snapshot().clusters().stream()
                .mapToInt(TalosGuests.Snapshot.Cluster::bootstraps)
                .sum();
    }

    /** Names of the members of every etcd cluster there is. */
    public List<Set<String>> etcdClusters() {
        return machines.snapshot().clusters().stream()
                .flatMap(cluster -> cluster.etcds().stream())
                .map(etcd -> {
                    Set<String> names = new TreeSet<>();
                    etcd.members().forEach(member -> names.add(member.name()));
                    return names;
                })
                .toList();
    }

    /** The Proxmox side, for tests of this project. */
    World world() {
        return world;
    }

    @Override
    public void close() {
        for (int i = parts.size() - 1; i >= 0; i--) {
            try {
                parts.get(i).close();
            } catch (Exception e) {
                System.getLogger(SimulatedDatacenter.class.getName())
                        .log(System.Logger.Level.DEBUG, "closing failed", e);
            }
        }
    }

    /**
     * A virtual machine as it is.
     *
     * @param vmid its VMID
     * @param host the host it is on
     * @param name its name
     * @param running whether it runs
     */
    public record VirtualMachine(int vmid, String host, String name, boolean running) {}

    /** Describes a {@link SimulatedDatacenter}. Not thread-safe. */
    public static final class Builder {
        private boolean virtual = true;
        private double latency = 1;
        private long seed = 1;
        private String version = "9.2";
        private List<String> hosts = List.of("alpha", "charlie", "foxtrot");
        private Set<String> bridges = new LinkedHashSet<>(List.of("vmbr0", "vmbr1", "dmz"));
        private final Set<String> imageDatastores = new LinkedHashSet<>(List.of("nas"));
        private final Set<String> diskDatastores = new LinkedHashSet<>(List.of("local-lvm"));
        private final Map<String, Set<String>> pciMappings = new TreeMap<>();
        private final Set<String> pools = new LinkedHashSet<>();
        private final List<BiConsumer<String, String>> proxmoxCalls = new ArrayList<>();
        private Set<String> mirrors = new LinkedHashSet<>(List.of("proxy.example.com", "harbor.example.com"));
        private final List<DhcpNetwork> dhcp = new ArrayList<>();
        private final Map<String, List<String>> charts = new HashMap<>();
        private @Nullable Consumer<String> bindNodeAddresses;

        private Builder() {}

        /** Wall time instead of virtual time. */
        public Builder wallTime() {
            virtual = false;
            return this;
        }

        /**
         * Scales all latencies: 1 (the default) is realistic, with an API call of 20 ms, a task of 2 s, a boot of 12 s, an
         * installation of 60 s and 10 s for etcd; 0 is none.
         */
        public Builder latency(double factor) {
            if (!(factor >= 0 && factor <= 1000)) {
                throw new IllegalArgumentException("the latency factor must be from 0 to 1000, not " + factor);
            }
            latency = factor;
            return this;
        }

        /** Seed of everything random; by default 1. */
        public Builder seed(long value) {
            seed = value;
            return this;
        }

        /** Release of Proxmox VE: {@code 8.4} or {@code 9.2} (the default). */
        public Builder proxmoxVersion(String release) {
            if (!release.equals("8.4") && !release.equals("9.2")) {
                throw new IllegalArgumentException("Proxmox VE " + release + " is not simulated: 8.4 or 9.2");
            }
            version = release;
            return this;
        }

        /** Names of the Proxmox hosts; by default alpha, charlie, foxtrot. */
        public Builder hosts(List<String> names) {
            if (names.isEmpty()) {
                throw new IllegalArgumentException("a datacenter needs a host");
            }
            hosts = List.copyOf(names);
            return this;
        }

        /** Bridges on every host besides vmbr0, vmbr1 and dmz. */
        public Builder bridges(Collection<String> names) {
            bridges.addAll(names);
            return this;
        }

        /** A DHCP server on a bridge, which is added if it is not there; by default no network has one. */
        public Builder dhcp(DhcpNetwork network) {
            bridges.add(network.bridge());
            dhcp.add(network);
            return this;
        }

        /** Names of storages that all hosts share and that take images of every kind, besides nas. */
        public Builder imageDatastores(Collection<String> names) {
            imageDatastores.addAll(names);
            return this;
        }

        /** Names of storages that each host has for itself and that take disks, besides local-lvm. */
        public Builder diskDatastores(Collection<String> names) {
            diskDatastores.addAll(names);
            return this;
        }

        private List<Storage> storages() {
            List<Storage> all = new ArrayList<>();
            all.add(Storage.directory(
                    "local",
                    "/var/lib/vz",
                    false,
                    List.of("images", "iso", "vztmpl", "backup", "snippets", "rootdir"),
                    512L << 30));
            imageDatastores.stream()
                    .filter(name -> !name.equals("local"))
                    .forEach(name -> all.add(Storage.directory(
                            name,
                            "/mnt/" + name,
                            true,
                            List.of("iso", "import", "images", "snippets", "vztmpl"),
                            32L << 40)));
            diskDatastores.stream()
                    .filter(name -> !name.equals("local") && !imageDatastores.contains(name))
                    .forEach(name -> all.add(Storage.thin(name, 16L << 40)));
            return all;
        }

        /**
         * A mapping of PCI devices, for example of GPUs, to pass through to machines.
         *
         * @param name its name
         * @param onHosts the hosts that have such a device
         */
        public Builder pciMapping(String name, String... onHosts) {
            pciMappings.put(name, Set.of(onHosts));
            return this;
        }

        /** A resource pool. */
        public Builder resourcePool(String name) {
            pools.add(name);
            return this;
        }

        /** Is told method and path of every call to Proxmox VE, before it has an effect, on the thread that works on it. */
        public Builder onProxmoxCall(BiConsumer<String, String> observer) {
            proxmoxCalls.add(observer);
            return this;
        }

        /** Hosts that mirror the image factory and its registry besides proxy.example.com and harbor.example.com. */
        public Builder mirrors(Collection<String> names) {
            mirrors.addAll(names);
            return this;
        }

        /**
         * More versions of a chart in the repository.
         *
         * @param name cilium, flux2 or argo-cd
         * @param chartVersions versions, {@code 1.19.9}
         */
        public Builder charts(String name, List<String> chartVersions) {
            charts.put(name, List.copyOf(chartVersions));
            return this;
        }

        /**
         * Also listens on the machines' own addresses, in a network namespace that has them.
         *
         * @param report gets a sentence for each address that cannot be bound
         */
        public Builder bindNodeAddresses(Consumer<String> report) {
            bindNodeAddresses = report;
            return this;
        }

        /** Starts it. */
        public SimulatedDatacenter start() {
            return new SimulatedDatacenter(this);
        }
    }
}
