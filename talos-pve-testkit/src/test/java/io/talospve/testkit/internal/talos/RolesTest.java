package io.talospve.testkit.internal.talos;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import io.talospve.testkit.internal.net.SimNetwork;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who may call what: the rules of Talos v1.12's machined, of methods that are simulated and of those that are not. */
@Timeout(120)
class RolesTest {
    private static final List<String> READ = List.of(
            "machine.MachineService/CPUFreqStats", "machine.MachineService/CPUInfo", "machine.MachineService/Containers",
            "machine.MachineService/DiskStats", "machine.MachineService/DiskUsage", "machine.MachineService/Dmesg",
            "machine.MachineService/Events", "machine.MachineService/Hostname", "machine.MachineService/ImageList",
            "machine.MachineService/List", "machine.MachineService/LoadAvg", "machine.MachineService/Logs",
            "machine.MachineService/LogsContainers", "machine.MachineService/Memory", "machine.MachineService/Mounts",
            "machine.MachineService/Netstat", "machine.MachineService/NetworkDeviceStats",
            "machine.MachineService/Processes", "machine.MachineService/ServiceList", "machine.MachineService/Stats",
            "machine.MachineService/SystemStat", "machine.MachineService/Version", "storage.StorageService/Disks",
            "time.TimeService/Time", "time.TimeService/TimeCheck", "cluster.ClusterService/HealthCheck",
            "inspect.InspectService/ControllerRuntimeDependencies");
    private static final List<String> OPERATE = List.of(
            "machine.MachineService/EtcdAlarmList", "machine.MachineService/EtcdAlarmDisarm",
            "machine.MachineService/EtcdDefragment", "machine.MachineService/EtcdDowngradeCancel",
            "machine.MachineService/EtcdDowngradeEnable", "machine.MachineService/EtcdDowngradeValidate",
            "machine.MachineService/ImagePull", "machine.MachineService/PacketCapture", "machine.MachineService/Reboot",
            "machine.MachineService/Restart", "machine.MachineService/ServiceRestart",
            "machine.MachineService/ServiceStart", "machine.MachineService/ServiceStop",
            "machine.MachineService/Shutdown");
    private static final List<String> ADMINISTER = List.of(
            "machine.MachineService/ApplyConfiguration", "machine.MachineService/Bootstrap",
            "machine.MachineService/Copy", "machine.MachineService/EtcdForfeitLeadership",
            "machine.MachineService/EtcdLeaveCluster", "machine.MachineService/EtcdRecover",
            "machine.MachineService/EtcdRemoveMemberByID", "machine.MachineService/GenerateClientConfiguration",
            "machine.MachineService/GenerateConfiguration", "machine.MachineService/Kubeconfig",
            "machine.MachineService/MetaDelete", "machine.MachineService/MetaWrite", "machine.MachineService/Read",
            "machine.MachineService/Reset", "machine.MachineService/Rollback", "machine.MachineService/Upgrade",
            "storage.StorageService/BlockDeviceWipe");

    private final FakeWorld world = new FakeWorld();

    @AfterEach
    void close() {
        world.close();
    }

    private static boolean refused(Channel channel, String method) {
        try {
            ClientCalls.blockingUnaryCall(
                    channel,
                    descriptor(method),
                    CallOptions.DEFAULT.withDeadlineAfter(1, TimeUnit.SECONDS),
                    new byte[0]);
            return false;
        } catch (StatusRuntimeException e) {
            return e.getStatus().getCode() == Status.Code.PERMISSION_DENIED
                    && "not authorized".equals(e.getStatus().getDescription());
        }
    }

    private static MethodDescriptor<byte[], byte[]> descriptor(String method) {
        return MethodDescriptor.<byte[], byte[]>newBuilder()
                .setType(MethodType.UNARY)
                .setFullMethodName(method)
                .setRequestMarshaller(RecordedCalls.Bytes.INSTANCE)
                .setResponseMarshaller(RecordedCalls.Bytes.INSTANCE)
                .build();
    }

    private Set<String> refused(FakeWorld.Vm vm, List<String> methods, String... roles) {
        ManagedChannel channel = world.channel(vm, FakeWorld.osCa().talosClient(List.of(roles), Duration.ofHours(1)));
        Set<String> refused = new TreeSet<>();
        for (String method : methods) {
            if (refused(channel, method)) {
                refused.add(method);
            }
        }
        return refused;
    }

    @Test
    void everyRoleMayDoWhatTalosSays() {
        FakeWorld.Vm vm = world.vm("cp-1", "192.168.62.21");
        vm.start();
        world.await("maintenance", () -> world.machine(vm).stage().equals("maintenance"));
        world.maintenance(vm).applyConfiguration(FakeWorld.request(FakeWorld.config(true, vm, FakeWorld.INSTALLER)));
        world.await("apid", () -> List.of("booting", "running").contains(world.machine(vm).stage())
                && world.network.lookup(vm.address, 50000) instanceof SimNetwork.Lookup.Target);

        assertThat(refused(vm, READ, "os:reader")).isEmpty();
        assertThat(refused(vm, OPERATE, "os:reader")).containsExactlyInAnyOrderElementsOf(OPERATE);
        assertThat(refused(vm, ADMINISTER, "os:reader")).containsExactlyInAnyOrderElementsOf(ADMINISTER);
        assertThat(refused(vm, ADMINISTER, "os:operator")).containsExactlyInAnyOrderElementsOf(ADMINISTER);
        assertThat(refused(vm, READ, "os:operator")).isEmpty();
        for (String role : List.of("os:impersonator", "os:nobody", "system:masters")) {
            assertThat(refused(vm, READ, role)).as(role).containsExactlyInAnyOrderElementsOf(READ);
            assertThat(refused(vm, OPERATE, role)).as(role).containsExactlyInAnyOrderElementsOf(OPERATE);
            assertThat(refused(vm, ADMINISTER, role)).as(role).containsExactlyInAnyOrderElementsOf(ADMINISTER);
        }
        assertThat(refused(vm, READ, "os:etcd:backup")).containsExactlyInAnyOrderElementsOf(READ);
        assertThat(refused(vm, List.of("machine.MachineService/EtcdSnapshot"), "os:etcd:backup")).isEmpty();
        assertThat(refused(vm, List.of("machine.MachineService/EtcdSnapshot"), "os:reader")).isNotEmpty();
        assertThat(world.machine(vm).stage()).isIn("booting", "running");
    }
}
