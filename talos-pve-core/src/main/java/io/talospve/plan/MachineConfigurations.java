package io.talospve.plan;

import io.talospve.spec.NodeRole;
import io.talospve.spec.Secret;
import io.talospve.spec.TalosCluster;
import io.talospve.spi.InlineManifest;
import io.talospve.spi.MachineConfigRequest;
import io.talospve.spi.MachineConfigs;
import io.talospve.spi.VmDisk;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Renders the machine configurations of a cluster's machines, and digests them under the store's key. Pure. */
public final class MachineConfigurations {
    private static final String HMAC = "HmacSHA256";

    private final MachineConfigs configs;
    private final TalosCluster cluster;
    private final String contract;
    private final Secret<String> bundle;
    private final SecretValues secrets;

    /**
     * Configurations of one cluster.
     *
     * @param configs writes them
     * @param cluster the spec
     * @param contract the version contract that the store pins
     * @param bundle the cluster's secrets
     * @param secrets values of the secrets that the spec refers to
     */
    public MachineConfigurations(
            MachineConfigs configs,
            TalosCluster cluster,
            String contract,
            Secret<String> bundle,
            SecretValues secrets) {
        this.configs = configs;
        this.cluster = cluster;
        this.contract = contract;
        this.bundle = bundle;
        this.secrets = secrets;
    }

    /**
     * The configuration of one machine without what is installed at day 0: what a later plan compares with.
     *
     * @param machine the machine as planned, its image known
     */
    public Secret<String> render(MachinePlan machine) {
        return render(machine, List.of());
    }

    /**
     * The configuration of one machine.
     *
     * @param machine the machine as planned, its image known
     * @param manifests what is installed at day 0; a worker gets none of it
     */
    public Secret<String> render(MachinePlan machine, List<InlineManifest> manifests) {
        return configs.render(MachineConfigRequest.builder()
                .cluster(cluster)
                .nodeName(machine.name())
                .specPath(machine.specPath())
                .role(machine.role())
                .nics(machine.nics())
                .osDiskWwn(wwn(machine, "scsi0").orElseThrow())
                .dataDiskWwn(wwn(machine, "scsi1"))
                .installer(machine.image().require().installer())
                .endpoint(KubernetesEndpoint.of(cluster))
                .contract(contract)
                .nameservers(machine.nameservers())
                .certSans(List.of(cluster.apiHost()))
                .settings(machine.settings())
                .dataVolume(machine.dataVolume())
                .bundle(bundle)
                .secrets(secrets.all())
                .manifests(machine.role() == NodeRole.CONTROL_PLANE ? manifests : List.of())
                .build());
    }

    /**
     * An HMAC of a configuration: equal for equal configurations, and useless for guessing what is in them.
     *
     * @param configuration the configuration
     * @param key the store's digest key
     */
    public static String digest(Secret<String> configuration, Secret<byte[]> key) {
        try {
            Mac mac = Mac.getInstance(HMAC);
            mac.init(new SecretKeySpec(key.reveal(), HMAC));
            return HexFormat.of().formatHex(mac.doFinal(configuration.reveal().getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java runtime has " + HMAC, e);
        }
    }

    private static Optional<String> wwn(MachinePlan machine, String slot) {
        return machine.disks().stream()
                .filter(disk -> disk.slot().equals(slot))
                .map(VmDisk::wwn)
                .findFirst();
    }
}
