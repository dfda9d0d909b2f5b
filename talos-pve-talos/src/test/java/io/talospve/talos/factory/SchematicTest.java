package io.talospve.talos.factory;

import static org.assertj.core.api.Assertions.assertThat;

import io.talospve.talos.Vectors;
import io.talospve.talos.internal.yaml.YamlReader;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class SchematicTest {
    static Stream<Arguments> cases() {
        JsonNode root = JsonMapper.shared().readTree(Vectors.text("schematics.json"));
        return root.get("cases").valueStream()
                .map(one -> Arguments.of(
                        one.get("name").stringValue(),
                        one.get("input").stringValue(),
                        one.get("canonical").stringValue(),
                        one.get("id").stringValue()));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void idEqualsTheFactorys(String name, String input, String canonical, String id) {
        Schematic schematic = schematic(YamlReader.read(name, input));
        assertThat(schematic.yaml()).isEqualTo(canonical);
        assertThat(schematic.id()).isEqualTo(id);
    }

    @SuppressWarnings("unchecked")
    private static Schematic schematic(Map<String, Object> input) {
        Map<String, Object> customization = (Map<String, Object>) input.get("customization");
        Map<String, Object> overlay = (Map<String, Object>) input.get("overlay");
        Map<String, Object> extensions = (Map<String, Object>) customization.getOrDefault("systemExtensions", Map.of());
        return new Schematic(
                Optional.ofNullable(overlay)
                        .map(o -> new Schematic.Overlay(
                                (String) o.get("image"), (String) o.get("name"), (Map<String, String>) (Map<?, ?>) o.get("options"))),
                (List<String>) customization.getOrDefault("extraKernelArgs", List.of()),
                ((List<Map<String, Object>>) customization.getOrDefault("meta", List.of()))
                        .stream()
                                .map(meta -> new Schematic.Meta((Integer) meta.get("key"), (String) meta.get("value")))
                                .toList(),
                (List<String>) extensions.getOrDefault("officialExtensions", List.of()),
                customization.containsKey("secureboot"));
    }
}
