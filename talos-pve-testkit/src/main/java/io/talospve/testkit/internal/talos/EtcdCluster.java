package io.talospve.testkit.internal.talos;

import io.talospve.testkit.internal.kube.KubeCluster;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One etcd cluster: its members and whether they have quorum. Guarded by the fabric. */
final class EtcdCluster {
    final KubeCluster kube;
    private final Map<Long, Member> members = new LinkedHashMap<>();
    private long raftIndex = 4;
    private long term = 2;
    private long leader;

    EtcdCluster(KubeCluster kube) {
        this.kube = kube;
    }

    /** A member; it counts for quorum while a machine runs it. */
    static final class Member {
        final long id;
        String name;
        String address;
        boolean learner;
        @Nullable TalosSystem system;

        Member(long id, String name, String address, boolean learner) {
            this.id = id;
            this.name = name;
            this.address = address;
            this.learner = learner;
        }
    }

    Member add(long id, String name, String address, boolean learner) {
        Member member = new Member(id, name, address, learner);
        members.put(id, member);
        raftIndex++;
        return member;
    }

    void remove(long id) {
        members.remove(id);
        raftIndex++;
    }

    Optional<Member> member(long id) {
        return Optional.ofNullable(members.get(id));
    }

    List<Member> members() {
        return List.copyOf(members.values());
    }

    boolean hasLearner() {
        return members.values().stream().anyMatch(m -> m.learner);
    }

    long voters() {
        return members.values().stream().filter(m -> !m.learner).count();
    }

    long runningVoters() {
        return members.values().stream().filter(m -> !m.learner && m.system != null).count();
    }

    boolean quorum() {
        return voters() > 0 && runningVoters() > voters() / 2;
    }

    /** The leader while there is quorum, else 0. */
    long leader() {
        if (!quorum()) {
            return 0;
        }
        Member current = members.get(leader);
        if (current == null || current.system == null || current.learner) {
            if (leader != 0) {
                term++;
            }
            leader = members.values().stream()
                    .filter(m -> !m.learner && m.system != null)
                    .findFirst()
                    .orElseThrow()
                    .id;
        }
        return leader;
    }

    /** Gives leadership to another running voter; empty if there is none. */
    Optional<Member> moveLeader(long from) {
        Optional<Member> to = members.values().stream()
                .filter(m -> !m.learner && m.system != null && m.id != from)
                .findFirst();
        to.ifPresent(m -> {
            leader = m.id;
            term++;
        });
        return to;
    }

    long raftIndex() {
        return raftIndex;
    }

    long term() {
        return term;
    }
}
