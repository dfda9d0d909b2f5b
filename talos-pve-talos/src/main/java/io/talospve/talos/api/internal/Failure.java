package io.talospve.talos.api.internal;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslHandshakeTimeoutException;
import io.talospve.talos.api.internal.ClusterTrust.UntrustedException;
import io.talospve.talos.api.internal.MaintenanceTrust.WrongKeyException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.bouncycastle.tls.TlsException;
import org.jspecify.annotations.Nullable;

/**
 * How a call failed.
 *
 * @param kind the kind of failure
 * @param code gRPC's code
 * @param text the server's own words if it spoke, else what happened; never a secret
 * @param untrusted what is wrong with the server's certificate, for {@link Kind#UNTRUSTED}
 */
record Failure(Kind kind, Status.Code code, String text, @Nullable UntrustedException untrusted) {
    private static final Pattern CERTIFICATE_ALERT = Pattern.compile("[Rr]eceived fatal alert: "
            + "(bad_certificate|unsupported_certificate|certificate_revoked|certificate_expired|certificate_unknown|"
            + "unknown_ca|access_denied|certificate_required)");

    /** Where a call got stuck. */
    enum Kind {
        /** No TCP connection, or the proxy made none. */
        NO_CONNECTION,
        /** The server's certificate is not of the cluster. */
        UNTRUSTED,
        /** The key of a machine in maintenance mode is another one. */
        WRONG_KEY,
        /** TLS failed in another way. */
        TLS,
        /** The connection ended under the call. */
        LOST,
        /** No answer in time. */
        DEADLINE,
        /** The calling thread was interrupted. */
        INTERRUPTED,
        /** The server answered with an error. */
        ANSWERED
    }

    static Failure of(StatusRuntimeException error) {
        Status status = error.getStatus();
        Throwable cause = status.getCause();
        UntrustedException untrusted = UntrustedException.in(cause);
        if (untrusted != null) {
            return new Failure(Kind.UNTRUSTED, status.getCode(), String.valueOf(untrusted.getMessage()), untrusted);
        }
        WrongKeyException wrongKey = find(cause, WrongKeyException.class);
        if (wrongKey != null) {
            return new Failure(Kind.WRONG_KEY, status.getCode(), String.valueOf(wrongKey.getMessage()), null);
        }
        return switch (status.getCode()) {
            case UNAVAILABLE -> unavailable(status, cause);
            case DEADLINE_EXCEEDED -> new Failure(Kind.DEADLINE, status.getCode(), "no answer in time", null);
            case CANCELLED -> cancelled(status);
            default -> new Failure(Kind.ANSWERED, status.getCode(), words(status), null);
        };
    }

    private static Failure unavailable(Status status, @Nullable Throwable cause) {
        Throwable connect = find(cause, ConnectException.class);
        if (connect == null) {
            connect = find(cause, UnknownHostException.class);
        }
        if (connect == null) {
            connect = find(cause, UnresolvedAddressException.class);
        }
        if (connect != null) {
            String text = connect instanceof UnresolvedAddressException || connect instanceof UnknownHostException
                    ? "unknown host " + connect.getMessage()
                    : String.valueOf(connect.getMessage());
            return new Failure(Kind.NO_CONNECTION, status.getCode(), text, null);
        }
        if (find(cause, SslHandshakeTimeoutException.class) != null) {
            return new Failure(Kind.DEADLINE, status.getCode(), "no answer in time", null);
        }
        Throwable tls = find(cause, SSLException.class);
        if (tls == null) {
            tls = find(cause, TlsException.class);
        }
        if (tls != null) {
            return new Failure(Kind.TLS, status.getCode(), root(tls), null);
        }
        if (cause != null) {
            return new Failure(Kind.LOST, status.getCode(), root(cause), null);
        }
        return new Failure(Kind.LOST, status.getCode(), words(status), null);
    }

    private static Failure cancelled(Status status) {
        return Thread.currentThread().isInterrupted()
                ? new Failure(Kind.INTERRUPTED, status.getCode(), "interrupted", null)
                : new Failure(Kind.LOST, status.getCode(), words(status), null);
    }

    private static String words(Status status) {
        return status.getDescription() == null ? "" : ServerWords.without(status.getDescription());
    }

    private static String root(@Nullable Throwable error) {
        Throwable root = error;
        while (root != null && root.getCause() != null) {
            root = root.getCause();
        }
        return root == null ? "" : root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage();
    }

    private static <T extends Throwable> @Nullable T find(@Nullable Throwable error, Class<T> type) {
        for (Throwable t = error; t != null; t = t.getCause()) {
            if (type.isInstance(t)) {
                return type.cast(t);
            }
        }
        return null;
    }

    /** The alert by which the server refused our certificate; null if it did not say so. */
    @Nullable String certificateAlert() {
        Matcher alert = CERTIFICATE_ALERT.matcher(text);
        return kind == Kind.TLS && alert.find() ? alert.group(1) : null;
    }

    /** The code as Talos' people write it: {@code FailedPrecondition}. */
    String codeName() {
        StringBuilder name = new StringBuilder();
        boolean upper = true;
        for (char c : code.name().toCharArray()) {
            if (c == '_') {
                upper = true;
            } else {
                name.append(upper ? c : Character.toLowerCase(c));
                upper = false;
            }
        }
        return name.toString();
    }
}
