package io.talospve.testkit.internal.talos;

import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.protobuf.ProtoMethodDescriptorSupplier;
import io.talospve.talos.proto.cosi.StateGrpc;
import io.talospve.talos.proto.machine.MachineServiceGrpc;
import io.talospve.talos.proto.storage.StorageServiceGrpc;
import io.talospve.talos.proto.time.TimeServiceGrpc;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The methods of the Talos API: who may call each, and what answers. */
final class ApiMethods {
    private static final String MACHINE = MachineServiceGrpc.SERVICE_NAME;
    private static final Set<String> ADMIN = Set.of("os:admin");
    private static final Set<String> OPERATOR = Set.of("os:admin", "os:operator");
    private static final Set<String> READER = Set.of("os:admin", "os:operator", "os:reader");
    private static final Set<String> READER_OR_BACKUP =
            Set.of("os:admin", "os:operator", "os:reader", "os:etcd:backup");
    private static final Set<String> BACKUP = Set.of("os:admin", "os:operator", "os:etcd:backup");

    /** Methods of the machine service that the maintenance service has, but only over SideroLink. */
    private static final Set<String> SIDEROLINK_ONLY = Set.of("Version", "Reset", "Upgrade", "MetaWrite", "MetaDelete");

    /** Talos' methods that are not described in the .proto files here, and who may call them on a machine that runs. */
    private static final Map<String, Set<String>> UNDESCRIBED = new HashMap<>();

    static {
        for (String method : List.of(
                "CPUFreqStats", "Containers", "DiskUsage", "LogsContainers", "Netstat", "Processes", "Stats")) {
            UNDESCRIBED.put(MACHINE + "/" + method, READER);
        }
        for (String method : List.of(
                "EtcdDowngradeCancel", "EtcdDowngradeEnable", "EtcdDowngradeValidate", "PacketCapture", "Restart")) {
            UNDESCRIBED.put(MACHINE + "/" + method, OPERATOR);
        }
        for (String method : List.of("Copy", "GenerateConfiguration")) {
            UNDESCRIBED.put(MACHINE + "/" + method, ADMIN);
        }
        UNDESCRIBED.put(StorageServiceGrpc.SERVICE_NAME + "/BlockDeviceWipe", ADMIN);
        UNDESCRIBED.put(TimeServiceGrpc.SERVICE_NAME + "/TimeCheck", READER);
        UNDESCRIBED.put("cluster.ClusterService/HealthCheck", READER);
        UNDESCRIBED.put("inspect.InspectService/ControllerRuntimeDependencies", READER);
    }

    private static final Map<String, Method<?, ?>> METHODS = new HashMap<>();

    private ApiMethods() {}

    /** What answers a call; runs under the fabric's lock. */
    @FunctionalInterface
    interface Handler<Q, R> {
        void answer(TalosSystem system, Set<String> roles, Q request, Reply<R> reply);
    }

    /** A unary method that answers at once. */
    @FunctionalInterface
    interface Simple<Q, R> {
        R answer(TalosSystem system, Q request);
    }

    /**
     * A method.
     *
     * @param name {@code machine.MachineService/Version}
     * @param roles roles that may call it
     */
    record Method<Q, R>(
            String name, MethodDescriptor<Q, R> descriptor, Set<String> roles, boolean maintenance, Handler<Q, R> handler) {
        boolean unary() {
            return descriptor.getType() == MethodDescriptor.MethodType.UNARY;
        }

        /** An empty response message. */
        R empty() {
            return descriptor.parseResponse(new java.io.ByteArrayInputStream(new byte[0]));
        }
    }

    private static <Q, R> void add(
            MethodDescriptor<Q, R> descriptor, Set<String> roles, boolean maintenance, Handler<Q, R> handler) {
        METHODS.put(
                descriptor.getFullMethodName(),
                new Method<>(descriptor.getFullMethodName(), descriptor, roles, maintenance, handler));
    }

    private static <Q, R> void simple(MethodDescriptor<Q, R> descriptor, Set<String> roles, Simple<Q, R> method) {
        add(descriptor, roles, false, (system, who, request, reply) -> reply.complete(method.answer(system, request)));
    }

    static {
        add(MachineServiceGrpc.getApplyConfigurationMethod(), ADMIN, true, ConfigurationApi::apply);
        add(MachineServiceGrpc.getGenerateClientConfigurationMethod(), ADMIN, true, CredentialsApi::generate);
        add(MachineServiceGrpc.getKubeconfigMethod(), ADMIN, false, CredentialsApi::kubeconfig);
        simple(MachineServiceGrpc.getBootstrapMethod(), ADMIN, EtcdApi::bootstrap);
        add(MachineServiceGrpc.getEtcdMemberListMethod(), READER_OR_BACKUP, false, EtcdApi::memberList);
        add(MachineServiceGrpc.getEtcdStatusMethod(), READER, false, EtcdApi::status);
        add(MachineServiceGrpc.getEtcdAlarmListMethod(), OPERATOR, false, EtcdApi::alarmList);
        add(MachineServiceGrpc.getEtcdAlarmDisarmMethod(), OPERATOR, false, EtcdApi::alarmDisarm);
        add(MachineServiceGrpc.getEtcdDefragmentMethod(), OPERATOR, false, EtcdApi::defragment);
        add(MachineServiceGrpc.getEtcdForfeitLeadershipMethod(), ADMIN, false, EtcdApi::forfeitLeadership);
        add(MachineServiceGrpc.getEtcdLeaveClusterMethod(), ADMIN, false, EtcdApi::leaveCluster);
        add(MachineServiceGrpc.getEtcdRemoveMemberByIDMethod(), ADMIN, false, EtcdApi::removeMember);
        add(MachineServiceGrpc.getEtcdSnapshotMethod(), BACKUP, false, EtcdApi::snapshot);
        simple(MachineServiceGrpc.getVersionMethod(), READER, NodeApi::version);
        simple(MachineServiceGrpc.getHostnameMethod(), READER, NodeApi::hostname);
        simple(MachineServiceGrpc.getServiceListMethod(), READER, ServiceApi::list);
        simple(MachineServiceGrpc.getMemoryMethod(), READER, NodeApi::memory);
        simple(MachineServiceGrpc.getLoadAvgMethod(), READER, NodeApi::loadAvg);
        simple(MachineServiceGrpc.getSystemStatMethod(), READER, NodeApi::systemStat);
        simple(MachineServiceGrpc.getCPUInfoMethod(), READER, NodeApi::cpuInfo);
        simple(MachineServiceGrpc.getMountsMethod(), READER, NodeApi::mounts);
        simple(MachineServiceGrpc.getDiskStatsMethod(), READER, NodeApi::diskStats);
        simple(MachineServiceGrpc.getNetworkDeviceStatsMethod(), READER, NodeApi::networkDeviceStats);
        simple(MachineServiceGrpc.getServiceStartMethod(), OPERATOR, ServiceApi::start);
        simple(MachineServiceGrpc.getServiceStopMethod(), OPERATOR, ServiceApi::stop);
        simple(MachineServiceGrpc.getServiceRestartMethod(), OPERATOR, ServiceApi::restart);
        simple(MachineServiceGrpc.getImagePullMethod(), OPERATOR, ImageApi::pull);
        add(MachineServiceGrpc.getImageListMethod(), READER, false, ImageApi::list);
        add(MachineServiceGrpc.getEventsMethod(), READER, false, LogApi::events);
        add(MachineServiceGrpc.getReadMethod(), ADMIN, false, NodeApi::read);
        add(MachineServiceGrpc.getListMethod(), READER, false, NodeApi::list);
        add(MachineServiceGrpc.getEtcdRecoverMethod(), ADMIN, false, EtcdApi::recover);
        simple(TimeServiceGrpc.getTimeMethod(), READER, NodeApi::time);
        add(MachineServiceGrpc.getLogsMethod(), READER, false, LogApi::logs);
        add(MachineServiceGrpc.getDmesgMethod(), READER, false, LogApi::dmesg);
        simple(MachineServiceGrpc.getRebootMethod(), OPERATOR, PowerApi::reboot);
        simple(MachineServiceGrpc.getShutdownMethod(), OPERATOR, PowerApi::shutdown);
        simple(MachineServiceGrpc.getResetMethod(), ADMIN, PowerApi::reset);
        simple(MachineServiceGrpc.getUpgradeMethod(), ADMIN, PowerApi::upgrade);
        simple(MachineServiceGrpc.getRollbackMethod(), ADMIN, PowerApi::rollback);
        simple(MachineServiceGrpc.getMetaWriteMethod(), ADMIN, MetaApi::write);
        simple(MachineServiceGrpc.getMetaDeleteMethod(), ADMIN, MetaApi::delete);
        add(StorageServiceGrpc.getDisksMethod(), READER, true, (system, who, request, reply) ->
                reply.complete(NodeApi.disks(system, request)));
        add(StateGrpc.getGetMethod(), READER, true, CosiApi::get);
        add(StateGrpc.getListMethod(), READER, true, CosiApi::list);
        add(StateGrpc.getWatchMethod(), READER, true, CosiApi::watch);
        add(StateGrpc.getCreateMethod(), READER, true, (system, who, request, reply) -> reply.fail(CosiApi.NO_WRITE));
        add(StateGrpc.getUpdateMethod(), READER, true, (system, who, request, reply) -> reply.fail(CosiApi.NO_WRITE));
        add(StateGrpc.getDestroyMethod(), READER, true, (system, who, request, reply) -> reply.fail(CosiApi.NO_WRITE));
    }

    static @Nullable Method<?, ?> find(String name) {
        return METHODS.get(name);
    }

    /** How a machine that runs answers a method that is not simulated: who may not call it is told so first, as by Talos. */
    static Status missing(String name, Set<String> roles) {
        Set<String> allowed = UNDESCRIBED.get(name);
        return allowed != null && allowed.stream().noneMatch(roles::contains)
                ? Status.PERMISSION_DENIED.withDescription("not authorized")
                : missing(name, false);
    }

    /** How Talos answers a method that is not there. */
    static Status missing(String name, boolean maintenance) {
        String service = name.substring(0, name.indexOf('/'));
        String method = name.substring(name.indexOf('/') + 1);
        if (service.equals(MACHINE)) {
            boolean known = UNDESCRIBED.containsKey(name)
                    || MachineServiceGrpc.getServiceDescriptor().getMethods().stream()
                            .anyMatch(m -> method.equals(m.getBareMethodName())
                                    && m.getSchemaDescriptor() instanceof ProtoMethodDescriptorSupplier);
            if (maintenance && SIDEROLINK_ONLY.contains(method)) {
                return Status.UNIMPLEMENTED.withDescription("API is not implemented in maintenance mode");
            }
            return Status.UNIMPLEMENTED.withDescription(
                    known ? "method " + method + " not implemented" : "unknown method " + method + " for service " + service);
        }
        return Status.UNIMPLEMENTED.withDescription("unknown service " + service);
    }

    /** Calls a method of the maintenance service: no roles, few methods. */
    static <Q, R> void inMaintenance(Method<Q, R> method, TalosSystem system, Q request, Reply<R> reply) {
        if (!method.maintenance()) {
            reply.fail(missing(method.name(), true));
            return;
        }
        call(method, system, Set.of("os:reader"), request, reply, true);
    }

    /** Calls a method for a caller with roles. */
    static <Q, R> void call(
            Method<Q, R> method, TalosSystem system, Set<String> roles, Q request, Reply<R> reply) {
        call(method, system, roles, request, reply, false);
    }

    private static <Q, R> void call(
            Method<Q, R> method,
            TalosSystem system,
            Set<String> roles,
            Q request,
            Reply<R> reply,
            boolean maintenance) {
        if (!maintenance && method.roles().stream().noneMatch(roles::contains)) {
            reply.fail(Status.PERMISSION_DENIED.withDescription("not authorized"));
            return;
        }
        try {
            method.handler().answer(system, roles, request, reply);
        } catch (io.grpc.StatusRuntimeException e) {
            reply.fail(e.getStatus());
        }
    }
}
