package io.talospve.talos.api.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.talospve.error.ErrorCode;
import io.talospve.error.RemoteException;
import io.talospve.spi.MachineAddress;
import io.talospve.spi.MachineView;
import io.talospve.spi.TalosAccess;
import io.talospve.spi.TalosApi;
import io.talospve.spi.TalosApi.BootstrapAnswer;
import io.talospve.spi.TalosApi.EtcdMember;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What any {@code TalosApi} owes its callers on the control planes of a bootstrapped cluster. Changes nothing, so that it
 * may run against real machines.
 */
@Timeout(120)
abstract class RunningMachinesContract {
    /** The implementation under test. */
    abstract TalosApi api();

    /** Access to the cluster. */
    abstract TalosAccess access();

    /** Access to another cluster. */
    abstract TalosAccess foreignAccess();

    /** Its control planes, bootstrapped. */
    abstract List<MachineAddress> controlPlanes();

    @Test
    void seesRunningMachinesWithTheirEtcd() {
        for (MachineAddress address : controlPlanes()) {
            for (int look = 0; look < 2; look++) {
                assertThat(api().look(address, access(), null))
                        .asInstanceOf(type(MachineView.Running.class))
                        .satisfies(running -> {
                            assertThat(running.talosVersion()).matches("v\\d+\\.\\d+\\.\\d+.*");
                            assertThat(running.stage()).isEqualTo("running");
                            assertThat(running.etcd()).isEqualTo("Running");
                            assertThat(running.etcdHealthy()).isTrue();
                            assertThat(running.uuid()).isNotNull();
                            assertThat(running.reason()).contains("running");
                        });
            }
        }
    }

    @Test
    void machinesOfAnotherClusterAreForeignAndGiveNothing() {
        for (MachineAddress address : controlPlanes()) {
            assertThat(api().look(address, foreignAccess(), null)).isInstanceOf(MachineView.Foreign.class);
            assertThat(api().look(address, null, null)).isInstanceOf(MachineView.Foreign.class);
            assertThatThrownBy(() -> api().kubeconfig(address, foreignAccess()))
                    .asInstanceOf(type(RemoteException.class))
                    .satisfies(e -> {
                        assertThat(e.code()).isEqualTo(ErrorCode.UNTRUSTED);
                        assertThat(e.retryable()).isFalse();
                    });
        }
    }

    @Test
    void allKnowTheSameEtcdMembers() {
        List<EtcdMember> members = api().etcdMembers(controlPlanes().get(0), access());
        assertThat(members).hasSize(controlPlanes().size()).noneMatch(EtcdMember::learner);
        for (MachineAddress address : controlPlanes()) {
            assertThat(api().etcdMembers(address, access())).containsExactlyInAnyOrderElementsOf(members);
        }
    }

    @Test
    void aBootstrappedMachineSaysSo() {
        MachineAddress first = controlPlanes().get(0);
        assertThat(api().look(first, access(), null))
                .asInstanceOf(type(MachineView.Running.class))
                .extracting(MachineView.Running::etcd)
                .isEqualTo("Running");
        assertThat(api().bootstrap(first, access())).isEqualTo(BootstrapAnswer.ALREADY_DONE);
    }

    @Test
    void issuesAKubeconfig() {
        String kubeconfig = api().kubeconfig(controlPlanes().get(0), access()).reveal();
        assertThat(kubeconfig)
                .contains("kind: Config", "certificate-authority-data: ", "client-certificate-data: ", "client-key-data: ");
    }

    @Test
    void showsTheEndOfLogs() {
        for (String service : List.of("machined")) {
            String log = api().logTail(controlPlanes().get(0), access(), service, 5);
            assertThat(log.lines()).hasSizeBetween(1, 5);
        }
        assertThatThrownBy(() -> api().logTail(controlPlanes().get(0), access(), "nobody", 5))
                .asInstanceOf(type(RemoteException.class))
                .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_FOUND));
    }

    @Test
    void aPinDoesNotMatterOnceAMachineRuns() {
        assertThat(api().look(controlPlanes().get(0), access(), "AAAA")).isInstanceOf(MachineView.Running.class);
    }
}
