package io.talospve.testkit.internal.bitwarden;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import org.bouncycastle.crypto.InvalidCipherTextException;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.engines.AESEngine;
import org.bouncycastle.crypto.generators.HKDFBytesGenerator;
import org.bouncycastle.crypto.macs.HMac;
import org.bouncycastle.crypto.modes.CBCBlockCipher;
import org.bouncycastle.crypto.paddings.PKCS7Padding;
import org.bouncycastle.crypto.paddings.PaddedBufferedBlockCipher;
import org.bouncycastle.crypto.params.HKDFParameters;
import org.bouncycastle.crypto.params.KeyParameter;
import org.bouncycastle.crypto.params.ParametersWithIV;

/**
 * Bitwarden's cryptography on BouncyCastle's primitives. The real server can't do any of this; the simulated one needs it
 * to hand out the organisation's key and to show tests what clients stored.
 */
final class Vault {
    private final byte[] key;

    /** A key of 64 bytes. */
    Vault(byte[] key) {
        if (key.length != 64) {
            throw new IllegalArgumentException("64 bytes");
        }
        this.key = key.clone();
    }

    /** The key of an access token. */
    static Vault ofToken(byte[] seed) {
        byte[] prk = hmac("bitwarden-accesstoken".getBytes(StandardCharsets.US_ASCII), seed);
        HKDFBytesGenerator hkdf = new HKDFBytesGenerator(new SHA256Digest());
        hkdf.init(HKDFParameters.skipExtractParameters(prk, "sm-access-token".getBytes(StandardCharsets.US_ASCII)));
        byte[] okm = new byte[64];
        hkdf.generateBytes(okm, 0, okm.length);
        return new Vault(okm);
    }

    String seal(String plain, SecureRandom random) {
        byte[] iv = new byte[16];
        random.nextBytes(iv);
        byte[] sealed = cbc(true, iv, plain.getBytes(StandardCharsets.UTF_8));
        Base64.Encoder b64 = Base64.getEncoder();
        return "2." + b64.encodeToString(iv) + "|" + b64.encodeToString(sealed) + "|"
                + b64.encodeToString(tag(iv, sealed));
    }

    /** Opens what a client sealed. */
    String open(String sealed) {
        EncryptedText parts = EncryptedText.parse(sealed)
                .orElseThrow(() -> new IllegalArgumentException("not an encrypted string of type 2"));
        if (!Arrays.equals(tag(parts.iv(), parts.data()), parts.mac())) {
            throw new IllegalArgumentException("sealed with another key");
        }
        return new String(cbc(false, parts.iv(), parts.data()), StandardCharsets.UTF_8);
    }

    private byte[] tag(byte[] iv, byte[] data) {
        byte[] message = Arrays.copyOf(iv, iv.length + data.length);
        System.arraycopy(data, 0, message, iv.length, data.length);
        return hmac(Arrays.copyOfRange(key, 32, 64), message);
    }

    private byte[] cbc(boolean seal, byte[] iv, byte[] input) {
        PaddedBufferedBlockCipher cipher =
                new PaddedBufferedBlockCipher(CBCBlockCipher.newInstance(AESEngine.newInstance()), new PKCS7Padding());
        cipher.init(seal, new ParametersWithIV(new KeyParameter(key, 0, 32), iv));
        byte[] output = new byte[cipher.getOutputSize(input.length)];
        int length = cipher.processBytes(input, 0, input.length, output, 0);
        try {
            length += cipher.doFinal(output, length);
        } catch (InvalidCipherTextException e) {
            throw new IllegalArgumentException(e);
        }
        return Arrays.copyOf(output, length);
    }

    private static byte[] hmac(byte[] key, byte[] message) {
        HMac mac = new HMac(new SHA256Digest());
        mac.init(new KeyParameter(key));
        mac.update(message, 0, message.length);
        byte[] result = new byte[mac.getMacSize()];
        mac.doFinal(result, 0);
        return result;
    }
}
