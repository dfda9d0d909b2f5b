package io.talospve.talos.api.internal;

import com.google.protobuf.Empty;
import io.talospve.talos.api.EtcdAlarm;
import io.talospve.talos.api.EtcdPeer;
import io.talospve.talos.api.EtcdStatus;
import io.talospve.talos.api.MachineClock;
import io.talospve.talos.api.MachineDisk;
import io.talospve.talos.api.MachineMetrics;
import io.talospve.talos.api.ServiceStatus;
import io.talospve.talos.api.TalosVersion;
import io.talospve.talos.proto.machine.CPUInfoResponse;
import io.talospve.talos.proto.machine.CPUsInfo;
import io.talospve.talos.proto.machine.DiskStats;
import io.talospve.talos.proto.machine.DiskStatsResponse;
import io.talospve.talos.proto.machine.EtcdAlarmListResponse;
import io.talospve.talos.proto.machine.EtcdMemberListRequest;
import io.talospve.talos.proto.machine.EtcdMemberListResponse;
import io.talospve.talos.proto.machine.EtcdMembers;
import io.talospve.talos.proto.machine.EtcdStatusResponse;
import io.talospve.talos.proto.machine.Hostname;
import io.talospve.talos.proto.machine.HostnameResponse;
import io.talospve.talos.proto.machine.LoadAvg;
import io.talospve.talos.proto.machine.LoadAvgResponse;
import io.talospve.talos.proto.machine.MachineServiceGrpc.MachineServiceBlockingStub;
import io.talospve.talos.proto.machine.Memory;
import io.talospve.talos.proto.machine.MemoryResponse;
import io.talospve.talos.proto.machine.Mounts;
import io.talospve.talos.proto.machine.MountsResponse;
import io.talospve.talos.proto.machine.NetworkDeviceStats;
import io.talospve.talos.proto.machine.NetworkDeviceStatsResponse;
import io.talospve.talos.proto.machine.ServiceList;
import io.talospve.talos.proto.machine.ServiceListResponse;
import io.talospve.talos.proto.machine.SystemStat;
import io.talospve.talos.proto.machine.SystemStatResponse;
import io.talospve.talos.proto.machine.Version;
import io.talospve.talos.proto.machine.VersionResponse;
import io.talospve.talos.proto.storage.Disks;
import io.talospve.talos.proto.storage.StorageServiceGrpc;
import io.talospve.talos.proto.time.Time;
import io.talospve.talos.proto.time.TimeServiceGrpc;
import java.time.Instant;
import java.util.List;

/** The calls that only read. */
public final class Questions {
    private Questions() {}

    /** What the machine runs. */
    public static final Unary<TalosVersion> VERSION = Unary.machine(
            "ask for the version",
            MachineServiceBlockingStub::version,
            VersionResponse::getMessagesList,
            Version::getMetadata,
            Values::version);

    /** Its name. */
    public static final Unary<String> HOSTNAME = Unary.machine(
            "ask for the hostname",
            MachineServiceBlockingStub::hostname,
            HostnameResponse::getMessagesList,
            Hostname::getMetadata,
            Hostname::getHostname);

    /** Its services. */
    public static final Unary<List<ServiceStatus>> SERVICES = Unary.machine(
            "list the services",
            MachineServiceBlockingStub::serviceList,
            ServiceListResponse::getMessagesList,
            ServiceList::getMetadata,
            message -> message.getServicesList().stream().map(Values::service).toList());

    /** System-wide statistics. */
    public static final Unary<MachineMetrics.Stat> STAT = Unary.machine(
            "read the system's statistics",
            MachineServiceBlockingStub::systemStat,
            SystemStatResponse::getMessagesList,
            SystemStat::getMetadata,
            Values::stat);

    /** Load averages. */
    public static final Unary<MachineMetrics.Load> LOAD = Unary.machine(
            "read the load",
            MachineServiceBlockingStub::loadAvg,
            LoadAvgResponse::getMessagesList,
            LoadAvg::getMetadata,
            message -> new MachineMetrics.Load(message.getLoad1(), message.getLoad5(), message.getLoad15()));

    /** Memory. */
    public static final Unary<MachineMetrics.Memory> MEMORY = Unary.machine(
            "read the memory's use",
            MachineServiceBlockingStub::memory,
            MemoryResponse::getMessagesList,
            Memory::getMetadata,
            message -> Values.memory(message.getMeminfo()));

    /** Processors. */
    public static final Unary<List<MachineMetrics.Processor>> PROCESSORS = Unary.machine(
            "list the processors",
            MachineServiceBlockingStub::cPUInfo,
            CPUInfoResponse::getMessagesList,
            CPUsInfo::getMetadata,
            message -> message.getCpuInfoList().stream()
                    .map(cpu -> new MachineMetrics.Processor(cpu.getProcessor(), cpu.getModelName(), cpu.getCpuMhz()))
                    .toList());

    /** Counters of block devices. */
    public static final Unary<List<MachineMetrics.Disk>> DISK_COUNTERS = Unary.machine(
            "read the disks' counters",
            MachineServiceBlockingStub::diskStats,
            DiskStatsResponse::getMessagesList,
            DiskStats::getMetadata,
            message -> message.getDevicesList().stream().map(Values::disk).toList());

    /** Counters of network devices. */
    public static final Unary<List<MachineMetrics.Network>> NETWORK_COUNTERS = Unary.machine(
            "read the network devices' counters",
            MachineServiceBlockingStub::networkDeviceStats,
            NetworkDeviceStatsResponse::getMessagesList,
            NetworkDeviceStats::getMetadata,
            message -> message.getDevicesList().stream().map(Values::network).toList());

    /** Mounted file systems. */
    public static final Unary<List<MachineMetrics.Mount>> MOUNTS = Unary.machine(
            "list the mounts",
            MachineServiceBlockingStub::mounts,
            MountsResponse::getMessagesList,
            Mounts::getMetadata,
            message -> message.getStatsList().stream()
                    .map(mount -> new MachineMetrics.Mount(
                            mount.getFilesystem(), mount.getMountedOn(), mount.getSize(), mount.getAvailable()))
                    .toList());

    /** Disks. */
    public static final Unary<List<MachineDisk>> DISKS = Unary.of(
            "list the disks",
            caller -> Unary.parts(
                    caller.stub(StorageServiceGrpc::newBlockingStub)
                            .disks(Empty.getDefaultInstance())
                            .getMessagesList(),
                    Disks::getMetadata,
                    message -> message.getDisksList().stream().map(Values::disk).toList()));

    /** The clock. */
    public static final Unary<MachineClock> CLOCK = Unary.of(
            "compare the clock with its server's",
            caller -> Unary.parts(
                    caller.stub(TimeServiceGrpc::newBlockingStub)
                            .time(Empty.getDefaultInstance())
                            .getMessagesList(),
                    Time::getMetadata,
                    message -> new MachineClock(
                            message.getServer(),
                            Instant.ofEpochSecond(
                                    message.getLocaltime().getSeconds(), message.getLocaltime().getNanos()),
                            Instant.ofEpochSecond(
                                    message.getRemotetime().getSeconds(), message.getRemotetime().getNanos()))));

    /** Members as the machine's own etcd knows them. */
    public static final Unary<List<EtcdPeer>> LOCAL_MEMBERS = members(true);

    /** Members as any etcd that the machine reaches knows them. */
    public static final Unary<List<EtcdPeer>> MEMBERS = members(false);

    /** The machine's own etcd. */
    public static final Unary<EtcdStatus> ETCD_STATUS = Unary.etcd(
            "ask etcd for its status",
            Empty.getDefaultInstance(),
            MachineServiceBlockingStub::etcdStatus,
            EtcdStatusResponse::getMessagesList,
            io.talospve.talos.proto.machine.EtcdStatus::getMetadata,
            message -> Values.etcdStatus(message.getMemberStatus()));

    /** Alarms of etcd. */
    public static final Unary<List<EtcdAlarm>> ETCD_ALARMS = Unary.etcd(
            "ask etcd for its alarms",
            Empty.getDefaultInstance(),
            MachineServiceBlockingStub::etcdAlarmList,
            EtcdAlarmListResponse::getMessagesList,
            io.talospve.talos.proto.machine.EtcdAlarm::getMetadata,
            message -> message.getMemberAlarmsList().stream()
                    .map(alarm -> new EtcdAlarm(alarm.getMemberId(), alarm.getAlarm().name()))
                    .toList());

    private static Unary<List<EtcdPeer>> members(boolean local) {
        return Unary.etcd(
                "list the etcd members",
                EtcdMemberListRequest.newBuilder().setQueryLocal(local).build(),
                MachineServiceBlockingStub::etcdMemberList,
                EtcdMemberListResponse::getMessagesList,
                EtcdMembers::getMetadata,
                message -> message.getMembersList().stream().map(Values::peer).toList());
    }
}
