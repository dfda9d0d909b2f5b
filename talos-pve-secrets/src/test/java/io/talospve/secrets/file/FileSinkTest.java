package io.talospve.secrets.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.talospve.error.RefusedException;
import io.talospve.error.StoreException;
import io.talospve.spec.Secret;
import io.talospve.spi.SecretSink.Presence;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FileSinkTest {
    private static final Secret<String> VALUE = Secret.of("käse\n");

    @TempDir
    Path dir;

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

    private static String mode(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }
}
