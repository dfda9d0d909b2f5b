package io.talospve.helm;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A running child. Its standard output and error are always read, by threads that end with it. It is always killed forcibly:
 * Go ignores SIGTERM. Not thread-safe.
 */
final class ChildJvm implements AutoCloseable {
    private static final String MARK = "talos-pve-helm ";
    private static final int LARGEST_ANSWER = 64 * 1024 * 1024;
    private static final int LONGEST_LINE = 4096;
    private static final int KEPT_ERRORS = 16 * 1024;

    private final Process process;
    private final DataOutputStream requests;
    private final InputStream answers;
    private final Tail errors;

    private ChildJvm(Process process) {
        this.process = process;
        this.requests = new DataOutputStream(new java.io.BufferedOutputStream(process.getOutputStream()));
        this.answers = new BufferedInputStream(process.getInputStream());
        this.errors = new Tail(process.getErrorStream());
        Thread thread = new Thread(errors, "talos-pve-helm errors");
        thread.setDaemon(true);
        thread.start();
    }

    /** How a child is run: which java, with how much memory in MiB. */
    record Options(Path java, int heap, int goMemory) {}

    static ChildJvm start(Options options, ChildRuntime.Program program, Path folder) throws IOException {
        Files.createDirectories(folder.resolve("home"), PrivateFolder.folderMode());
        List<String> command = new ArrayList<>(List.of(
                options.java().toString(),
                "-Xmx" + options.heap() + "m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:-UsePerfData",
                "-XX:+ExitOnOutOfMemoryError",
                "-XX:-CreateCoredumpOnCrash",
                "-XX:ErrorFile=" + folder.resolve("crash.log"),
                "--enable-native-access=ALL-UNNAMED",
                "-Djava.io.tmpdir=" + folder,
                "-Djna.tmpdir=" + folder,
                "-Djna.nosys=true",
                "-Duser.home=" + folder.resolve("home"),
                "-cp",
                program.classPath(),
                "io.talospve.helm.internal.HelmChild",
                program.nativeLibrary().toString(),
                HelmEnvironment.kubeconfig(folder).toString()));
        ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
        String systemRoot = builder.environment().get("SystemRoot");
        builder.environment().clear();
        builder.environment().putAll(HelmEnvironment.in(folder, options.goMemory()));
        if (systemRoot != null) {
            // Windows starts no process without it.
            builder.environment().put("SystemRoot", systemRoot);
        }
        return new ChildJvm(builder.start());
    }

    /** What Helm gave. */
    record Answer(boolean rendered, String text) {}

    /** The child gave no answer; {@link #getMessage} says how it ended and may quote what Helm wrote. */
    static final class Failed extends Exception {
        private static final long serialVersionUID = 1L;

        Failed(String message) {
            super(message);
        }
    }

    /**
     * Renders.
     *
     * @param request as the child wants it
     * @throws TimeoutException if it takes too long
     * @throws Failed if the child ended or wrote nonsense
     */
    Answer exchange(List<String> request, Duration timeOut) throws TimeoutException, Failed, InterruptedException {
        CompletableFuture<Answer> answer = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            try {
                for (String part : request) {
                    requests.writeUTF(part);
                }
                requests.flush();
                answer.complete(read());
            } catch (IOException e) {
                answer.completeExceptionally(e);
            }
        }, "talos-pve-helm answer");
        thread.setDaemon(true);
        thread.start();
        try {
            return answer.get(timeOut.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw failed(e.getCause());
        }
    }

    private Failed failed(Throwable cause) throws InterruptedException {
        // The pipe broke, so it is ending or has ended.
        if (!process.waitFor(2, TimeUnit.SECONDS)) {
            return new Failed("its child JVM wrote something unexpected: " + cause.getMessage());
        }
        errors.await();
        return new Failed("its child JVM ended with status " + process.exitValue() + ": " + errors.text());
    }

    private Answer read() throws IOException {
        // What the library prints by itself comes before the line.
        for (String line = line(); ; line = line()) {
            if (line.startsWith(MARK)) {
                String[] words = line.split(" ");
                boolean wellFormed = words.length == 3 && words[1].matches("ok|error") && words[2].matches("[0-9]{1,9}");
                int length = wellFormed ? Integer.parseInt(words[2]) : Integer.MAX_VALUE;
                if (length > LARGEST_ANSWER) {
                    throw new IOException("an answer of more than " + LARGEST_ANSWER + " bytes");
                }
                byte[] bytes = answers.readNBytes(length);
                if (bytes.length < length) {
                    throw new EOFException("half an answer");
                }
                return new Answer(words[1].equals("ok"), new String(bytes, StandardCharsets.UTF_8));
            }
        }
    }

    private String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = answers.read(); b != '\n'; b = answers.read()) {
            if (b < 0) {
                throw new EOFException("no answer");
            }
            if (line.size() < LONGEST_LINE) {
                line.write(b);
            }
        }
        return line.toString(StandardCharsets.UTF_8);
    }

    boolean isAlive() {
        return process.isAlive();
    }

    long pid() {
        return process.pid();
    }

    /** Kills it with all that it started, and waits until it is gone. */
    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        boolean interrupted = false;
        try {
            for (boolean gone = false; !gone; ) {
                try {
                    gone = process.waitFor(10, TimeUnit.SECONDS);
                    break;
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Reads a stream to its end and keeps the last of it. */
    private static final class Tail implements Runnable {
        private final InputStream in;
        private final CompletableFuture<Void> ended = new CompletableFuture<>();
        private String kept = "";

        Tail(InputStream in) {
            this.in = in;
        }

        @Override
        public void run() {
            byte[] part = new byte[4096];
            try (in) {
                for (int n = in.read(part); n >= 0; n = in.read(part)) {
                    keep(new String(part, 0, n, StandardCharsets.UTF_8));
                }
            } catch (IOException e) {
                // the process was killed
            } finally {
                ended.complete(null);
            }
        }

        private synchronized void keep(String text) {
            String all = kept + text;
            kept = all.substring(Math.max(0, all.length() - KEPT_ERRORS));
        }

        synchronized String text() {
            return kept.strip();
        }

        void await() throws InterruptedException {
            try {
                ended.get(2, TimeUnit.SECONDS);
            } catch (ExecutionException | TimeoutException e) {
                // what there is will do
            }
        }
    }
}
