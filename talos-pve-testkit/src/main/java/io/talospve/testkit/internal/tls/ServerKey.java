package io.talospve.testkit.internal.tls;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.function.Predicate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * One key and its certificate, as they are. A key store would derive keys to protect them in memory, which costs more than all
 * handshakes of a test; and it could not hold a certificate that the JDK cannot parse.
 */
public final class ServerKey extends X509ExtendedKeyManager {
    private static final String ALIAS = "server";

    private final PrivateKey key;
    private final X509Certificate certificate;
    private final Predicate<String> types;

    /** A key that is used where its own type is asked for. */
    public ServerKey(PrivateKey key, X509Certificate certificate) {
        this(key, certificate, key.getAlgorithm()::equals);
    }

    private ServerKey(PrivateKey key, X509Certificate certificate, Predicate<String> types) {
        this.key = key;
        this.certificate = certificate;
        this.types = types;
    }

    /** A key that is used whatever type is asked for. */
    public static ServerKey forAllTypes(PrivateKey key, X509Certificate certificate) {
        return new ServerKey(key, certificate, type -> true);
    }

    @Override
    public @Nullable String chooseEngineServerAlias(
            String type, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
        return types.test(type) ? ALIAS : null;
    }

    @Override
    public @Nullable String chooseServerAlias(String type, Principal @Nullable [] issuers, @Nullable Socket socket) {
        return types.test(type) ? ALIAS : null;
    }

    @Override
    public String[] getServerAliases(String type, Principal @Nullable [] issuers) {
        return new String[] {ALIAS};
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
        return new X509Certificate[] {certificate};
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
        return key;
    }

    @Override
    public String @Nullable [] getClientAliases(String type, Principal @Nullable [] issuers) {
        return null;
    }

    @Override
    public @Nullable String chooseClientAlias(
            String[] types, Principal @Nullable [] issuers, @Nullable Socket socket) {
        return null;
    }
}
