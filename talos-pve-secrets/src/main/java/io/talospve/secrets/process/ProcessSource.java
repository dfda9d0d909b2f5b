package io.talospve.secrets.process;

import io.talospve.error.ConfigurationException;
import io.talospve.error.ErrorCode;
import io.talospve.error.RefusedException;
import io.talospve.error.RemoteException;
import io.talospve.http.ServerText;
import io.talospve.secrets.internal.LineEnd;
import io.talospve.spec.Secret;
import io.talospve.spi.SecretSource;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads secrets from the standard output of a program that the embedding program chose:
 * {@code ProcessSource.builder().command("op", "read", "op://lab/{key}").build()}.
 *
 * <p>A spec can only name a key. It takes the place of {@code {key}} inside one argument; no shell is involved, and a key
 * cannot become an option or leave its folder. What the program prints is the value: one line without its line break, or
 * several lines as they are. Everything but exit code 0 is an error, for programs don't say "there is none" in a common
 * way.
 *
 * <p>The program inherits the environment of this process, as programs do, with additions. It is killed with its children
 * when it takes too long or the thread is interrupted. Its standard error appears in messages. Thread-safe.
 */
public final class ProcessSource implements SecretSource {
    private static final String PLACE = "{key}";
    private static final Pattern KEY = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._@/-]{0,254}");
    private static final int MAX_OUTPUT = 1 << 20;
    private static final Duration LONGEST = Duration.ofSeconds(25);

    private final List<String> command;
    private final Map<String, Secret<String>> environment;
    private final Duration timeout;
    private final @Nullable Path directory;

    private ProcessSource(Builder given) {
        if (given.command.isEmpty()) {
            throw new ConfigurationException("ProcessSource: missing: command", null);
        }
        if (given.command.get(0).contains(PLACE)) {
            throw new ConfigurationException("ProcessSource: the key must not choose the program", null);
        }
        command = given.command;
        environment = Map.copyOf(given.environment);
        timeout = given.timeout;
        directory = given.directory;
    }

    /** Starts a source: the command is mandatory. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Runs the program for a key.
     *
     * @return what it printed; never empty
     * @throws RefusedException if the key could be more than a name
     * @throws RemoteException if it cannot be started, takes too long, or ends with another code than 0
     */
    @Override
    public Optional<Secret<String>> read(String key) {
        if (!KEY.matcher(key).matches() || List.of(key.split("/", -1)).stream().anyMatch(ProcessSource::misleading)) {
            throw new RefusedException(
                    ErrorCode.REJECTED,
                    "the key of a secret that " + command.get(0) + " reads has to consist of letters, digits, \".\","
                            + " \"_\", \"-\", \"@\" and \"/\", and no part of it may be empty or \"..\"",
                    "choose another key");
        }
        String what = "run " + command.get(0) + " for the secret \"" + key + "\"";
        Process process = start(what, key);
        try {
            process.getOutputStream().close();
            CompletableFuture<byte[]> output = reading(process.getInputStream());
            CompletableFuture<byte[]> errors = reading(process.getErrorStream());
            CompletableFuture.allOf(output, errors, process.onExit())
                    .get(timeout.toNanos(), TimeUnit.NANOSECONDS);
            return Optional.of(value(what, process.exitValue(), output.join(), errors.join()));
        } catch (TimeoutException e) {
            throw new RemoteException(
                    ErrorCode.TIMED_OUT,
                    what + ": it has not ended after " + timeout.toSeconds() + " s",
                    true,
                    "does it wait for somebody to sign in?",
                    null,
                    null);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RemoteException(ErrorCode.CANCELLED, what + ": interrupted", false, null, null, e);
        } catch (ExecutionException | IOException e) {
            throw new RemoteException(
                    ErrorCode.SERVER_FAILED, what + ": its output cannot be read", true, null, null, e);
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }

    private static boolean misleading(String part) {
        return part.isEmpty() || part.equals(".") || part.equals("..");
    }

    private Process start(String what, String key) {
        ProcessBuilder builder = new ProcessBuilder(
                command.stream().map(argument -> argument.replace(PLACE, key)).toList());
        environment.forEach((name, value) -> builder.environment().put(name, value.reveal()));
        if (directory != null) {
            builder.directory(directory.toFile());
        }
        try {
            return builder.start();
        } catch (IOException e) {
            // without the cause, whose text lists nothing but the program's name and the reason
            throw new RemoteException(
                    ErrorCode.SERVER_FAILED,
                    what + ": it cannot be started: " + ServerText.clean(String.valueOf(e.getMessage())),
                    false,
                    "is it installed, and on the PATH of this process?",
                    null,
                    null);
        }
    }

    /** Reads a stream to its end on a thread of its own, so that the program never blocks on a full pipe. */
    private static CompletableFuture<byte[]> reading(InputStream stream) {
        CompletableFuture<byte[]> result = new CompletableFuture<>();
        Thread thread = new Thread(
                () -> {
                    try (stream) {
                        byte[] bytes = stream.readNBytes(MAX_OUTPUT + 1);
                        stream.transferTo(java.io.OutputStream.nullOutputStream());
                        result.complete(bytes);
                    } catch (IOException | UncheckedIOException e) {
                        result.completeExceptionally(e);
                    }
                },
                "secret-process-output");
        thread.setDaemon(true);
        thread.start();
        return result;
    }

    private Secret<String> value(String what, int exit, byte[] output, byte[] errors) {
        if (exit != 0) {
            String said = ServerText.clean(scrub(new String(errors, StandardCharsets.UTF_8)));
            throw new RemoteException(
                    ErrorCode.SERVER_FAILED,
                    what + ": it ended with code " + exit + (said.isEmpty() ? "" : ": " + said),
                    false,
                    "run it by hand with the same key",
                    said,
                    null);
        }
        if (output.length > MAX_OUTPUT) {
            throw new RemoteException(
                    ErrorCode.UNEXPECTED_ANSWER,
                    what + ": it printed more than " + MAX_OUTPUT + " bytes",
                    false,
                    null,
                    null,
                    null);
        }
        String text = LineEnd.strip(new String(output, StandardCharsets.UTF_8));
        if (text.isEmpty()) {
            throw new RemoteException(
                    ErrorCode.UNEXPECTED_ANSWER, what + ": it printed nothing", false, null, null, null);
        }
        return Secret.of(text);
    }

    private String scrub(String text) {
        String clean = text;
        for (Secret<String> value : environment.values()) {
            if (!value.reveal().isEmpty()) {
                clean = clean.replace(value.reveal(), "***");
            }
        }
        return clean;
    }

    @Override
    public String toString() {
        return "process:" + command.get(0);
    }

    /** Builds a {@link ProcessSource}. Not thread-safe. */
    public static final class Builder {
        private List<String> command = List.of();
        private final Map<String, Secret<String>> environment = new LinkedHashMap<>();
        private Duration timeout = Duration.ofSeconds(20);
        private @Nullable Path directory;

        Builder() {}

        /**
         * The program and its arguments, one of which usually holds {@code {key}}. Mandatory.
         *
         * @param words never put a secret here: everybody on the machine can read arguments
         */
        public Builder command(String... words) {
            this.command = List.of(words);
            return this;
        }

        /** Adds a variable to the program's environment. */
        public Builder environment(String name, Secret<String> value) {
            this.environment.put(Objects.requireNonNull(name, "name"), Objects.requireNonNull(value, "value"));
            return this;
        }

        /** The program's working directory; that of this process by default. */
        public Builder directory(Path folder) {
            this.directory = Objects.requireNonNull(folder, "folder");
            return this;
        }

        /** After how long it is killed, at most 25 s; 20 s by default. */
        public Builder timeout(Duration time) {
            if (time.isNegative() || time.isZero() || time.compareTo(LONGEST) > 0) {
                throw new ConfigurationException("ProcessSource: the timeout is not in 0..25 s", null);
            }
            this.timeout = time;
            return this;
        }

        /**
         * The source. Runs nothing yet.
         *
         * @throws ConfigurationException if there is no command, or the key would choose the program
         */
        public ProcessSource build() {
            return new ProcessSource(this);
        }
    }
}
