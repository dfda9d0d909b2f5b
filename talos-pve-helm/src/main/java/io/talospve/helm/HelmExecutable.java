package io.talospve.helm;

import io.talospve.error.ConfigurationException;
import io.talospve.gitops.ChartRenderer;
import io.talospve.gitops.ChartRequest;
import io.talospve.gitops.Documents;
import io.talospve.gitops.ManifestDocument;
import io.talospve.gitops.chart.ChartFetcher;
import io.talospve.gitops.chart.FetchedChart;
import io.talospve.spec.Secret;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Renders with an installed {@code helm}, version 3 or 4. It is run with an environment of its own, so that it sees no
 * kubeconfig, plugin, repository or proxy of the user; charts are fetched by the {@link ChartFetcher}; values reach it in a file
 * that only this user can read. Thread-safe.
 */
public final class HelmExecutable implements ChartRenderer {
    private static final Pattern VERSION = Pattern.compile("v([0-9]{1,4})\\.([0-9]{1,4})(\\.[0-9]{1,4}\\S*)?");
    /** The first 3.x whose rendering is the one of today: apiVersions, crds/ and the order of kinds. */
    private static final int OLDEST_MINOR_OF_3 = 14;

    private final ChartFetcher fetcher;
    private final Path helm;
    private final Duration timeOut;
    private volatile @Nullable String version;

    private HelmExecutable(ChartFetcher fetcher, Path helm, Duration timeOut) {
        this.fetcher = fetcher;
        this.helm = helm;
        this.timeOut = timeOut;
    }

    /**
     * Uses an executable, 60 seconds for a rendering.
     *
     * @param helm its path; not searched for
     * @param fetcher what fetches charts; not closed with this
     * @return the renderer; the version is checked when it is first needed
     */
    public static HelmExecutable at(Path helm, ChartFetcher fetcher) {
        return at(helm, fetcher, Duration.ofSeconds(60));
    }

    /**
     * Uses an executable.
     *
     * @param helm its path; not searched for
     * @param fetcher what fetches charts; not closed with this
     * @param timeOut how long one rendering may take, wall time
     * @return the renderer; the version is checked when it is first needed
     */
    public static HelmExecutable at(Path helm, ChartFetcher fetcher, Duration timeOut) {
        return new HelmExecutable(fetcher, helm, timeOut);
    }

    /**
     * Name and version of the executable.
     *
     * @throws ConfigurationException if it cannot be run or is no version that is known to render as it should
     */
    @Override
    public String identity() {
        return "helm " + version();
    }

    /**
     * Renders a chart.
     *
     * @throws io.talospve.error.RemoteException if the chart could not be fetched; with code {@code TIMED_OUT} if rendering took
     *     too long
     * @throws io.talospve.error.RefusedException if the chart is not the pinned one or does not render
     * @throws ConfigurationException as {@link #identity}
     */
    @Override
    public List<ManifestDocument> render(ChartRequest request) {
        FetchedChart chart = fetcher.fetch(request.chart());
        HelmFailure failure = new HelmFailure(request, chart);
        version();
        try (PrivateFolder folder = PrivateFolder.create()) {
            Files.createDirectory(folder.path().resolve("home"), PrivateFolder.folderMode());
            String path = folder.path().relativize(chart.writeTo(folder.path())).toString();
            folder.write("values.yaml", request.values().reveal().getBytes(StandardCharsets.UTF_8));
            folder.write("kubeconfig", new byte[0]);
            List<String> command = new ArrayList<>(List.of(
                    helm.toString(),
                    "template",
                    "--include-crds",
                    "--kube-version=" + request.kubernetesVersion(),
                    "--namespace=" + request.namespace(),
                    "--values=values.yaml"));
            request.apiVersions().forEach(each -> command.add("--api-versions=" + each));
            // Hooks are rendered too, so that what is left out can be named.
            command.addAll(List.of("--", request.release(), "./" + path));
            HelmProcess.Result result = HelmProcess.run(command, folder.path(), timeOut);
            if (result.status() != 0) {
                throw failure.refused(withoutWarnings(result.errors()));
            }
            return Documents.rendered(chart + ", release " + request.release(), Secret.of(result.output()));
        } catch (TimeoutException e) {
            throw failure.timedOut(timeOut);
        } catch (InterruptedException e) {
            throw failure.interrupted(e);
        } catch (IOException e) {
            throw failure.broken("cannot run " + helm + ": " + e.getMessage());
        }
    }

    private static String withoutWarnings(String errors) {
        int at = errors.indexOf("Error: ");
        String text = at < 0 ? errors : errors.substring(at);
        int advice = text.indexOf("\n\nUse --debug flag");
        return advice < 0 ? text : text.substring(0, advice);
    }

    private String version() {
        String known = version;
        if (known == null) {
            known = askVersion();
            version = known;
        }
        return known;
    }

    private String askVersion() {
        try (PrivateFolder folder = PrivateFolder.create()) {
            HelmProcess.Result result = HelmProcess.run(
                    List.of(helm.toString(), "version", "--template={{.Version}}"), folder.path(), Duration.ofSeconds(20));
            String said = result.output().strip();
            Matcher matcher = VERSION.matcher(said);
            if (result.status() != 0 || !matcher.matches()) {
                String words = (said + " " + result.errors()).strip().replaceAll("\\p{Cntrl}+", " ");
                throw refused(
                        "does not say its version but, with status " + result.status() + ": "
                                + words.substring(0, Math.min(300, words.length())),
                        "give the path of a helm executable");
            }
            int major = Integer.parseInt(matcher.group(1));
            int minor = Integer.parseInt(matcher.group(2));
            if (major != 4 && !(major == 3 && minor >= OLDEST_MINOR_OF_3)) {
                throw refused("is Helm " + said, "use Helm 3." + OLDEST_MINOR_OF_3 + " or later, or 4");
            }
            return said;
        } catch (TimeoutException e) {
            throw refused("does not say its version within 20 s", "give the path of a helm executable");
        } catch (IOException e) {
            throw refused("cannot be run: " + e.getMessage(), "give the path of a helm executable");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw refused("was interrupted", null);
        }
    }

    private ConfigurationException refused(String what, @Nullable String hint) {
        return new ConfigurationException(helm + " " + what, hint);
    }

    /** Does nothing: each rendering ends with its process. */
    @Override
    public void close() {
        // nothing is kept
    }
}
