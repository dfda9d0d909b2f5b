package io.talospve.testkit.internal.pve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.talospve.testkit.internal.clock.Latency;
import io.talospve.testkit.internal.clock.VirtualClock;
import io.talospve.testkit.internal.world.PveVersion;
import io.talospve.testkit.internal.world.World;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/** Our table of endpoints and parameters says what Proxmox's own API description says, if that is there. */
class SchemaTableTest {
    /** Deviations that are meant, as "call parameter" with the reason. */
    private static final Map<String, String> MEANT = Map.ofEntries(
            Map.entry("POST /storage", "only type dir can be made, so only its parameters are known"),
            Map.entry("POST /cluster/ha/rules", "described with oneOf, not as a flat list"),
            Map.entry("PUT /cluster/ha/rules/{rule}", "described with oneOf, not as a flat list"));

    private final List<String> problems = new ArrayList<>();

    @ParameterizedTest
    @EnumSource(PveVersion.class)
    void agreesWithTheApiDescription(PveVersion version) throws IOException {
        Path file = Path.of("..", "..", "shared", "data", "pve-api-schema-" + version.version() + "-slim.json");
        if (!Files.exists(file)) {
            System.out.println("API DESCRIPTION ABSENT: " + file + " is not there, the table is not compared");
        }
        assumeTrue(Files.exists(file), "no API description");
        Map<String, JsonNode> described = new TreeMap<>();
        Recording.JSON.readTree(file.toFile()).get("endpoints").forEach(
                e -> described.put(e.get("method").asString() + " " + e.get("path").asString(), e));
        World world = World.builder(new VirtualClock(Instant.EPOCH), new Latency(0), p -> new FakeGuest(p), Lab.FACTORY)
                .version(version).build();
        int compared = 0;
        List<String> unknown = new ArrayList<>();
        Set<String> ours = new TreeSet<>();
        for (Endpoint endpoint : new PveApi(world).endpoints().all()) {
            String call = endpoint.method() + " " + endpoint.template();
            ours.add(call);
            JsonNode theirs = described.get(call);
            if (theirs == null) {
                unknown.add(call);
            } else if (!MEANT.containsKey(call)) {
                compared++;
                compare(call, endpoint, theirs);
            }
        }
        Set<String> missing = new TreeSet<>(described.keySet());
        missing.removeAll(ours);
        System.out.println("PVE " + version.version() + ": " + compared + " calls compared with the API description; not"
                + " in it: " + unknown + "; of it not simulated: " + missing.size() + "\n  meant to differ: " + MEANT);
        assertThat(problems).isEmpty();
        assertThat(compared).isGreaterThan(60);
    }

    private void compare(String call, Endpoint endpoint, JsonNode theirs) {
        JsonNode properties = theirs.at("/parameters/properties");
        Set<String> names = new TreeSet<>();
        if (properties.isObject()) {
            properties.propertyNames().forEach(names::add);
        }
        Map<String, Param> own = endpoint.schema().table();
        if (!names.equals(own.keySet())) {
            Set<String> missing = new TreeSet<>(names);
            missing.removeAll(own.keySet());
            Set<String> extra = new TreeSet<>(own.keySet());
            extra.removeAll(names);
            problems.add(call + ": missing " + missing + ", too many " + extra);
        }
        boolean privileged = theirs.path("protected").asInt(0) == 1;
        if (privileged != endpoint.privileged()) {
            problems.add(call + ": protected " + privileged);
        }
        own.forEach((name, p) -> {
            if (names.contains(name)) {
                compare(call + " " + name, p, properties.get(name));
            }
        });
    }

    private void compare(String at, Param own, JsonNode theirs) {
        check(at, "type", theirs.path("type").asString(), own.type().word());
        check(at, "required", theirs.path("optional").asInt(0) == 0, own.required());
        check(at, "minimum", number(theirs.path("minimum")), own.minimum() == null ? "" : own.minimum().toString());
        check(at, "maximum", number(theirs.path("maximum")), own.maximum() == null ? "" : own.maximum().toString());
        check(at, "maxLength", theirs.path("maxLength").asInt(-1), own.maxLength());
        check(at, "requires", theirs.path("requires").asString(""), own.requires() == null ? "" : own.requires());
        Set<String> values = new TreeSet<>();
        if (theirs.path("enum").isArray()) {
            theirs.get("enum").forEach(v -> values.add(v.asString()));
        }
        check(at, "enum", values, new TreeSet<>(own.values()));
        JsonNode format = theirs.path("format");
        if (format.isObject()) {
            PropertyString rules = own.propertyString();
            if (rules == null) {
                problems.add(at + ": no rules for its keys");
                return;
            }
            Set<String> keys = new TreeSet<>();
            format.properties().forEach(e -> {
                if (!e.getValue().has("alias")) {
                    keys.add(e.getKey());
                }
            });
            check(at, "keys", keys, new TreeSet<>(rules.keys().keySet()));
            rules.keys().forEach((key, p) -> {
                if (keys.contains(key)) {
                    compare(at + "." + key, p, format.get(key));
                }
            });
        }
    }

    private void check(String at, String what, Object theirs, Object ours) {
        if (!theirs.equals(ours)) {
            problems.add(at + ": " + what + " is " + theirs + ", not " + ours);
        }
    }

    private static String number(JsonNode node) {
        return node.isMissingNode() ? "" : new BigDecimal(node.asString()).stripTrailingZeros().toPlainString();
    }
}
