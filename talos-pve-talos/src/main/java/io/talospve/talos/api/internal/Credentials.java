package io.talospve.talos.api.internal;

import io.talospve.http.ClientKey;
import io.talospve.spi.TalosAccess;
import java.security.GeneralSecurityException;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import javax.net.ssl.CertPathTrustManagerParameters;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * A cluster's access, read once and used by all its connections.
 *
 * @param authorities the OS CA
 * @param key presents the client certificate
 */
record Credentials(List<X509Certificate> authorities, ClientKey key) {
    Credentials {
        authorities = List.copyOf(authorities);
    }

    static Credentials of(TalosAccess access) {
        X509Certificate[] chain = Pem.certificates("the certificate of the cluster's access", access.certificate());
        return new Credentials(
                List.of(Pem.certificates("the cluster's OS CA", access.ca())),
                new ClientKey(
                        Pem.privateKey("the key of the cluster's access", access.key().reveal()), chain));
    }

    /** Trusts what the OS CA signed and is valid at this time. */
    X509ExtendedTrustManager pkix(Instant at) {
        try {
            Set<TrustAnchor> anchors =
                    authorities.stream().map(ca -> new TrustAnchor(ca, null)).collect(Collectors.toSet());
            PKIXBuilderParameters parameters = new PKIXBuilderParameters(anchors, new X509CertSelector());
            parameters.setRevocationEnabled(false);
            parameters.setDate(Date.from(at));
            TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
            factory.init(new CertPathTrustManagerParameters(parameters));
            for (TrustManager manager : factory.getTrustManagers()) {
                if (manager instanceof X509ExtendedTrustManager extended) {
                    return extended;
                }
            }
            throw new IllegalStateException("the JDK has no PKIX trust manager");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
