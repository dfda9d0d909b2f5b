package io.talospve.talos.api.internal;

import io.talospve.spi.TalosAccess;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * A cluster's access, read once and used by all its connections.
 *
 * @param pkix trusts what the OS CA signed
 * @param key presents the client certificate
 */
record Credentials(X509ExtendedTrustManager pkix, ClientKey key) {
    static Credentials of(TalosAccess access) {
        X509Certificate[] chain = Pem.certificates("the certificate of the cluster's access", access.certificate());
        return new Credentials(
                pkix(Pem.certificates("the cluster's OS CA", access.ca())),
                new ClientKey(
                        Pem.privateKey("the key of the cluster's access", access.key().reveal()), chain));
    }

    private static X509ExtendedTrustManager pkix(X509Certificate[] authorities) {
        try {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            for (int i = 0; i < authorities.length; i++) {
                store.setCertificateEntry("ca-" + i, authorities[i]);
            }
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(store);
            for (TrustManager manager : factory.getTrustManagers()) {
                if (manager instanceof X509ExtendedTrustManager extended) {
                    return extended;
                }
            }
            throw new IllegalStateException("the JDK has no PKIX trust manager");
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
