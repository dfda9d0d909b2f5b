package io.talospve.talos;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** Texts made by Talos' own code (see vectors/talos/INPUT.md among the test resources). */
public final class Vectors {
    private Vectors() {}

    /** A file below {@code vectors/}. */
    public static String text(String path) {
        try (InputStream in = Vectors.class.getResourceAsStream("/vectors/" + path)) {
            if (in == null) {
                throw new IllegalArgumentException("no vector " + path);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The secrets bundle of the default vectors. */
    public static String bundle() {
        return text("talos/default/secrets.yaml");
    }
}
