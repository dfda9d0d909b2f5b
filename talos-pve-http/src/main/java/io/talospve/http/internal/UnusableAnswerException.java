package io.talospve.http.internal;

import java.io.IOException;

/** A server answered, and the answer is nothing that this library takes. */
public final class UnusableAnswerException extends IOException {
    private static final long serialVersionUID = 1L;

    /**
     * An answer that is not taken.
     *
     * @param message what is wrong with it
     */
    public UnusableAnswerException(String message) {
        super(message);
    }
}
