package io.talospve.examples;

import io.talospve.TalosPve;
import io.talospve.apply.ApplyOptions;
import io.talospve.apply.Cancellation;
import io.talospve.apply.Outcome;
import io.talospve.error.TalosPveException;
import io.talospve.event.Progress;
import io.talospve.plan.Plan;
import io.talospve.spec.TalosCluster;
import io.talospve.store.ClusterStore;
import io.talospve.testkit.SimulatedDatacenter;
import io.talospve.testkit.junit.DatacenterConnection;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** From a spec to a running cluster: plans, applies, and plans again. */
@Command(
        name = "provision",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Makes the cluster of a spec: plans, applies, and plans again.",
        footer = {
            "",
            "A real datacenter is found by PROXMOX_VE_ENDPOINT, PROXMOX_VE_API_TOKEN (user@realm!id=secret),",
            "PROXMOX_VE_FINGERPRINT or PROXMOX_VE_CA (a PEM file); Bitwarden by BWS_ACCESS_TOKEN, BWS_PROJECT",
            "(id or name), BWS_SERVER_URL, BWS_CA; the image factory by TALOS_IMAGE_FACTORY and",
            "TALOS_IMAGE_FACTORY_CA; machines and Kubernetes are reached through HTTPS_PROXY, except NO_PROXY.",
            "TALOS_PVE_STORE is the store's directory (default ./.talos-pve).",
            "TALOS_PVE_CHART_MIRROR (and _CA, a PEM file) is where Helm charts come from instead of their own repositories.",
            "Exit code 0 only if all went well."
        })
public final class Provision implements Callable<Integer> {
    @Parameters(arity = "0..1", paramLabel = "FILE", description = "The spec; default examples/prod-k8s.yaml.")
    private @Nullable Path file;

    @ArgGroup(exclusive = true)
    private Action action = new Action();

    @Option(
            names = "--datacenter",
            paramLabel = "simulated|real",
            description = "Where; default simulated: a fresh datacenter in this process and a temporary store.")
    private Datacenter datacenter = Datacenter.SIMULATED;

    /** What to do. */
    static final class Action {
        @Option(names = "--plan", description = "Only plan.")
        boolean plan;

        @Option(names = "--apply", description = "Plan and apply.")
        boolean apply;

        @Option(names = "--destroy", description = "Plan to remove the cluster, and do it.")
        boolean destroy;
    }

    /** Where. */
    enum Datacenter {
        SIMULATED,
        REAL
    }

    /** Made by {@link #main}. */
    Provision() {}

    /**
     * Runs the program.
     *
     * @param arguments see {@code --help}
     */
    public static void main(String[] arguments) {
        QuietLibraries.install();
        int code = new CommandLine(new Provision())
                .setCaseInsensitiveEnumValuesAllowed(true)
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
    public Integer call() throws IOException {
        TalosCluster cluster = TalosCluster.load(file == null ? exampleFile() : file);
        return datacenter == Datacenter.REAL ? real(cluster) : simulated(cluster);
    }

    private static Path exampleFile() {
        return Path.of(System.getProperty("talospve.examples", "examples"), "prod-k8s.yaml");
    }

    private int real(TalosCluster cluster) {
        Environment environment = new Environment(System.getenv());
        try (TalosPve pve = environment.connect()) {
            if (!environment.hasSink()) {
                System.out.println("BWS_ACCESS_TOKEN is not set: credentials stay in the store only.");
            }
            return run(pve, cluster);
        }
    }

    private int simulated(TalosCluster cluster) throws IOException {
        System.out.println("A simulated datacenter in this process, in virtual time; nothing outside is touched.");
        SimulatedSite.remarks(cluster).forEach(System.out::println);
        Path store = Files.createTempDirectory("talos-pve-store-");
        try (SimulatedDatacenter site = SimulatedSite.start(cluster);
                TalosPve pve = DatacenterConnection.open(site, ClusterStore.directory(store))) {
            if (action.destroy) {
                System.out.println("There is nothing to destroy in a fresh datacenter: applying first.");
                if (!apply(pve, cluster)) {
                    return 1;
                }
            }
            return run(pve, cluster);
        } finally {
            if (!cluster.debug()) {
                delete(store);
            }
        }
    }

    private int run(TalosPve pve, TalosCluster cluster) {
        if (action.plan) {
            pve.plan(cluster).print();
            return 0;
        }
        if (action.destroy) {
            Plan plan = pve.planDestroy(cluster);
            plan.print();
            return carryOut(pve, plan) ? 0 : 1;
        }
        if (!apply(pve, cluster)) {
            return 1;
        }
        if (action.apply) {
            return 0;
        }
        System.out.println();
        Plan again = pve.plan(cluster);
        again.print();
        return again.hasChanges() ? 1 : 0;
    }

    private static boolean apply(TalosPve pve, TalosCluster cluster) {
        Plan plan = pve.plan(cluster);
        plan.print();
        return carryOut(pve, plan);
    }

    /** Ctrl-C lets what runs come to its answer and be journalled; the next apply goes on from there. */
    private static boolean carryOut(TalosPve pve, Plan plan) {
        System.out.println();
        Cancellation cancellation = new Cancellation();
        CountDownLatch told = new CountDownLatch(1);
        Thread onInterrupt = new Thread(() -> {
            cancellation.cancel();
            try {
                told.await(1, TimeUnit.MINUTES);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        Runtime.getRuntime().addShutdownHook(onInterrupt);
        try {
            Outcome outcome =
                    pve.apply(plan, ApplyOptions.standard().withCancellation(cancellation), Progress.console());
            outcome.print();
            return outcome.succeeded();
        } finally {
            told.countDown();
            if (!cancellation.requested()) {
                Runtime.getRuntime().removeShutdownHook(onInterrupt);
            }
        }
    }

    private static void delete(Path folder) {
        try (Stream<Path> all = Files.walk(folder)) {
            all.sorted(Comparator.reverseOrder()).forEach(path -> {
                try {
                    Files.delete(path);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        } catch (IOException | UncheckedIOException e) {
            System.err.println("could not delete the temporary store " + folder + ": " + e.getMessage());
        }
    }
}
