package io.talospve.gitops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.talospve.error.RefusedException;
import io.talospve.spec.Secret;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;

class StableRendererTest {
    private static final ChartRequest REQUEST = new ChartRequest(
            new ChartReference.Local(Path.of("demo"), Optional.empty()), "demo", "ns", Secret.of(""), "v1.35.0", List.of());

    private static ChartRenderer rendering(IntFunction<String> text) {
        AtomicInteger count = new AtomicInteger();
        return new ChartRenderer() {
            @Override
            public List<ManifestDocument> render(ChartRequest request) {
                return Documents.rendered("test", Secret.of(text.apply(count.incrementAndGet())));
            }

            @Override
            public void close() {}
        };
    }

    @Test
    void aRandomValueIsRefusedNamingObjectAndField() {
        try (ChartRenderer renderer = new StableRenderer(rendering(n -> """
                apiVersion: v1
                kind: Secret
                metadata: {name: certs}
                data: {ca.crt: same, tls.key: hunter%d}
                """.formatted(n)))) {
            assertThatThrownBy(() -> renderer.render(REQUEST))
                    .isInstanceOf(RefusedException.class)
                    .hasMessageContaining("release demo, chart demo: two renderings differ in Secret certs: data.tls\\.key")
                    .hasMessageNotContaining("hunter");
        }
    }

    @Test
    void anObjectWithARandomNameIsNamed() {
        try (ChartRenderer renderer = new StableRenderer(
                rendering(n -> "apiVersion: v1\nkind: Pod\nmetadata: {name: p" + n + "}\nspec: {containers: [{name: a}]}\n"))) {
            assertThatThrownBy(() -> renderer.render(REQUEST)).hasMessageContaining("Pod p1 (only in one), Pod p2 (only in one)");
        }
    }

    @Test
    void whatIsTheSameTwicePasses() {
        try (ChartRenderer renderer = new StableRenderer(rendering(n -> "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n"))) {
            assertThat(renderer.render(REQUEST)).hasSize(1);
        }
    }
}
