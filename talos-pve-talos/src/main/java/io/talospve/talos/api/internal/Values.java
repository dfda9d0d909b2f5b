package io.talospve.talos.api.internal;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Timestamp;
import io.talospve.talos.api.ContainerImage;
import io.talospve.talos.api.EtcdPeer;
import io.talospve.talos.api.EtcdStatus;
import io.talospve.talos.api.MachineDisk;
import io.talospve.talos.api.MachineEvent;
import io.talospve.talos.api.MachineMetrics;
import io.talospve.talos.api.ServiceStatus;
import io.talospve.talos.api.TalosResource;
import io.talospve.talos.api.TalosVersion;
import io.talospve.talos.proto.cosi.Metadata;
import io.talospve.talos.proto.cosi.Resource;
import io.talospve.talos.proto.machine.AddressEvent;
import io.talospve.talos.proto.machine.CPUStat;
import io.talospve.talos.proto.machine.ConfigLoadErrorEvent;
import io.talospve.talos.proto.machine.ConfigValidationErrorEvent;
import io.talospve.talos.proto.machine.DiskStat;
import io.talospve.talos.proto.machine.EtcdMember;
import io.talospve.talos.proto.machine.EtcdMemberStatus;
import io.talospve.talos.proto.machine.Event;
import io.talospve.talos.proto.machine.ImageListResponse;
import io.talospve.talos.proto.machine.MachineStatusEvent;
import io.talospve.talos.proto.machine.MemInfo;
import io.talospve.talos.proto.machine.NetDev;
import io.talospve.talos.proto.machine.PhaseEvent;
import io.talospve.talos.proto.machine.SequenceEvent;
import io.talospve.talos.proto.machine.ServiceHealth;
import io.talospve.talos.proto.machine.ServiceInfo;
import io.talospve.talos.proto.machine.ServiceStateEvent;
import io.talospve.talos.proto.machine.SystemStat;
import io.talospve.talos.proto.machine.TaskEvent;
import io.talospve.talos.proto.machine.Version;
import io.talospve.talos.proto.storage.Disk;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Messages of the wire to values of ours. */
final class Values {
    private static final int SECTOR = 512;
    private static final long KIBI = 1024;
    private static final long ZERO_TIME = -62_135_596_800L;

    private Values() {}

    /** An instant; null if it is absent or Go's zero time, the year 1. */
    static @Nullable Instant instant(boolean present, Timestamp timestamp) {
        return present && timestamp.getSeconds() > ZERO_TIME
                ? Instant.ofEpochSecond(timestamp.getSeconds(), timestamp.getNanos())
                : null;
    }

    static TalosVersion version(Version message) {
        return new TalosVersion(
                message.getVersion().getTag(),
                message.getVersion().getSha(),
                message.getVersion().getArch(),
                message.getPlatform().getName(),
                message.getPlatform().getMode());
    }

    static ServiceStatus service(ServiceInfo service) {
        return new ServiceStatus(
                service.getId(),
                service.getState(),
                health(service),
                service.getHealth().getLastMessage(),
                service.getEvents().getEventsList().stream()
                        .map(event -> new ServiceStatus.Event(
                                instant(event.hasTs(), event.getTs()), event.getState(), event.getMsg()))
                        .toList());
    }

    private static ServiceStatus.Health health(ServiceInfo service) {
        ServiceHealth health = service.getHealth();
        if (!service.hasHealth() || health.getUnknown()) {
            return ServiceStatus.Health.UNKNOWN;
        }
        return health.getHealthy() ? ServiceStatus.Health.HEALTHY : ServiceStatus.Health.UNHEALTHY;
    }

    static MachineMetrics.Stat stat(SystemStat message) {
        CPUStat cpu = message.getCpuTotal();
        return new MachineMetrics.Stat(
                Instant.ofEpochSecond(message.getBootTime()),
                new MachineMetrics.CpuTime(
                        cpu.getUser() + cpu.getNice(),
                        cpu.getSystem() + cpu.getIrq() + cpu.getSoftIrq(),
                        cpu.getIdle(),
                        cpu.getIowait(),
                        cpu.getSteal()),
                message.getProcessRunning(),
                message.getProcessBlocked());
    }

    /** The kernel counts memory in KiB. */
    static MachineMetrics.Memory memory(MemInfo info) {
        return new MachineMetrics.Memory(
                info.getMemtotal() * KIBI,
                info.getMemavailable() * KIBI,
                info.getMemfree() * KIBI,
                info.getCached() * KIBI);
    }

    static MachineMetrics.Disk disk(DiskStat stat) {
        return new MachineMetrics.Disk(
                stat.getName(),
                stat.getReadCompleted(),
                stat.getReadSectors() * SECTOR,
                stat.getWriteCompleted(),
                stat.getWriteSectors() * SECTOR,
                stat.getIoInProgress());
    }

    static MachineMetrics.Network network(NetDev device) {
        return new MachineMetrics.Network(
                device.getName(),
                device.getRxBytes(),
                device.getRxPackets(),
                device.getRxErrors() + device.getRxDropped(),
                device.getTxBytes(),
                device.getTxPackets(),
                device.getTxErrors() + device.getTxDropped());
    }

    static MachineDisk disk(Disk disk) {
        return new MachineDisk(
                disk.getDeviceName(),
                disk.getSize(),
                disk.getModel(),
                disk.getSerial(),
                disk.getWwid(),
                disk.getType().name(),
                disk.getSystemDisk(),
                disk.getReadonly());
    }

    static ContainerImage image(ImageListResponse message) {
        return new ContainerImage(
                message.getName(),
                message.getDigest(),
                message.getSize(),
                instant(message.hasCreatedAt(), message.getCreatedAt()));
    }

    static EtcdPeer peer(EtcdMember member) {
        return new EtcdPeer(
                member.getId(),
                member.getHostname(),
                member.getPeerUrlsList(),
                member.getClientUrlsList(),
                member.getIsLearner());
    }

    static EtcdStatus etcdStatus(EtcdMemberStatus status) {
        return new EtcdStatus(
                status.getMemberId(),
                status.getLeader(),
                status.getIsLearner(),
                status.getDbSize(),
                status.getDbSizeInUse(),
                status.getRaftTerm(),
                status.getRaftIndex(),
                status.getRaftAppliedIndex(),
                status.getProtocolVersion(),
                status.getErrorsList());
    }

    static TalosResource resource(Resource resource) {
        Metadata metadata = resource.getMetadata();
        return new TalosResource(
                metadata.getNamespace(),
                metadata.getType(),
                metadata.getId(),
                metadata.getVersion(),
                metadata.getPhase(),
                metadata.getOwner(),
                instant(metadata.hasUpdated(), metadata.getUpdated()),
                metadata.getLabelsMap(),
                metadata.getAnnotationsMap(),
                resource.getSpec().getYamlSpec());
    }

    static MachineEvent event(Event event) {
        String id = event.getId();
        String actor = event.getActorId();
        String url = event.getData().getTypeUrl();
        String type = url.substring(url.lastIndexOf('/') + 1);
        try {
            return switch (type.substring(type.lastIndexOf('.') + 1)) {
                case "SequenceEvent" -> {
                    SequenceEvent e = SequenceEvent.parseFrom(event.getData().getValue());
                    yield new MachineEvent.Sequence(
                            id, actor, e.getSequence(), e.getAction().name(), e.getError().getMessage());
                }
                case "PhaseEvent" -> {
                    PhaseEvent e = PhaseEvent.parseFrom(event.getData().getValue());
                    yield new MachineEvent.Phase(id, actor, e.getPhase(), e.getAction().name());
                }
                case "TaskEvent" -> {
                    TaskEvent e = TaskEvent.parseFrom(event.getData().getValue());
                    yield new MachineEvent.Task(id, actor, e.getTask(), e.getAction().name());
                }
                case "ServiceStateEvent" -> {
                    ServiceStateEvent e = ServiceStateEvent.parseFrom(event.getData().getValue());
                    yield new MachineEvent.Service(
                            id, actor, e.getService(), e.getAction().name(), e.getMessage());
                }
                case "MachineStatusEvent" -> status(
                        id, actor, MachineStatusEvent.parseFrom(event.getData().getValue()));
                case "ConfigLoadErrorEvent" -> new MachineEvent.ConfigurationError(
                        id,
                        actor,
                        ServerWords.without(ConfigLoadErrorEvent.parseFrom(event.getData().getValue()).getError()));
                case "ConfigValidationErrorEvent" -> new MachineEvent.ConfigurationError(
                        id,
                        actor,
                        ServerWords.without(
                                ConfigValidationErrorEvent.parseFrom(event.getData().getValue()).getError()));
                case "AddressEvent" -> {
                    AddressEvent e = AddressEvent.parseFrom(event.getData().getValue());
                    yield new MachineEvent.Addresses(id, actor, e.getHostname(), e.getAddressesList());
                }
                default -> new MachineEvent.Other(id, actor, type);
            };
        } catch (InvalidProtocolBufferException e) {
            return new MachineEvent.Other(id, actor, type);
        }
    }

    private static MachineEvent status(String id, String actor, MachineStatusEvent event) {
        List<String> unmet = event.getStatus().getUnmetConditionsList().stream()
                .map(condition -> condition.getName() + ": " + condition.getReason())
                .toList();
        String stage = event.getStage().name().toLowerCase(Locale.ROOT).replace('_', ' ');
        return new MachineEvent.Status(id, actor, stage, event.getStatus().getReady(), unmet);
    }
}
