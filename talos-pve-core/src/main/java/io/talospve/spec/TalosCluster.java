package io.talospve.spec;

import io.talospve.error.Problem;
import io.talospve.plan.Plan;
import io.talospve.plan.Planner;
import io.talospve.error.SpecException;
import io.talospve.spec.internal.Findings;
import io.talospve.spec.internal.Machines;
import io.talospve.spec.internal.Placeholders;
import io.talospve.spec.internal.Rules;
import io.talospve.spec.internal.SecretPlaces;
import io.talospve.spec.internal.SpecReader;
import io.talospve.spec.internal.SpecReference;
import io.talospve.spec.internal.SpecWriter;
import io.talospve.spec.internal.Trees;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.immutables.value.Value;

/**
 * What the user wants: one Talos Linux Kubernetes cluster on Proxmox VE. Immutable, validated, defaults filled in;
 * thread-safe.
 */
@Value.Immutable
@ValueStyle
public interface TalosCluster {
    /** Name of the cluster; prefix of every machine's name. */
    String name();

    /** Where the boot image is kept. */
    ImageDatastore datastore();

    /** Which Talos, with what in its image. */
    TalosSettings talos();

    /** How the boot image is fetched and used. */
    @Value.Default
    default ImageSettings image() {
        return ImageSettings.builder().build();
    }

    /** Kubernetes version with a leading {@code v}, for example {@code v1.35.0}. */
    String kubernetesVersion();

    /** Mirrors by registry, in the order of the YAML. */
    Map<String, RegistryMirror> registryMirrors();

    /** Switches of the cluster. */
    @Value.Default
    default ClusterOptions options() {
        return ClusterOptions.builder().build();
    }

    /**
     * Helm values of what this library installs, by {@code cilium}, {@code flux}, {@code argocd}, merged over the values of this
     * library; maps, lists, strings, numbers, booleans, {@link SecretValue}s. A null below the chart removes the value.
     */
    Map<String, Map<String, Object>> helmValuesOverride();

    /** Cilium as CNI; empty to go by {@link #installsCilium()}. */
    Optional<Cilium> cilium();

    /** Where all charts come from instead of their own repositories: https, http or oci. */
    Optional<String> helmMirror();

    /** Name and password of chart repositories by host, with a port if it needs one. */
    Map<String, ChartCredentials> helmCredentials();

    /** What else the cluster gets at day 0, in the order in which it is applied. */
    List<Addon> addons();

    /** What an apply waits for after the bootstrap. */
    @Value.Default
    default Waits waits() {
        return Waits.builder().build();
    }

    /** The GitOps engine; empty for none. */
    Optional<GitOps> gitops();

    /** Where machines get the time from; empty for Talos' default. */
    Optional<TimeSettings> time();

    /** Names under which credentials are delivered to secret sinks. */
    @Value.Default
    default CredentialNames credentials() {
        return CredentialNames.builder().build();
    }

    /** Address of the Kubernetes API for clients, when there is no VIP: a DNS name or IP address without port. */
    Optional<String> endpoint();

    /** DNS servers of the machines; empty for the primary gateway (with a warning). */
    List<String> nameservers();

    /** Subnet that kubelet and etcd use; by default the one of the primary network. */
    Optional<Cidr> nodeNetwork();

    /** Search domains of the machines. */
    List<String> searchDomains();

    /** Further names and addresses in the certificates of the Kubernetes and Talos APIs. */
    List<String> certSans();

    /** Credentials and trust by host of a registry or mirror. */
    Map<String, RegistryAccess> registries();

    /** Secure boot and disk encryption; empty for neither. */
    Optional<SecureBoot> secureBoot();

    /** Settings of the Kubernetes control plane. */
    @Value.Default
    default KubernetesSettings kubernetes() {
        return KubernetesSettings.builder().build();
    }

    /** Find members through the discovery service and Kubernetes. Default true. */
    @Value.Default
    default boolean discovery() {
        return true;
    }

    /** Encrypt traffic between machines with KubeSpan (WireGuard). Default false. */
    @Value.Default
    default boolean kubespan() {
        return false;
    }

    /** Settings of all machines. */
    @Value.Default
    default MachineSettings machine() {
        return MachineSettings.none();
    }

    /** Virtual hardware and administration in Proxmox of all machines. */
    @Value.Default
    default VmSettings vm() {
        return VmSettings.none();
    }

    /** VMIDs that machines may take; empty for any that is free. */
    Optional<VmidRange> vmids();

    /** Hosts that may carry machines, in the order of the YAML. */
    List<Host> hostPool();

    /** The control planes. */
    NodePool controlPlaneNodes();

    /** Virtual IP address of the Kubernetes API, held by one control plane at a time. */
    Optional<String> vip();

    /** The workers. Settings of this pool are those of the role: workers of {@link #workerPools()} have them too. */
    @Value.Default
    default NodePool workerNodes() {
        return NodePool.builder().build();
    }

    /** Further pools of workers by name; their machines are called {@code <cluster>-<pool>-<n>}. */
    Map<String, NodePool> workerPools();

    /** Hardware by name of size. */
    Map<String, NodeSize> sizes();

    /** Write kubeconfig and talosconfig as files too. Default false. */
    @Value.Default
    default boolean debug() {
        return false;
    }

    /** What a person should know about this spec although it can be used; errors have been thrown before. */
    @Value.Auxiliary
    List<Problem> problems();

    /** Where each path of the YAML stands in the file that this spec was read from; empty for a spec from builders. */
    @Value.Auxiliary
    Map<String, Problem.Position> positions();

    /**
     * Where a path of the YAML stands in the file that this spec was read from, or what holds it if it is not there itself.
     *
     * @param path for example {@code cluster.registries.harbor.example.com.password}
     * @return the position; empty for a spec from builders
     */
    default Optional<Problem.Position> position(String path) {
        return Findings.position(positions(), path);
    }

    /**
     * Every reference to a secret by its path in the YAML, in the order of the keys.
     *
     * @return the references; empty for a spec without
     */
    default Map<String, SecretReference> secretReferences() {
        return SecretPlaces.in(this);
    }

    /**
     * All machines: the control planes, then the workers, each in the order of the spec.
     *
     * @return the machines with their names, sizes and places in the spec
     */
    @Value.Lazy
    default List<ClusterNode> nodes() {
        return Machines.of(this).stream()
                .map(machine -> new ClusterNode(
                        machine.name(),
                        machine.role(),
                        machine.index(),
                        machine.spec(),
                        sizes().get(machine.spec().size()),
                        machine.pool(),
                        machine.path()))
                .toList();
    }

    /**
     * The settings of a machine: those of the cluster, its role, its pool and its own on top of each other.
     *
     * @param node a machine of this cluster
     * @return the sum
     */
    default MachineSettings settings(ClusterNode node) {
        MachineSettings role =
                node.role() == NodeRole.CONTROL_PLANE ? controlPlaneNodes().machine() : workerNodes().machine();
        MachineSettings sum = machine().with(role);
        return (node.poolName().isPresent() ? sum.with(node.pool().machine()) : sum).with(node.spec().machine());
    }

    /**
     * The virtual hardware of a machine beyond its size and networks: {@code vm} of the cluster, its role, its pool and
     * itself on top of each other, its devices, and what secure boot needs (UEFI in setup mode, a TPM).
     *
     * @param node a machine of this cluster
     * @return all options, defaults filled in
     */
    default VmOptions vm(ClusterNode node) {
        VmSettings role = node.role() == NodeRole.CONTROL_PLANE ? controlPlaneNodes().vm() : workerNodes().vm();
        VmSettings sum = vm().with(role);
        sum = (node.poolName().isPresent() ? sum.with(node.pool().vm()) : sum).with(node.spec().vm());
        VmOptions.Builder options = VmOptions.builder();
        options.from(sum.options())
                .pciMappings(node.spec().pciMappings())
                .usbMappings(node.spec().usbMappings());
        if (secureBoot().filter(SecureBoot::enabled).isPresent()) {
            options.firmware(VmOptions.Firmware.OVMF).tpm(true);
        }
        return options.build();
    }

    /**
     * Where the patches of {@link #settings} of a machine stand in the YAML, in their order.
     *
     * @param node a machine of this cluster
     * @return one path for each patch, for example {@code worker_nodes.machine.patches[0]}
     */
    default List<String> patchPaths(ClusterNode node) {
        boolean controlPlane = node.role() == NodeRole.CONTROL_PLANE;
        Map<String, MachineSettings> levels = new LinkedHashMap<>();
        levels.put("cluster.machine", machine());
        levels.put(
                controlPlane ? "control_plane_nodes.machine" : "worker_nodes.machine",
                controlPlane ? controlPlaneNodes().machine() : workerNodes().machine());
        node.poolName().ifPresent(pool -> levels.put("worker_pools." + pool + ".machine", node.pool().machine()));
        levels.put(node.specPath() + ".machine", node.spec().machine());
        List<String> paths = new ArrayList<>();
        levels.forEach((path, settings) -> {
            for (int i = 0; i < settings.patches().size(); i++) {
                paths.add(path + ".patches[" + i + "]");
            }
        });
        return paths;
    }

    /**
     * The system extensions in the image of a machine.
     *
     * @param node a machine of this cluster
     * @return those of {@link #talos()}, then those of {@link #settings}, each once
     */
    default List<String> extensions(ClusterNode node) {
        return MergedSettings.distinct(talos().extensions(), settings(node).extensions());
    }

    /**
     * Whether Cilium is installed: what {@link #cilium()} says, else whether there are values for it in
     * {@link #helmValuesOverride()}.
     *
     * @return true if it is
     */
    default boolean installsCilium() {
        return cilium().map(Cilium::enabled).orElse(helmValuesOverride().containsKey("cilium"));
    }

    /**
     * Whether anything is installed into the cluster at day 0 by charts or manifests: Cilium, a GitOps engine, an add-on.
     *
     * @return true if there is
     */
    default boolean hasDayZero() {
        return installsCilium() || gitops().isPresent() || !addons().isEmpty();
    }

    /**
     * Address of the Kubernetes API for clients.
     *
     * @return the VIP, else {@link #endpoint()}, else the primary address of the first control plane; without port
     */
    default String apiHost() {
        return vip().or(this::endpoint)
                .or(() -> controlPlaneNodes().nodes().get(0).primary().flatMap(Network::address).map(Cidr::address))
                .orElseThrow();
    }

    /**
     * DNS servers of a machine.
     *
     * @param node a machine of this cluster
     * @return {@link #nameservers()}, else its primary gateway
     */
    default List<String> effectiveNameservers(NodeSpec node) {
        return nameservers().isEmpty()
                ? node.primary().flatMap(Network::gateway).map(List::of).orElse(List.of())
                : nameservers();
    }

    /**
     * This spec as YAML, in the format that {@link #load} reads. Only keys that differ from their default are written;
     * the order of networks, hosts, sizes and mirrors is kept.
     *
     * @return text that loads to an equal spec
     */
    default String toYaml() {
        return SpecWriter.write(this);
    }

    /**
     * Reads a spec from a YAML file, and the manifests of add-ons that it names in its folder; nothing else that it might refer
     * to.
     *
     * @param file a UTF-8 file of at most 4 MiB
     * @return the spec; {@link #problems()} holds the warnings
     * @throws io.talospve.error.SpecException with everything that is wrong, each with file, line and column
     */
    static TalosCluster load(Path file) {
        SpecReader.Result result = SpecReader.readFile(file);
        return result.builder().build(result.findings());
    }

    /**
     * Reads a spec from YAML text. It may name no files, as there is no folder to look in.
     *
     * @param text the YAML
     * @param fileName how the text is called in problems
     * @return the spec; {@link #problems()} holds the warnings
     * @throws io.talospve.error.SpecException with everything that is wrong, each with file, line and column
     */
    static TalosCluster parse(String text, String fileName) {
        SpecReader.Result result = SpecReader.read(text, fileName);
        return result.builder().build(result.findings());
    }

    /**
     * The JSON Schema of the YAML format, for editors.
     *
     * @return JSON text, draft 2020-12
     */
    static String jsonSchema() {
        return SpecReference.jsonSchema();
    }

    /**
     * Makes a spec in one expression, for JShell, where a line must not start with a dot.
     *
     * @param name name of the cluster
     * @param fill says the rest
     * @return the spec
     * @throws io.talospve.error.SpecException with everything that is wrong
     */
    static TalosCluster define(String name, Consumer<Builder> fill) {
        Builder builder = builder().name(name);
        fill.accept(builder);
        return builder.build();
    }

    /**
     * Plans as if nothing existed, without asking anybody: what would be made for this spec. Applying it observes first,
     * and refuses if anything of this cluster exists.
     */
    default Plan plan() {
        return Planner.offline(this);
    }

    /** Starts a cluster. */
    static Builder builder() {
        return new Builder();
    }

    /**
     * Builds a {@link TalosCluster}. Each part can be given as a value or filled in by a lambda. Not thread-safe.
     */
    class Builder extends ImmutableTalosCluster.Builder {
        private final Nested nested = new Nested();

        Builder() {}

        /**
         * Sets where the boot image is kept.
         *
         * @param id name of the Proxmox storage
         * @param node Proxmox host through which the image is fetched
         * @return this
         */
        public Builder datastore(String id, String node) {
            return datastore(ImageDatastore.builder().id(id).node(node).build());
        }

        /**
         * Sets which Talos, with what in its image.
         *
         * @param fill says which
         * @return this
         */
        public Builder talos(Consumer<TalosSettings.Builder> fill) {
            TalosSettings.Builder talos = TalosSettings.builder();
            fill.accept(talos);
            return talos(nested.build(talos, talos::build, new Nested(), "cluster.talos."));
        }

        /**
         * Adds mirrors of a registry.
         *
         * @param registry for example {@code ghcr.io}
         * @param endpoints URLs to try in this order
         * @return this
         */
        public Builder registryMirror(String registry, String... endpoints) {
            return registryMirror(registry, mirror -> mirror.addEndpoints(endpoints));
        }

        /**
         * Adds mirrors of a registry.
         *
         * @param registry for example {@code ghcr.io}
         * @param fill says which
         * @return this
         */
        public Builder registryMirror(String registry, Consumer<RegistryMirror.Builder> fill) {
            RegistryMirror.Builder mirror = RegistryMirror.builder();
            fill.accept(mirror);
            return putRegistryMirrors(registry, mirror.build());
        }

        /**
         * Sets the switches.
         *
         * @param fill says which
         * @return this
         */
        public Builder options(Consumer<ClusterOptions.Builder> fill) {
            ClusterOptions.Builder options = ClusterOptions.builder();
            fill.accept(options);
            return options(options.build());
        }

        /**
         * Sets Helm values of a chart.
         *
         * @param chart for example {@code cilium}
         * @param values maps with text keys, lists, texts, numbers, booleans; null removes the library's value
         * @return this
         */
        public Builder helmValues(String chart, Map<String, Object> values) {
            return putHelmValuesOverride(chart, values);
        }

        /**
         * Sets the GitOps engine.
         *
         * @param fill says which and what it follows
         * @return this
         */
        public Builder gitops(Consumer<GitOps.Builder> fill) {
            GitOps.Builder gitops = GitOps.builder();
            fill.accept(gitops);
            return gitops(nested.build(gitops, gitops::buildAnyway, gitops.nested(), "cluster.gitops."));
        }

        /**
         * Sets Cilium as the CNI.
         *
         * @param fill says which
         * @return this
         */
        public Builder cilium(Consumer<Cilium.Builder> fill) {
            Cilium.Builder cilium = Cilium.builder();
            fill.accept(cilium);
            return cilium(cilium.build());
        }

        /**
         * Sets name and password of a chart repository.
         *
         * @param host its host, with a port if it needs one
         * @param username the name
         * @param password the password or token
         * @return this
         */
        public Builder helmCredentials(String host, String username, SecretValue password) {
            return putHelmCredentials(
                    host,
                    ChartCredentials.builder().username(username).password(password).build());
        }

        /**
         * Adds something that the cluster gets at day 0.
         *
         * @param fill says what
         * @return this
         */
        public Builder addon(Consumer<Addon.Builder> fill) {
            Addon.Builder addon = Addon.builder();
            fill.accept(addon);
            nested.part(addon::build, this::addAddons, "cluster.addons[].");
            return this;
        }

        /**
         * Sets what an apply waits for after the bootstrap.
         *
         * @param fill says what
         * @return this
         */
        public Builder waits(Consumer<Waits.Builder> fill) {
            Waits.Builder waits = Waits.builder();
            fill.accept(waits);
            return waits(waits.build());
        }

        /**
         * Sets where machines get the time from.
         *
         * @param fill says where
         * @return this
         */
        public Builder time(Consumer<TimeSettings.Builder> fill) {
            TimeSettings.Builder time = TimeSettings.builder();
            fill.accept(time);
            return time(time.build());
        }

        /**
         * Sets the names under which credentials are delivered.
         *
         * @param fill says which
         * @return this
         */
        public Builder credentials(Consumer<CredentialNames.Builder> fill) {
            CredentialNames.Builder names = CredentialNames.builder();
            fill.accept(names);
            return credentials(names.build());
        }

        /**
         * Sets the hosts that may carry machines.
         *
         * @param hosts in this order
         * @return this
         */
        public Builder hostPool(Host... hosts) {
            return hostPool(List.of(hosts));
        }

        /**
         * Adds hosts that may carry machines.
         *
         * @param fill names them
         * @return this
         */
        public Builder hostPool(Consumer<HostPoolBuilder> fill) {
            HostPoolBuilder pool = new HostPoolBuilder();
            fill.accept(pool);
            return addAllHostPool(pool.hosts());
        }

        /**
         * Sets the control planes and their VIP.
         *
         * @param fill says which
         * @return this
         */
        public Builder controlPlane(Consumer<ControlPlaneBuilder> fill) {
            ControlPlaneBuilder planes = new ControlPlaneBuilder();
            fill.accept(planes);
            NodePool.Builder pool = planes.pool();
            planes.vip().ifPresent(this::vip);
            return controlPlaneNodes(nested.build(pool, pool::buildAnyway, pool.nested(), "control_plane_nodes."));
        }

        /**
         * Sets the control planes.
         *
         * @param pool the machines and their hosts
         * @return this
         */
        public Builder controlPlane(NodePool pool) {
            return controlPlaneNodes(pool);
        }

        /**
         * Sets the workers.
         *
         * @param fill says which
         * @return this
         */
        public Builder workers(Consumer<NodePool.Builder> fill) {
            NodePool.Builder pool = NodePool.builder();
            fill.accept(pool);
            return workerNodes(nested.build(pool, pool::buildAnyway, pool.nested(), "worker_nodes."));
        }

        /**
         * Sets the workers.
         *
         * @param pool the machines and their hosts
         * @return this
         */
        public Builder workers(NodePool pool) {
            return workerNodes(pool);
        }

        /**
         * Adds a further pool of workers.
         *
         * @param name its name, part of the names of its machines
         * @param fill says which machines
         * @return this
         */
        public Builder workerPool(String name, Consumer<NodePool.Builder> fill) {
            NodePool.Builder pool = NodePool.builder();
            fill.accept(pool);
            return putWorkerPools(
                    name, nested.build(pool, pool::buildAnyway, pool.nested(), "worker_pools." + name + "."));
        }

        /**
         * Sets settings of all machines.
         *
         * @param fill says which
         * @return this
         */
        public Builder machine(Consumer<MachineSettings.Builder> fill) {
            MachineSettings.Builder settings = MachineSettings.builder();
            fill.accept(settings);
            nested.part(settings::build, this::machine, "cluster.machine.");
            return this;
        }

        /**
         * Sets virtual hardware and administration of all machines in Proxmox.
         *
         * @param fill says which
         * @return this
         */
        public Builder vm(Consumer<VmSettings.Builder> fill) {
            VmSettings.Builder settings = VmSettings.builder();
            fill.accept(settings);
            return vm(settings.build());
        }

        /**
         * Sets how the boot image is fetched and used.
         *
         * @param fill says how
         * @return this
         */
        public Builder image(Consumer<ImageSettings.Builder> fill) {
            ImageSettings.Builder settings = ImageSettings.builder();
            fill.accept(settings);
            return image(settings.build());
        }

        /**
         * Sets the VMIDs that machines may take.
         *
         * @param from the first
         * @param to the last
         * @return this
         */
        public Builder vmids(int from, int to) {
            return vmids(new VmidRange(from, to));
        }

        /**
         * Sets settings of the Kubernetes control plane.
         *
         * @param fill says which
         * @return this
         */
        public Builder kubernetes(Consumer<KubernetesSettings.Builder> fill) {
            KubernetesSettings.Builder settings = KubernetesSettings.builder();
            fill.accept(settings);
            nested.part(settings::build, this::kubernetes, "cluster.kubernetes.");
            return this;
        }

        /**
         * Sets credentials and trust for a registry.
         *
         * @param host its host, with a port if it needs one
         * @param fill says which
         * @return this
         */
        public Builder registry(String host, Consumer<RegistryAccess.Builder> fill) {
            RegistryAccess.Builder access = RegistryAccess.builder();
            fill.accept(access);
            nested.part(access::build, value -> putRegistries(host, value), "cluster.registries." + host + ".");
            return this;
        }

        /**
         * Sets secure boot and disk encryption.
         *
         * @param fill says which
         * @return this
         */
        public Builder secureBoot(Consumer<SecureBoot.Builder> fill) {
            SecureBoot.Builder secureBoot = SecureBoot.builder();
            fill.accept(secureBoot);
            nested.part(secureBoot::build, this::secureBoot, "cluster.secure_boot.");
            return this;
        }

        /**
         * Adds a size.
         *
         * @param name its name, which machines refer to
         * @param fill says how large
         * @return this
         */
        public Builder size(String name, Consumer<NodeSize.Builder> fill) {
            NodeSize.Builder size = NodeSize.builder();
            fill.accept(size);
            return putSizes(
                    name, nested.build(size, size::build, new Nested(), "node_size_configuration." + name + "."));
        }

        /**
         * Adds a size.
         *
         * @param name its name, which machines refer to
         * @param size how large
         * @return this
         */
        public Builder size(String name, NodeSize size) {
            return putSizes(name, size);
        }

        /**
         * Checks everything and builds the spec.
         *
         * @return the spec; {@link TalosCluster#problems()} holds the warnings
         * @throws io.talospve.error.SpecException with everything that is missing or wrong, at once
         */
        @Override
        public TalosCluster build() {
            Findings findings = new Findings();
            nested.problems().forEach(findings::add);
            return build(findings);
        }

        TalosCluster build(Findings findings) {
            problems(List.of());
            positions(Map.of());
            TalosCluster draft;
            try {
                draft = super.build();
            } catch (MissingValues e) {
                // Filled in only to judge the rest in the same go: the problems are reported below.
                Placeholders.fill(this, e.keys());
                draft = super.build();
            }
            Placeholders.reportMissing(draft, findings);
            try {
                helmValuesOverride(Trees.copyAllValues(draft.helmValuesOverride()));
            } catch (IllegalArgumentException e) {
                findings.add(new Problem(Problem.Severity.ERROR, null, "cluster.helm_values_override", String.valueOf(e.getMessage())));
                helmValuesOverride(Map.of());
            }
            Rules.check(super.build(), findings);
            if (findings.hasErrors()) {
                helmValuesOverride(draft.helmValuesOverride());
                throw new SpecException(findings.problems());
            }
            return problems(findings.problems()).positions(findings.positions()).buildChecked();
        }

        private TalosCluster buildChecked() {
            return super.build();
        }
    }
}
