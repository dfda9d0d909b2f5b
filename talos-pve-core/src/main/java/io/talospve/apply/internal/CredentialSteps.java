package io.talospve.apply.internal;

import io.talospve.error.ErrorCode;
import io.talospve.error.RemoteException;
import io.talospve.plan.MachinePlan;
import io.talospve.plan.StepWork.DeliverSecret;
import io.talospve.plan.StepWork.IssueCredentials;
import io.talospve.spec.Secret;
import io.talospve.spi.MachineAddress;
import io.talospve.spi.SecretSink;
import io.talospve.store.Credentials;
import java.util.List;

/** kubeconfig and talosconfig: issuing, keeping and delivering them. */
final class CredentialSteps {
    private CredentialSteps() {}

    static StepRunner issue(IssueCredentials work) {
        return context -> {
            ApplyState state = context.state();
            Secret<String> kubeconfig = state.kubeconfig();
            // Only what has opened the API server is a credential.
            String version = state.services().kubernetes().look(kubeconfig).version();
            List<String> controlPlanes = addresses(state, state.controlPlanes());
            Secret<String> talosconfig = state.services()
                    .pki()
                    .talosconfig(
                            state.bundle(),
                            context.cluster().name(),
                            controlPlanes,
                            addresses(state, state.plan().machines()));
            state.entry()
                    .saveCredentials(new Credentials(
                            kubeconfig,
                            talosconfig,
                            state.services().pki().osCaFingerprint(state.bundle()),
                            work.endpoint()));
            return StepProgress.done("Kubernetes " + version + " answers with them");
        };
    }

    private static List<String> addresses(ApplyState state, List<MachinePlan> machines) {
        return machines.stream()
                .map(machine -> state.address(machine.name()))
                .map(MachineAddress::host)
                .toList();
    }

    static StepRunner deliver(DeliverSecret work) {
        return context -> {
            SecretSink sink = context.services().sinks().stream()
                    .filter(candidate -> candidate.name().equals(work.sink()))
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException("no sink is named " + work.sink()));
            Credentials credentials = context.state()
                    .entry()
                    .credentials()
                    .orElseThrow(() -> new RemoteException(
                            ErrorCode.NOT_FOUND, "the store has no credentials to deliver", false, "Plan again.", null,
                            null));
            sink.put(work.key(), work.credential().of(credentials));
            return StepProgress.done("in " + work.sink());
        };
    }
}
