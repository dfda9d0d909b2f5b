package io.talospve.testkit.internal.talos;

/** A machine configuration that Talos refuses, with Talos' words. */
final class ConfigException extends Exception {
    private static final long serialVersionUID = 1;

    /** What went wrong: reading it, checking it, or checking it against this version of Talos. */
    enum Kind {
        PARSE("failed to parse config: "),
        VALIDATION("configuration validation failed: "),
        RUNTIME("runtime configuration validation failed: ");

        private final String maintenancePrefix;

        Kind(String maintenancePrefix) {
            this.maintenancePrefix = maintenancePrefix;
        }
    }

    private final Kind kind;

    ConfigException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    Kind kind() {
        return kind;
    }

    /** The message as maintenance mode words it; a running machine leaves the beginning out. */
    String inMaintenance() {
        return kind.maintenancePrefix + getMessage();
    }
}
