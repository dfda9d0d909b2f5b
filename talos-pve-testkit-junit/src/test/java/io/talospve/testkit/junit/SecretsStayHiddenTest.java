package io.talospve.testkit.junit;

import static org.assertj.core.api.Assertions.assertThat;

import io.talospve.TalosPve;
import io.talospve.apply.Outcome;
import io.talospve.event.Progress;
import io.talospve.plan.Plan;
import io.talospve.spec.Secret;
import io.talospve.spec.SecretReference;
import io.talospve.spec.SecretValue;
import io.talospve.spec.TalosCluster;
import io.talospve.store.ClusterStore;
import io.talospve.testkit.SimulatedDatacenter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/** Runs the main job with logging at its finest and looks for every secret, by value, in everything that comes out. */
@Isolated("it captures standard output and the root logger")
class SecretsStayHiddenTest {
    private static final Pattern SECRET_ENTRY =
            Pattern.compile("(?m)^\\s*(?:key|token|secret|bootstraptoken|secretboxencryptionsecret"
                    + "|client-key-data): \"?([^\\s\"]{8,})\"?$");

    /** What may hold secrets: the store's own places for them. */
    private static final Set<String> VAULTS = Set.of("secrets.yaml", "issued.json", "digest.key", "kubeconfig", "talosconfig");

    /** What the spec refers to. */
    private static final Map<String, Secret<String>> SPEC_SECRETS = Map.of(
            "registry-password", Secret.of("kQ7vX2mZp9Lw4TfB"),
            "registry-token", Secret.of("n3Hd8sYc6RgJ1aWe"),
            "registry-git-token", Secret.of("wB6pQ9xGz2Vd7HnK"),
            "registry-value", Secret.of("c8Rf1yTj5MsLk0Ue"));

    /** What the program gives as a value. */
    private static final String IN_CODE = "Zt5uK0bNq8VxE2oM";

    private static TalosCluster withRegistry(TalosCluster cluster) {
        return TalosCluster.builder()
                .from(cluster)
                .gitops(g -> g.from(cluster.gitops().orElseThrow())
                        .bootstrap(b -> b.from(cluster.gitops().orElseThrow().bootstrap().orElseThrow())
                                .credentials(x -> x.token(reference("registry-git-token")))))
                .helmValues("flux", Map.of("extraSecret", reference("registry-value")))
                .registry("harbor.example.com", r -> r.username("robot")
                        .password(SecretValue.of(new SecretReference("vault", "registry-password"))))
                .registry("quay.example.com", r -> r.identityToken(
                        SecretValue.of(new SecretReference("vault", "registry-token"))))
                .registry("code.example.com", r -> r.auth(SecretValue.of(Secret.of(IN_CODE))))
                .build();
    }

    private static SecretValue reference(String key) {
        return SecretValue.of(new SecretReference("vault", key));
    }

    @Test
    void noSecretIsInAnythingThatPeopleOrLogsSee(@TempDir Path folder) throws IOException {
        Map<String, String> outputs = new TreeMap<>();
        List<String> secrets = new ArrayList<>();
        StringBuffer logged = new StringBuffer();
        Handler handler = capture(logged);
        Logger root = Logger.getLogger("");
        List<Logger> all = Stream.of("", "org.bouncycastle", "io.grpc").map(Logger::getLogger).toList();
        List<Level> levels = all.stream().map(Logger::getLevel).toList();
        Handler[] others = root.getHandlers();
        PrintStream out = System.out;
        PrintStream err = System.err;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        try (SimulatedDatacenter datacenter = SimulatedDatacenter.builder().latency(0.05).start();
                TalosPve pve = DatacenterConnection.open(
                        datacenter,
                        ClusterStore.directory(folder),
                        c -> c.secretSource("vault", key -> Optional.ofNullable(SPEC_SECRETS.get(key)), "registry-"))) {
            for (Handler other : others) {
                root.removeHandler(other);
            }
            root.addHandler(handler);
            all.forEach(logger -> logger.setLevel(Level.ALL));
            System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
            System.setErr(System.out);
            MainJobTest.pushApplications(datacenter);
            datacenter.protectRepository(
                    "https://github.com/your-org/applications.git", SPEC_SECRETS.get("registry-git-token"));
            TalosCluster cluster = withRegistry(MainJobTest.example());
            Plan plan = pve.plan(cluster);
            List<String> events = new ArrayList<>();
            Outcome outcome = pve.apply(plan, Progress.console(), event -> events.add(event.toString()));
            Plan again = pve.plan(cluster);
            plan.print();
            outcome.print();
            outputs.put("plan as JSON", plan.toJson() + again.toJson() + plan.toDot() + plan.toMermaid());
            outputs.put("events", String.join("\n", events));
            outputs.put("objects", plan + "\n" + outcome + outcome.steps() + outcome.credentials() + cluster + pve);
            outputs.put("threads", Thread.getAllStackTraces().keySet().toString());
            outputs.put("process arguments", String.join(" ", ProcessHandle.current().info().arguments().orElse(new String[0])));
            assertThat(outcome.succeeded()).isTrue();
            secrets.addAll(secretsIn(Files.readString(folder.resolve("prod-k8s/secrets.yaml"))));
            String hubble = Files.readString(folder.resolve("prod-k8s/secrets/hubble-default"));
            for (String block : hubble.split("(?=-----BEGIN )")) {
                if (block.contains("PRIVATE KEY")) {
                    secrets.add(block.lines().skip(1).findFirst().orElseThrow());
                }
            }
            secrets.addAll(secretsIn(outcome.credentials().kubeconfig().reveal()));
            secrets.addAll(secretsIn(outcome.credentials().talosconfig().reveal()));
            secrets.addAll(SPEC_SECRETS.values().stream().map(Secret::reveal).toList());
            secrets.add(IN_CODE);
            secrets.add(datacenter.proxmoxApiToken().split("=", 2)[1]);
            secrets.add(datacenter.bitwardenAccessToken());
            secrets.add(datacenter.bitwardenAccessToken().split("[.:]")[2]);
        } finally {
            System.setOut(out);
            System.setErr(err);
            for (int i = 0; i < all.size(); i++) {
                all.get(i).setLevel(levels.get(i));
            }
            root.removeHandler(handler);
            for (Handler other : others) {
                root.addHandler(other);
            }
        }
        outputs.put("standard output", printed.toString(StandardCharsets.UTF_8));
        outputs.put("logs", logged.toString());
        outputs.putAll(storeFiles(folder));
        assertThat(secrets).as("secrets looked for").hasSizeGreaterThanOrEqualTo(22);
        assertThat(logged.toString().contains("org.bouncycastle") && logged.toString().contains("io.grpc"))
                .as("the libraries logged too")
                .isTrue();
        List<String> found = new ArrayList<>();
        outputs.forEach((name, text) -> {
            for (int i = 0; i < secrets.size(); i++) {
                for (String form : forms(secrets.get(i))) {
                    if (text.contains(form)) {
                        found.add("secret " + i + " in " + name);
                    }
                }
            }
        });
        assertThat(found).isEmpty();
    }

    private static Handler capture(StringBuffer target) {
        return new Handler() {
            @Override
            public void publish(LogRecord line) {
                target.append(line.getLoggerName()).append(' ').append(line.getMessage());
                if (line.getParameters() != null) {
                    for (Object parameter : line.getParameters()) {
                        target.append(' ').append(parameter);
                    }
                }
                if (line.getThrown() != null) {
                    target.append(' ').append(line.getThrown());
                }
                target.append('\n');
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
    }

    private static List<String> secretsIn(String yaml) {
        List<String> found = new ArrayList<>();
        Matcher entries = SECRET_ENTRY.matcher(yaml);
        while (entries.find()) {
            found.add(entries.group(1));
        }
        return found;
    }

    /** A secret as it is, as base64, and each line of a PEM text that it is the base64 of. */
    private static List<String> forms(String secret) {
        List<String> forms = new ArrayList<>(List.of(
                secret, Base64.getEncoder().encodeToString(secret.getBytes(StandardCharsets.UTF_8))));
        try {
            String decoded = new String(Base64.getDecoder().decode(secret), StandardCharsets.UTF_8);
            if (decoded.contains("PRIVATE KEY")) {
                decoded.lines().filter(line -> !line.startsWith("-----") && line.length() > 16).forEach(forms::add);
            }
        } catch (IllegalArgumentException notBase64) {
            // it has no other form
        }
        return forms;
    }

    private static Map<String, String> storeFiles(Path folder) throws IOException {
        Map<String, String> texts = new TreeMap<>();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                boolean kept = file.getParent().getFileName().toString().equals("secrets");
                if (!kept && !VAULTS.contains(file.getFileName().toString())) {
                    texts.put(folder.relativize(file).toString(), Files.readString(file));
                }
            }
        }
        assertThat(texts.keySet()).anyMatch(name -> name.contains("journal")).anyMatch(name -> name.contains("revisions"));
        return texts;
    }
}
