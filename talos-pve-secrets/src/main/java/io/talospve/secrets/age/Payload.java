package io.talospve.secrets.age;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.Arrays;

/** What follows the header: a nonce and the content in chunks of 64 KiB, each sealed with its number, the last one marked. */
final class Payload {
    private static final int CHUNK = 64 * 1024;
    private static final int NONCE = 16;

    private Payload() {}

    static byte[] seal(byte[] fileKey, byte[] plain, SecureRandom random) {
        byte[] nonce = new byte[NONCE];
        random.nextBytes(nonce);
        byte[] key = Primitives.hkdf(fileKey, nonce, "payload");
        ByteArrayOutputStream sealed = new ByteArrayOutputStream();
        sealed.writeBytes(nonce);
        int at = 0;
        long number = 0;
        do {
            int length = Math.min(CHUNK, plain.length - at);
            boolean last = at + length == plain.length;
            sealed.writeBytes(Primitives.seal(key, nonce(number++, last), plain, at, length));
            at += length;
        } while (at < plain.length);
        return sealed.toByteArray();
    }

    static byte[] open(byte[] fileKey, byte[] file, int start) throws Unreadable {
        if (file.length - start < NONCE + Primitives.TAG) {
            throw new Unreadable("its end is missing");
        }
        byte[] key = Primitives.hkdf(fileKey, Arrays.copyOfRange(file, start, start + NONCE), "payload");
        ByteArrayOutputStream plain = new ByteArrayOutputStream();
        int at = start + NONCE;
        long number = 0;
        boolean last;
        do {
            int length = Math.min(CHUNK + Primitives.TAG, file.length - at);
            last = at + length == file.length;
            if (length < Primitives.TAG || number > 0 && length == Primitives.TAG) {
                throw new Unreadable("its end is missing, or something was appended");
            }
            plain.writeBytes(Primitives.open(key, nonce(number++, last), file, at, length)
                    .orElseThrow(() -> new Unreadable("its content was altered, or its end is missing")));
            at += length;
        } while (!last);
        return plain.toByteArray();
    }

    /** 11 bytes of counter and one that marks the last chunk. */
    private static byte[] nonce(long number, boolean last) {
        return ByteBuffer.allocate(12).position(3).putLong(number).put((byte) (last ? 1 : 0)).array();
    }
}
