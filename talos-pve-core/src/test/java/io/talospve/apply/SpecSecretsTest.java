package io.talospve.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.talospve.error.ConfigurationException;
import io.talospve.error.ErrorCode;
import io.talospve.error.RemoteException;
import io.talospve.error.SpecException;
import io.talospve.plan.Note;
import io.talospve.plan.Plan;
import io.talospve.plan.SecretValues;
import io.talospve.spec.Secret;
import io.talospve.spec.SecretReference;
import io.talospve.spec.SecretValue;
import io.talospve.spec.TalosCluster;
import io.talospve.spi.SecretSources;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Secrets that a spec refers to: read when it is planned, in the configurations, nowhere else. */
class SpecSecretsTest {
    private static final TalosCluster CLUSTER = TalosCluster.parse(
            """
            cluster:
              name: lab
              datastore: { id: nas, node: alpha }
              talos: { version: v1.12.4 }
              kubernetes_version: v1.35.0
              nameservers: [192.168.62.1]
              options: { disable_default_cni: true, disable_kube_proxy: true }
              registries:
                harbor.example.com:
                  username: robot
                  password: { secret: "memory:lab/harbor" }
                quay.example.com:
                  identity_token: { secret: "memory:lab/quay" }
                ghcr.io:
                  username: robot
                  password: { secret: "memory:lab/harbor" }
            host_pool:
              alpha: { datastore_id: local-lvm }
            control_plane_nodes:
              nodes:
                - size: small
                  networks:
                    dmz: { address: 192.168.62.21/24, gateway: 192.168.62.1 }
              host_pool: [alpha]
            node_size_configuration:
              small: { cpu: 2, memory: 4096, os_disk: 20 }
            """,
            "lab.yaml");

    private final Site site = new Site(1, CLUSTER);

    @Test
    void theirValuesAreInTheConfigurationAndInNothingThatIsKept() {
        site.datacenter.secrets.put("lab/harbor", "kQ7vX2mZ");
        site.datacenter.secrets.put("lab/quay", "n3Hd8sYc");
        Plan plan = site.plan();
        assertThat(site.datacenter.secretReads).as("each once for a plan").isEqualTo(2);
        site.apply();

        assertThat(site.machine("lab-cp-1").configuration)
                .contains("memory:lab/harbor=kQ7vX2mZ", "memory:lab/quay=n3Hd8sYc");
        Plan again = site.plan();
        assertThat(again.hasChanges()).isFalse();
        assertThat(again.notes()).noneMatch(note -> note.kind() == Note.Kind.DIFFERENCE);
        assertThat(plan.toJson() + plan.render() + again.toJson() + site.entry().journal().entries())
                .doesNotContain("kQ7vX2mZ", "n3Hd8sYc");
    }

    @Test
    void aChangedValueIsAnotherConfiguration() {
        site.datacenter.secrets.put("lab/harbor", "kQ7vX2mZ");
        site.datacenter.secrets.put("lab/quay", "n3Hd8sYc");
        site.apply();
        site.datacenter.secrets.put("lab/quay", "another");
        assertThat(site.plan().notes())
                .anyMatch(note -> note.kind() == Note.Kind.DIFFERENCE && note.text().contains("machine configuration"));
    }

    @Test
    void everythingThatCannotBeReadIsNamedAtItsLine() {
        site.datacenter.secrets.put("lab/quay", "n3Hd8sYc");
        SpecException missing = catchThrowableOfType(SpecException.class, site::plan);
        assertThat(missing.problems()).extracting(Object::toString).containsExactly(
                "lab.yaml:11:7: cluster.registries.harbor.example.com.password: the source \"memory\" has no secret \"lab/harbor\"",
                "lab.yaml:16:7: cluster.registries.ghcr.io.password: the source \"memory\" has no secret \"lab/harbor\"");

        SpecException foreign = catchThrowableOfType(
                SpecException.class,
                () -> SecretValues.read(
                        SecretSources.none()
                                .with("vault", key -> Optional.empty(), "")
                                .with("memory", key -> Optional.empty(), "lab/q", "lab/x"),
                        CLUSTER));
        assertThat(foreign.problems()).extracting(problem -> problem.message()).containsExactly(
                "the source \"memory\" gives specs only keys that begin with lab/q or lab/x; found lab/harbor",
                "the source \"memory\" has no secret \"lab/quay\"",
                "the source \"memory\" gives specs only keys that begin with lab/q or lab/x; found lab/harbor");

        SpecException unregistered =
                catchThrowableOfType(SpecException.class, () -> SecretValues.read(SecretSources.none(), CLUSTER));
        assertThat(unregistered.problems())
                .hasSize(3)
                .allMatch(problem -> problem.message().equals("no secret source is named \"memory\"; none is registered"));
        assertThat(site.entry().record()).as("nothing was changed").isEmpty();
    }

    @Test
    void aKeyDoesNotLeaveItsPrefix() {
        SecretSources sources = SecretSources.none().with("memory", key -> Optional.of(Secret.of("found")), "lab/");
        assertThat(sources.whyNot(new SecretReference("memory", "lab/../prod/root"))).isPresent();
        assertThatThrownBy(() -> sources.read(new SecretReference("memory", "lab/../prod/root")))
                .hasMessageContaining("\"..\"");
        assertThat(sources.whyNot(new SecretReference("memory", "lab/a..b"))).isEmpty();
        assertThatThrownBy(() -> sources.with("memory", key -> Optional.empty(), ""))
                .isInstanceOf(ConfigurationException.class);
    }

    @Test
    void aSourceThatDoesNotAnswerIsNoMistakeOfTheSpec() {
        RemoteException away = new RemoteException(ErrorCode.UNREACHABLE, "connection refused", true, null, null, null);
        assertThatThrownBy(() -> SecretValues.read(
                        SecretSources.none().with("memory", key -> { throw away; }, ""), CLUSTER))
                .isSameAs(away);
    }

    @Test
    void aSecretGivenAsAValueIsAppliedAndNotRecorded() {
        TalosCluster inCode = TalosCluster.builder()
                .from(CLUSTER)
                .registries(Map.of())
                .registry("harbor.example.com", r -> r.username("robot").password(SecretValue.of(Secret.of("hunter2-hunter2"))))
                .build();
        Site other = new Site(2, inCode);
        other.apply();
        String spec = new String(other.files.read("lab/revisions/1/spec.yaml").orElseThrow(), StandardCharsets.UTF_8);
        assertThat(spec).contains("secret: given-in-code:not-kept").doesNotContain("hunter2");
    }
}
