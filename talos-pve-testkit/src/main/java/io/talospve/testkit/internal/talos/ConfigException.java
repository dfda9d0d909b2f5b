package io.talospve.testkit.internal.talos;

/** A machine configuration that Talos refuses, with Talos' words. */
final class ConfigException extends Exception {
    private static final long serialVersionUID = 1;

    /** What went wrong: reading it, or checking it. */
    enum Kind {
        PARSE,
        VALIDATION
    }

    private final Kind kind;

    ConfigException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    Kind kind() {
        return kind;
    }
}
