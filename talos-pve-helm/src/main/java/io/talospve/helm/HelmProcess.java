package io.talospve.helm;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** One run of the helm executable: bounded in time and output, with an environment of ours alone. */
final class HelmProcess {
    private static final int LARGEST_OUTPUT = 64 * 1024 * 1024;
    private static final int LARGEST_ERRORS = 64 * 1024;
    private static final int MEMORY = 512;

    private HelmProcess() {}

    /** What a run gave. */
    record Result(int status, String output, String errors) {}

    /**
     * Runs a command.
     *
     * @param folder a private folder, where it is run
     */
    static Result run(List<String> command, Path folder, Duration timeOut)
            throws IOException, InterruptedException, TimeoutException {
        ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
        String systemRoot = builder.environment().get("SystemRoot");
        builder.environment().clear();
        builder.environment().putAll(HelmEnvironment.in(folder, MEMORY));
        if (systemRoot != null) {
            builder.environment().put("SystemRoot", systemRoot);
        }
        Process process = builder.start();
        try {
            process.getOutputStream().close();
            long end = System.nanoTime() + timeOut.toNanos();
            CompletableFuture<String> errors = read(process.getErrorStream(), LARGEST_ERRORS, true);
            CompletableFuture<String> output = read(process.getInputStream(), LARGEST_OUTPUT, false);
            String text = output.get(Math.max(1, end - System.nanoTime()), TimeUnit.NANOSECONDS);
            if (!process.waitFor(Math.max(1, end - System.nanoTime()), TimeUnit.NANOSECONDS)) {
                throw new TimeoutException();
            }
            return new Result(
                    process.exitValue(), text, errors.get(Math.max(1, end - System.nanoTime()), TimeUnit.NANOSECONDS));
        } catch (ExecutionException e) {
            throw new IOException(e.getCause() == null ? e.toString() : e.getCause().getMessage(), e);
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }

    private static CompletableFuture<String> read(InputStream stream, int most, boolean cut) {
        CompletableFuture<String> text = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            byte[] part = new byte[8192];
            try (stream) {
                for (int n = stream.read(part); n >= 0; n = stream.read(part)) {
                    if (all.size() + n <= most) {
                        all.write(part, 0, n);
                    } else if (!cut) {
                        throw new IOException("it wrote more than " + most + " bytes");
                    }
                }
                text.complete(all.toString(StandardCharsets.UTF_8));
            } catch (IOException e) {
                text.completeExceptionally(e);
            }
        }, "talos-pve-helm output");
        thread.setDaemon(true);
        thread.start();
        return text;
    }
}
