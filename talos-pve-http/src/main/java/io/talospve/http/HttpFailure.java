package io.talospve.http;

import io.talospve.error.ErrorCode;
import io.talospve.error.RemoteException;
import io.talospve.http.internal.PinnedTrustManager.UnknownFingerprintException;
import io.talospve.http.internal.UnusableAnswerException;
import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/** A call had no usable answer. Says what is known about the fate of the request; its message is the reason alone. */
public final class HttpFailure extends IOException {
    private static final long serialVersionUID = 1L;

    /** What is known. */
    public enum Kind {
        /** No connection, or none to the server through the proxy: the request surely did not arrive; may pass. */
        NOT_CONNECTED,
        /** The server's certificate is not believed: the request was not sent, and will not be without a change. */
        UNTRUSTED,
        /** The server ended TLS by an alert, or speaks none: it did not look at the request. */
        TLS_REFUSED,
        /** No complete answer in time: the request may have arrived. */
        TIMED_OUT,
        /** The connection ended without an answer or within it, or what came is no HTTP: the request may have arrived. */
        LOST,
        /** The request arrived; its answer is longer than allowed, or in an encoding that was not asked for. */
        UNUSABLE,
        /** The calling thread was interrupted: the request may have arrived. */
        INTERRUPTED
    }

    private final Kind kind;
    private final boolean changes;

    private HttpFailure(Kind kind, String reason, boolean changes, @Nullable Throwable cause) {
        super(reason, cause);
        this.kind = kind;
        this.changes = changes;
    }

    static HttpFailure of(Throwable cause, boolean changes) {
        Kind kind = kind(cause);
        return new HttpFailure(kind, reason(kind, cause), changes, cause);
    }

    static HttpFailure timedOut(Duration atMost, boolean changes, Throwable cause) {
        String time = atMost.toMillis() < 1000 ? atMost.toMillis() + " ms" : Math.round(atMost.toMillis() / 1000.0) + " s";
        return new HttpFailure(Kind.TIMED_OUT, "no complete answer within " + time, changes, cause);
    }

    static HttpFailure interrupted(InterruptedException cause, boolean changes) {
        return new HttpFailure(Kind.INTERRUPTED, "interrupted", changes, cause);
    }

    /** What is known about the request's fate. */
    public Kind kind() {
        return kind;
    }

    /** The reason in one line; never null. */
    public String reason() {
        return String.valueOf(getMessage());
    }

    /** Whether the request was one that changes something and may have arrived, so that its effect is not known. */
    public boolean effectUnknown() {
        return changes
                && switch (kind) {
                    case TIMED_OUT, LOST, UNUSABLE, INTERRUPTED -> true;
                    case NOT_CONNECTED, UNTRUSTED, TLS_REFUSED -> false;
                };
    }

    /** Whether the same call may succeed later without anybody's doing. */
    public boolean retryable() {
        return switch (kind) {
            // what is no I/O error at its root is a request that cannot be made, however often it is tried
            case NOT_CONNECTED, TIMED_OUT, LOST -> !(getCause() instanceof RuntimeException);
            case UNTRUSTED, TLS_REFUSED, UNUSABLE, INTERRUPTED -> false;
        };
    }

    /** The SHA-256 fingerprint that was seen instead of a pinned one, upper-case pairs with colons; empty otherwise. */
    public Optional<String> seenFingerprint() {
        return causes(getCause())
                .filter(UnknownFingerprintException.class::isInstance)
                .map(e -> ((UnknownFingerprintException) e).seen())
                .findFirst();
    }

    /** Whether java.net.http has sent a read again by itself: it does so when a connection ends before a first byte. */
    public boolean wasSentAgain() {
        return causes(getCause()).anyMatch(EOFException.class::isInstance);
    }

    /**
     * The error for whoever made the call.
     *
     * @param what what was tried, on what: {@code "read the secret x in Vault at https://…"}
     * @param hints what to do
     */
    public RemoteException error(String what, HttpHints hints) {
        return switch (kind) {
            case UNTRUSTED -> error(
                    ErrorCode.UNTRUSTED, what + ": the server's certificate is not trusted: " + reason(), hints.untrusted());
            case TLS_REFUSED -> error(
                    ErrorCode.UNTRUSTED, what + ": no TLS connection with this server: " + reason(), hints.untrusted());
            case UNUSABLE -> error(ErrorCode.UNEXPECTED_ANSWER, what + ": " + reason(), null);
            case INTERRUPTED -> error(ErrorCode.CANCELLED, what + ": " + reason(), null);
            case NOT_CONNECTED, TIMED_OUT, LOST -> unreachable(what, hints);
        };
    }

    /**
     * The error if this is to count as a server that is not there yet, whatever its kind.
     *
     * @param what what was tried, on what
     * @param hints what to do
     */
    public RemoteException unreachable(String what, HttpHints hints) {
        String hint = effectUnknown() && hints.effectUnknown() != null ? hints.effectUnknown() : hints.unreachable();
        boolean mayPass = retryable() || kind == Kind.TLS_REFUSED;
        return new RemoteException(ErrorCode.UNREACHABLE, what + ": " + reason(), mayPass, hint, null, this);
    }

    private RemoteException error(ErrorCode code, String message, @Nullable String hint) {
        return new RemoteException(code, message, false, hint, null, this);
    }

    private static Kind kind(Throwable failure) {
        if (failure instanceof UnusableAnswerException) {
            return Kind.UNUSABLE;
        }
        if (causes(failure).anyMatch(e -> e instanceof GeneralSecurityException || e instanceof SSLPeerUnverifiedException)) {
            return Kind.UNTRUSTED;
        }
        if (causes(failure).anyMatch(HttpFailure::refusesTls)) {
            return Kind.TLS_REFUSED;
        }
        if (causes(failure).anyMatch(HttpFailure::isNoConnection)) {
            return Kind.NOT_CONNECTED;
        }
        return causes(failure).anyMatch(HttpTimeoutException.class::isInstance) ? Kind.TIMED_OUT : Kind.LOST;
    }

    /** A TLS alert or a server that speaks no TLS; an end of stream during the handshake is neither. */
    private static boolean refusesTls(Throwable e) {
        String text = String.valueOf(e.getMessage());
        return e instanceof SSLException
                && (text.contains("fatal alert") || text.contains("ecognized SSL message"));
    }

    private static boolean isNoConnection(Throwable e) {
        // java.net.http has no type for a proxy that does not lead there
        return String.valueOf(e.getMessage()).startsWith("Tunnel failed")
                || e instanceof ConnectException
                || e instanceof NoRouteToHostException
                || e instanceof HttpConnectTimeoutException
                || e instanceof UnknownHostException
                || e instanceof UnresolvedAddressException
                || e instanceof SSLHandshakeException;
    }

    /** Of an untrusted certificate the deepest cause says most, of everything else the first that says anything. */
    private static String reason(Kind kind, Throwable failure) {
        Stream<String> said = causes(failure).map(Throwable::getMessage).filter(text -> text != null && !text.isBlank());
        return (kind == Kind.UNTRUSTED ? said.reduce((first, second) -> second) : said.findFirst())
                .map(ServerText::clean)
                .orElse(failure.getClass().getSimpleName());
    }

    private static Stream<Throwable> causes(@Nullable Throwable failure) {
        return Stream.iterate(failure, e -> e != null, e -> e.getCause() == e ? null : e.getCause());
    }
}
