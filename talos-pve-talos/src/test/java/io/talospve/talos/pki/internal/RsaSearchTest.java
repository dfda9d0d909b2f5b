package io.talospve.talos.pki.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.interfaces.RSAPrivateCrtKey;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

class RsaSearchTest {
    @Test
    void makesKeysThatSignAndFulfilTheRules() throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(4);
        try {
            for (int round = 0; round < 10; round++) {
                KeyPair pair = RsaSearch.start(1024, new SecureRandom(), pool).get();
                RSAPrivateCrtKey key = (RSAPrivateCrtKey) pair.getPrivate();
                BigInteger p = key.getPrimeP();
                BigInteger q = key.getPrimeQ();
                assertThat(key.getModulus()).isEqualTo(p.multiply(q)).extracting(BigInteger::bitLength).isEqualTo(1024);
                assertThat(p).isGreaterThan(q);
                assertThat(p.isProbablePrime(100) && q.isProbablePrime(100)).isTrue();
                assertThat(p.subtract(q).bitLength()).isGreaterThan(1024 / 2 - 100);
                assertThat(key.getPrivateExponent().bitLength()).isGreaterThan(512);
                assertThat(key.getPublicExponent()).isEqualTo(BigInteger.valueOf(65537));
                assertThat(key.getCrtCoefficient().multiply(q).mod(p)).isEqualTo(BigInteger.ONE);

                byte[] text = "text".getBytes(StandardCharsets.UTF_8);
                Signature signature = Signature.getInstance("SHA256withRSA");
                signature.initSign(key);
                signature.update(text);
                byte[] signed = signature.sign();
                signature.initVerify(pair.getPublic());
                signature.update(text);
                assertThat(signature.verify(signed)).isTrue();
            }
        } finally {
            pool.shutdownNow();
        }
    }

    @Test
    void oneThreadIsEnoughAndGivesTheSameKeyForTheSameSeed() throws Exception {
        assertThat(seeded().getPublic()).isEqualTo(seeded().getPublic());
    }

    private static KeyPair seeded() throws Exception {
        SecureRandom random = SecureRandom.getInstance("SHA1PRNG");
        random.setSeed(7);
        return RsaSearch.start(1024, random, Runnable::run).get();
    }
}
