package io.talospve.talos.config.internal.patch;

/** A patch cannot be merged. The message says where in it and shows no value. */
public final class PatchException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int patch;

    /**
     * An error.
     *
     * @param message what is wrong, where in the patch
     */
    public PatchException(String message) {
        this(0, message);
    }

    /**
     * An error of one of several patches.
     *
     * @param patch which one, from 0
     * @param message what is wrong, where in the patch
     */
    public PatchException(int patch, String message) {
        super(message);
        this.patch = patch;
    }

    /** Which of the patches it is, from 0. */
    public int patch() {
        return patch;
    }
}
