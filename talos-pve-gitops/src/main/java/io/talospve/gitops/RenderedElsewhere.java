package io.talospve.gitops;

import io.talospve.error.ErrorCode;
import io.talospve.error.RefusedException;
import io.talospve.error.RemoteException;
import io.talospve.spec.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Takes what was rendered elsewhere, by the name of the release; chart, version and values of a request are not looked at.
 * Thread-safe.
 */
public final class RenderedElsewhere implements ChartRenderer {
    private static final long LARGEST = 32L * 1024 * 1024;

    private final Function<String, Secret<String>> texts;

    private RenderedElsewhere(Function<String, Secret<String>> texts) {
        this.texts = texts;
    }

    /**
     * Takes texts.
     *
     * @param byRelease YAML documents by the name of the release
     * @return the renderer
     */
    public static RenderedElsewhere of(Map<String, Secret<String>> byRelease) {
        Map<String, Secret<String>> texts = Map.copyOf(byRelease);
        return new RenderedElsewhere(release -> {
            Secret<String> text = texts.get(release);
            if (text == null) {
                throw missing(release, "there are only: " + String.join(", ", texts.keySet().stream().sorted().toList()));
            }
            return text;
        });
    }

    /**
     * Takes files {@code <release>.yaml}, read at each rendering.
     *
     * @param folder where they are
     * @return the renderer
     */
    public static RenderedElsewhere folder(Path folder) {
        return new RenderedElsewhere(release -> {
            Path file = folder.resolve(release + ".yaml").normalize();
            if (!folder.normalize().equals(file.getParent())) {
                throw missing(release, "its name leads out of " + folder);
            }
            try {
                if (Files.size(file) > LARGEST) {
                    throw missing(release, file + " is larger than " + LARGEST + " bytes");
                }
                return Secret.of(Files.readString(file));
            } catch (NoSuchFileException e) {
                throw missing(release, "there is no file " + file);
            } catch (IOException e) {
                throw new RemoteException(ErrorCode.NOT_FOUND, "cannot read " + file + ": " + e, false, null, null, e);
            }
        });
    }

    private static RefusedException missing(String release, String what) {
        return new RefusedException(
                ErrorCode.NOT_FOUND,
                "release " + release + " was not rendered beforehand: " + what,
                "render it with helm template and put the result there");
    }

    @Override
    public List<ManifestDocument> render(ChartRequest request) {
        return Documents.rendered("release " + request.release(), texts.apply(request.release()));
    }

    /** Does nothing. */
    @Override
    public void close() {
        // nothing is kept
    }
}
