package io.talospve.testkit.internal.talos;

import java.security.cert.CertificateException;
import org.bouncycastle.tls.TlsFatalAlert;

/**
 * Lets a trust manager choose the alert with which TLS ends, as Go's server does. The JDK's TLS has one alert for every
 * client certificate that is refused; BouncyCastle's sends the one of a {@link TlsFatalAlert}, which is no
 * {@link CertificateException} and so must pass by the compiler.
 */
final class Alerts {
    private Alerts() {}

    /**
     * Refuses a certificate; never returns.
     *
     * @param alert one of {@link org.bouncycastle.tls.AlertDescription}
     */
    static CertificateException refusal(short alert, String message) throws CertificateException {
        Alerts.<RuntimeException>raise(new TlsFatalAlert(alert, message));
        return new CertificateException(message);
    }

    @SuppressWarnings("unchecked")
    private static <E extends Throwable> void raise(Throwable unchecked) throws E {
        throw (E) unchecked;
    }
}
