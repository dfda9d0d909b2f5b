package io.talospve.secrets.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.talospve.error.RefusedException;
import io.talospve.error.StoreException;
import io.talospve.spec.Secret;
import io.talospve.spi.SecretSink;
import io.talospve.spi.SecretSink.Presence;
import io.talospve.spi.SecretSource;
import io.talospve.testkit.contract.SecretSinkContract;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FileSinkTest {
    private static final Secret<String> VALUE = Secret.of("käse\n");

    @TempDir
    Path dir;

    @TestFactory
    Stream<DynamicTest> keepsTheContract() {
        AtomicInteger stores = new AtomicInteger();
        return SecretSinkContract.checks(() -> new Folder(dir.resolve("store-" + stores.incrementAndGet()))).stream()
                .map(check -> DynamicTest.dynamicTest(check.name(), check.body()::run));
    }

    /** A write makes a new file, so the time of its last change tells writes apart. */
    private static final class Folder implements SecretSinkContract.Store {
        private final Path folder;
        private final Set<Object> seen = new HashSet<>();

        Folder(Path folder) {
            this.folder = folder;
        }

        @Override
        public SecretSink sink() {
            return new FileSink(folder);
        }

        @Override
        public Optional<SecretSource> source() {
            return Optional.of(new FileSource(folder));
        }

        @Override
        public Optional<String> stored(String key) {
            try {
                return Files.exists(folder.resolve(key))
                        ? Optional.of(Files.readString(folder.resolve(key)))
                        : Optional.empty();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public long writes() {
            if (!Files.exists(folder)) {
                return 0;
            }
            try (Stream<Path> files = Files.list(folder)) {
                for (Path file : files.toList()) {
                    seen.add(file + " " + Files.getAttribute(file, "unix:ctime"));
                }
                return seen.size();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void close() {
            // the temporary folder goes with the test
        }
    }

    @Test
    void writesPrivatelyAndOnlyWhatChanged() throws IOException {
        Path folder = dir.resolve("a/secrets");
        FileSink sink = new FileSink(folder);
        assertThat(sink.check("lab-kubeconfig", VALUE)).isEqualTo(Presence.ABSENT);
        sink.put("lab-kubeconfig", VALUE);
        Path file = folder.resolve("lab-kubeconfig");
        assertThat(file).hasContent("käse\n");
        assertThat(mode(file)).isEqualTo("rw-------");
        assertThat(mode(folder)).isEqualTo("rwx------");
        Object inode = Files.getAttribute(file, "unix:ino");
        sink.put("lab-kubeconfig", VALUE);
        assertThat(Files.getAttribute(file, "unix:ino")).isEqualTo(inode);
        assertThat(sink.check("lab-kubeconfig", Secret.of("x"))).isEqualTo(Presence.DIFFERENT);
        sink.put("lab-kubeconfig", Secret.of("x"));
        assertThat(file).hasContent("x");
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left).containsExactly(file);
        }
    }

    @Test
    void aFileThatOthersCanReadIsReplaced() throws IOException {
        FileSink sink = new FileSink(dir.resolve("s"));
        sink.put("k", VALUE);
        Files.setPosixFilePermissions(dir.resolve("s/k"), PosixFilePermissions.fromString("rw-r--r--"));
        assertThat(sink.check("k", VALUE)).isEqualTo(Presence.DIFFERENT);
        sink.put("k", VALUE);
        assertThat(mode(dir.resolve("s/k"))).isEqualTo("rw-------");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", "../k", "a/b", "/etc/k", "-rf", ".hidden", "a\\b", "a\nb", "a\0b", "ä"})
    void namesThatAreNotPlainFileNamesAreRefused(String key) {
        FileSink sink = new FileSink(dir.resolve("s"));
        assertThatThrownBy(() -> sink.put(key, VALUE)).isInstanceOf(RefusedException.class);
        assertThatThrownBy(() -> sink.check(key, VALUE)).isInstanceOf(RefusedException.class);
        assertThat(dir.resolve("s")).doesNotExist();
    }

    @Test
    void aLinkIsNeitherReadNorWrittenThrough() throws IOException {
        Path folder = Files.createDirectory(dir.resolve("s"));
        Path outside = Files.writeString(dir.resolve("outside"), "theirs");
        Files.createSymbolicLink(folder.resolve("k"), outside);
        Files.createSymbolicLink(folder.resolve("dangling"), dir.resolve("nowhere"));
        FileSink sink = new FileSink(folder);
        for (String key : List.of("k", "dangling")) {
            assertThatThrownBy(() -> sink.put(key, VALUE))
                    .isInstanceOf(RefusedException.class)
                    .hasMessageContaining("symbolic link");
            assertThatThrownBy(() -> sink.check(key, VALUE)).isInstanceOf(RefusedException.class);
        }
        assertThat(outside).hasContent("theirs");
        assertThat(dir.resolve("nowhere")).doesNotExist();
    }

    @Test
    void aFolderThatOthersCanWriteToIsRefused() throws IOException {
        Path folder = Files.createDirectory(dir.resolve("s"));
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
        assertThatThrownBy(() -> new FileSink(folder).put("k", VALUE))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("others can write");
    }

    @Test
    void aFolderThatIsAFileIsSaidSo() throws IOException {
        Path file = Files.writeString(dir.resolve("s"), "");
        assertThatThrownBy(() -> new FileSink(file).put("k", VALUE))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining(file.toString());
    }

    @Test
    void aSourceReadsMountedSecretsButNothingOutside() throws IOException {
        Path folder = Files.createDirectory(dir.resolve("mounted"));
        Files.createDirectory(folder.resolve("..data"));
        Files.writeString(folder.resolve("..data/token"), "abc\r\n");
        Files.createSymbolicLink(folder.resolve("token"), Path.of("..data/token"));
        Files.writeString(dir.resolve("outside"), "theirs");
        Files.createSymbolicLink(folder.resolve("escape"), dir.resolve("outside"));
        Files.write(folder.resolve("binary"), new byte[] {(byte) 0xff, 0});
        FileSource source = new FileSource(folder);
        assertThat(source.read("token")).contains(Secret.of("abc"));
        assertThat(source.read("none")).isEmpty();
        assertThatThrownBy(() -> source.read("escape")).hasMessageContaining("leads out of its folder");
        assertThatThrownBy(() -> source.read("../outside")).isInstanceOf(RefusedException.class);
        assertThatThrownBy(() -> source.read("binary")).hasMessageContaining("not UTF-8");
    }

    private static String mode(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }
}
