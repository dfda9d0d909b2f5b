package io.talospve.talos.api.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.talospve.talos.api.EtcdStatus;
import io.talospve.talos.api.MachineMetrics;
import io.talospve.talos.api.ServiceStatus;
import io.talospve.talos.proto.machine.CPUStat;
import io.talospve.talos.proto.machine.DiskStat;
import io.talospve.talos.proto.machine.EtcdMemberStatus;
import io.talospve.talos.proto.machine.MemInfo;
import io.talospve.talos.proto.machine.NetDev;
import io.talospve.talos.proto.machine.ServiceEvent;
import io.talospve.talos.proto.machine.ServiceEvents;
import io.talospve.talos.proto.machine.ServiceHealth;
import io.talospve.talos.proto.machine.ServiceInfo;
import io.talospve.talos.proto.machine.SystemStat;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Units and absent values: where a wrong reading would go unnoticed. */
class QuestionsTest {
    private static final com.google.protobuf.Timestamp ZERO_TIME_OF_GO =
            com.google.protobuf.Timestamp.newBuilder().setSeconds(-62_135_596_800L).build();

    @Test
    void theKernelCountsKibibytesAndSectors() {
        assertThat(Values.memory(MemInfo.newBuilder()
                        .setMemtotal(8_388_608)
                        .setMemavailable(4096)
                        .setMemfree(2)
                        .setCached(1)
                        .build()))
                .isEqualTo(new MachineMetrics.Memory(8L << 30, 4L << 20, 2048, 1024));
        assertThat(Values.disk(DiskStat.newBuilder()
                        .setName("sda")
                        .setReadCompleted(3)
                        .setReadSectors(8)
                        .setWriteCompleted(4)
                        .setWriteSectors(16)
                        .setIoInProgress(1)
                        .build()))
                .isEqualTo(new MachineMetrics.Disk("sda", 3, 4096, 4, 8192, 1));
        assertThat(Values.network(NetDev.newBuilder()
                        .setName("net0")
                        .setRxErrors(1)
                        .setRxDropped(2)
                        .setTxErrors(4)
                        .setTxDropped(8)
                        .build()))
                .isEqualTo(new MachineMetrics.Network("net0", 0, 0, 3, 0, 0, 12));
    }

    @Test
    void processorTimeIsSummedByWhatItWasFor() {
        MachineMetrics.Stat stat = Values.stat(SystemStat.newBuilder()
                .setBootTime(1_700_000_000)
                .setCpuTotal(CPUStat.newBuilder()
                        .setUser(1)
                        .setNice(2)
                        .setSystem(4)
                        .setIrq(8)
                        .setSoftIrq(16)
                        .setIdle(32)
                        .setIowait(64)
                        .setSteal(128))
                .build());
        assertThat(stat.bootedAt()).isEqualTo(Instant.ofEpochSecond(1_700_000_000));
        assertThat(stat.total()).isEqualTo(new MachineMetrics.CpuTime(3, 28, 32, 64, 128));
    }

    @Test
    void unknownHealthIsNotUnhealthy() {
        ServiceInfo.Builder service = ServiceInfo.newBuilder().setId("etcd").setState("Preparing");
        assertThat(Values.service(service.build()).health()).isEqualTo(ServiceStatus.Health.UNKNOWN);
        service.setHealth(ServiceHealth.newBuilder().setUnknown(true));
        assertThat(Values.service(service.build()).health()).isEqualTo(ServiceStatus.Health.UNKNOWN);
        service.setHealth(ServiceHealth.newBuilder().setLastMessage("connection refused"));
        service.setEvents(ServiceEvents.newBuilder()
                .addEvents(ServiceEvent.newBuilder().setState("Starting").setMsg("m").setTs(ZERO_TIME_OF_GO)));
        ServiceStatus status = Values.service(service.build());
        assertThat(status.health()).isEqualTo(ServiceStatus.Health.UNHEALTHY);
        assertThat(status.events()).isEqualTo(List.of(new ServiceStatus.Event(null, "Starting", "m")));
        assertThat(status).hasToString("etcd Preparing unhealthy: connection refused");
    }

    @Test
    void aMemberWithoutALeaderDoesNotLead() {
        EtcdStatus lost = Values.etcdStatus(EtcdMemberStatus.getDefaultInstance());
        assertThat(lost.leader()).isFalse();
        EtcdStatus leads = Values.etcdStatus(
                EtcdMemberStatus.newBuilder().setMemberId(-5).setLeader(-5).build());
        assertThat(leads.leader()).isTrue();
    }
}
