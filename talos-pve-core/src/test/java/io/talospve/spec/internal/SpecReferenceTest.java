package io.talospve.spec.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/**
 * The key reference in docs/spec.md and the schema in docs/spec.schema.json are what the keys say. To write them anew:
 * {@code mvn -pl talos-pve-core test -Dtest=SpecReferenceTest -Dwrite.docs=true}.
 */
class SpecReferenceTest {
    private static final Path DOCS = Path.of("..", "docs");
    private static final String BEGIN = "<!-- keys: made from the code by SpecReferenceTest -->\n";
    private static final String END = "<!-- end of keys -->\n";

    @Test
    void theKeyReferenceIsUpToDate() throws IOException {
        Path file = DOCS.resolve("spec.md");
        String text = Files.readString(file);
        String expected = text.substring(0, text.indexOf(BEGIN) + BEGIN.length())
                + SpecReference.markdown() + "\n" + text.substring(text.indexOf(END));
        write(file, expected);
        assertThat(Files.readString(file)).isEqualTo(expected);
    }

    @Test
    void theSchemaIsUpToDate() throws IOException {
        Path file = DOCS.resolve("spec.schema.json");
        write(file, SpecReference.jsonSchema());
        assertThat(Files.readString(file)).isEqualTo(SpecReference.jsonSchema());
    }

    private static void write(Path file, String text) throws IOException {
        if (Boolean.getBoolean("write.docs")) {
            Files.writeString(file, text);
        }
    }

    @Test
    void everyKeyHasAnExampleThatCanBeRead() {
        SpecReference.places().forEach((mapping, paths) -> {
            for (Mapping.Key<?, ?, ?> key : mapping.keys()) {
                String path = Mapping.Entries.child(paths.get(0), key.name());
                assertThat(key.checkExample()).as(path).isEmpty();
                assertThat(key.doc()).as(path).isNotEmpty();
                boolean ownTable = SpecReference.places().values().stream()
                        .flatMap(places -> places.stream())
                        .anyMatch(place -> place.equals(path) || place.equals(path + "[]") || place.equals(path + ".<name>"));
                assertThat(!key.example().isEmpty() || ownTable).as("%s has an example or a table of its own", path).isTrue();
            }
        });
    }
}
