package io.talospve.helm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The renderer works in a program that is one jar, which has neither JNA nor helm-java among its classes. */
class FatJarTest {
    @TempDir
    Path work;

    @Test
    void everythingComesFromTheLibrarysResources() throws Exception {
        Path jar = work.resolve("program.jar");
        Set<String> written = new HashSet<>();
        try (OutputStream file = Files.newOutputStream(jar);
                ZipOutputStream out = new ZipOutputStream(file)) {
            out.setLevel(Deflater.BEST_SPEED);
            for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
                if (Files.isDirectory(Path.of(entry))) {
                    addFolder(out, Path.of(entry), written);
                } else if (entry.endsWith(".jar")) {
                    addJar(out, Path.of(entry), written);
                }
            }
        }
        assertThat(written).noneMatch(name -> name.startsWith("com/sun/jna/") || name.startsWith("com/marcnuri/"));
        Process program = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Djava.io.tmpdir=" + work,
                        "-cp",
                        jar.toString(),
                        OrphanTest.Parent.class.getName(),
                        TestCharts.folder(work, "plain").toString(),
                        "idle")
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader out = new BufferedReader(new InputStreamReader(program.getInputStream(), StandardCharsets.UTF_8))) {
            assertThat(out.readLine()).matches("[0-9]+");
            assertThat(out.readLine()).isEqualTo("rendered");
        } finally {
            program.destroyForcibly().onExit().join();
        }
    }

    private static boolean wanted(String name, Set<String> written) {
        return !name.endsWith("/")
                && !name.startsWith("META-INF/")
                && !name.endsWith("module-info.class")
                && !name.startsWith("com/sun/jna/")
                && !name.startsWith("com/marcnuri/")
                && !name.startsWith("helm-")
                && written.add(name);
    }

    private static void addFolder(ZipOutputStream out, Path root, Set<String> written) throws IOException {
        try (Stream<Path> all = Files.walk(root)) {
            for (Path path : all.filter(Files::isRegularFile).toList()) {
                String name = root.relativize(path).toString().replace(File.separatorChar, '/');
                if (wanted(name, written)) {
                    out.putNextEntry(new ZipEntry(name));
                    Files.copy(path, out);
                }
            }
        }
    }

    private static void addJar(ZipOutputStream out, Path path, Set<String> written) throws IOException {
        // Only what rendering needs: the test class path is large.
        try (JarFile jar = new JarFile(path.toFile())) {
            for (var entries = jar.entries(); entries.hasMoreElements(); ) {
                var entry = entries.nextElement();
                boolean ours = entry.getName().matches("(io/talospve|org/snakeyaml|tools/jackson|com/fasterxml)/.*");
                if (ours && wanted(entry.getName(), written)) {
                    out.putNextEntry(new ZipEntry(entry.getName()));
                    try (InputStream in = jar.getInputStream(entry)) {
                        in.transferTo(out);
                    }
                }
            }
        }
    }
}
