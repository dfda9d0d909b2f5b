package io.talospve.talos.config;

import io.talospve.error.ErrorCode;
import io.talospve.error.RefusedException;
import io.talospve.spec.Cidr;
import io.talospve.spec.Network;
import io.talospve.spec.NodeRole;
import io.talospve.spec.Secret;
import io.talospve.spec.TalosCluster;
import io.talospve.spec.TimeSettings;
import io.talospve.spi.MachineConfigRequest;
import io.talospve.spi.MachineConfigRequest.ResolvedNic;
import io.talospve.spi.MachineConfigs;
import io.talospve.talos.config.internal.Contract;
import io.talospve.talos.config.internal.Documents;
import io.talospve.talos.config.internal.MachineDescription;
import io.talospve.talos.config.internal.MachineDescription.Nic;
import io.talospve.talos.config.internal.MachineDescription.SystemDisk;
import io.talospve.talos.config.internal.MachineDescription.VirtualIp;
import io.talospve.talos.internal.yaml.YamlWriter;
import io.talospve.talos.pki.SecretsBundle;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Writes Talos machine configurations for the version contracts v1.9 to v1.12, with the defaults, the order of keys and the
 * text that Talos' own generator gives them. Pure and thread-safe.
 *
 * <p>NICs are found by their MAC address and called {@code net0}, {@code net1}, … in the order of the virtual machine; disks
 * are found by their WWN. A worker's configuration holds no CA key.
 */
public final class TalosMachineConfigs implements MachineConfigs {
    /** Makes one. */
    public TalosMachineConfigs() {}

    @Override
    public Secret<String> render(MachineConfigRequest request) {
        return Secret.of(YamlWriter.writeAll(Documents.of(describe(request))));
    }

    @Override
    public String contractFor(String talosVersion) {
        return Contract.forTalos(talosVersion).toString();
    }

    private static MachineDescription describe(MachineConfigRequest request) {
        TalosCluster cluster = request.cluster();
        boolean controlPlane = request.role() == NodeRole.CONTROL_PLANE;
        MachineDescription.Builder description = MachineDescription.builder();
        description
                .contract(Contract.of(request.contract()))
                .role(request.role())
                .bundle(SecretsBundle.parse(request.bundle()))
                .clusterName(cluster.name())
                .endpoint(request.endpoint())
                .kubernetesVersion(withoutV(cluster.kubernetesVersion()))
                .installer(request.installer())
                .systemDisk(new SystemDisk.ByWwid(wwid(request.osDiskWwn())))
                .hostname(request.nodeName())
                .nics(nics(request.nics()))
                .nameservers(request.nameservers())
                .mirrors(cluster.registryMirrors())
                .dataDiskWwid(request.dataDiskWwn().map(TalosMachineConfigs::wwid))
                .certSans(certSans(request))
                .nodeSubnets(nodeSubnets(request))
                .kubeProxyDisabled(cluster.options().disableKubeProxy())
                .schedulingOnControlPlanes(!cluster.options().disableSchedulingOnControlPlane());
        if (cluster.options().disableDefaultCni()) {
            description.cni("none");
        }
        if (controlPlane) {
            cluster.vip().ifPresent(vip -> description.vip(new VirtualIp(vip, vipAlias(vip, request))));
        }
        cluster.time().ifPresent(time -> time(time, description));
        return description.build();
    }

    private static List<Nic> nics(List<ResolvedNic> resolved) {
        List<Nic> nics = new ArrayList<>();
        for (ResolvedNic nic : resolved) {
            Network network = nic.network();
            nics.add(new Nic(
                    alias(nics.size()),
                    nic.mac().toLowerCase(Locale.ROOT),
                    network.address().map(address -> List.of(address.toString())).orElse(List.of()),
                    network.gateway()));
        }
        return nics;
    }

    private static String alias(int index) {
        return "net" + index;
    }

    /** The NIC whose subnet holds the VIP; where no address is known (DHCP), the primary one. */
    private static String vipAlias(String vip, MachineConfigRequest request) {
        List<ResolvedNic> nics = request.nics();
        for (int i = 0; i < nics.size(); i++) {
            if (nics.get(i).network().address().filter(address -> address.contains(vip)).isPresent()) {
                return alias(i);
            }
        }
        for (int i = 0; i < nics.size(); i++) {
            if (nics.get(i).network().address().isEmpty()) {
                return alias(i);
            }
        }
        throw new RefusedException(
                ErrorCode.PLAN_REFUSED,
                "writing the machine configuration of " + request.nodeName() + ": the VIP " + vip
                        + " is in the subnet of none of its networks",
                "give control_plane_nodes.vip an address of a network that every control plane has");
    }

    private static void time(TimeSettings time, MachineDescription.Builder description) {
        if (time.hostClock() && !time.servers().isEmpty()) {
            throw new RefusedException(
                    ErrorCode.PLAN_REFUSED,
                    "writing a machine configuration: cluster.time has both servers and host_clock, Talos takes one of them",
                    "remove one of the two");
        }
        description.timeServers(time.servers()).hostClock(time.hostClock());
    }

    private static List<String> nodeSubnets(MachineConfigRequest request) {
        Optional<Cidr> primary = request.nics().stream()
                .map(ResolvedNic::network)
                .filter(network -> network.gateway().isPresent())
                .findFirst()
                .flatMap(Network::address);
        return request.cluster().nodeNetwork().or(() -> primary).map(subnet -> subnet.subnet().toString()).stream()
                .toList();
    }

    private static List<String> certSans(MachineConfigRequest request) {
        Set<String> names = new LinkedHashSet<>();
        request.cluster().vip().ifPresent(names::add);
        String host = URI.create(request.endpoint()).getHost();
        if (host != null) {
            names.add(host.startsWith("[") ? host.substring(1, host.length() - 1) : host);
        }
        names.addAll(request.certSans());
        return List.copyOf(names);
    }

    private static String wwid(String wwn) {
        return "naa." + wwn.substring(2).toLowerCase(Locale.ROOT);
    }

    private static String withoutV(String version) {
        return version.startsWith("v") ? version.substring(1) : version;
    }
}
