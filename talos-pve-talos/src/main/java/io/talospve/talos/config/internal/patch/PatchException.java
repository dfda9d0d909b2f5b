package io.talospve.talos.config.internal.patch;

/** A patch cannot be merged. The message says where in it and shows no value. */
public final class PatchException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * An error.
     *
     * @param message what is wrong, where in the patch
     */
    public PatchException(String message) {
        super(message);
    }
}
