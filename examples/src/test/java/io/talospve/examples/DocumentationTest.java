package io.talospve.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Every piece of Java in README.md and docs/ compiles as it stands there. */
class DocumentationTest {
    private static final Path ROOT = Path.of("..");
    private static final Pattern BLOCK = Pattern.compile("(?ms)^```java\\n(.*?)^```");
    private static final Pattern DECLARES_TYPE_OR_METHOD = Pattern.compile("(?m)^@|^(public |final )*class ");

    /** What a reader has already: everything that a block uses and does not declare. */
    private static final String CONTEXT =
            """
            import io.talospve.*; import io.talospve.apply.*; import io.talospve.error.*; import io.talospve.event.*;
            import io.talospve.plan.*; import io.talospve.spec.*; import io.talospve.spi.*; import io.talospve.store.*;
            import io.talospve.kubernetes.*; import io.talospve.proxmox.*; import io.talospve.health.*;
            import io.talospve.gitops.*; import io.talospve.gitops.chart.*; import io.talospve.helm.*;
            import io.talospve.talos.api.MachineStream; import java.security.SecureRandom;
            import io.talospve.secrets.age.*; import io.talospve.secrets.bitwarden.*; import io.talospve.secrets.file.*;
            import io.talospve.secrets.process.*; import io.talospve.secrets.stateless.*; import io.talospve.secrets.vault.*;
            import io.talospve.testkit.*; import io.talospve.testkit.contract.*; import io.talospve.testkit.junit.*;
            import java.net.*; import java.nio.file.*; import java.time.*; import java.util.*; import java.util.function.*;
            import java.util.stream.*; import org.junit.jupiter.api.*; import org.junit.jupiter.api.extension.*;
            import static org.assertj.core.api.Assertions.*;
            abstract class Block {
              TalosPve pve; TalosCluster cluster; Plan plan; Path dir; String application, fingerprint, roleId, secretId, kubeconfig, accessToken;
              Secret<String> token; Consumer<ProxmoxHypervisor.Builder> proxmox; SecretSink sink; SecretSource source;
              Path folder; URI url; ClusterStore store; ChartReference chart; Secret<String> values; Secret<byte[]> key;
              static class MyStore implements SecretSinkContract.Store {
                public SecretSink sink() { return null; } public Optional<String> stored(String key) { return Optional.empty(); }
                public long writes() { return 0; } public void close() {}
              }
            """;

    @TestFactory
    Stream<DynamicTest> compiles() throws IOException {
        return blocks().stream().map(block -> DynamicTest.dynamicTest(block.name(), () -> compile(block)));
    }

    @Test
    void aBlockThatDoesNotCompileIsFound() {
        assertThat(errors(new Snippet("x.md:1", "pve.plan(cluster).noSuchMethod();\n"))).hasSize(1);
    }

    private static List<Snippet> blocks() throws IOException {
        List<Snippet> blocks = new ArrayList<>();
        List<Path> files = new ArrayList<>(List.of(ROOT.resolve("README.md")));
        try (Stream<Path> docs = Files.list(ROOT.resolve("docs"))) {
            docs.filter(file -> file.toString().endsWith(".md")).sorted().forEach(files::add);
        }
        for (Path file : files) {
            String text = Files.readString(file);
            for (Matcher at = BLOCK.matcher(text); at.find(); ) {
                long line = text.substring(0, at.start(1)).lines().count();
                blocks.add(new Snippet(file.getFileName() + ":" + (line + 1), at.group(1)));
            }
        }
        return blocks;
    }

    private static void compile(Snippet block) {
        assertThat(errors(block)).as("%s", block.java()).isEmpty();
    }

    private static List<String> errors(Snippet block) {
        String body = DECLARES_TYPE_OR_METHOD.matcher(block.java()).find()
                ? block.java()
                : "void block() throws Exception {\n" + block.java() + "}\n";
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        DiagnosticCollector<JavaFileObject> found = new DiagnosticCollector<>();
        compiler.getTask(
                        new StringWriter(),
                        null,
                        found,
                        List.of("-proc:none", "-implicit:none", "-Xlint:none", "-d", "target/test-classes", "-cp", classPath()),
                        null,
                        List.of(new Source(CONTEXT + body + "}\n")))
                .call();
        return found.getDiagnostics().stream().map(d -> d.getMessage(null)).toList();
    }

    private static String classPath() {
        return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    }

    private record Snippet(String name, String java) {}

    private static final class Source extends SimpleJavaFileObject {
        private final String text;

        Source(String text) {
            super(URI.create("string:///Block.java"), Kind.SOURCE);
            this.text = text;
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return text;
        }
    }
}
