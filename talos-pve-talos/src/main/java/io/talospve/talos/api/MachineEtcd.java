package io.talospve.talos.api;

import io.talospve.talos.api.internal.Commands;
import io.talospve.talos.api.internal.Line;
import io.talospve.talos.api.internal.Questions;
import io.talospve.talos.api.internal.SnapshotUpload;
import io.talospve.talos.api.internal.Streams;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;

/**
 * The etcd of one control plane. Its calls hang where there is no etcd yet, so each has a short deadline. They do what they
 * are told: whether etcd survives it (quorum, order) is for the caller to know.
 *
 * <p>Thread-safe. Errors are {@link io.talospve.error.RemoteException}.
 */
public final class MachineEtcd {
    private final Line line;

    MachineEtcd(Line line) {
        this.line = line;
    }

    /**
     * The members as this machine's own etcd knows them. Fails on a learner.
     *
     * @return the members
     */
    public List<EtcdPeer> members() {
        return line.ask(Questions.LOCAL_MEMBERS);
    }

    /**
     * The members as any etcd tells that the machine reaches; after an accidental second bootstrap that may be another one
     * each time.
     *
     * @return the members
     */
    public List<EtcdPeer> membersOfAny() {
        return line.ask(Questions.MEMBERS);
    }

    /**
     * How this machine's etcd sees itself.
     *
     * @return its status
     */
    public EtcdStatus status() {
        return line.ask(Questions.ETCD_STATUS);
    }

    /**
     * Alarms that are raised.
     *
     * @return the alarms, usually none
     */
    public List<EtcdAlarm> alarms() {
        return line.ask(Questions.ETCD_ALARMS);
    }

    /** Takes back all alarms; first remove their cause. */
    public void disarm() {
        line.ask(Commands.disarm());
    }

    /**
     * Defragments this member's database; it does not answer meanwhile.
     *
     * @param atMost how long it may take
     */
    public void defragment(Duration atMost) {
        line.ask(Commands.defragment(atMost));
    }

    /** Hands the leadership on if this machine has it. */
    public void forfeitLeadership() {
        line.ask(Commands.forfeitLeadership());
    }

    /** Lets this machine leave etcd, for good: its etcd finishes, its data stays until a reset. */
    public void leave() {
        line.ask(Commands.leaveEtcd());
    }

    /**
     * Removes a member that cannot leave by itself any more.
     *
     * @param memberId its id, unsigned
     */
    public void remove(long memberId) {
        line.ask(Commands.removeMember(memberId));
    }

    /**
     * Writes a snapshot. If it fails, what was written is not a snapshot.
     *
     * @param to where to; is not closed
     * @param atMost how long it may take
     * @return the bytes written
     * @throws java.io.UncheckedIOException if it cannot be written
     */
    public long snapshot(OutputStream to, Duration atMost) {
        return new Streams(line).snapshot(to, atMost);
    }

    /**
     * Uploads a snapshot and bootstraps etcd from it, on one control plane of a cluster whose etcd is lost. It is then a new
     * etcd: every other control plane must have been wiped.
     *
     * @param snapshot what {@link #snapshot} wrote; is not closed
     * @param skipHashCheck whether to accept a copy of a data directory, which has no checksum
     * @param atMost how long the upload may take
     * @throws IllegalArgumentException if the snapshot is empty
     * @throws java.io.UncheckedIOException if it cannot be read
     */
    public void recover(InputStream snapshot, boolean skipHashCheck, Duration atMost) {
        SnapshotUpload.recover(line, snapshot, skipHashCheck, atMost);
    }
}
