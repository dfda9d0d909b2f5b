package io.talospve.examples;

import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Keeps remarks that libraries log at their first use off the console. */
final class QuietLibraries {
    /** Held here, since the log manager holds loggers weakly. */
    private static final List<Logger> LOGGERS =
            List.of(Logger.getLogger("org.bouncycastle"), Logger.getLogger("io.grpc"), Logger.getLogger("io.netty"));

    private QuietLibraries() {}

    static void install() {
        LOGGERS.forEach(logger -> logger.setLevel(Level.SEVERE));
    }
}
