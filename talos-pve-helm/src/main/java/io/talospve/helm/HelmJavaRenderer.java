package io.talospve.helm;

import io.talospve.gitops.ChartRenderer;
import io.talospve.gitops.ChartRequest;
import io.talospve.gitops.Documents;
import io.talospve.gitops.ManifestDocument;
import io.talospve.gitops.chart.ChartFetcher;
import io.talospve.gitops.chart.FetchedChart;
import io.talospve.spec.Secret;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Renders with helm-java (Helm 3 as a native library) in a child JVM, never in this one: the library takes signals over and
 * asks whatever cluster a kubeconfig names. The child has an empty environment, bounded memory, its own temporary folder and a
 * kubeconfig of a cluster that has nothing; values reach it in a file that only this user can read. It is started by the first
 * rendering, kept for the next ones, killed when one takes too long and by {@link #close()}, and ends by itself when this
 * process does. Thread-safe; renders one chart at a time.
 *
 * <p>Limits: helm-java cannot be told further API versions. They are put into the templates where these ask for them by name
 * ({@code .Capabilities.APIVersions.Has "…"}); a chart that asks in another way is refused when further ones are given.
 */
public final class HelmJavaRenderer implements ChartRenderer {
    private static final Logger LOG = System.getLogger(HelmJavaRenderer.class.getName());
    /** The versions of helm-java and of Helm in it. */
    private static final String IDENTITY = "helm-java 0.0.21 (helm v3.21.0)";

    private final ChartFetcher fetcher;
    private final ChildJvm.Options options;
    private final @Nullable Path nativeLibrary;
    private final Duration timeOut;
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable PrivateFolder folder;
    private ChildRuntime.@Nullable Program program;
    private @Nullable ChildJvm child;
    private int count;
    private boolean closed;

    private HelmJavaRenderer(ChartFetcher fetcher, Builder builder) {
        this.fetcher = fetcher;
        this.options = new ChildJvm.Options(builder.java, builder.heap, builder.goMemory);
        this.nativeLibrary = builder.nativeLibrary;
        this.timeOut = builder.timeOut;
    }

    /**
     * Starts one with the running Java, the library's own Helm, 60 seconds and 128 + 512 MiB.
     *
     * @return a builder
     */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    public String identity() {
        return IDENTITY;
    }

    /**
     * Renders a chart.
     *
     * @throws io.talospve.error.RemoteException if the chart could not be fetched; with code {@code TIMED_OUT} if rendering took
     *     too long; with {@code SERVER_FAILED} if the child died
     * @throws io.talospve.error.RefusedException if the chart is not the pinned one or does not render
     * @throws io.talospve.error.ConfigurationException if there is no Helm for this platform
     */
    @Override
    public List<ManifestDocument> render(ChartRequest request) {
        FetchedChart chart = fetcher.fetch(request.chart());
        HelmFailure failure = new HelmFailure(request, chart);
        logHooks(request, chart);
        ChartForHelmJava prepared = ChartForHelmJava.of(chart, request.apiVersions(), failure);
        String text;
        try {
            lock.lockInterruptibly();
        } catch (InterruptedException e) {
            throw failure.interrupted(e);
        }
        try {
            text = render(request, prepared, failure);
        } finally {
            lock.unlock();
        }
        return Documents.rendered(chart + ", release " + request.release(), Secret.of(text));
    }

    private String render(ChartRequest request, ChartForHelmJava chart, HelmFailure failure) {
        if (closed) {
            throw new IllegalStateException("this renderer is closed");
        }
        boolean answered = false;
        try {
            Path root = folder();
            String name = "request-" + ++count;
            try (PrivateFolder place = PrivateFolder.in(root, name)) {
                String path = name + "/" + chart.writeTo(place.path());
                place.write("values.yaml", request.values().reveal().getBytes(StandardCharsets.UTF_8));
                ChildJvm.Answer answer = child(root)
                        .exchange(
                                List.of(
                                        path,
                                        name + "/values.yaml",
                                        request.release(),
                                        request.namespace(),
                                        request.kubernetesVersion()),
                                timeOut);
                answered = true;
                if (!answer.rendered()) {
                    throw failure.refused(answer.text().replace(name + "/", ""));
                }
                return answer.text();
            }
        } catch (TimeoutException e) {
            throw failure.timedOut(timeOut);
        } catch (InterruptedException e) {
            throw failure.interrupted(e);
        } catch (ChildJvm.Failed e) {
            throw failure.broken(String.valueOf(e.getMessage()));
        } catch (IOException e) {
            throw failure.broken("cannot run " + options.java() + ": " + e.getMessage());
        } finally {
            if (!answered) {
                stopChild();
            }
        }
    }

    private Path folder() throws IOException {
        if (folder == null) {
            folder = PrivateFolder.create();
        }
        return folder.path();
    }

    private ChildJvm child(Path root) throws IOException {
        if (child == null || !child.isAlive()) {
            stopChild();
            if (program == null) {
                program = ChildRuntime.copyTo(java.util.Objects.requireNonNull(folder), nativeLibrary);
            }
            child = ChildJvm.start(options, program, root);
            LOG.log(Level.DEBUG, "started the child JVM {0} for charts", Long.toString(child.pid()));
        }
        return child;
    }

    private void stopChild() {
        if (child != null) {
            child.close();
            child = null;
        }
    }

    /** Helm leaves hooks out without a word; this says at least where they come from. */
    private static void logHooks(ChartRequest request, FetchedChart chart) {
        if (LOG.isLoggable(Level.DEBUG)) {
            chart.files().forEach((path, content) -> {
                if (path.contains("templates/") && new String(content, StandardCharsets.UTF_8).contains("helm.sh/hook\"")
                        || path.contains("templates/") && new String(content, StandardCharsets.UTF_8).contains("helm.sh/hook:")) {
                    LOG.log(Level.DEBUG, "release {0}, {1}: hooks of {2} are left out", request.release(), chart, path);
                }
            });
        }
    }

    /** Kills the child and deletes its folder; what renders is waited for. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            stopChild();
            if (folder != null) {
                folder.close();
                folder = null;
            }
        } finally {
            lock.unlock();
        }
    }

    /** Builds a {@link HelmJavaRenderer}. Not thread-safe. */
    public static final class Builder {
        private @Nullable ChartFetcher fetcher;
        private Path java = Path.of(System.getProperty("java.home", ""), "bin", "java");
        private @Nullable Path nativeLibrary;
        private Duration timeOut = Duration.ofSeconds(60);
        private int heap = 128;
        private int goMemory = 512;

        private Builder() {}

        /**
         * Sets what fetches charts; mandatory.
         *
         * @param fetcher not closed with the renderer
         * @return this
         */
        public Builder fetcher(ChartFetcher fetcher) {
            this.fetcher = fetcher;
            return this;
        }

        /**
         * Sets the program that runs the child, Java 17 or later; by default the one that runs this.
         *
         * @param java path of a {@code java} executable
         * @return this
         */
        public Builder java(Path java) {
            this.java = java;
            return this;
        }

        /**
         * Sets Helm for a platform that this library has none for.
         *
         * @param path a jar {@code com.marcnuri.helm-java:<platform>:0.0.21}, or the library in it
         * @return this
         */
        public Builder nativeLibrary(Path path) {
            this.nativeLibrary = path;
            return this;
        }

        /**
         * Sets how long one rendering may take, wall time, the start of the child included.
         *
         * @param timeOut more than zero
         * @return this
         */
        public Builder timeOut(Duration timeOut) {
            this.timeOut = timeOut;
            return this;
        }

        /**
         * Sets the child's memory.
         *
         * @param heap most for Java, in MiB
         * @param go what Helm itself aims to stay below, in MiB
         * @return this
         */
        public Builder memory(int heap, int go) {
            this.heap = heap;
            this.goMemory = go;
            return this;
        }

        /**
         * Builds it; nothing is started yet.
         *
         * @return the renderer
         * @throws io.talospve.error.ConfigurationException if the fetcher is missing
         */
        public HelmJavaRenderer build() {
            if (fetcher == null) {
                throw new io.talospve.error.ConfigurationException(
                        "a chart renderer needs a chart fetcher", "HelmJavaRenderer.builder().fetcher(ChartFetcher.builder().build())");
            }
            return new HelmJavaRenderer(fetcher, this);
        }
    }
}
