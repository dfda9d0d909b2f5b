package io.talospve.proxmox.internal;

import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.security.GeneralSecurityException;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;

/** What an exception of java.net.http says about the fate of the request. */
enum TransportFailure {
    /** No connection: the request surely did not arrive. */
    NOT_CONNECTED,
    /** TLS was refused by one side: the request surely did not arrive, and will not without a change. */
    UNTRUSTED,
    /** No answer in time: the request may have arrived. */
    TIMED_OUT,
    /** The connection ended: the request may have arrived. */
    LOST;

    static TransportFailure of(IOException failure) {
        for (Throwable e = failure; e != null; e = e.getCause()) {
            if (e instanceof GeneralSecurityException || e instanceof SSLPeerUnverifiedException || e instanceof SSLException tls && refused(tls)) {
                return UNTRUSTED;
            }
        }
        for (Throwable e = failure; e != null; e = e.getCause()) {
            if (e instanceof ConnectException
                    || e instanceof NoRouteToHostException
                    || e instanceof HttpConnectTimeoutException
                    || e instanceof UnknownHostException
                    || e instanceof UnresolvedAddressException
                    || e instanceof SSLHandshakeException) {
                return NOT_CONNECTED;
            }
            if (e instanceof HttpTimeoutException) {
                return TIMED_OUT;
            }
        }
        return LOST;
    }

    /** Whether the time for a call is used up, so that trying another endpoint would take too long. */
    static boolean timedOut(Throwable failure) {
        return failure.getCause() instanceof HttpTimeoutException timeout && !(timeout instanceof HttpConnectTimeoutException);
    }

    /** Whether java.net.http has sent a read again by itself: it does so when the connection ended before a first byte. */
    static boolean resent(Throwable failure) {
        for (Throwable e = failure; e != null; e = e.getCause()) {
            if (e instanceof EOFException) {
                return true;
            }
        }
        return false;
    }

    /** A TLS alert or a server that speaks no TLS; an end of stream during the handshake is neither. */
    private static boolean refused(SSLException e) {
        String text = String.valueOf(e.getMessage());
        return text.contains("fatal alert") || text.contains("Unsupported or unrecognized SSL message");
    }
}
