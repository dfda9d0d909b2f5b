package io.talospve.secrets.age;

/** Something is not in the age format, or not encrypted to us. The message shows nothing of its content. */
final class Unreadable extends Exception {
    private static final long serialVersionUID = 1L;

    Unreadable(String message) {
        super(message);
    }
}
