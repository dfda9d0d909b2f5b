package io.talospve.testkit.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.talospve.TalosPve;
import io.talospve.apply.ApplyOptions;
import io.talospve.apply.Outcome;
import io.talospve.apply.StepResult;
import io.talospve.error.RemoteException;
import io.talospve.event.ExecutionEvent;
import io.talospve.event.ExecutionListener;
import io.talospve.event.StepState;
import io.talospve.plan.Plan;
import io.talospve.secrets.bitwarden.BitwardenSink;
import io.talospve.spec.Secret;
import io.talospve.spi.SecretSink;
import io.talospve.testkit.DatacenterFaults;
import io.talospve.testkit.Interruption.Break;
import io.talospve.testkit.SimulatedDatacenter;
import java.time.Duration;
import java.util.Collections;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Servers that take a connection and never answer, or stop in the middle of an answer: the client's own time-out ends the
 * call, the error names what was tried and the time-out, and it is tried again.
 */
class StalledServersTest {
    private static final String CREATE = "POST /nodes/alpha/qemu";
    private static final String TASK = "GET /nodes/[^/]+/tasks/[^/]+/status";
    private static final String KUBERNETES = "192\\.168\\.62\\.31:6443";
    /** Wall time, which a test waits out. */
    private static final Duration TIMEOUT = Duration.ofSeconds(2);

    private static TalosPve connect(SimulatedDatacenter datacenter) {
        return DatacenterConnection.open(datacenter, StoredSecrets.of("lab"), settings -> settings
                .proxmox(p -> p.requestTimeout(TIMEOUT))
                .imageFactory(f -> f.requestTimeout(TIMEOUT))
                .kubernetes(k -> k.requestTimeout(TIMEOUT))
                .talos(t -> t.callTimeout(TIMEOUT)));
    }

    /** Keeps what was tried again, and why. */
    private static ExecutionListener retries(List<String> errors) {
        return event -> {
            if (event instanceof ExecutionEvent.StepRetrying retry) {
                errors.add(retry.error());
            } else if (event instanceof ExecutionEvent.PlanningRetry retry) {
                errors.add(retry.error());
            }
        };
    }

    @ParameterizedTest
    @EnumSource(names = {"SILENT", "STALLED", "TRUNCATED"})
    void callsThatGetNoWholeAnswerAreGivenUpAndMadeAgain(Break how) {
        try (SimulatedDatacenter datacenter = SimulatedDatacenter.start();
                TalosPve pve = connect(datacenter)) {
            Plan plan = pve.plan(SmallCluster.LAB);
            DatacenterFaults faults = datacenter.faults();
            faults.breaks(how, "proxmox", CREATE, 1);
            faults.breaks(how, "proxmox", TASK, 2);
            faults.breaks(how, "127\\.0\\.0\\.1:\\d+", "POST /schematics", 1);
            faults.breaks(how, KUBERNETES, "GET /version", 1);
            faults.breaks(how, "lab-worker-1", "machine.MachineService/ApplyConfiguration", 1);
            List<String> errors = Collections.synchronizedList(new ArrayList<>());
            Outcome outcome = pve.apply(plan, retries(errors));
            assertThat(outcome.succeeded()).as("%s\n%s", outcome.render(), errors).isTrue();
            String late = how == Break.TRUNCATED ? ".*" : "no (complete )?answer (in time|within \\D*2).*";
            assertThat(errors)
                    .anyMatch(e -> e.matches("(?s)" + CREATE + " at https://127\\.0\\.0\\.1:\\d+: " + late))
                    .anyMatch(e -> e.matches("(?s).*https://127\\.0\\.0\\.1:\\d+/schematics: " + late))
                    .anyMatch(e -> e.matches("(?s)GET https://" + KUBERNETES + "/version: " + late));
            assertThat(pve.plan(SmallCluster.LAB).hasChanges()).isFalse();
            assertThat(datacenter.virtualMachines()).hasSize(2);
            assertThat(datacenter.bootstraps()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"SILENT", "STALLED", "TRUNCATED"})
    void aStoreOfSecretsThatGivesNoWholeAnswerIsGivenUpAndCanBeAskedAgain(Break how) {
        String server = "127\\.0\\.0\\.1:\\d+";
        try (SimulatedDatacenter datacenter = SimulatedDatacenter.start();
                BitwardenSink sink = BitwardenSink.builder()
                        .server(datacenter.bitwardenUrl())
                        .caPem(datacenter.bitwardenCa())
                        .accessToken(Secret.of(datacenter.bitwardenAccessToken()))
                        .project(datacenter.bitwardenProject())
                        .requestTimeout(TIMEOUT)
                        .build()) {
            datacenter.faults().breaks(how, server, "POST /identity/connect/token", 1);
            assertThat(given(sink, how)).matches("(?s)log in to Bitwarden at " + server + ": .*");
            datacenter.faults().breaks(how, server, "POST /api/organizations/.*/secrets", 1);
            assertThat(given(sink, how)).matches("(?s)create a secret in project .*: .*");
            sink.put("lab", Secret.of("value"));
            assertThat(sink.check("lab", Secret.of("value"))).isEqualTo(SecretSink.Presence.SAME);
        }
    }

    /** What a delivery says that gets no whole answer. */
    private static String given(SecretSink sink, Break how) {
        RemoteException e =
                catchThrowableOfType(RemoteException.class, () -> sink.put("lab", Secret.of("value")));
        assertThat(e.retryable()).isTrue();
        if (how != Break.TRUNCATED) {
            assertThat(e).hasMessageContaining("no complete answer within 2 s");
        }
        return e.getMessage();
    }

    @Test
    void aServerThatStaysSilentHoldsOnlyItsStepUpAndTheNextApplyRepairs() {
        try (SimulatedDatacenter datacenter = SimulatedDatacenter.start();
                TalosPve pve = connect(datacenter)) {
            Plan plan = pve.plan(SmallCluster.LAB);
            datacenter.faults().breaks(Break.SILENT, "proxmox", "POST /nodes/charlie/qemu", 1000);
            List<String> errors = Collections.synchronizedList(new ArrayList<>());
            int before = datacenter.faults().proxmoxRequests();
            Outcome outcome =
                    pve.apply(plan, ApplyOptions.standard().withDeadline(Duration.ofSeconds(20)), retries(errors));
            assertThat(outcome.cancelled()).as("%s", outcome.render()).isTrue();
            assertThat(outcome.steps())
                    .filteredOn(step -> step.state() == StepState.DONE)
                    .extracting(StepResult::id)
                    .contains("vm/lab-cp-1", "start/lab-cp-1")
                    .doesNotContain("vm/lab-worker-1");
            assertThat(errors).isNotEmpty().allMatch(
                    e -> e.matches("POST /nodes/charlie/qemu at https://127\\.0\\.0\\.1:\\d+: no complete answer within 2 s"));
            assertThat(datacenter.faults().proxmoxRequests() - before).isLessThan(150);
            datacenter.faults().clear();
            Outcome next = pve.apply(pve.plan(SmallCluster.LAB));
            assertThat(next.succeeded()).as("%s", next.render()).isTrue();
            assertThat(pve.plan(SmallCluster.LAB).hasChanges()).isFalse();
            assertThat(datacenter.virtualMachines()).hasSize(2);
            assertThat(datacenter.bootstraps()).isEqualTo(1);
        }
    }
}
