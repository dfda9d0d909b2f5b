package io.talospve.talos.config.internal;

import io.talospve.error.ConfigurationException;
import io.talospve.error.ErrorCode;
import io.talospve.error.RefusedException;
import io.talospve.spec.Cidr;
import io.talospve.spec.DiskEncryption;
import io.talospve.spec.KubernetesSettings;
import io.talospve.spec.MachineSettings;
import io.talospve.spec.Network;
import io.talospve.spec.RegistryAccess;
import io.talospve.spec.Secret;
import io.talospve.spec.SecretValue;
import io.talospve.spec.SecureBoot;
import io.talospve.spec.TalosCluster;
import io.talospve.spec.TimeSettings;
import io.talospve.spi.InlineManifest;
import io.talospve.spi.MachineConfigRequest;
import io.talospve.spi.MachineConfigRequest.ResolvedNic;
import io.talospve.talos.config.internal.MachineDescription.DataDisk;
import io.talospve.talos.config.internal.MachineDescription.DiskKey;
import io.talospve.talos.config.internal.MachineDescription.RegistryTrust;
import io.talospve.talos.config.internal.MachineDescription.SystemDisk;
import io.talospve.talos.config.internal.MachineDescription.VirtualIp;
import io.talospve.talos.pki.SecretsBundle;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Says in the terms of Talos what a request asks for. One per request; not thread-safe. */
public final class Describe {
    /** What Talos gives clusters whose machines speak IPv6 only. */
    private static final List<String> POD_SUBNETS_V6 = List.of("fc00:db8:10::/56");

    private static final List<String> SERVICE_SUBNETS_V6 = List.of("fc00:db8:20::/112");

    private final MachineConfigRequest request;
    private final TalosCluster cluster;
    private final MachineDescription.Builder description = MachineDescription.builder();

    private Describe(MachineConfigRequest request) {
        this.request = request;
        this.cluster = request.cluster();
    }

    /**
     * Describes one machine.
     *
     * @param request everything that goes into its configuration
     * @param bundle the cluster's secrets
     * @return the description
     */
    public static MachineDescription machine(MachineConfigRequest request, SecretsBundle bundle) {
        Describe describe = new Describe(request);
        describe.basics(bundle);
        describe.network();
        describe.disks();
        describe.kubernetes();
        describe.settings();
        return describe.description.build();
    }

    private void basics(SecretsBundle bundle) {
        description
                .contract(Contract.of(request.contract()))
                .role(request.role())
                .bundle(bundle)
                .clusterName(cluster.name())
                .endpoint(request.endpoint())
                .kubernetesVersion(withoutV(cluster.kubernetesVersion()))
                .installer(request.installer())
                .hostname(request.nodeName())
                .mirrors(cluster.registryMirrors())
                .certSans(certSans())
                .discovery(cluster.discovery())
                .kubespan(cluster.kubespan());
        cluster.registries().forEach((host, access) -> description.putRegistries(host, trust(access)));
        cluster.time().ifPresent(this::time);
    }

    private void network() {
        List<Link> links = Links.of(request.nics());
        description
                .links(links)
                .nameservers(request.nameservers())
                .searchDomains(cluster.searchDomains())
                .kubeletSubnets(kubeletSubnets())
                .etcdSubnets(kubeletSubnets().stream().limit(1).toList());
        if (request.role() == io.talospve.spec.NodeRole.CONTROL_PLANE) {
            cluster.vip().ifPresent(vip -> description.vip(new VirtualIp(vip, vipLink(vip, links))));
        }
    }

    /** The link whose subnet holds the VIP; where no address is known (DHCP), the first such link. */
    private String vipLink(String vip, List<Link> links) {
        return links.stream()
                .filter(link -> link.addresses().stream().anyMatch(address -> Cidr.parse(address).contains(vip)))
                .findFirst()
                .or(() -> links.stream().filter(link -> link.dhcp4() || link.dhcp6()).findFirst())
                .map(Link::name)
                .orElseThrow(() -> new RefusedException(
                        ErrorCode.PLAN_REFUSED,
                        "writing the machine configuration of " + request.nodeName() + ": the VIP " + vip
                                + " is in the subnet of none of its networks",
                        "give control_plane_nodes.vip an address of a network that every control plane has"));
    }

    private void time(TimeSettings time) {
        if (time.hostClock() && !time.servers().isEmpty()) {
            throw new RefusedException(
                    ErrorCode.PLAN_REFUSED,
                    "writing a machine configuration: cluster.time has both servers and host_clock, Talos takes one of them",
                    "remove one of the two");
        }
        description.timeServers(time.hostClock() ? List.of(Documents.HOST_CLOCK) : time.servers());
    }

    private List<String> kubeletSubnets() {
        if (cluster.nodeNetwork().isPresent()) {
            return List.of(cluster.nodeNetwork().get().subnet().toString());
        }
        return primary().map(Network::allAddresses).orElse(List.of()).stream()
                .map(address -> address.subnet().toString())
                .distinct()
                .toList();
    }

    private Optional<Network> primary() {
        return request.nics().stream()
                .map(ResolvedNic::network)
                .filter(network -> network.gateway().isPresent())
                .findFirst();
    }

    private List<String> certSans() {
        Set<String> names = new LinkedHashSet<>();
        cluster.vip().ifPresent(names::add);
        String host = URI.create(request.endpoint()).getHost();
        if (host != null) {
            names.add(host.startsWith("[") ? host.substring(1, host.length() - 1) : host);
        }
        names.addAll(cluster.certSans());
        names.addAll(request.certSans());
        return List.copyOf(names);
    }

    private RegistryTrust trust(RegistryAccess access) {
        return new RegistryTrust(
                access.username(),
                access.password().map(this::secret),
                access.auth().map(this::secret),
                access.identityToken().map(this::secret),
                access.ca().or(() -> access.caSecret().map(this::secret).map(Secret::reveal)),
                access.insecureSkipVerify());
    }

    private Secret<String> secret(SecretValue value) {
        return value.resolve(reference -> {
            Secret<String> known = request.secrets().get(reference);
            if (known == null) {
                throw new ConfigurationException(
                        "writing the machine configuration of " + request.nodeName() + ": no value for the secret " + reference,
                        "register the secret source \"" + reference.source() + "\"");
            }
            return known;
        });
    }

    private void disks() {
        description.systemDisk(new SystemDisk.ByWwid(wwid(request.osDiskWwn())));
        Optional<DiskEncryption> encryption = cluster.secureBoot().flatMap(SecureBoot::encryption);
        Optional<DiskKey> key = encryption.map(this::key);
        encryption.filter(DiskEncryption::state).ifPresent(on -> description.stateEncryption(key));
        encryption.filter(DiskEncryption::ephemeral).ifPresent(on -> description.ephemeralEncryption(key));
        description.dataDisk(request.dataDiskWwn()
                .map(wwn -> new DataDisk(
                        request.dataVolume().name(),
                        wwid(wwn),
                        request.dataVolume().filesystem(),
                        encryption.filter(DiskEncryption::dataDisk).flatMap(on -> key))));
    }

    private DiskKey key(DiskEncryption encryption) {
        if (encryption.key() == DiskEncryption.Key.TPM) {
            return new DiskKey.Tpm(cluster.secureBoot().filter(SecureBoot::enabled).isPresent());
        }
        return new DiskKey.Passphrase(secret(encryption.passphrase().orElseThrow()));
    }

    private void kubernetes() {
        KubernetesSettings kubernetes = cluster.kubernetes();
        if (cluster.options().disableDefaultCni()) {
            description.cni("none");
        }
        boolean onlyV6 = primary().filter(network -> !network.allAddresses().isEmpty()
                        && network.allAddresses().stream().allMatch(Cidr::isV6))
                .isPresent();
        subnets(kubernetes.podSubnets(), onlyV6, POD_SUBNETS_V6).ifPresent(description::podSubnets);
        subnets(kubernetes.serviceSubnets(), onlyV6, SERVICE_SUBNETS_V6).ifPresent(description::serviceSubnets);
        kubernetes.dnsDomain().ifPresent(description::dnsDomain);
        Map<String, Map<String, String>> extraArgs = new LinkedHashMap<>();
        extraArgs.put("apiServer", kubernetes.apiServerArgs());
        extraArgs.put("controllerManager", kubernetes.controllerManagerArgs());
        extraArgs.put("scheduler", kubernetes.schedulerArgs());
        extraArgs.put("etcd", kubernetes.etcdArgs());
        extraArgs.put("proxy", kubernetes.proxyArgs());
        extraArgs.put("kubelet", request.settings().kubeletArgs());
        description
                .kubeProxyDisabled(cluster.options().disableKubeProxy())
                .schedulingOnControlPlanes(!cluster.options().disableSchedulingOnControlPlane())
                .extraArgs(extraArgs)
                .admission(kubernetes.admission())
                .auditPolicy(kubernetes.auditPolicy())
                .extraManifests(kubernetes.extraManifests())
                .inlineManifests(inlineManifests(kubernetes));
    }

    private Map<String, String> inlineManifests(KubernetesSettings kubernetes) {
        Map<String, String> all = new LinkedHashMap<>(kubernetes.inlineManifests());
        for (InlineManifest manifest : request.manifests()) {
            if (all.put(manifest.name(), manifest.contents().reveal()) != null) {
                throw new RefusedException(
                        ErrorCode.PLAN_REFUSED,
                        "two inline manifests are named " + manifest.name() + ", and Talos takes one of a name",
                        "give the one in cluster.kubernetes.inline_manifests another name");
            }
        }
        return all;
    }

    private static Optional<List<String>> subnets(List<Cidr> wanted, boolean onlyV6, List<String> defaultV6) {
        if (!wanted.isEmpty()) {
            return Optional.of(wanted.stream().map(subnet -> subnet.subnet().toString()).toList());
        }
        return onlyV6 ? Optional.of(defaultV6) : Optional.empty();
    }

    private void settings() {
        MachineSettings settings = request.settings();
        description
                .labels(settings.labels())
                .annotations(settings.annotations())
                .taints(settings.taints())
                .kernelModules(settings.kernelModules())
                .sysctls(settings.sysctls())
                .logDestinations(settings.logDestinations())
                .extensionServices(settings.extensionServices());
    }

    private static String wwid(String wwn) {
        return "naa." + wwn.substring(2).toLowerCase(Locale.ROOT);
    }

    private static String withoutV(String version) {
        return version.startsWith("v") ? version.substring(1) : version;
    }
}
