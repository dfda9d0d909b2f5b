package io.talospve.gitops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.talospve.gitops.chart.ChartFetcher;
import io.talospve.spec.Secret;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CachingRendererTest {
    private final ChartFetcher fetcher = ChartFetcher.builder().build();
    private int rendered;

    @TempDir
    Path work;

    @BeforeEach
    void chart() throws Exception {
        Files.createDirectories(work.resolve("demo"));
        Files.writeString(work.resolve("demo/Chart.yaml"), "name: demo\nversion: 1.0.0\n");
    }

    private ChartRequest request(String values, String... apiVersions) {
        return new ChartRequest(
                new ChartReference.Local(work.resolve("demo"), Optional.empty()),
                "demo", "ns", Secret.of(values), "v1.35.0", List.of(apiVersions));
    }

    private ChartRenderer caching(RenderingCache cache, String identity) {
        return new CachingRenderer(new ChartRenderer() {
            @Override
            public List<ManifestDocument> render(ChartRequest request) {
                rendered++;
                return Documents.rendered("test", request.values()
                        .map(text -> "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData:\n  a: |+\n    " + text + "\n\n"));
            }

            @Override
            public String identity() {
                return identity;
            }

            @Override
            public void close() {}
        }, fetcher, cache);
    }

    @Test
    void theSameIsRenderedOnceAndAnythingElseAgain() throws Exception {
        ChartRenderer renderer = caching(RenderingCache.inMemory(), "one");
        List<ManifestDocument> first = renderer.render(request("hunter22"));
        assertThat(renderer.render(request("hunter22"))).isEqualTo(first);
        assertThat(rendered).isEqualTo(1);
        renderer.render(request("hunter23"));
        renderer.render(request("hunter22", "a/v1"));
        renderer.render(request("hunter22", "a/v1", "b/v1"));
        assertThat(rendered).isEqualTo(4);
        Files.writeString(work.resolve("demo/values.yaml"), "a: b\n");
        renderer.render(request("hunter22"));
        assertThat(rendered).isEqualTo(5);
    }

    @Test
    void onDiskNothingCanBeReadOrGuessedWithoutTheKey() throws Exception {
        Secret<byte[]> key = Secret.of(new byte[32]);
        Path folder = work.resolve("cache");
        List<ManifestDocument> first =
                caching(RenderingCache.directory(folder, key, new SecureRandom()), "one").render(request("hunter22"));
        assertThat(caching(RenderingCache.directory(folder, key, new SecureRandom()), "one").render(request("hunter22")))
                .isEqualTo(first);
        assertThat(rendered).isEqualTo(1);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder))).isEqualTo("rwx------");
        Path file;
        try (Stream<Path> files = Files.list(folder)) {
            file = files.findFirst().orElseThrow();
        }
        byte[] content = Files.readAllBytes(file);
        assertThat(new String(content, StandardCharsets.ISO_8859_1)).doesNotContain("hunter22").doesNotContain("Secret");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file))).isEqualTo("rw-------");

        byte[] otherKey = new byte[32];
        Arrays.fill(otherKey, (byte) 1);
        caching(RenderingCache.directory(folder, Secret.of(otherKey), new SecureRandom()), "one").render(request("hunter22"));
        assertThat(rendered).isEqualTo(2);
        caching(RenderingCache.directory(folder, key, new SecureRandom()), "two").render(request("hunter22"));
        assertThat(rendered).isEqualTo(3);

        content[content.length - 1] ^= 1;
        Files.write(file, content);
        assertThat(caching(RenderingCache.directory(folder, key, new SecureRandom()), "one").render(request("hunter22")))
                .isEqualTo(first);
        assertThat(rendered).as("what was changed is not believed").isEqualTo(4);
        assertThatThrownBy(() -> RenderingCache.directory(folder, Secret.of(new byte[8]), new SecureRandom()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void whatWasRenderedElsewhereIsTakenByRelease() throws Exception {
        try (ChartRenderer texts = RenderedElsewhere.of(java.util.Map.of("demo", Secret.of("apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n")));
                ChartRenderer files = RenderedElsewhere.folder(work)) {
            assertThat(texts.render(request(""))).extracting(ManifestDocument::name).containsExactly("p");
            assertThatThrownBy(() -> files.render(request(""))).hasMessageContaining("release demo was not rendered beforehand");
            Files.writeString(work.resolve("demo.yaml"), "apiVersion: v1\nkind: Pod\nmetadata: {name: q}\n");
            assertThat(files.render(request(""))).extracting(ManifestDocument::name).containsExactly("q");
            ChartRequest out = new ChartRequest(request("").chart(), "../demo", "ns", Secret.of(""), "v1.35.0", List.of());
            assertThatThrownBy(() -> files.render(out)).hasMessageContaining("leads out of");
        }
    }
}
