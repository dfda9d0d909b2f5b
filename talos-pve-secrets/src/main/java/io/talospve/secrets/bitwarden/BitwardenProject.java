package io.talospve.secrets.bitwarden;

import io.talospve.error.ErrorCode;
import io.talospve.error.RefusedException;
import io.talospve.error.RemoteException;
import io.talospve.http.Deadline;
import io.talospve.secrets.bitwarden.BitwardenApi.EncryptedSecret;
import io.talospve.secrets.bitwarden.BitwardenApi.Entry;
import io.talospve.secrets.bitwarden.BitwardenApi.Named;
import io.talospve.spec.Secret;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One project as a map from key to value. Bitwarden itself knows neither unique names nor search by name: everything is
 * listed and decrypted here. Thread-safe; writers go one after the other, so that two threads don't make an entry twice.
 */
final class BitwardenProject {
    /** The server's limits, in characters of the encrypted text. */
    private static final int LONGEST_KEY = 1_000;

    private static final int LONGEST_VALUE = 35_000;

    /** Not a monitor: a virtual thread that makes a call while it holds one keeps its carrier, before JDK 24. */
    private final ReentrantLock lock = new ReentrantLock();
    private final BitwardenApi api;
    private final String given;
    private final boolean create;
    private volatile @Nullable String id;

    /**
     * A project.
     *
     * @param api the calls
     * @param given its id or its name
     * @param create whether to make it if there is none of this name
     */
    BitwardenProject(BitwardenApi api, String given, boolean create) {
        this.api = api;
        this.given = given;
        this.create = create;
        this.id = AccessToken.isUuid(given) ? given : null;
    }

    /** The ids of the secrets of this name. */
    List<String> find(String key, Deadline deadline) {
        Optional<String> project = find(deadline);
        return project.isEmpty() ? List.of() : find(project.get(), key, deadline);
    }

    private List<String> find(String project, String key, Deadline deadline) {
        return api.secrets(project, deadline).stream()
                .filter(secret -> secret.name().equals(key))
                .map(Named::id)
                .toList();
    }

    /** The value of the one secret of this name; empty if there is none. */
    Optional<Secret<String>> read(String key, Deadline deadline) {
        List<String> ids = find(key, deadline);
        if (ids.size() > 1) {
            throw ambiguous(key, ids);
        }
        return ids.stream().findFirst().map(id -> Secret.of(value(id, deadline)));
    }

    /** A secret's value. */
    String value(String secretId, Deadline deadline) {
        return api.secret(secretId, deadline).value();
    }

    /** Makes the secret of this name hold the value; writes only if that changes something. */
    void put(String key, String value, Deadline deadline) {
        lock.lock();
        try {
            EncryptedSecret wanted = encrypted(key, value, deadline);
            String project = find(deadline).orElseGet(() -> make(deadline));
            List<String> ids = find(project, key, deadline);
            if (ids.size() > 1) {
                throw ambiguous(key, ids);
            }
            if (ids.isEmpty()) {
                api.createSecret(project, wanted, deadline);
                return;
            }
            Entry old = api.secret(ids.get(0), deadline);
            if (!old.value().equals(value)) {
                api.updateSecret(
                        old.id(),
                        project,
                        new EncryptedSecret(old.encryptedKey(), wanted.value(), old.encryptedNote()),
                        deadline);
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Makes a secret unless there is one of this name. Bitwarden would make a second one, so it is looked again afterwards:
     * whoever then sees somebody else's next to its own takes its own back.
     */
    boolean createIfAbsent(String key, String value, Deadline deadline) {
        lock.lock();
        try {
            EncryptedSecret wanted = encrypted(key, value, deadline);
            String project = find(deadline).orElseGet(() -> make(deadline));
            if (present(project, key, deadline)) {
                return false;
            }
            String own = api.createSecret(project, wanted, deadline);
            if (find(project, key, deadline).equals(List.of(own))) {
                return true;
            }
            api.deleteSecret(own, deadline);
            if (present(project, key, deadline)) {
                return false;
            }
            throw new RemoteException(
                    ErrorCode.REJECTED,
                    "another process created the secret \"" + key + "\" in Bitwarden project \"" + given
                            + "\" at the same moment; both took theirs back",
                    true,
                    "let one process at a time work on a cluster",
                    null,
                    null);
        } finally {
            lock.unlock();
        }
    }

    private boolean present(String project, String key, Deadline deadline) {
        List<String> ids = find(project, key, deadline);
        if (ids.size() > 1) {
            throw ambiguous(key, ids);
        }
        return !ids.isEmpty();
    }

    /** A new secret, if it fits; the note is mandatory: an encrypted empty one. */
    private EncryptedSecret encrypted(String key, String value, Deadline deadline) {
        return new EncryptedSecret(
                fitting("name", api.encrypt(key, deadline), LONGEST_KEY, "secret", key),
                fitting("value", api.encrypt(value, deadline), LONGEST_VALUE, "secret", key),
                api.encrypt("", deadline));
    }

    /** More than one secret of this name: which one is meant, only a person can say. */
    private RefusedException ambiguous(String key, List<String> ids) {
        return new RefusedException(
                ErrorCode.AMBIGUOUS_SECRET,
                "Bitwarden project \"" + given + "\" has " + ids.size() + " secrets named \"" + key + "\": "
                        + String.join(", ", ids),
                "delete or rename all but one of them in the web vault");
    }

    private Optional<String> find(Deadline deadline) {
        String known = id;
        if (known != null) {
            return Optional.of(known);
        }
        List<Named> all = api.projects(deadline);
        List<String> ids = all.stream()
                .filter(project -> project.name().equals(given))
                .map(Named::id)
                .toList();
        if (ids.size() > 1) {
            throw new RefusedException(
                    ErrorCode.AMBIGUOUS_SECRET,
                    "there are " + ids.size() + " Bitwarden projects named \"" + given + "\": " + String.join(", ", ids),
                    "give the id of the one you mean");
        }
        if (ids.isEmpty()) {
            if (create) {
                return Optional.empty();
            }
            throw new RemoteException(
                    ErrorCode.NOT_FOUND,
                    "the machine account sees no Bitwarden project named \"" + given + "\"; it sees "
                            + (all.isEmpty()
                                    ? "none"
                                    : all.stream()
                                            .map(p -> "\"" + p.name() + "\"")
                                            .sorted()
                                            .limit(20)
                                            .collect(Collectors.joining(", "))),
                    false,
                    "create the project and give the machine account \"Can read, write\" on it,"
                            + " or let the library create it by createProject(true)",
                    null,
                    null);
        }
        id = ids.get(0);
        return Optional.of(ids.get(0));
    }

    private String make(Deadline deadline) {
        String name = fitting("name", api.encrypt(given, deadline), LONGEST_KEY, "project", given);
        String made = api.createProject(name, deadline);
        id = made;
        return made;
    }

    private static String fitting(String what, String encrypted, int longest, String kind, String name) {
        if (encrypted.length() > longest) {
            throw new RefusedException(
                    ErrorCode.REJECTED,
                    "the " + what + " of the " + kind + " \"" + (name.length() > 60 ? name.substring(0, 60) + "…" : name)
                            + "\" has " + encrypted.length() + " characters once encrypted, Bitwarden takes "
                            + longest + "; nothing was sent",
                    "shorten it, or deliver it to another store");
        }
        return encrypted;
    }
}
