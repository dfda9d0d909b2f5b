package io.talospve.talos.config;

import io.talospve.spec.ClusterNode;
import io.talospve.spec.MacAddresses;
import io.talospve.spec.Network;
import io.talospve.spec.Secret;
import io.talospve.spec.SecretReference;
import io.talospve.spec.SecretValue;
import io.talospve.spec.TalosCluster;
import io.talospve.spec.Wwns;
import io.talospve.spi.MachineConfigRequest;
import io.talospve.spi.MachineConfigRequest.ResolvedNic;
import io.talospve.talos.Vectors;
import io.talospve.talos.pki.SecretsBundle;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Requests as the plan makes them, with a stored bundle. */
public final class Requests {
    /** The installer of the requests. */
    public static final String INSTALLER = "harbor.example.com/talos/nocloud-installer/acedfd67:v1.12.4";

    private Requests() {}

    /** The production cluster. */
    public static TalosCluster production() {
        try (InputStream in = Requests.class.getResourceAsStream("/spec/prod-k8s.yaml")) {
            return TalosCluster.parse(new String(in.readAllBytes(), StandardCharsets.UTF_8), "prod-k8s.yaml");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The request of one machine. */
    public static MachineConfigRequest.Builder of(TalosCluster cluster, ClusterNode node, String contract) {
        String host = cluster.apiHost();
        List<ResolvedNic> nics = node.spec().networks().stream()
                .map(network -> new ResolvedNic(network, mac(cluster, node, network)))
                .toList();
        MachineConfigRequest.Builder request = MachineConfigRequest.builder();
        request.cluster(cluster)
                .nodeName(node.defaultName())
                .role(node.role())
                .nics(nics)
                .osDiskWwn(Wwns.derive(cluster.name(), node.defaultName(), 0))
                .installer(INSTALLER)
                .endpoint("https://" + (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":6443")
                .contract(contract)
                .nameservers(cluster.effectiveNameservers(node.spec()))
                .addCertSans(host)
                .bundle(Secret.of(Vectors.bundle()));
        node.size().dataDisk().ifPresent(size -> request.dataDiskWwn(Wwns.derive(cluster.name(), node.defaultName(), 1)));
        return request;
    }

    /** A value for every secret that a spec refers to. */
    public static Map<SecretReference, Secret<String>> secrets(TalosCluster cluster) {
        Map<SecretReference, Secret<String>> values = new HashMap<>();
        cluster.registries().values().forEach(access -> {
            access.password().flatMap(SecretValue::reference).ifPresent(name -> values.put(name, Secret.of("password")));
            access.auth().flatMap(SecretValue::reference).ifPresent(name -> values.put(name, Secret.of("dXNlcjpwYXNz")));
            access.identityToken().flatMap(SecretValue::reference).ifPresent(name -> values.put(name, Secret.of("token")));
            access.caSecret()
                    .flatMap(SecretValue::reference)
                    .ifPresent(name -> values.put(
                            name, Secret.of(SecretsBundle.parse(Secret.of(Vectors.bundle())).os().certificate())));
        });
        cluster.secureBoot()
                .flatMap(boot -> boot.encryption())
                .flatMap(encryption -> encryption.passphrase())
                .flatMap(SecretValue::reference)
                .ifPresent(name -> values.put(name, Secret.of("correct horse")));
        return values;
    }

    private static String mac(TalosCluster cluster, ClusterNode node, Network network) {
        return network.mac().orElseGet(() -> MacAddresses.derive(cluster.name(), node.defaultName(), network.bridge()));
    }
}
