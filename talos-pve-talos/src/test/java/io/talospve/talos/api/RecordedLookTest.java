package io.talospve.talos.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.type;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.talospve.spi.MachineView;
import io.talospve.spi.TalosAccess;
import io.talospve.talos.api.TestPki.Identity;
import io.talospve.talos.api.TestPki.Validity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the client makes of resources exactly as real machines sent them. */
class RecordedLookTest {
    private static final Path RECORDINGS = Path.of("../../shared/data/talos-recordings");
    private static final String STATUS = "MachineStatuses.runtime.talos.dev";

    @Test
    void readsAMachineInMaintenanceMode() throws IOException {
        TestResources resources = new TestResources();
        for (JsonNode line : lines("1-maintenance-cosi.jsonl", call("List").and(role("none")))) {
            add(line, resources);
        }
        Identity identity =
                new TestPki("").server("CN=maintenance-service.talos.dev", Validity.aDay(), TestPki.ip("127.0.0.1"));
        try (TestMachine machine = TestMachine.maintenance(0, identity, new TestCalls(), resources);
                GrpcTalosApi api = GrpcTalosApi.create()) {
            // The recorded machine is a container: no SMBIOS, no disks, a virtual NIC without a permanent address.
            assertThat(api.look(machine.address(), null, null))
                    .isEqualTo(new MachineView.Maintenance(
                            "serves the maintenance API, stage maintenance",
                            identity.pin(),
                            null,
                            Set.of("0e:f2:30:a6:6b:73"),
                            "v1.12.4",
                            Set.of()));
        }
    }

    @Test
    void readsEveryStatusOfABringUp() throws IOException {
        TestPki ca = new TestPki("O=talos");
        TalosAccess access = ca.access("O=os:admin");
        Identity identity = ca.server("CN=cp-5", Validity.aDay(), TestPki.ip("127.0.0.1"));
        Set<String> statuses = new LinkedHashSet<>();
        for (JsonNode line : lines("3-bringup-clean.jsonl", call("Watch").and(role("os:admin")))) {
            for (JsonNode response : line.path("responses")) {
                for (JsonNode event : response.path("events")) {
                    JsonNode resource = event.path("resource");
                    if (resource.path("metadata").path("type").asString("").equals(STATUS)
                            && !resource.path("spec").asString("").isEmpty()) {
                        statuses.add(resource.path("spec").asString());
                    }
                }
            }
        }
        assertThat(statuses).hasSizeGreaterThan(3);
        try (GrpcTalosApi api = GrpcTalosApi.create()) {
            List<MachineView.Running> views = new ArrayList<>();
            for (String status : statuses) {
                try (TestMachine machine = TestMachine.running(
                        0, identity, ca, new TestCalls(), new TestResources().with("runtime", STATUS, "machine", status))) {
                    assertThat(api.look(machine.address(), access, null))
                            .asInstanceOf(type(MachineView.Running.class))
                            .satisfies(views::add);
                }
            }
            assertThat(views).allSatisfy(view -> {
                assertThat(view.stage()).isIn("booting", "running");
                assertThat(view.ready()).isEqualTo(view.unmet().isEmpty() && view.stage().equals("running"));
                assertThat(view.unmet()).allMatch(condition -> condition.matches("[a-zA-Z]+: .+"));
            });
            assertThat(views).anyMatch(view -> view.unmet().contains("services: etcd not running"));
            assertThat(views.get(views.size() - 1).ready()).isTrue();
        }
    }

    private static void add(JsonNode line, TestResources resources) {
        for (JsonNode response : line.path("responses")) {
            JsonNode metadata = response.path("metadata");
            resources.with(
                    metadata.path("namespace").asString(""),
                    metadata.path("type").asString(""),
                    metadata.path("id").asString(""),
                    response.path("spec").asString(""));
        }
    }

    private static Predicate<JsonNode> call(String method) {
        return line -> line.path("call").asString("").equals("cosi.resource.State/" + method);
    }

    private static Predicate<JsonNode> role(String role) {
        return line -> line.path("role").asString("").equals(role);
    }

    private static List<JsonNode> lines(String file, Predicate<JsonNode> wanted) throws IOException {
        Path path = RECORDINGS.resolve(file);
        assumeTrue(Files.exists(path), () -> "the recording is absent, nothing compared: " + path);
        List<JsonNode> lines = new ArrayList<>();
        for (String line : Files.readAllLines(path)) {
            JsonNode json = JsonMapper.shared().readTree(line);
            if (wanted.test(json)) {
                lines.add(json);
            }
        }
        return lines;
    }
}
