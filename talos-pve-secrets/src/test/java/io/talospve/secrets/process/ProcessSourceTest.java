package io.talospve.secrets.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.talospve.error.ConfigurationException;
import io.talospve.error.ErrorCode;
import io.talospve.error.RefusedException;
import io.talospve.error.RemoteException;
import io.talospve.spec.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProcessSourceTest {
    @TempDir
    Path dir;

    @Test
    void whatIsPrintedIsTheValue() {
        assertThat(shell("printf '%s\\n' \"value of $1\"").read("lab/flux")).contains(Secret.of("value of lab/flux"));
        assertThat(shell("printf 'a\\nb\\n'").read("k")).contains(Secret.of("a\nb\n"));
        assertThat(shell("printf ' a\\r\\n'").read("k")).contains(Secret.of(" a"));
    }

    @Test
    void theKeyIsOneArgumentAndNothingElse() {
        ProcessSource source = ProcessSource.builder()
                .command("printf", "%s|", "op://lab/{key}/password", "x")
                .build();
        assertThat(source.read("a@b")).contains(Secret.of("op://lab/a@b/password|x|"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-rf", "--help", "a b", "a;b", "$(id)", "`id`", "../x", "a/../x", "a//b", "/etc", "a\nb", "a\0"})
    void keysThatCouldMeanMoreAreRefused(String key) {
        assertThatThrownBy(() -> shell("echo ran").read(key)).isInstanceOf(RefusedException.class);
    }

    @Test
    void failuresAreToldInTheProgramsWordsWithoutSecrets() {
        ProcessSource source = ProcessSource.builder()
                .command("sh", "-c", "echo value-on-stdout; echo \"bad token $TOKEN\" >&2; exit 3", "{key}")
                .environment("TOKEN", Secret.of("t0ps3cret"))
                .build();
        RemoteException failure = failure(source);
        assertThat(failure.code()).isEqualTo(ErrorCode.SERVER_FAILED);
        assertThat(failure).hasMessage("run sh for the secret \"k\": it ended with code 3: bad token ***");
        assertThat(failure(ProcessSource.builder().command("no-such-program-here").build()))
                .hasMessageContaining("cannot be started");
        assertThat(failure(shell("true"))).hasMessageContaining("printed nothing");
        assertThat(failure(shell("head -c 1100000 /dev/zero"))).hasMessageContaining("more than 1048576 bytes");
    }

    @Test
    void aProgramThatHangsIsKilledWithItsChildren() throws IOException {
        Path pids = dir.resolve("pids");
        ProcessSource source = ProcessSource.builder()
                .command("sh", "-c", "sleep 600 & echo $! $$ > " + pids + "; wait", "{key}")
                .timeout(Duration.ofSeconds(1))
                .build();
        RemoteException failure = failure(source);
        assertThat(failure.code()).isEqualTo(ErrorCode.TIMED_OUT);
        assertThat(failure.retryable()).isTrue();
        for (String pid : Files.readString(pids).strip().split(" ")) {
            Optional<ProcessHandle> left = ProcessHandle.of(Long.parseLong(pid));
            left.ifPresent(p -> assertThat(p.onExit()).succeedsWithin(Duration.ofSeconds(5)));
        }
    }

    @Test
    void anInterruptedThreadDoesNotWait() {
        Thread.currentThread().interrupt();
        RemoteException failure = failure(shell("sleep 600"));
        assertThat(Thread.interrupted()).isTrue();
        assertThat(failure.code()).isEqualTo(ErrorCode.CANCELLED);
    }

    @Test
    void wiringErrorsAreSaidAtOnce() {
        assertThatThrownBy(() -> ProcessSource.builder().build()).isInstanceOf(ConfigurationException.class);
        assertThatThrownBy(() -> ProcessSource.builder().command("{key}").build())
                .hasMessageContaining("must not choose the program");
    }

    private static ProcessSource shell(String script) {
        return ProcessSource.builder().command("sh", "-c", script, "sh", "{key}").build();
    }

    private static RemoteException failure(ProcessSource source) {
        RemoteException failure = catchThrowableOfType(RemoteException.class, () -> source.read("k"));
        assertThat(failure).isNotNull();
        return failure;
    }
}
