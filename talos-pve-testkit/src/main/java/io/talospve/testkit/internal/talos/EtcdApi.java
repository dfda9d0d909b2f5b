package io.talospve.testkit.internal.talos;

import static io.talospve.testkit.internal.talos.Forwarding.error;

import com.google.protobuf.ByteString;
import com.google.protobuf.Empty;
import io.grpc.Status;
import io.talospve.talos.proto.common.Data;
import io.talospve.talos.proto.machine.Bootstrap;
import io.talospve.talos.proto.machine.BootstrapRequest;
import io.talospve.talos.proto.machine.BootstrapResponse;
import io.talospve.talos.proto.machine.EtcdAlarm;
import io.talospve.talos.proto.machine.EtcdAlarmDisarm;
import io.talospve.talos.proto.machine.EtcdAlarmDisarmResponse;
import io.talospve.talos.proto.machine.EtcdAlarmListResponse;
import io.talospve.talos.proto.machine.EtcdDefragment;
import io.talospve.talos.proto.machine.EtcdDefragmentResponse;
import io.talospve.talos.proto.machine.EtcdForfeitLeadership;
import io.talospve.talos.proto.machine.EtcdForfeitLeadershipRequest;
import io.talospve.talos.proto.machine.EtcdForfeitLeadershipResponse;
import io.talospve.talos.proto.machine.EtcdLeaveCluster;
import io.talospve.talos.proto.machine.EtcdLeaveClusterRequest;
import io.talospve.talos.proto.machine.EtcdLeaveClusterResponse;
import io.talospve.talos.proto.machine.EtcdMember;
import io.talospve.talos.proto.machine.EtcdMemberListRequest;
import io.talospve.talos.proto.machine.EtcdMemberListResponse;
import io.talospve.talos.proto.machine.EtcdMemberStatus;
import io.talospve.talos.proto.machine.EtcdMembers;
import io.talospve.talos.proto.machine.EtcdRecover;
import io.talospve.talos.proto.machine.EtcdRecoverResponse;
import io.talospve.talos.proto.machine.EtcdRemoveMemberByID;
import io.talospve.talos.proto.machine.EtcdRemoveMemberByIDRequest;
import io.talospve.talos.proto.machine.EtcdRemoveMemberByIDResponse;
import io.talospve.talos.proto.machine.EtcdSnapshotRequest;
import io.talospve.talos.proto.machine.EtcdStatus;
import io.talospve.talos.proto.machine.EtcdStatusResponse;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** The etcd methods. Before there is an etcd they do not answer until the caller's deadline, as Talos' do. */
final class EtcdApi {
    private EtcdApi() {}

    static BootstrapResponse bootstrap(TalosSystem system, BootstrapRequest request) {
        if (!system.config().controlPlane()) {
            throw error(Status.FAILED_PRECONDITION, "bootstrap can only be performed on a control plane node");
        }
        if (!system.timeInSync()) {
            // Talos waits for 5 s before it says so.
            throw error(Status.FAILED_PRECONDITION, "time is not in sync yet");
        }
        boolean begun = request.getRecoverEtcd() ? system.etcd().recover() : system.etcd().bootstrap();
        if (!begun) {
            throw error(Status.ALREADY_EXISTS, "etcd data directory is not empty");
        }
        return BootstrapResponse.newBuilder().addMessages(Bootstrap.getDefaultInstance()).build();
    }

    static void memberList(
            TalosSystem system,
            Set<String> roles,
            EtcdMemberListRequest request,
            Reply<EtcdMemberListResponse> reply) {
        onControlPlane(system, "member list");
        if (request.getQueryLocal()) {
            whenMember(system, reply, member -> {
                if (member.learner) {
                    reply.fail(Status.UNKNOWN.withDescription("etcdserver: rpc not supported for learner"));
                } else {
                    reply.complete(members(system.etcd().cluster().orElseThrow()));
                }
            });
            return;
        }
        // Any control plane's etcd may answer, with a split brain either one's.
        BooleanSupplier any = () -> !running(system).isEmpty();
        waiting(system, reply, any, () -> {
            List<EtcdCluster> all = running(system);
            EtcdCluster chosen = all.get(system.fabric().random.nextInt(all.size()));
            if (!chosen.quorum()) {
                reply.fail(Status.UNKNOWN.withDescription("etcdserver: no leader"));
            } else {
                reply.complete(members(chosen));
            }
        });
    }

    private static List<EtcdCluster> running(TalosSystem system) {
        return system.cluster().etcds().stream()
                .filter(e -> e.runningVoters() > 0)
                .toList();
    }

    private static EtcdMemberListResponse members(EtcdCluster etcd) {
        EtcdMembers.Builder out = EtcdMembers.newBuilder();
        etcd.members().stream()
                .sorted(Comparator.comparing((EtcdCluster.Member m) -> m.id, Long::compareUnsigned))
                .forEach(m -> out.addLegacyMembers(m.name)
                        .addMembers(EtcdMember.newBuilder()
                                .setId(m.id)
                                .setHostname(m.name)
                                .setIsLearner(m.learner)
                                .addPeerUrls("https://" + bracketed(m.address) + ":2380")
                                .addClientUrls("https://" + bracketed(m.address) + ":2379")));
        return EtcdMemberListResponse.newBuilder().addMessages(out).build();
    }

    private static String bracketed(String address) {
        return address.indexOf(':') >= 0 ? "[" + address + "]" : address;
    }

    static void status(TalosSystem system, Set<String> roles, Empty request, Reply<EtcdStatusResponse> reply) {
        onControlPlane(system, "etcd status");
        whenMember(system, reply, member -> {
            EtcdCluster etcd = system.etcd().cluster().orElseThrow();
            EtcdMemberStatus.Builder out = EtcdMemberStatus.newBuilder()
                    .setMemberId(member.id)
                    .setIsLearner(member.learner)
                    .setLeader(etcd.leader())
                    .setDbSize(20480)
                    .setDbSizeInUse(16384)
                    .setRaftIndex(etcd.raftIndex())
                    .setRaftAppliedIndex(etcd.raftIndex())
                    .setRaftTerm(etcd.term())
                    .setProtocolVersion("3.6.7")
                    .setStorageVersion("3.6.0");
            if (!etcd.quorum()) {
                out.addErrors("etcdserver: no leader");
            }
            reply.complete(EtcdStatusResponse.newBuilder()
                    .addMessages(EtcdStatus.newBuilder().setMemberStatus(out))
                    .build());
        });
    }

    static void alarmList(TalosSystem system, Set<String> roles, Empty request, Reply<EtcdAlarmListResponse> reply) {
        onControlPlane(system, "etcd alarm list");
        whenVoter(system, reply, "failed to list etcd alarms: ", () -> reply.complete(EtcdAlarmListResponse.newBuilder()
                .addMessages(EtcdAlarm.getDefaultInstance())
                .build()));
    }

    static void alarmDisarm(
            TalosSystem system, Set<String> roles, Empty request, Reply<EtcdAlarmDisarmResponse> reply) {
        onControlPlane(system, "etcd alarm list");
        whenVoter(system, reply, "failed to disarm etcd alarm: ", () -> reply.complete(EtcdAlarmDisarmResponse.newBuilder()
                .addMessages(EtcdAlarmDisarm.getDefaultInstance())
                .build()));
    }

    static void defragment(
            TalosSystem system, Set<String> roles, Empty request, Reply<EtcdDefragmentResponse> reply) {
        onControlPlane(system, "etcd defragment");
        whenVoter(system, reply, "failed to defragment etcd: ", () -> reply.complete(EtcdDefragmentResponse.newBuilder()
                .addMessages(EtcdDefragment.getDefaultInstance())
                .build()));
    }

    static void forfeitLeadership(
            TalosSystem system,
            Set<String> roles,
            EtcdForfeitLeadershipRequest request,
            Reply<EtcdForfeitLeadershipResponse> reply) {
        onControlPlane(system, "etcd forfeit leadership");
        whenVoter(system, reply, "failed to forfeit leadership: ", () -> {
            EtcdCluster etcd = system.etcd().cluster().orElseThrow();
            EtcdCluster.Member mine = system.etcd().member().orElseThrow();
            if (etcd.members().size() == 1) {
                reply.fail(Status.UNKNOWN.withDescription(
                        "failed to forfeit leadership: cannot forfeit leadership, only one member"));
                return;
            }
            String to = "";
            if (etcd.leader() == mine.id) {
                to = etcd.moveLeader(mine.id).map(m -> m.name).orElse("");
            }
            reply.complete(EtcdForfeitLeadershipResponse.newBuilder()
                    .addMessages(EtcdForfeitLeadership.newBuilder().setMember(to))
                    .build());
        });
    }

    static void leaveCluster(
            TalosSystem system,
            Set<String> roles,
            EtcdLeaveClusterRequest request,
            Reply<EtcdLeaveClusterResponse> reply) {
        onControlPlane(system, "etcd leave");
        whenVoter(system, reply, "failed to leave cluster: ", () -> {
            Optional<String> refused = leave(system);
            if (refused.isPresent()) {
                reply.fail(Status.UNKNOWN.withDescription("failed to leave cluster: 1 error(s) occurred:\n\t" + refused.get()));
                return;
            }
            reply.complete(EtcdLeaveClusterResponse.newBuilder()
                    .addMessages(EtcdLeaveCluster.getDefaultInstance())
                    .build());
        });
    }

    /** Removes the own member and stops etcd; the words of etcd if it refuses. */
    static Optional<String> leave(TalosSystem system) {
        EtcdCluster etcd = system.etcd().cluster().orElseThrow();
        EtcdCluster.Member mine = system.etcd().member().orElseThrow();
        if (!mine.learner && !survivesWithout(etcd, mine)) {
            return Optional.of("failed to remove member " + Long.toUnsignedString(mine.id)
                    + ": etcdserver: re-configuration failed due to not enough started members");
        }
        etcd.remove(mine.id);
        system.etcd().left();
        return Optional.empty();
    }

    private static boolean survivesWithout(EtcdCluster etcd, EtcdCluster.Member gone) {
        long voters = etcd.members().stream().filter(m -> !m.learner && m != gone).count();
        long running = etcd.members().stream()
                .filter(m -> !m.learner && m != gone && m.system != null)
                .count();
        return voters > 0 && running > voters / 2;
    }

    static void removeMember(
            TalosSystem system,
            Set<String> roles,
            EtcdRemoveMemberByIDRequest request,
            Reply<EtcdRemoveMemberByIDResponse> reply) {
        onControlPlane(system, "etcd remove member");
        whenVoter(system, reply, "failed to remove member " + Long.toUnsignedString(request.getMemberId()) + ": ", () -> {
            EtcdCluster etcd = system.etcd().cluster().orElseThrow();
            String id = Long.toUnsignedString(request.getMemberId());
            Optional<EtcdCluster.Member> member = etcd.member(request.getMemberId());
            if (member.isEmpty()) {
                reply.fail(Status.NOT_FOUND.withDescription(
                        "failed to remove member " + id + ": etcdserver: member not found"));
                return;
            }
            if (!member.get().learner && !survivesWithout(etcd, member.get())) {
                reply.fail(Status.UNKNOWN.withDescription("failed to remove member " + id
                        + ": etcdserver: re-configuration failed due to not enough started members"));
                return;
            }
            etcd.remove(member.get().id);
            TalosSystem owner = member.get().system;
            if (owner != null) {
                owner.etcd().removed();
            }
            reply.complete(EtcdRemoveMemberByIDResponse.newBuilder()
                    .addMessages(EtcdRemoveMemberByID.getDefaultInstance())
                    .build());
            system.cluster().reconcile();
        });
    }

    /** Takes a snapshot for a later Bootstrap with {@code recoverEtcd}. */
    static void recover(TalosSystem system, Set<String> roles, Data request, Reply<EtcdRecoverResponse> reply) {
        onControlPlane(system, "etcd recover");
        if (system.guest().installed().etcd() != null) {
            throw error(Status.FAILED_PRECONDITION, "etcd data directory is not empty");
        }
        system.etcd().takeSnapshot();
        reply.complete(EtcdRecoverResponse.newBuilder()
                .addMessages(EtcdRecover.getDefaultInstance())
                .build());
    }

    static void snapshot(TalosSystem system, Set<String> roles, EtcdSnapshotRequest request, Reply<Data> reply) {
        onControlPlane(system, "etcd snapshot");
        whenVoter(system, reply, "failed reading etcd snapshot: ", () -> {
            byte[] database = new byte[20480];
            System.arraycopy(new byte[] {(byte) 0xED, (byte) 0xDA, 0x0C, (byte) 0xED}, 0, database, 16, 4);
            reply.next(Data.newBuilder().setBytes(ByteString.copyFrom(database)).build());
            reply.done();
        });
    }

    private static void onControlPlane(TalosSystem system, String what) {
        if (!system.config().controlPlane()) {
            throw error(Status.UNIMPLEMENTED, what + " is only available on control plane nodes");
        }
    }

    /** Goes on when the own member is a voter with quorum; a learner and a lost quorum are answered at once. */
    private static void whenVoter(TalosSystem system, Reply<?> reply, String prefix, Runnable then) {
        whenMember(system, reply, member -> {
            if (member.learner) {
                reply.fail(Status.UNKNOWN.withDescription(prefix + "etcdserver: rpc not supported for learner"));
            } else if (!system.etcd().cluster().orElseThrow().quorum()) {
                reply.fail(Status.UNKNOWN.withDescription(prefix + "etcdserver: no leader"));
            } else {
                then.run();
            }
        });
    }

    private static void whenMember(TalosSystem system, Reply<?> reply, Consumer<EtcdCluster.Member> then) {
        BooleanSupplier ready = () -> system.etcd().member().filter(m -> m.system == system).isPresent();
        waiting(system, reply, ready, () -> then.accept(system.etcd().member().orElseThrow()));
    }

    private static void waiting(TalosSystem system, Reply<?> reply, BooleanSupplier condition, Runnable then) {
        boolean[] answered = {false};
        Runnable cancel = system.cluster().when(condition, () -> {
            answered[0] = true;
            then.run();
        });
        if (!answered[0]) {
            reply.atEnd(cancel);
            reply.park();
        }
    }
}
