package io.talospve.apply.internal;

import io.talospve.plan.StepWork;
import io.talospve.store.ClusterRecord;
import io.talospve.store.ClusterRecord.BootstrapState;
import java.util.List;
import java.util.Map;

/** Which runner does which kind of step. */
final class StepRunners {
    private StepRunners() {}

    static StepRunner of(StepWork work) {
        if (work instanceof StepWork.StoreSecrets) {
            return new SecretsStep();
        } else if (work instanceof StepWork.RegisterSchematic register) {
            return ImageSteps.register(register);
        } else if (work instanceof StepWork.FetchImage fetch) {
            return ImageSteps.fetch(fetch);
        } else if (work instanceof StepWork.CreateMachine create) {
            return VmSteps.create(create);
        } else if (work instanceof StepWork.CompleteMachine complete) {
            return VmSteps.complete(complete);
        } else if (work instanceof StepWork.GrowSystemDisk grow) {
            return VmSteps.grow(grow);
        } else if (work instanceof StepWork.StartMachine start) {
            return VmSteps.start(start);
        } else if (work instanceof StepWork.AwaitMachine await) {
            return MachineSteps.await(await);
        } else if (work instanceof StepWork.Configure configure) {
            return MachineSteps.configure(configure);
        } else if (work instanceof StepWork.AwaitInstalled installed) {
            return MachineSteps.installed(installed);
        } else if (work instanceof StepWork.Bootstrap bootstrap) {
            return new BootstrapStep(bootstrap);
        } else if (work instanceof StepWork.AwaitHealthy healthy) {
            return HealthStep.of(healthy);
        } else if (work instanceof StepWork.RenderManifests) {
            return new ManifestStep();
        } else if (work instanceof StepWork.AwaitDayZero dayZero) {
            return HealthStep.of(dayZero);
        } else if (work instanceof StepWork.IssueCredentials issue) {
            return CredentialSteps.issue(issue);
        } else if (work instanceof StepWork.DeliverSecret deliver) {
            return CredentialSteps.deliver(deliver);
        } else if (work instanceof StepWork.MakeHighlyAvailable make) {
            return HaSteps.make(make);
        } else if (work instanceof StepWork.EndHighAvailability end) {
            return HaSteps.end(end);
        } else if (work instanceof StepWork.StopMachine stop) {
            return VmSteps.stop(stop);
        } else if (work instanceof StepWork.LiftProtection lift) {
            return VmSteps.unprotect(lift);
        } else if (work instanceof StepWork.DeleteMachine delete) {
            return VmSteps.delete(delete);
        } else if (work instanceof StepWork.DeleteImage delete) {
            return ImageSteps.delete(delete);
        } else if (work instanceof StepWork.CloseRecord) {
            return StepRunners::closeRecord;
        }
        throw new IllegalStateException("no runner for " + work.getClass());
    }

    /** Secrets and contract stay; machines, their numbers and the bootstrap start over. */
    private static StepProgress closeRecord(StepContext context) {
        ClusterRecord record = context.state().record();
        context.state()
                .entry()
                .saveRecord(new ClusterRecord(
                        record.cluster(),
                        record.contract(),
                        record.defaultsEpoch(),
                        record.proxmoxCluster(),
                        List.of(),
                        Map.of(),
                        "",
                        BootstrapState.NONE));
        return StepProgress.done("secrets and history are kept");
    }
}
