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
import io.talospve.talos.proto.machine.DiskStat;
import io.talospve.talos.proto.machine.DiskStats;
import io.talospve.talos.proto.machine.DiskStatsResponse;
import io.talospve.talos.proto.machine.FeaturesInfo;
import io.talospve.talos.proto.machine.FileInfo;
import io.talospve.talos.proto.machine.Hostname;
import io.talospve.talos.proto.machine.HostnameResponse;
import io.talospve.talos.proto.machine.ListRequest;
import io.talospve.talos.proto.machine.LoadAvg;
import io.talospve.talos.proto.machine.LoadAvgResponse;
import io.talospve.talos.proto.machine.MemInfo;
import io.talospve.talos.proto.machine.Memory;
import io.talospve.talos.proto.machine.MemoryResponse;
import io.talospve.talos.proto.machine.MountStat;
import io.talospve.talos.proto.machine.Mounts;
import io.talospve.talos.proto.machine.MountsResponse;
import io.talospve.talos.proto.machine.NetDev;
import io.talospve.talos.proto.machine.NetworkDeviceStats;
import io.talospve.talos.proto.machine.NetworkDeviceStatsResponse;
import io.talospve.talos.proto.machine.PlatformInfo;
import io.talospve.talos.proto.machine.ReadRequest;
import io.talospve.talos.proto.machine.SystemStat;
import io.talospve.talos.proto.machine.SystemStatResponse;
import io.talospve.talos.proto.machine.Version;
import io.talospve.talos.proto.machine.VersionInfo;
import io.talospve.talos.proto.machine.VersionResponse;
import io.talospve.talos.proto.storage.Disk;
import io.talospve.talos.proto.storage.Disks;
import io.talospve.talos.proto.storage.DisksResponse;
import io.talospve.talos.proto.time.Time;
import io.talospve.talos.proto.time.TimeResponse;
import io.talospve.testkit.internal.world.Hardware;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** What a machine tells of itself: version, counters, disks, files. */
final class NodeApi {
    /** What EFI, BIOS, BOOT, META and STATE take of the system disk. */
    private static final long OWN_PARTITIONS = 1400L << 20;

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

    static void read(TalosSystem system, Set<String> roles, ReadRequest request, Reply<Data> reply) {
        String content = files(system).get(request.getPath());
        if (content == null) {
            throw error(Status.NOT_FOUND, "stat " + request.getPath() + ": no such file or directory");
        }
        reply.next(Data.newBuilder().setBytes(ByteString.copyFromUtf8(content)).build());
        reply.done();
    }

    static void list(TalosSystem system, Set<String> roles, ListRequest request, Reply<FileInfo> reply) {
        String root = request.getRoot().isEmpty() ? "/" : request.getRoot();
        reply.next(FileInfo.newBuilder().setName(root).setIsDir(true).setRelativeName(".").build());
        files(system).forEach((path, content) -> {
            if (path.startsWith(root.endsWith("/") ? root : root + "/")) {
                reply.next(FileInfo.newBuilder()
                        .setName(path)
                        .setRelativeName(path.substring(root.length()).replaceFirst("^/", ""))
                        .setSize(content.length())
                        .build());
            }
        });
        reply.done();
    }

    private static Map<String, String> files(TalosSystem system) {
        return new TreeMap<>(Map.of(
                "/etc/os-release",
                "NAME=\"Talos\"\nID=talos\nVERSION_ID=" + system.image().version() + "\nPRETTY_NAME=\"Talos ("
                        + system.image().version() + ")\"\n",
                "/etc/hostname", system.hostname() + "\n",
                "/proc/sys/kernel/random/boot_id", system.bootId() + "\n",
                "/proc/cmdline", "talos.platform=" + system.image().platform() + " net.ifnames=0\n"));
    }

    static MountsResponse mounts(TalosSystem system, Empty request) {
        Mounts.Builder out = Mounts.newBuilder();
        List<Hardware.Disk> disks = system.disksByDevice();
        for (int i = 0; i < disks.size(); i++) {
            if (disks.get(i).platter().content() instanceof Installed) {
                long size = Math.max(0, disks.get(i).sizeBytes() - OWN_PARTITIONS);
                out.addStats(MountStat.newBuilder()
                        .setFilesystem(DiskFacts.of(disks.get(i), i).devicePath() + "5")
                        .setMountedOn("/var")
                        .setSize(size)
                        .setAvailable(size * 9 / 10));
            }
        }
        return MountsResponse.newBuilder().addMessages(out).build();
    }

    static DiskStatsResponse diskStats(TalosSystem system, Empty request) {
        DiskStats.Builder out = DiskStats.newBuilder().setTotal(DiskStat.newBuilder().setName("total"));
        List<Hardware.Disk> disks = system.disksByDevice();
        for (int i = 0; i < disks.size(); i++) {
            out.addDevices(DiskStat.newBuilder().setName(DiskFacts.of(disks.get(i), i).name()).setReadCompleted(1000));
        }
        return DiskStatsResponse.newBuilder().addMessages(out).build();
    }

    static NetworkDeviceStatsResponse networkDeviceStats(TalosSystem system, Empty request) {
        NetworkDeviceStats.Builder out = NetworkDeviceStats.newBuilder().setTotal(NetDev.newBuilder().setName("total"));
        for (int i = 0; i < system.hardware().nics().size(); i++) {
            out.addDevices(NetDev.newBuilder().setName("eth" + i).setRxBytes(1 << 20).setTxBytes(1 << 20));
        }
        return NetworkDeviceStatsResponse.newBuilder().addMessages(out).build();
    }

    static TimeResponse time(TalosSystem system, Empty request) {
        var now = Cosi.stamp(system.fabric().clock.now());
        return TimeResponse.newBuilder()
                .addMessages(Time.newBuilder().setServer("time.cloudflare.com").setLocaltime(now).setRemotetime(now))
                .build();
    }
}
