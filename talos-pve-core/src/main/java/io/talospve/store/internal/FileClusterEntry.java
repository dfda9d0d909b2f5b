package io.talospve.store.internal;

import io.talospve.error.ErrorCode;
import io.talospve.error.StoreException;
import io.talospve.spec.Secret;
import io.talospve.store.ClusterEntry;
import io.talospve.store.ClusterLock;
import io.talospve.store.ClusterRecord;
import io.talospve.store.ClusterSecrets;
import io.talospve.store.Credentials;
import io.talospve.store.Journal;
import io.talospve.store.Revisions;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** The folder of one cluster. */
final class FileClusterEntry implements ClusterEntry {
    /** Version of the layout; a store written by a newer library is refused. */
    private static final String FORMAT = "1";

    private static final int KEY_BYTES = 32;
    private final StoreFiles files;
    private final String folder;
    private final JsonMapper json = StoreJson.mapper();

    FileClusterEntry(StoreFiles files, String cluster) {
        this.files = files;
        this.folder = cluster + "/";
    }

    @Override
    public ClusterSecrets secrets() {
        String path = folder + "secrets.yaml";
        return new ClusterSecrets() {
            @Override
            public Optional<Secret<String>> load() {
                return read("secrets.yaml").map(Secret::of);
            }

            @Override
            public boolean createIfAbsent(Secret<String> bundle) {
                writeFormat();
                return files.create(path, utf8(bundle.reveal()));
            }

            @Override
            public Optional<Secret<String>> load(String name) {
                return read(kept(name)).map(Secret::of);
            }

            @Override
            public boolean createIfAbsent(String name, Secret<String> value) {
                writeFormat();
                return files.create(folder + kept(name), utf8(value.reveal()));
            }

            private String kept(String name) {
                if (!name.matches("[a-z0-9]([a-z0-9.-]*[a-z0-9])?")) {
                    throw new IllegalArgumentException("\"" + name + "\" is not a name of a secret");
                }
                return EncryptedFiles.KEPT + name;
            }
        };
    }

    @Override
    public Optional<ClusterRecord> record() {
        return read("cluster.json").map(text -> parse("cluster.json", text, ClusterRecord.class));
    }

    @Override
    public void saveRecord(ClusterRecord record) {
        writeFormat();
        files.write(folder + "cluster.json", utf8(json.writeValueAsString(record) + "\n"));
    }

    @Override
    public Optional<Credentials> credentials() {
        return read("credentials/issued.json")
                .map(text -> parse("credentials/issued.json", text, StoredCredentials.class))
                .map(StoredCredentials::reveal);
    }

    @Override
    public void saveCredentials(Credentials credentials) {
        writeFormat();
        files.write(
                folder + "credentials/issued.json", utf8(json.writeValueAsString(StoredCredentials.of(credentials))));
    }

    @Override
    public Optional<Path> exportCredential(String name, Secret<String> content) {
        String path = folder + "credentials/" + name;
        Optional<Path> location = files.location(path);
        if (location.isPresent()) {
            files.write(path, utf8(content.reveal()));
        }
        return location;
    }

    @Override
    public Secret<byte[]> digestKey() {
        String path = folder + "digest.key";
        Optional<byte[]> existing = files.read(path);
        if (existing.isEmpty()) {
            writeFormat();
            byte[] key = new byte[KEY_BYTES];
            new SecureRandom().nextBytes(key);
            files.create(path, key);
            existing = files.read(path);
        }
        return Secret.of(existing.orElseThrow());
    }

    @Override
    public Journal journal() {
        return new FileJournal(files, folder + "journal", this::writeFormat);
    }

    @Override
    public Revisions revisions() {
        return new FileRevisions(files, folder + "revisions", this::writeFormat);
    }

    @Override
    public ClusterLock lock() {
        return new FileClusterLock(files, folder);
    }

    private void writeFormat() {
        checkFormat();
        files.create(folder + "format", utf8(FORMAT + "\n"));
    }

    private void checkFormat() {
        String found = files.read(folder + "format")
                .map(content -> new String(content, StandardCharsets.UTF_8).strip())
                .orElse(FORMAT);
        if (!found.equals(FORMAT)) {
            throw new StoreException(
                    ErrorCode.STORE_FAILED,
                    "the store of " + folder.substring(0, folder.length() - 1) + " has format " + found
                            + "; this version of the library reads format " + FORMAT,
                    "Use the version of the library that wrote it, or a newer one.",
                    null);
        }
    }

    private Optional<String> read(String path) {
        checkFormat();
        return files.read(folder + path).map(content -> new String(content, StandardCharsets.UTF_8));
    }

    private <T> T parse(String path, String text, Class<T> type) {
        try {
            return json.readValue(text, type);
        } catch (JacksonException e) {
            // The message of the parser may quote the content, which can be a secret.
            throw new StoreException(
                    ErrorCode.STORE_FAILED,
                    folder + path + " is not what this library wrote (line "
                            + Optional.ofNullable(e.getLocation()).map(at -> at.getLineNr()).orElse(1) + ")",
                    "It was edited or damaged: restore it from a backup.",
                    null);
        }
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** The form in the file: the one place where credentials become plain text. */
    record StoredCredentials(String kubeconfig, String talosconfig, String osCa, String endpoint) {
        static StoredCredentials of(Credentials credentials) {
            return new StoredCredentials(
                    credentials.kubeconfig().reveal(),
                    credentials.talosconfig().reveal(),
                    credentials.osCa(),
                    credentials.endpoint());
        }

        Credentials reveal() {
            return new Credentials(Secret.of(kubeconfig), Secret.of(talosconfig), osCa, endpoint);
        }

        @Override
        public String toString() {
            return "***";
        }
    }
}
