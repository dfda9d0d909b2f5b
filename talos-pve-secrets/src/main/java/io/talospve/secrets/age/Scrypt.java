package io.talospve.secrets.age;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;

/** scrypt (RFC 7914) for 32 bytes with r = 8 and p = 1, the parameters that age fixes. */
final class Scrypt {
    private static final int R = 8;
    private static final int WORDS = 32 * R;

    private Scrypt() {}

    /**
     * Derives a key. Takes 1 KiB of memory for every unit of cost.
     *
     * @param logCost log2 of the cost N
     */
    static byte[] derive(byte[] passphrase, byte[] salt, int logCost) {
        byte[] start = pbkdf2(passphrase, salt, 128 * R);
        int[] block = new int[WORDS];
        IntBuffer words = ByteBuffer.wrap(start).order(ByteOrder.LITTLE_ENDIAN).asIntBuffer();
        words.get(block);
        mix(block, 1 << logCost);
        words.rewind();
        words.put(block);
        return pbkdf2(passphrase, start, 32);
    }

    /** PBKDF2-HMAC-SHA256 with one iteration. */
    private static byte[] pbkdf2(byte[] password, byte[] salt, int length) {
        ByteBuffer result = ByteBuffer.allocate(length);
        for (int i = 1; result.hasRemaining(); i++) {
            byte[] block = Primitives.hmac(
                    password, salt, ByteBuffer.allocate(4).putInt(i).array());
            result.put(block, 0, Math.min(block.length, result.remaining()));
        }
        return result.array();
    }

    /** scryptROMix. */
    private static void mix(int[] block, int cost) {
        int[][] past = new int[cost][];
        int[] scratch = new int[WORDS];
        for (int i = 0; i < cost; i++) {
            past[i] = block.clone();
            blockMix(block, scratch);
        }
        for (int i = 0; i < cost; i++) {
            int[] chosen = past[block[WORDS - 16] & cost - 1];
            for (int k = 0; k < WORDS; k++) {
                block[k] ^= chosen[k];
            }
            blockMix(block, scratch);
        }
    }

    /** scryptBlockMix: the even results first, then the odd ones. */
    private static void blockMix(int[] block, int[] scratch) {
        int[] x = new int[16];
        System.arraycopy(block, WORDS - 16, x, 0, 16);
        for (int i = 0; i < 2 * R; i++) {
            for (int k = 0; k < 16; k++) {
                x[k] ^= block[16 * i + k];
            }
            salsa(x);
            System.arraycopy(x, 0, scratch, 16 * (i / 2 + (i % 2 == 0 ? 0 : R)), 16);
        }
        System.arraycopy(scratch, 0, block, 0, WORDS);
    }

    /** Salsa20/8. */
    private static void salsa(int[] words) {
        int[] x = words.clone();
        for (int round = 0; round < 8; round += 2) {
            for (int i = 0; i < 4; i++) {
                quarter(x, 5 * i & 15, 5 * i + 4 & 15, 5 * i + 8 & 15, 5 * i + 12 & 15);
            }
            for (int i = 0; i < 4; i++) {
                int row = 4 * i;
                quarter(x, row + i, row + (i + 1 & 3), row + (i + 2 & 3), row + (i + 3 & 3));
            }
        }
        for (int i = 0; i < 16; i++) {
            words[i] += x[i];
        }
    }

    private static void quarter(int[] x, int a, int b, int c, int d) {
        x[b] ^= Integer.rotateLeft(x[a] + x[d], 7);
        x[c] ^= Integer.rotateLeft(x[b] + x[a], 9);
        x[d] ^= Integer.rotateLeft(x[c] + x[b], 13);
        x[a] ^= Integer.rotateLeft(x[d] + x[c], 18);
    }
}
