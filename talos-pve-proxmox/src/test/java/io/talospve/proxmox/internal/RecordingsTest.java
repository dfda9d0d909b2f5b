package io.talospve.proxmox.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.talospve.error.ErrorCode;
import io.talospve.spi.VmDetails;
import io.talospve.spi.VmRef;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What real 8.4 and 9.2 clusters answered, read by this client. Needs the recordings beside the project. */
class RecordingsTest {
    private static final Path RECORDINGS = Path.of("../../shared/data/pve-recordings");
    private static final Pattern UPID = Pattern.compile("UPID:[^\"\\s/]+:");
    private static final Pattern CONFIG = Pattern.compile("/nodes/([^/]+)/qemu/(\\d+)/config");

    private static List<JsonNode> exchanges = List.of();

    @BeforeAll
    static void load() throws IOException {
        if (!Files.isDirectory(RECORDINGS)) {
            System.out.println("NOT CHECKED against recordings of Proxmox VE: " + RECORDINGS + " is absent");
            Assumptions.abort(RECORDINGS + " is absent");
        }
        List<JsonNode> all = new ArrayList<>();
        try (Stream<Path> files = Files.list(RECORDINGS)) {
            for (Path file : files.filter(f -> f.toString().endsWith(".jsonl")).sorted().toList()) {
                for (String line : Files.readAllLines(file)) {
                    all.add(Fields.parse(line.getBytes(StandardCharsets.UTF_8)));
                }
            }
        }
        exchanges = all.stream().filter(e -> e.has("status")).toList();
        assertThat(exchanges).hasSizeGreaterThan(1000);
    }

    private static ApiException classify(JsonNode exchange) {
        JsonNode body = exchange.path("body");
        byte[] bytes = body.isString() || body.isMissingNode() ? new byte[0] : body.toString().getBytes(StandardCharsets.UTF_8);
        Call call = new Call(Fields.text(exchange, "method"), Fields.text(exchange, "path"), Map.of());
        return ErrorClassifier.classify(call, "https://pve1:8006", (int) Fields.number(exchange, "status", 0), bytes);
    }

    @Test
    void everyErrorKeepsTheServersWords() {
        int seen = 0;
        for (JsonNode exchange : exchanges) {
            if (Fields.number(exchange, "status", 0) < 400) {
                continue;
            }
            seen++;
            ApiException e = classify(exchange);
            String said = Fields.text(exchange.path("body"), "message").strip();
            assertThat(e.getMessage()).contains(said).contains(Fields.text(exchange, "path"));
            for (String parameter : exchange.path("body").path("errors").propertyNames()) {
                assertThat(e.parameterErrors()).containsKey(parameter);
                assertThat(e.getMessage()).contains(parameter + ": ");
            }
            if (said.isEmpty()) {
                assertThat(e.getMessage()).contains("(no text)");
            }
        }
        assertThat(seen).isGreaterThan(150);
    }

    @Test
    void whatMayBeRetriedIsWhatPasses() {
        for (JsonNode exchange : exchanges) {
            int status = (int) Fields.number(exchange, "status", 0);
            if (status < 400) {
                continue;
            }
            ApiException e = classify(exchange);
            String said = e.text();
            boolean passes = status == 595
                    || said.contains("VM is locked")
                    || said.contains("quorum")
                    || said.contains("File exists")
                    || said.startsWith("unable to create VM") && said.contains("already exists");
            assertThat(e.retryable()).as("%s: %s", exchange.path("path"), said).isEqualTo(passes);
            if (said.startsWith("Configuration file")) {
                assertThat(e.code()).isEqualTo(ErrorCode.NOT_FOUND);
            } else if (status == 401 || status == 403) {
                assertThat(e.code()).isEqualTo(ErrorCode.DENIED);
            } else if (status == 400 && !said.contains("already exists") && !said.contains("no such task")) {
                assertThat(e.code()).isEqualTo(ErrorCode.REJECTED);
            }
        }
    }

    @Test
    void everyUpidIsUnderstood() {
        int seen = 0;
        for (JsonNode exchange : exchanges) {
            Matcher upids = UPID.matcher(exchange.path("body").toString());
            while (upids.find()) {
                Upid upid = Upid.parse(upids.group());
                assertThat(upid.node()).matches("pve[123]");
                assertThat(upid.type()).isNotEmpty();
                seen++;
            }
        }
        assertThat(seen).isGreaterThan(500);
    }

    @Test
    void everyConfigurationIsRead() {
        int seen = 0;
        for (JsonNode exchange : exchanges) {
            Matcher path = CONFIG.matcher(Fields.text(exchange, "path"));
            JsonNode config = exchange.path("body").path("data");
            if (!path.matches() || !Fields.text(exchange, "method").equals("GET") || !config.isObject()) {
                continue;
            }
            seen++;
            VmRef ref = new VmRef(path.group(1), Integer.parseInt(path.group(2)));
            VmDetails vm = VmConfig.read(ref, config, false);
            long nics = config.propertyNames().stream().filter(key -> key.matches("net\\d+")).count();
            long disks = config.propertyNames().stream()
                    .filter(key -> key.matches("(scsi|virtio|sata|ide)\\d+"))
                    .filter(key -> !Fields.text(config, key).contains("media=cdrom"))
                    .count();
            assertThat(vm.nics()).hasSize((int) nics).allSatisfy(nic -> assertThat(nic.mac()).hasSize(17));
            assertThat(vm.disks()).hasSize((int) disks).allSatisfy(disk -> assertThat(disk.datastore()).isIn("nas", "local"));
            assertThat(vm.uuid()).isPresent();
            assertThat(vm.description()).isEqualTo(Fields.text(config, "description"));
        }
        assertThat(seen).isGreaterThan(10);
    }
}
