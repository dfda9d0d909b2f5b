package io.talospve.testkit.internal.bitwarden;

import io.talospve.testkit.internal.clock.SimClock;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What the simulated Bitwarden stores: one organisation with its projects and secrets, one machine account and the
 * sessions it has. Everything is kept encrypted as clients send it; the accessors for tests decrypt. Thread-safe.
 */
public final class Organization {
    static final String FIRST_PROJECT = "homelab";
    private static final String LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    private final SimClock clock;
    private final SecureRandom random;
    private final Vault vault;
    private final Vault tokenVault;
    private final String organizationId;
    private final String clientId;
    private final String clientSecret;
    private final String accessToken;
    private final String encryptedPayload;
    private final Map<String, StoredProject> projects = new LinkedHashMap<>();
    private final Map<String, StoredSecret> secrets = new LinkedHashMap<>();
    private final String firstProject;
    private long logins;
    private long reads;
    private long writes;

    Organization(SimClock clock, SecureRandom random) {
        this.clock = clock;
        this.random = random;
        organizationId = newId();
        clientId = newId();
        clientSecret = random.ints(30, 0, LETTERS.length())
                .mapToObj(i -> String.valueOf(LETTERS.charAt(i)))
                .reduce("", String::concat);
        byte[] seed = new byte[16];
        random.nextBytes(seed);
        tokenVault = Vault.ofToken(seed);
        byte[] key = new byte[64];
        random.nextBytes(key);
        vault = new Vault(key);
        accessToken = "0." + clientId + "." + clientSecret + ":" + Base64.getEncoder().encodeToString(seed);
        encryptedPayload = tokenVault.seal(
                "{\"encryptionKey\":\"" + Base64.getEncoder().encodeToString(key) + "\"}", random);
        firstProject = addProject(FIRST_PROJECT);
    }

    /** A project as it is stored. */
    static final class StoredProject {
        final String id;
        String name;
        final Instant created;
        Instant revised;
        boolean writable = true;

        private StoredProject(String id, String name, Instant now) {
            this.id = id;
            this.name = name;
            created = now;
            revised = now;
        }
    }

    /** A secret as it is stored. */
    static final class StoredSecret {
        final String id;
        String key;
        String value;
        String note;
        @Nullable String project;
        final Instant created;
        Instant revised;
        final List<String> earlierValues = new ArrayList<>();

        StoredSecret(String id, String key, String value, String note, String project, Instant now) {
            this.id = id;
            this.key = key;
            this.value = value;
            this.note = note;
            this.project = project;
            created = now;
            revised = now;
        }
    }

    String newId() {
        byte[] bytes = new byte[16];
        random.nextBytes(bytes);
        bytes[6] = (byte) ((bytes[6] & 0x0f) | 0x40);
        bytes[8] = (byte) ((bytes[8] & 0x3f) | 0x80);
        java.nio.ByteBuffer buffer = java.nio.ByteBuffer.wrap(bytes);
        return new UUID(buffer.getLong(), buffer.getLong()).toString();
    }

    byte[] newKey() {
        byte[] key = new byte[32];
        random.nextBytes(key);
        return key;
    }

    String id() {
        return organizationId;
    }

    String clientId() {
        return clientId;
    }

    String clientSecret() {
        return clientSecret;
    }

    String encryptedPayload() {
        return encryptedPayload;
    }

    String accessToken() {
        return accessToken;
    }

    String firstProject() {
        return firstProject;
    }

    Map<String, StoredProject> projects() {
        return projects;
    }

    Map<String, StoredSecret> secrets() {
        return secrets;
    }

    synchronized void countLogin() {
        logins++;
    }

    synchronized void countRead() {
        reads++;
    }

    synchronized void countWrite() {
        writes++;
    }

    StoredProject store(String encryptedName) {
        StoredProject project = new StoredProject(newId(), encryptedName, clock.now());
        projects.put(project.id, project);
        return project;
    }

    // ---- for tests ----

    /** Makes a project as a person in the web vault would. */
    public synchronized String addProject(String name) {
        return store(vault.seal(name, random)).id;
    }

    /** Takes the machine account's right to write to a project, or gives it back. */
    public synchronized void writable(String projectId, boolean writable) {
        Optional.ofNullable(projects.get(projectId)).orElseThrow().writable = writable;
    }

    /** Makes a secret as a person in the web vault would. */
    public synchronized String addSecret(String projectId, String key, String value, String note) {
        StoredSecret secret = new StoredSecret(
                newId(),
                vault.seal(key, random),
                vault.seal(value, random),
                vault.seal(note, random),
                projectId,
                clock.now());
        secrets.put(secret.id, secret);
        return secret.id;
    }

    /** Deletes a secret as a person in the web vault would; does nothing if there is none. */
    public synchronized void deleteSecret(String secretId) {
        secrets.remove(secretId);
    }

    /** Replaces the stored, encrypted texts of a secret, broken ones too. */
    public synchronized void tamper(String secretId, String encryptedKey, String encryptedValue) {
        StoredSecret secret = Optional.ofNullable(secrets.get(secretId)).orElseThrow();
        secret.key = encryptedKey;
        secret.value = encryptedValue;
    }

    /** Names of all projects. */
    public synchronized List<String> projectNames() {
        return projects.values().stream().map(p -> vault.open(p.name)).toList();
    }

    /** Id of the project of a name; empty if there is none. */
    public synchronized Optional<String> projectId(String name) {
        return projects.values().stream()
                .filter(p -> vault.open(p.name).equals(name))
                .map(p -> p.id)
                .findFirst();
    }

    /** All secrets of a project, decrypted. */
    public synchronized List<PlainSecret> plainSecrets(String projectId) {
        return secrets.values().stream()
                .filter(s -> projectId.equals(s.project))
                .map(s -> new PlainSecret(
                        s.id,
                        vault.open(s.key),
                        vault.open(s.value),
                        vault.open(s.note),
                        s.earlierValues.size() + 1,
                        s.revised))
                .toList();
    }

    /**
     * Key to value of a project.
     *
     * @throws IllegalStateException if two secrets have one name
     */
    public Map<String, String> plainValues(String projectId) {
        Map<String, String> values = new HashMap<>();
        for (PlainSecret secret : plainSecrets(projectId)) {
            if (values.put(secret.key(), secret.value()) != null) {
                throw new IllegalStateException("two secrets named " + secret.key());
            }
        }
        return values;
    }

    /** Number of successful logins so far. */
    public synchronized long logins() {
        return logins;
    }

    /** Number of answered reads so far. */
    public synchronized long reads() {
        return reads;
    }

    /** Number of changes so far. */
    public synchronized long writes() {
        return writes;
    }

    /**
     * A decrypted secret.
     *
     * @param id its id
     * @param key its name
     * @param value its value
     * @param note its note
     * @param versions how many values it has had, this one included
     * @param revised when it was written last
     */
    public record PlainSecret(String id, String key, String value, String note, int versions, Instant revised) {}
}
