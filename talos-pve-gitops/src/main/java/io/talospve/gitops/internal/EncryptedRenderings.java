package io.talospve.gitops.internal;

import io.talospve.spec.Secret;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/** Renderings on disk, each encrypted by AES-256-GCM under a name that is an HMAC-SHA-256. Thread-safe. */
public final class EncryptedRenderings implements RenderingStore {
    private static final boolean POSIX =
            FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
    private static final int NONCE = 12;
    private static final int TAG_BITS = 128;

    private final RenderingStore memory = RenderingStore.memory();
    private final Path folder;
    private final Secret<SecretKeySpec> nameKey;
    private final Secret<SecretKeySpec> contentKey;
    private final SecureRandom random;

    /**
     * Renderings in a folder.
     *
     * @param key at least 32 bytes
     */
    public EncryptedRenderings(Path folder, Secret<byte[]> key, SecureRandom random) {
        if (key.reveal().length < 32) {
            throw new IllegalArgumentException("the key of a rendering cache has at least 32 bytes");
        }
        this.folder = folder;
        this.nameKey = key.map(bytes -> new SecretKeySpec(hmac(bytes, "talos-pve/renderings/name/1"), "HmacSHA256"));
        this.contentKey = key.map(bytes -> new SecretKeySpec(hmac(bytes, "talos-pve/renderings/content/1"), "AES"));
        this.random = random;
    }

    @Override
    public Optional<Secret<String>> find(Secret<String> description) {
        Optional<Secret<String>> kept = memory.find(description);
        if (kept.isPresent()) {
            return kept;
        }
        String name = name(description);
        try {
            Path file = folder.resolve(name);
            if (!Files.isRegularFile(file) || Files.size(file) > 2L * YamlStream.MAX_LENGTH) {
                return Optional.empty();
            }
            byte[] content = Files.readAllBytes(file);
            if (content.length < NONCE) {
                return Optional.empty();
            }
            byte[] plain = cipher(Cipher.DECRYPT_MODE, name, Arrays.copyOf(content, NONCE))
                    .doFinal(content, NONCE, content.length - NONCE);
            Secret<String> rendering = Secret.of(new String(plain, StandardCharsets.UTF_8));
            memory.keep(description, rendering);
            return Optional.of(rendering);
        } catch (IOException | GeneralSecurityException damaged) {
            // A file that is not readable or was changed is as good as none.
            return Optional.empty();
        }
    }

    @Override
    public void keep(Secret<String> description, Secret<String> rendering) {
        memory.keep(description, rendering);
        String name = name(description);
        byte[] nonce = new byte[NONCE];
        random.nextBytes(nonce);
        try {
            byte[] encrypted = cipher(Cipher.ENCRYPT_MODE, name, nonce)
                    .doFinal(rendering.reveal().getBytes(StandardCharsets.UTF_8));
            byte[] content = Arrays.copyOf(nonce, NONCE + encrypted.length);
            System.arraycopy(encrypted, 0, content, NONCE, encrypted.length);
            Files.createDirectories(folder, attributes("rwx------"));
            Path temporary = Files.createTempFile(folder, ".tmp-", "", attributes("rw-------"));
            try {
                Files.write(temporary, content);
                Files.move(
                        temporary,
                        folder.resolve(name),
                        StandardCopyOption.ATOMIC_MOVE,
                        StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(temporary);
            }
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("encrypting a rendering", e);
        } catch (IOException e) {
            System.getLogger(EncryptedRenderings.class.getName())
                    .log(Level.WARNING, "a rendering is not kept in {0}: {1}", folder, e.toString());
        }
    }

    /** The name is authenticated with the content, so that files cannot be exchanged. */
    private Cipher cipher(int mode, String name, byte[] nonce) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, contentKey.reveal(), new GCMParameterSpec(TAG_BITS, nonce));
        cipher.updateAAD(name.getBytes(StandardCharsets.UTF_8));
        return cipher;
    }

    private String name(Secret<String> description) {
        return HexFormat.of().formatHex(hmac(nameKey.reveal().getEncoded(), description.reveal()));
    }

    private static byte[] hmac(byte[] key, String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static FileAttribute<?>[] attributes(String permissions) {
        return POSIX
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
                }
                : new FileAttribute<?>[0];
    }
}
