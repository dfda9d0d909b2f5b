package io.talospve.store;

/**
 * Encrypts the secrets of a store at rest. {@code io.talospve.secrets.age.AgeEncryption} of the module talos-pve-secrets has
 * these two methods: {@code StoreCipher.of(age::encrypt, age::decrypt)}. Implementations are thread-safe.
 */
public interface StoreCipher {
    /** Encrypts a file's content. */
    byte[] encrypt(byte[] plain);

    /**
     * Decrypts a file's content.
     *
     * @throws io.talospve.error.StoreException with code {@code STORE_FAILED} if it is not encrypted, was altered, or is
     *     encrypted for others
     */
    byte[] decrypt(byte[] encrypted);

    /** A cipher of two functions. */
    static StoreCipher of(
            java.util.function.UnaryOperator<byte[]> encrypt, java.util.function.UnaryOperator<byte[]> decrypt) {
        return new StoreCipher() {
            @Override
            public byte[] encrypt(byte[] plain) {
                return encrypt.apply(plain);
            }

            @Override
            public byte[] decrypt(byte[] encrypted) {
                return decrypt.apply(encrypted);
            }
        };
    }
}
