package io.talospve.secrets.bitwarden;

import io.talospve.error.ErrorCode;
import io.talospve.error.RefusedException;
import io.talospve.error.RemoteException;
import io.talospve.secrets.bitwarden.BitwardenApi.EncryptedSecret;
import io.talospve.secrets.bitwarden.BitwardenApi.Entry;
import io.talospve.secrets.bitwarden.BitwardenApi.Named;
import io.talospve.secrets.internal.Deadline;
import java.util.List;
import java.util.Optional;
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

    /** A secret's value. */
    String value(String secretId, Deadline deadline) {
        return api.secret(secretId, deadline).value();
    }

    /** Makes the secret of this name hold the value; writes only if that changes something. */
    synchronized void put(String key, String value, Deadline deadline) {
        String encryptedValue = fitting("value", api.encrypt(value, deadline), LONGEST_VALUE, key);
        String encryptedKey = fitting("name", api.encrypt(key, deadline), LONGEST_KEY, key);
        String project = find(deadline).orElseGet(() -> make(deadline));
        List<String> ids = find(project, key, deadline);
        if (ids.size() > 1) {
            throw ambiguous(key, ids);
        }
        if (ids.isEmpty()) {
            // the note is mandatory: an encrypted empty one
            api.createSecret(
                    project, new EncryptedSecret(encryptedKey, encryptedValue, api.encrypt("", deadline)), deadline);
            return;
        }
        Entry old = api.secret(ids.get(0), deadline);
        if (!old.value().equals(value)) {
            api.updateSecret(
                    old.id(),
                    project,
                    new EncryptedSecret(old.encryptedKey(), encryptedValue, old.encryptedNote()),
                    deadline);
        }
    }

    /** More than one secret of this name: which one is meant, only a person can say. */
    RefusedException ambiguous(String key, List<String> ids) {
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
        String made = api.createProject(given, deadline);
        id = made;
        return made;
    }

    private static String fitting(String what, String encrypted, int longest, String key) {
        if (encrypted.length() > longest) {
            throw new RefusedException(
                    ErrorCode.REJECTED,
                    "the " + what + " of the secret \"" + (key.length() > 60 ? key.substring(0, 60) + "…" : key)
                            + "\" has " + encrypted.length() + " characters once encrypted, Bitwarden takes "
                            + longest + "; nothing was sent",
                    "shorten it, or deliver it to another store");
        }
        return encrypted;
    }
}
