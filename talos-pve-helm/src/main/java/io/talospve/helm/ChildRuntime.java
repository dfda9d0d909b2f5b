package io.talospve.helm;

import io.talospve.error.ConfigurationException;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.jar.JarEntry;
import java.util.jar.JarInputStream;
import org.jspecify.annotations.Nullable;

/**
 * What the child JVM consists of, copied out of this library's own resources: that works from a plain jar, a jar within a jar, and
 * the module path alike, and nothing is ever downloaded.
 */
final class ChildRuntime {
    private static final List<String> JARS = List.of("lib-api.jar", "jna-jpms.jar");
    private static final List<String> CLASSES = List.of("HelmChild.class", "EmptyCluster.class");
    private static final String PACKAGE = "internal/";

    private ChildRuntime() {}

    /**
     * A child's program.
     *
     * @param classPath for {@code -cp}
     * @param nativeLibrary the library with Helm
     */
    record Program(String classPath, Path nativeLibrary) {}

    /**
     * Copies it.
     *
     * @param folder a private folder
     * @param given a native library or a jar that has one, or null for ours
     */
    static Program copyTo(PrivateFolder folder, @Nullable Path given) throws IOException {
        Path root = folder.path().resolve("program");
        Path classes = Files.createDirectories(root.resolve("classes/io/talospve/helm/internal"), PrivateFolder.folderMode());
        for (String name : CLASSES) {
            copy(PACKAGE + name, classes.resolve(name));
        }
        StringBuilder classPath = new StringBuilder(root.resolve("classes").toString());
        for (String name : JARS) {
            Path jar = root.resolve(name);
            copy(PACKAGE + name, jar);
            classPath.append(File.pathSeparator).append(jar);
        }
        return new Program(classPath.toString(), nativeLibrary(root, given));
    }

    private static void copy(String resource, Path target) throws IOException {
        try (InputStream in = ChildRuntime.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IOException("the resource io/talospve/helm/" + resource + " is missing: talos-pve-helm is not whole");
            }
            Files.copy(in, target);
        }
    }

    private static Path nativeLibrary(Path root, @Nullable Path given) throws IOException {
        if (given != null && !given.toString().endsWith(".jar")) {
            return given.toAbsolutePath();
        }
        if (given != null) {
            try (InputStream in = Files.newInputStream(given)) {
                return unpack(in, root, given.toString());
            }
        }
        String platform = platform(System.getProperty("os.name", ""), System.getProperty("os.arch", ""));
        try (InputStream in = ChildRuntime.class.getResourceAsStream(PACKAGE + platform + ".jar")) {
            if (in != null) {
                return unpack(in, root, platform);
            }
        }
        String name = libraryName(platform);
        try (InputStream in = ChildRuntime.class.getResourceAsStream("/" + name)) {
            if (in != null) {
                Path library = root.resolve(name);
                Files.copy(in, library);
                return library;
            }
        }
        throw new ConfigurationException(
                "charts cannot be rendered here: this library has Helm for linux-amd64, and this is " + platform,
                "add com.marcnuri.helm-java:" + platform + " to the class path, or name its jar by nativeLibrary(...),"
                        + " or use HelmExecutable");
    }

    private static Path unpack(InputStream jar, Path root, String origin) throws IOException {
        JarInputStream in = new JarInputStream(jar);
        for (JarEntry entry = in.getNextJarEntry(); entry != null; entry = in.getNextJarEntry()) {
            if (entry.getName().matches("helm-[A-Za-z0-9.-]+\\.(so|dylib|dll)")) {
                Path library = root.resolve(entry.getName());
                Files.copy(in, library);
                return library;
            }
        }
        throw new ConfigurationException(
                origin + " has no native library of helm-java", "name a jar com.marcnuri.helm-java:<platform>");
    }

    static String platform(String os, String arch) {
        String name = os.toLowerCase(Locale.ROOT);
        String system = name.contains("linux") ? "linux" : name.contains("mac") ? "darwin" : name.contains("win") ? "windows" : name;
        String machine = switch (arch.toLowerCase(Locale.ROOT)) {
            case "amd64", "x86_64" -> "amd64";
            case "aarch64", "arm64" -> "arm64";
            default -> arch;
        };
        return system + "-" + machine;
    }

    /** The name of the library in helm-java's own jar for a platform. */
    private static String libraryName(String platform) {
        return switch (platform) {
            case "darwin-amd64", "darwin-arm64" -> "helm-" + platform.replace("darwin-", "darwin-10.12-") + ".dylib";
            case "windows-amd64" -> "helm-windows-4.0-amd64.dll";
            default -> "helm-" + platform + ".so";
        };
    }
}
