package io.talospve.testkit.internal.talos;

import static io.talospve.testkit.internal.talos.Forwarding.error;

import com.google.protobuf.ByteString;
import com.google.protobuf.Empty;
import io.grpc.Status;
import io.talospve.talos.proto.common.Data;
import io.talospve.talos.proto.machine.CPUInfo;
import io.talospve.talos.proto.machine.CPUInfoResponse;
import io.talospve.talos.proto.machine.CPUStat;
import io.talospve.talos.proto.machine.CPUsInfo;
import io.talospve.talos.proto.machine.DmesgRequest;
import io.talospve.talos.proto.machine.FeaturesInfo;
import io.talospve.talos.proto.machine.Hostname;
import io.talospve.talos.proto.machine.HostnameResponse;
import io.talospve.talos.proto.machine.LoadAvg;
import io.talospve.talos.proto.machine.LoadAvgResponse;
import io.talospve.talos.proto.machine.LogsRequest;
import io.talospve.talos.proto.machine.MemInfo;
import io.talospve.talos.proto.machine.Memory;
import io.talospve.talos.proto.machine.MemoryResponse;
import io.talospve.talos.proto.machine.PlatformInfo;
import io.talospve.talos.proto.machine.ServiceList;
import io.talospve.talos.proto.machine.ServiceListResponse;
import io.talospve.talos.proto.machine.SystemStat;
import io.talospve.talos.proto.machine.SystemStatResponse;
import io.talospve.talos.proto.machine.Version;
import io.talospve.talos.proto.machine.VersionInfo;
import io.talospve.talos.proto.machine.VersionResponse;
import io.talospve.talos.proto.storage.Disk;
import io.talospve.talos.proto.storage.Disks;
import io.talospve.talos.proto.storage.DisksResponse;
import io.talospve.testkit.internal.world.Hardware;
import java.util.List;
import java.util.Set;

/** What a machine tells of itself: version, services, counters, disks, logs. */
final class NodeApi {
    private NodeApi() {}

    static VersionResponse version(TalosSystem system, Empty request) {
        return VersionResponse.newBuilder()
                .addMessages(Version.newBuilder()
                        .setVersion(VersionInfo.newBuilder()
                                .setTag(system.image().version())
                                .setSha("undefined")
                                .setGoVersion("go1.25.6")
                                .setOs("linux")
                                .setArch("amd64"))
                        .setPlatform(PlatformInfo.newBuilder()
                                .setName(system.image().platform())
                                .setMode(system.image().platform().equals("metal") ? "metal" : "cloud"))
                        .setFeatures(FeaturesInfo.newBuilder().setRbac(true)))
                .build();
    }

    static HostnameResponse hostname(TalosSystem system, Empty request) {
        return HostnameResponse.newBuilder()
                .addMessages(Hostname.newBuilder().setHostname(system.hostname()))
                .build();
    }

    static ServiceListResponse serviceList(TalosSystem system, Empty request) {
        return ServiceListResponse.newBuilder()
                .addMessages(ServiceList.newBuilder().addAllServices(system.services().list()))
                .build();
    }

    static MemoryResponse memory(TalosSystem system, Empty request) {
        long total = system.hardware().memoryMiB() * 1024L;
        return MemoryResponse.newBuilder()
                .addMessages(Memory.newBuilder()
                        .setMeminfo(MemInfo.newBuilder()
                                .setMemtotal(total)
                                .setMemfree(total / 2)
                                .setMemavailable(total * 3 / 4)
                                .setCached(total / 5)))
                .build();
    }

    static LoadAvgResponse loadAvg(TalosSystem system, Empty request) {
        return LoadAvgResponse.newBuilder()
                .addMessages(LoadAvg.newBuilder().setLoad1(0.31).setLoad5(0.22).setLoad15(0.11))
                .build();
    }

    static SystemStatResponse systemStat(TalosSystem system, Empty request) {
        SystemStat.Builder out = SystemStat.newBuilder()
                .setBootTime(system.bootTime().getEpochSecond())
                .setCpuTotal(CPUStat.newBuilder().setUser(12).setSystem(8).setIdle(1000));
        for (int i = 0; i < system.hardware().cores(); i++) {
            out.addCpu(CPUStat.newBuilder().setUser(12).setSystem(8).setIdle(1000));
        }
        return SystemStatResponse.newBuilder().addMessages(out).build();
    }

    static CPUInfoResponse cpuInfo(TalosSystem system, Empty request) {
        CPUsInfo.Builder out = CPUsInfo.newBuilder();
        for (int i = 0; i < system.hardware().cores(); i++) {
            out.addCpuInfo(CPUInfo.newBuilder()
                    .setProcessor(i)
                    .setVendorId("GenuineIntel")
                    .setModelName("QEMU Virtual CPU version 2.5+")
                    .setCpuCores(system.hardware().cores()));
        }
        return CPUInfoResponse.newBuilder().addMessages(out).build();
    }

    static DisksResponse disks(TalosSystem system, Empty request) {
        Disks.Builder out = Disks.newBuilder();
        List<Hardware.Disk> disks = system.disksByDevice();
        for (int i = 0; i < disks.size(); i++) {
            DiskFacts facts = DiskFacts.of(disks.get(i), i);
            out.addDisks(Disk.newBuilder()
                    .setDeviceName(facts.devicePath())
                    .setModel("QEMU HARDDISK")
                    .setModalias("scsi:t-0x00")
                    .setSize(facts.size())
                    .setWwid(facts.wwid())
                    .setBusPath(facts.busPath())
                    .setType(Disk.DiskType.HDD)
                    .setSubsystem("/sys/class/block")
                    .setSystemDisk(disks.get(i).platter().content() instanceof Installed));
        }
        return DisksResponse.newBuilder().addMessages(out).build();
    }

    static void logs(TalosSystem system, Set<String> roles, LogsRequest request, Reply<Data> reply) {
        String id = request.getId();
        if (!system.log().has(id)) {
            throw error(Status.UNKNOWN, "log \"" + id + "\" was not registered");
        }
        stream(system.log(), id, request.getFollow(), request.getTailLines(), reply);
    }

    static void dmesg(TalosSystem system, Set<String> roles, DmesgRequest request, Reply<Data> reply) {
        stream(system.log(), "machined", request.getFollow(), request.getTail() ? 0 : -1, reply);
    }

    private static void stream(MachineLog log, String id, boolean follow, int tail, Reply<Data> reply) {
        List<String> lines = log.lines(id);
        int from = tail < 0 || tail > lines.size() ? 0 : lines.size() - tail;
        lines.subList(from, lines.size()).forEach(line -> reply.next(data(line)));
        if (!follow) {
            reply.done();
            return;
        }
        reply.atEnd(log.follow(id, line -> reply.next(data(line))));
        reply.park();
    }

    private static Data data(String line) {
        return Data.newBuilder().setBytes(ByteString.copyFromUtf8(line)).build();
    }
}
