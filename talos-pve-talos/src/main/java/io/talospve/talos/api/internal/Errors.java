package io.talospve.talos.api.internal;

import io.talospve.error.ErrorCode;
import io.talospve.error.RemoteException;
import io.talospve.spi.MachineAddress;
import io.talospve.talos.api.internal.ClusterTrust.Why;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a failed call means to the caller: its code, whether to try again, and what a person does now. */
final class Errors {
    /** Refusals of Talos that have the code Unknown although trying again does not help. */
    private static final List<String> FOR_GOOD = List.of(
            "failed to parse config",
            "operation via API",
            "cannot forfeit leadership, only one member",
            "invalid generate request");

    private Errors() {}

    /**
     * The error of a failed call. No cause is kept: gRPC's exceptions repeat the server's text unabridged.
     *
     * @param doing what was tried, for example {@code bootstrap etcd}
     */
    static RemoteException of(String doing, MachineAddress address, Failure failure) {
        String what = doing + " on " + address + ": ";
        return switch (failure.kind()) {
            case NO_CONNECTION -> unreachable(what + "no connection: " + failure.text());
            case LOST -> spoken(
                    ErrorCode.UNREACHABLE,
                    what + "the connection was lost, so it is unknown whether it took effect: " + failure.text(),
                    true,
                    null,
                    failure);
            case DEADLINE -> new RemoteException(
                    ErrorCode.TIMED_OUT,
                    what + "no answer in time, so it is unknown whether it took effect",
                    true,
                    "look at the machine's console; it may be rebooting, or wait for something",
                    null,
                    null);
            case INTERRUPTED -> new RemoteException(
                    ErrorCode.CANCELLED, what + "interrupted, so it is unknown whether it took effect", true, null, null, null);
            case UNTRUSTED -> new RemoteException(
                    ErrorCode.UNTRUSTED,
                    what + "the machine answers, but " + failure.text(),
                    outOfDate(failure),
                    outOfDate(failure)
                            ? "see that all clocks are right: the machine's, its host's, this computer's"
                            : "is the address right, and is this cluster's store the one that made the machine?",
                    null,
                    null);
            case WRONG_KEY -> new RemoteException(
                    ErrorCode.UNTRUSTED,
                    what + "another machine answers there: " + failure.text(),
                    false,
                    "a machine in maintenance mode makes a new key at each boot; look again, and beware of another machine"
                            + " at this address",
                    null,
                    null);
            case TLS -> new RemoteException(
                    ErrorCode.UNTRUSTED,
                    what + "TLS failed: " + failure.text(),
                    true,
                    "the machine may be between maintenance mode and its configuration, or refuse our certificate",
                    null,
                    null);
            case ANSWERED -> answered(what, failure);
        };
    }

    private static boolean outOfDate(Failure failure) {
        return failure.untrusted() != null && failure.untrusted().why() == Why.OUT_OF_DATE;
    }

    /** Only an interrupted look throws: nothing else says anything about the machine. */
    static void throwIfInterrupted(String doing, MachineAddress address, Failure failure) {
        if (failure.kind() == Failure.Kind.INTERRUPTED) {
            throw of(doing, address, failure);
        }
    }

    private static RemoteException answered(String what, Failure failure) {
        String message = what + failure.codeName() + ": " + failure.text();
        String text = failure.text();
        return switch (failure.code()) {
            case INVALID_ARGUMENT, OUT_OF_RANGE, RESOURCE_EXHAUSTED, ALREADY_EXISTS -> spoken(
                    ErrorCode.REJECTED, message, false, null, failure);
            case UNIMPLEMENTED -> spoken(
                    ErrorCode.REJECTED,
                    message,
                    false,
                    "the machine does not offer this in its present state or role",
                    failure);
            case UNAUTHENTICATED, PERMISSION_DENIED -> spoken(
                    ErrorCode.DENIED,
                    message,
                    false,
                    "the client certificate's organization must name a role that may do this (os:admin)",
                    failure);
            case NOT_FOUND -> spoken(ErrorCode.NOT_FOUND, message, false, null, failure);
            case FAILED_PRECONDITION -> text.contains("can only be performed on a control plane")
                    ? spoken(ErrorCode.REJECTED, message, false, "ask a control plane", failure)
                    : spoken(ErrorCode.SERVER_FAILED, message, true, null, failure);
            case UNKNOWN -> unknown(message, text, failure);
            case UNAVAILABLE -> spoken(
                    ErrorCode.UNREACHABLE, message, true, "the machine that forwards cannot reach the other one", failure);
            case INTERNAL -> text.startsWith("invalid target")
                    ? spoken(ErrorCode.REJECTED, message, false, "name machines by address, without a port", failure)
                    : spoken(ErrorCode.SERVER_FAILED, message, true, null, failure);
            default -> spoken(ErrorCode.SERVER_FAILED, message, true, null, failure);
        };
    }

    /** Talos sends most errors without a code of their own. */
    private static RemoteException unknown(String message, String text, Failure failure) {
        if (text.startsWith("log \"") && text.endsWith("was not registered")) {
            return spoken(ErrorCode.NOT_FOUND, message, true, "the service has not written anything yet", failure);
        }
        return FOR_GOOD.stream().anyMatch(text::contains)
                ? spoken(ErrorCode.REJECTED, message, false, null, failure)
                : spoken(ErrorCode.SERVER_FAILED, message, true, null, failure);
    }

    private static RemoteException unreachable(String message) {
        return new RemoteException(
                ErrorCode.UNREACHABLE,
                message,
                true,
                "is the machine on, and does the network (or the proxy) lead to it?",
                null,
                null);
    }

    private static RemoteException spoken(
            ErrorCode code, String message, boolean retryable, @Nullable String hint, Failure failure) {
        return new RemoteException(
                code, message, retryable, hint, failure.text().isEmpty() ? null : failure.text(), null);
    }
}
