package io.talospve.talos.api;

import java.util.List;

/**
 * How one etcd member sees itself.
 *
 * @param memberId its id, unsigned
 * @param leaderId the leader's id, unsigned; 0 if it knows none
 * @param learner whether it has no vote yet
 * @param databaseSize bytes of its database file
 * @param databaseSizeInUse bytes of it that hold data
 * @param raftTerm its raft term
 * @param raftIndex its raft index
 * @param raftAppliedIndex the raft index that it has applied
 * @param protocolVersion etcd's version
 * @param errors what it complains about
 */
public record EtcdStatus(
        long memberId,
        long leaderId,
        boolean learner,
        long databaseSize,
        long databaseSizeInUse,
        long raftTerm,
        long raftIndex,
        long raftAppliedIndex,
        String protocolVersion,
        List<String> errors) {
    /** Copies the list. */
    public EtcdStatus {
        errors = List.copyOf(errors);
    }

    /**
     * Whether this member leads.
     *
     * @return true if so
     */
    public boolean leader() {
        return leaderId != 0 && leaderId == memberId;
    }
}
