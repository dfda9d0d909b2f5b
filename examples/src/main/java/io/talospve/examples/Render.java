package io.talospve.examples;

import io.talospve.error.TalosPveException;
import io.talospve.gitops.ChartRenderer;
import io.talospve.gitops.DayZeroManifests;
import io.talospve.gitops.StableRenderer;
import io.talospve.gitops.chart.ChartFetcher;
import io.talospve.helm.HelmJavaRenderer;
import io.talospve.spec.Secret;
import io.talospve.spec.SecretReference;
import io.talospve.spec.TalosCluster;
import io.talospve.spi.InlineManifest;
import io.talospve.spi.KeptSecret;
import io.talospve.spi.ManifestPreview;
import io.talospve.spi.ManifestSource;
import io.talospve.store.ClusterRecord;
import io.talospve.talos.pki.TalosPki;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Prints what a spec installs into its cluster at day 0, without any datacenter. */
@Command(
        name = "render",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Prints what a spec installs into its cluster at day 0: YAML documents, in the order in which they are"
                + " applied. Everything else goes to standard error.",
        footer = {
            "",
            "Charts come from their own repositories, or from the chart source. Secrets are made up for this run,",
            "those that the spec refers to as well: the documents are good for looking at and for a trial cluster.",
            "Exit code 0 only if everything rendered."
        })
public final class Render implements Callable<Integer> {
    @Parameters(paramLabel = "FILE", description = "The spec.")
    private @Nullable Path file;

    @Option(
            names = "--chart-source",
            paramLabel = "DIR-or-URL",
            description = "Takes all charts from a folder (<name>-<version>.tgz, or unpacked as <name>/) or from a repository"
                    + " (https, http, oci).")
    private @Nullable String chartSource;

    /** Made by {@link #main}. */
    Render() {}

    /**
     * Runs the program.
     *
     * @param arguments see {@code --help}
     */
    public static void main(String[] arguments) {
        QuietLibraries.install();
        int code = new CommandLine(new Render())
                .setExecutionExceptionHandler((e, command, parsed) -> report(e))
                .execute(arguments);
        System.out.flush();
        System.exit(code);
    }

    private static int report(Exception e) throws Exception {
        if (!(e instanceof TalosPveException error)) {
            throw e;
        }
        System.err.println("error: " + error.getMessage());
        error.hint().ifPresent(hint -> System.err.println("  " + hint));
        return 1;
    }

    @Override
    public Integer call() {
        TalosCluster cluster = TalosCluster.load(java.util.Objects.requireNonNull(file));
        String source = chartSource == null ? "" : chartSource;
        boolean repository = source.contains("://");
        ChartFetcher.Builder fetcher = ChartFetcher.builder();
        if (repository) {
            fetcher.mirror(URI.create(source));
        }
        try (ChartFetcher charts = fetcher.build();
                DayZeroManifests manifests = DayZeroManifests.builder()
                        .renderer(renderer(charts, repository ? "" : source))
                        .build()) {
            ManifestSource.Request request = request(cluster, manifests);
            ManifestPreview preview = manifests.preview(request);
            preview.parts().forEach(part -> System.err.println(part));
            preview.notes().forEach(note -> System.err.println("note: " + note));
            if (!request.kept().isEmpty() || !request.secrets().isEmpty()) {
                System.err.println("secrets are made up for this run: " + new TreeMap<>(request.kept()).keySet()
                        + request.secrets().keySet());
            }
            print(cluster, manifests.render(request));
        }
        return 0;
    }

    private static ChartRenderer renderer(ChartFetcher charts, String folder) {
        ChartRenderer helm = HelmJavaRenderer.builder().fetcher(charts).build();
        return new StableRenderer(folder.isEmpty() ? helm : new ChartFolder(helm, Path.of(folder)));
    }

    private static ManifestSource.Request request(TalosCluster cluster, ManifestSource manifests) {
        TalosPki pki = new TalosPki(InstantSource.system(), new SecureRandom());
        Map<String, Secret<String>> kept = new HashMap<>();
        manifests.keptSecrets(cluster).forEach(wanted -> kept.put(wanted.name(), pki.make(wanted)));
        Map<SecretReference, Secret<String>> secrets = new HashMap<>();
        cluster.secretReferences()
                .values()
                .forEach(reference -> secrets.computeIfAbsent(
                        reference, wanted -> pki.make(new KeptSecret.Password("of-the-spec"))));
        return new ManifestSource.Request(cluster, ClusterRecord.CURRENT_DEFAULTS_EPOCH, secrets, kept);
    }

    /** The manifests that the spec holds itself stand among them by their names, as Talos sorts them. */
    private static void print(TalosCluster cluster, Iterable<InlineManifest> manifests) {
        Map<String, String> texts = new TreeMap<>(cluster.kubernetes().inlineManifests());
        manifests.forEach(manifest -> texts.put(manifest.name(), manifest.contents().reveal()));
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        texts.values().forEach(text -> out.print("---\n" + text + (text.endsWith("\n") ? "" : "\n")));
        out.flush();
    }
}
