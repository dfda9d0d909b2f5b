package io.talospve.helm.internal;

import com.marcnuri.helm.jni.HelmLib;
import com.marcnuri.helm.jni.Result;
import com.marcnuri.helm.jni.TemplateOptions;
import com.sun.jna.Native;
import java.io.DataInputStream;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.concurrent.SynchronousQueue;
import java.util.stream.Stream;

/**
 * Renders charts with helm-java, one request after another, in a JVM of its own: Helm's Go runtime takes signals over, and what
 * it does with memory is not to be trusted. Ends as soon as its standard input does, so that it never outlives its parent, and deletes the folder it works in.
 *
 * <p>Requests are five strings as of {@link java.io.DataOutputStream#writeUTF}: chart, values file, release, namespace, Kubernetes version.
 * An answer is a line {@code talos-pve-helm ok|error <length>} and as many bytes.
 */
public final class HelmChild {
    /** First word of the line before an answer. */
    public static final String MARK = "talos-pve-helm";

    private HelmChild() {}

    /**
     * Serves requests until standard input ends.
     *
     * @param arguments the native library, and where to write the kubeconfig that KUBECONFIG names
     */
    public static void main(String[] arguments) throws Exception {
        // Before the library is loaded: it must never see another cluster than the one that does not exist.
        Files.writeString(Path.of(arguments[1]), new EmptyCluster().start());
        HelmLib helm = Native.load(arguments[0], HelmLib.class);
        SynchronousQueue<String[]> requests = new SynchronousQueue<>();
        Thread reader = new Thread(() -> read(requests, Path.of(arguments[1]).getParent()), "requests");
        reader.setDaemon(true);
        reader.start();
        OutputStream out = new FileOutputStream(FileDescriptor.out);
        while (true) {
            answer(out, helm, requests.take());
        }
    }

    private static void read(SynchronousQueue<String[]> requests, Path folder) {
        try (DataInputStream in = new DataInputStream(new FileInputStream(FileDescriptor.in))) {
            while (true) {
                String[] request = new String[5];
                for (int i = 0; i < request.length; i++) {
                    request[i] = in.readUTF();
                }
                requests.put(request);
            }
        } catch (IOException | InterruptedException end) {
            // The parent closed the pipe or is gone, and nobody else is left to delete what may hold values. exit() could hang
            // in Go's signal handling.
            delete(folder);
            Runtime.getRuntime().halt(0);
        }
    }

    private static void delete(Path folder) {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(each);
            }
        } catch (IOException | UncheckedIOException e) {
            // Windows keeps the library that is in use
        }
    }

    private static void answer(OutputStream out, HelmLib helm, String[] request) throws IOException {
        Result result = helm.Template(new TemplateOptions(
                request[2], null, request[0], request[3], request[4], 0, 0, null, null, request[1], null, null, null, 0, 0, null, 0,
                null));
        String error = result.err == null ? "" : result.err;
        String text = error.isBlank() ? (result.out == null ? "" : result.out) : error;
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        helm.Free(result);
        String line = "\n" + MARK + (error.isBlank() ? " ok " : " error ") + bytes.length + "\n";
        out.write(line.getBytes(StandardCharsets.US_ASCII));
        out.write(bytes);
        out.flush();
    }
}
