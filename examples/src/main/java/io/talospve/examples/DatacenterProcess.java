package io.talospve.examples;

import io.talospve.spec.TalosCluster;
import io.talospve.testkit.SimulatedDatacenter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The simulated datacenter as a process, for other people's clients. */
@Command(
        name = "datacenter",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Runs a simulated datacenter in wall time until it is signalled. Standard output carries one line of"
                + " JSON that says where everything is, and nothing else.")
public final class DatacenterProcess implements Callable<Integer> {
    @Option(
            names = "--bind-node-addresses",
            description = "Also listen on the machines' own addresses (in a network namespace that has them).")
    private boolean bindNodeAddresses;

    @Option(names = "--latency", paramLabel = "FACTOR", description = "1 (default) is realistic, 0 is none.")
    private double latency = 1;

    @Option(names = "--hosts", paramLabel = "NAMES", description = "Proxmox hosts; default alpha,charlie,foxtrot.")
    private String hosts = "alpha,charlie,foxtrot";

    @Option(names = "--pve", paramLabel = "8.4|9.2", description = "Proxmox VE release; default 9.2.")
    private String release = "9.2";

    @Option(
            names = "--mirror",
            paramLabel = "HOST",
            description = "A host that mirrors the image factory, besides proxy.example.com and harbor.example.com.")
    private List<String> mirrors = List.of();

    @Option(names = "--bridge", paramLabel = "NAME", description = "A bridge besides vmbr0, vmbr1 and dmz.")
    private List<String> bridges = List.of();

    @Option(
            names = "--spec",
            paramLabel = "FILE",
            description = "A spec whose charts and Git repository the datacenter has; default examples/prod-k8s.yaml.")
    private Path spec = Path.of(System.getProperty("talospve.examples", "examples"), "prod-k8s.yaml");

    /** Made by {@link #main}. */
    DatacenterProcess() {}

    /**
     * Runs the program.
     *
     * @param arguments see {@code --help}
     */
    public static void main(String[] arguments) {
        QuietLibraries.install();
        System.exit(new CommandLine(new DatacenterProcess())
                .setExecutionExceptionHandler((e, command, parsed) -> {
                    if (e instanceof IllegalArgumentException) {
                        System.err.println("error: " + e.getMessage());
                        return 2;
                    }
                    throw e;
                })
                .execute(arguments));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        TalosCluster cluster = TalosCluster.load(spec);
        SimulatedDatacenter.Builder builder = SimulatedSite.charts(SimulatedDatacenter.builder(), cluster)
                .wallTime()
                .latency(latency)
                .hosts(Arrays.stream(hosts.split(",")).map(String::strip).toList())
                .proxmoxVersion(release)
                .bridges(bridges)
                .mirrors(mirrors);
        if (bindNodeAddresses) {
            builder.bindNodeAddresses(System.err::println);
        }
        SimulatedDatacenter datacenter = builder.start();
        SimulatedSite.pushRepository(datacenter, cluster);
        Path folder = Files.createTempDirectory("talos-pve-datacenter-");
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            datacenter.close();
            delete(folder);
            // A signal ends this process cleanly: not the JVM's 143.
            Runtime.getRuntime().halt(0);
        }));
        System.out.println(describe(datacenter, folder));
        System.out.flush();
        new CountDownLatch(1).await();
        return 0;
    }

    private static String describe(SimulatedDatacenter datacenter, Path folder) throws IOException {
        Path proxmoxCa = Files.writeString(folder.resolve("proxmox-ca.pem"), datacenter.proxmoxCa());
        Path factoryCa = Files.writeString(folder.resolve("image-factory-ca.pem"), datacenter.imageFactoryCa());
        Path bitwardenCa = Files.writeString(folder.resolve("bitwarden-ca.pem"), datacenter.bitwardenCa());
        Path chartCa = Files.writeString(folder.resolve("chart-repository-ca.pem"), datacenter.chartRepositoryCa());
        String proxy = "http://127.0.0.1:" + datacenter.proxy().getPort();
        ObjectNode json = JsonMapper.builder().build().createObjectNode();
        json.putObject("proxmox")
                .put("endpoint", datacenter.proxmoxUrl().toString())
                .put("apiToken", datacenter.proxmoxApiToken())
                .put("user", datacenter.proxmoxUser())
                .put("password", datacenter.proxmoxPassword())
                .put("fingerprint", datacenter.proxmoxFingerprint())
                .put("caFile", proxmoxCa.toString());
        json.putObject("imageFactory")
                .put("endpoint", datacenter.imageFactoryUrl().toString())
                .put("caFile", factoryCa.toString());
        json.putObject("bitwarden")
                .put("serverUrl", datacenter.bitwardenUrl().toString())
                .put("accessToken", datacenter.bitwardenAccessToken())
                .put("caFile", bitwardenCa.toString())
                .put("project", datacenter.bitwardenProject());
        json.putObject("chartRepository")
                .put("endpoint", datacenter.chartRepository().toString())
                .put("registry", datacenter.chartRegistry().toString())
                .put("caFile", chartCa.toString());
        json.put("proxy", proxy);
        json.putObject("environment")
                .put("PROXMOX_VE_ENDPOINT", datacenter.proxmoxUrl().toString())
                .put("PROXMOX_VE_API_TOKEN", datacenter.proxmoxApiToken())
                .put("PROXMOX_VE_FINGERPRINT", datacenter.proxmoxFingerprint())
                .put("PROXMOX_VE_CA", proxmoxCa.toString())
                .put("BWS_ACCESS_TOKEN", datacenter.bitwardenAccessToken())
                .put("BWS_SERVER_URL", datacenter.bitwardenUrl().toString())
                .put("BWS_CA", bitwardenCa.toString())
                .put("BWS_PROJECT", datacenter.bitwardenProject())
                .put("TALOS_IMAGE_FACTORY", datacenter.imageFactoryUrl().toString())
                .put("TALOS_IMAGE_FACTORY_CA", factoryCa.toString())
                .put("TALOS_PVE_CHART_MIRROR", datacenter.chartRepository().toString())
                .put("TALOS_PVE_CHART_MIRROR_CA", chartCa.toString())
                .put("HTTPS_PROXY", proxy)
                .put("NO_PROXY", "127.0.0.1,localhost");
        return json.toString();
    }

    private static void delete(Path folder) {
        try (var files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
            Files.delete(folder);
        } catch (IOException e) {
            System.err.println("could not delete " + folder + ": " + e.getMessage());
        }
    }
}
