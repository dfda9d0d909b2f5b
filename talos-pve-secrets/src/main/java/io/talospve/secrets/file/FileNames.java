package io.talospve.secrets.file;

import io.talospve.error.ErrorCode;
import io.talospve.error.RefusedException;
import java.nio.file.Path;
import java.util.regex.Pattern;

/** Which names of secrets can be names of files. */
final class FileNames {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]{0,199}");

    private FileNames() {}

    /**
     * The file of a name.
     *
     * @throws RefusedException if the name could lead anywhere else
     */
    static Path file(Path folder, String key) {
        if (!NAME.matcher(key).matches()) {
            throw new RefusedException(
                    ErrorCode.REJECTED,
                    "the name of a secret in file:" + folder
                            + " has to be a plain file name (letters, digits, \".\", \"_\", \"-\", not starting with"
                            + " \".\" or \"-\", at most 200 characters)",
                    "choose another name for this secret");
        }
        return folder.resolve(key);
    }
}
