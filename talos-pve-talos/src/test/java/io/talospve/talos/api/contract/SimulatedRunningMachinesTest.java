package io.talospve.talos.api.contract;

import io.talospve.spi.MachineAddress;
import io.talospve.spi.MachineView;
import io.talospve.spi.TalosAccess;
import io.talospve.spi.TalosApi;
import io.talospve.talos.api.GrpcTalosApi;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The contract on simulated machines that this client itself has brought up. */
class SimulatedRunningMachinesTest extends RunningMachinesContract {
    private static SimulatedMachines machines;
    private static GrpcTalosApi api;
    private static TalosAccess access;
    private static TalosAccess foreign;
    private static List<MachineAddress> controlPlanes;

    @BeforeAll
    static void bringUp() {
        machines = new SimulatedMachines();
        api = GrpcTalosApi.builder().proxy(machines.proxy()).build();
        access = machines.access();
        foreign = machines.foreignAccess();
        List<SimulatedMachines.Vm> vms = List.of(
                machines.vm("cp-1", "192.168.62.21"),
                machines.vm("cp-2", "192.168.62.22"),
                machines.vm("cp-3", "192.168.62.23"));
        for (SimulatedMachines.Vm vm : vms) {
            vm.start();
            machines.await(
                    "maintenance mode", () -> api.look(vm.address(), access, null) instanceof MachineView.Maintenance);
            MachineView.Maintenance seen = (MachineView.Maintenance) api.look(vm.address(), access, null);
            api.applyInMaintenance(vm.address(), seen.keyPin(), vm.configuration(true));
        }
        for (SimulatedMachines.Vm vm : vms) {
            machines.await("a waiting etcd", () -> api.look(vm.address(), access, null) instanceof MachineView.Running r
                    && "Preparing".equals(r.etcd()));
        }
        api.bootstrap(vms.get(0).address(), access);
        for (SimulatedMachines.Vm vm : vms) {
            machines.await("a healthy etcd", () -> api.look(vm.address(), access, null) instanceof MachineView.Running r
                    && r.etcdHealthy()
                    && r.stage().equals("running"));
        }
        machines.await(
                "three voters",
                () -> api.etcdMembers(vms.get(0).address(), access).stream()
                                .filter(member -> !member.learner())
                                .count()
                        == 3);
        controlPlanes = vms.stream().map(SimulatedMachines.Vm::address).toList();
    }

    @AfterAll
    static void tearDown() {
        api.close();
        machines.close();
    }

    @Override
    TalosApi api() {
        return api;
    }

    @Override
    TalosAccess access() {
        return access;
    }

    @Override
    TalosAccess foreignAccess() {
        return foreign;
    }

    @Override
    List<MachineAddress> controlPlanes() {
        return controlPlanes;
    }
}
