package io.talospve.testkit.internal.talos;

import io.grpc.Status;

/** Where a method puts its answer. Used under the fabric's lock. */
interface Reply<R> {
    /** The only message of a unary call. */
    void complete(R message);

    /** The call fails. */
    void fail(Status status);

    /** A message of a stream. */
    void next(R message);

    /** A stream ends. */
    void done();

    /** No answer for now: virtual time may pass. */
    void park();

    /** Runs when the call is over. */
    void atEnd(Runnable action);
}
