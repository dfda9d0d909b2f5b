package io.talospve.talos.pki.internal;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.security.spec.RSAKeyGenParameterSpec;
import java.security.spec.RSAPrivateCrtKeySpec;
import java.security.spec.RSAPublicKeySpec;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Makes one RSA key by searching for its two primes on several threads at once: the search is nearly all of the time that a
 * secrets bundle takes, and the JDK's generator takes one thread for it. Primes are random candidates with both top bits set
 * that pass {@link BigInteger#isProbablePrime} at the certainty that the JDK's generator uses; the key fulfils FIPS 186-4,
 * B.3.1 (distance of the primes, size of the private exponent).
 */
public final class RsaSearch {
    private static final int THREADS = 4;
    private static final int CERTAINTY = 100;
    private static final BigInteger EXPONENT = RSAKeyGenParameterSpec.F4;
    /** Odd numbers that are sieved at once. */
    private static final int WINDOW = 4096;

    private static final int[] SMALL_PRIMES = smallPrimes(2 * WINDOW);

    private final int bits;
    private final SecureRandom random;
    private final List<BigInteger> primes = new ArrayList<>();
    private final CompletableFuture<KeyPair> result = new CompletableFuture<>();

    private RsaSearch(int bits, SecureRandom random) {
        this.bits = bits;
        this.random = random;
    }

    /**
     * Begins to make a key.
     *
     * @param bits length of the modulus, even
     * @param random where the primes come from
     * @param executor runs the searches; one after the other is enough
     * @return the key, once it is found
     */
    public static CompletableFuture<KeyPair> start(int bits, SecureRandom random, Executor executor) {
        RsaSearch search = new RsaSearch(bits, random);
        for (int i = 0; i < THREADS; i++) {
            executor.execute(search::run);
        }
        return search.result;
    }

    private void run() {
        try {
            while (!result.isDone()) {
                window();
            }
        } catch (RuntimeException | GeneralSecurityException e) {
            result.completeExceptionally(e);
        }
    }

    /** Looks at the odd numbers above a random one. */
    private void window() throws GeneralSecurityException {
        int half = bits / 2;
        // Both top bits set: the product of two such primes has all the bits.
        BigInteger start = new BigInteger(half, random).setBit(half - 1).setBit(half - 2).setBit(0);
        BitSet composite = sieved(start);
        for (int i = composite.nextClearBit(0); i < WINDOW && !result.isDone(); i = composite.nextClearBit(i + 1)) {
            BigInteger candidate = start.add(BigInteger.valueOf(2L * i));
            if (candidate.bitLength() == half && candidate.isProbablePrime(CERTAINTY)) {
                found(candidate);
                return;
            }
        }
    }

    /** Which of the numbers start, start + 2, … have a small divisor. */
    private static BitSet sieved(BigInteger start) {
        BitSet composite = new BitSet(WINDOW);
        for (int prime : SMALL_PRIMES) {
            int rest = start.mod(BigInteger.valueOf(prime)).intValue();
            // The first i with start + 2 i divisible by the prime.
            int first = rest == 0 ? 0 : (prime - rest) % 2 == 0 ? (prime - rest) / 2 : (2 * prime - rest) / 2;
            for (int i = first; i < WINDOW; i += prime) {
                composite.set(i);
            }
        }
        return composite;
    }

    private void found(BigInteger prime) throws GeneralSecurityException {
        if (prime.mod(EXPONENT).equals(BigInteger.ONE)) {
            return;
        }
        synchronized (primes) {
            if (result.isDone() || primes.stream().anyMatch(other -> tooClose(other, prime))) {
                return;
            }
            primes.add(prime);
            if (primes.size() == 2) {
                KeyPair pair = pair(primes.get(0).max(primes.get(1)), primes.get(0).min(primes.get(1)));
                if (pair == null) {
                    primes.clear();
                } else {
                    result.complete(pair);
                }
            }
        }
    }

    private boolean tooClose(BigInteger one, BigInteger other) {
        return one.subtract(other).abs().bitLength() <= bits / 2 - 100;
    }

    /** The key of two primes; null if its private exponent is too small, which does not happen by chance. */
    private @Nullable KeyPair pair(BigInteger p, BigInteger q) throws GeneralSecurityException {
        BigInteger modulus = p.multiply(q);
        BigInteger p1 = p.subtract(BigInteger.ONE);
        BigInteger q1 = q.subtract(BigInteger.ONE);
        BigInteger order = p1.divide(p1.gcd(q1)).multiply(q1);
        BigInteger secret = EXPONENT.modInverse(order);
        if (modulus.bitLength() != bits || secret.bitLength() <= bits / 2) {
            return null;
        }
        KeyFactory factory = KeyFactory.getInstance("RSA");
        return new KeyPair(
                factory.generatePublic(new RSAPublicKeySpec(modulus, EXPONENT)),
                factory.generatePrivate(new RSAPrivateCrtKeySpec(
                        modulus, EXPONENT, secret, p, q, secret.mod(p1), secret.mod(q1), q.modInverse(p))));
    }

    private static int[] smallPrimes(int limit) {
        BitSet composite = new BitSet(limit);
        List<Integer> primes = new ArrayList<>();
        for (int i = 3; i < limit; i += 2) {
            if (!composite.get(i)) {
                primes.add(i);
                for (int j = 3 * i; j < limit; j += 2 * i) {
                    composite.set(j);
                }
            }
        }
        return primes.stream().mapToInt(Integer::intValue).toArray();
    }
}
