package io.talospve.talos.config.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.talospve.spec.NodeRole;
import io.talospve.spec.RegistryMirror;
import io.talospve.spec.Secret;
import io.talospve.talos.Vectors;
import io.talospve.talos.config.internal.MachineDescription.SystemDisk;
import io.talospve.talos.internal.yaml.YamlReader;
import io.talospve.talos.internal.yaml.YamlWriter;
import io.talospve.talos.pki.SecretsBundle;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DefaultOutputTest {
    private static final SecretsBundle BUNDLE = SecretsBundle.parse(Secret.of(Vectors.bundle()));

    @ParameterizedTest
    @EnumSource(Contract.class)
    void equalsTalosctlsTextAndValues(Contract contract) {
        for (NodeRole role : NodeRole.values()) {
            MachineDescription description = MachineDescription.builder()
                    .contract(contract)
                    .role(role)
                    .bundle(BUNDLE)
                    .clusterName("prod-k8s")
                    .endpoint("https://192.168.62.20:6443")
                    .kubernetesVersion("1.35.0")
                    .installer("harbor.example.com/talos/installer/376567988ad370138ad8b2698212367b8edcb69b5fd68c80be1f2ec7d603b4ba:v1.12.4")
                    .systemDisk(new SystemDisk.ByPath("/dev/sda"))
                    .putMirrors("ghcr.io", RegistryMirror.builder().addEndpoints("https://harbor.example.com/v2/ghcr").build())
                    .build();
            String ours = YamlWriter.writeAll(Documents.of(description));
            String theirs = Vectors.text("talos/default/" + contract + "/" + role.talosType() + ".yaml");
            assertThat(YamlReader.readAll("ours", ours)).isEqualTo(YamlReader.readAll("theirs", theirs));
            assertThat(ours).isEqualTo(theirs);
        }
    }
}
