package io.talospve.talos.api.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.grpc.Status;
import io.talospve.error.ErrorCode;
import io.talospve.error.RemoteException;
import io.talospve.spi.MachineAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Every error that real machines were recorded with means what this table says: the first row that fits. */
class RecordedErrorsTest {
    private static final Path RECORDINGS = Path.of("../../shared/data/talos-recordings");
    private static final MachineAddress SOMEWHERE = MachineAddress.of("10.0.0.11");

    /** What people and the executor are to make of an error: whether to try again, above all. */
    private record Row(Status.Code code, String pattern, ErrorCode means, boolean retryable) {
        boolean matches(Status.Code seen, String text) {
            return code == seen && text.lines().findFirst().orElse("").matches(pattern);
        }
    }

    private static final List<Row> TABLE = List.of(
            new Row(Status.Code.INVALID_ARGUMENT, ".*", ErrorCode.REJECTED, false),
            new Row(Status.Code.RESOURCE_EXHAUSTED, "grpc: received message larger than max .*", ErrorCode.REJECTED, false),
            new Row(Status.Code.ALREADY_EXISTS, "etcd data directory is not empty", ErrorCode.REJECTED, false),
            new Row(Status.Code.FAILED_PRECONDITION, "bootstrap can only be performed on a control plane node",
                    ErrorCode.REJECTED, false),
            new Row(Status.Code.FAILED_PRECONDITION, "method is not supported in container mode",
                    ErrorCode.SERVER_FAILED, true),
            new Row(Status.Code.UNIMPLEMENTED, ".*", ErrorCode.REJECTED, false),
            new Row(Status.Code.PERMISSION_DENIED, ".*", ErrorCode.DENIED, false),
            new Row(Status.Code.NOT_FOUND, ".*", ErrorCode.NOT_FOUND, false),
            new Row(Status.Code.INTERNAL, "invalid target .*", ErrorCode.REJECTED, false),
            new Row(Status.Code.INTERNAL, "runtime error: .*", ErrorCode.SERVER_FAILED, true),
            new Row(Status.Code.UNAVAILABLE, ".*", ErrorCode.UNREACHABLE, true),
            new Row(Status.Code.CANCELLED, ".*", ErrorCode.UNREACHABLE, true),
            new Row(Status.Code.DEADLINE_EXCEEDED, ".*", ErrorCode.TIMED_OUT, true),
            new Row(Status.Code.UNKNOWN, "failed to parse config: .*", ErrorCode.REJECTED, false),
            new Row(Status.Code.UNKNOWN, "service \".*\" doesn't support .* operation via API", ErrorCode.REJECTED, false),
            new Row(Status.Code.UNKNOWN, "failed to forfeit leadership: .*only one member", ErrorCode.REJECTED, false),
            new Row(Status.Code.UNKNOWN, "invalid generate request", ErrorCode.REJECTED, false),
            new Row(Status.Code.UNKNOWN, "log \".*\" was not registered", ErrorCode.NOT_FOUND, true),
            new Row(Status.Code.UNKNOWN, "etcdserver: no leader", ErrorCode.SERVER_FAILED, true),
            new Row(Status.Code.UNKNOWN, ".*rpc not supported for learner", ErrorCode.SERVER_FAILED, true),
            new Row(Status.Code.UNKNOWN, "failed to leave cluster: .*", ErrorCode.SERVER_FAILED, true),
            new Row(Status.Code.UNKNOWN, "\\d+ errors? occurred:", ErrorCode.SERVER_FAILED, true),
            // What nobody has recorded yet may pass.
            new Row(Status.Code.FAILED_PRECONDITION, ".*", ErrorCode.SERVER_FAILED, true),
            new Row(Status.Code.INTERNAL, ".*", ErrorCode.SERVER_FAILED, true),
            new Row(Status.Code.UNKNOWN, ".*", ErrorCode.SERVER_FAILED, true));

    @Test
    void everyRecordedErrorMeansWhatTheTableSays() throws IOException {
        assumeTrue(Files.isDirectory(RECORDINGS), () -> "the recordings are absent, nothing compared: " + RECORDINGS);
        Map<Row, Integer> used = new TreeMap<>((a, b) -> Integer.compare(TABLE.indexOf(a), TABLE.indexOf(b)));
        List<String> wrong = new ArrayList<>();
        int errors = 0;
        try (Stream<Path> files = Files.list(RECORDINGS)) {
            for (Path file : files.filter(f -> f.toString().endsWith(".jsonl")).sorted().toList()) {
                for (String line : Files.readAllLines(file)) {
                    for (Status error : errors(JsonMapper.shared().readTree(line))) {
                        errors++;
                        judge(error, used, wrong);
                    }
                }
            }
        }
        assertThat(wrong).isEmpty();
        assertThat(errors).isGreaterThan(900);
        List<Row> unused = TABLE.stream().filter(row -> !used.containsKey(row)).toList();
        // Container mode's refusals are in a part of the recordings that is not always there.
        assertThat(unused)
                .allMatch(row -> row.pattern().contains("container mode")
                        || TABLE.indexOf(row) >= TABLE.size() - 3);
    }

    private static void judge(Status error, Map<Row, Integer> used, List<String> wrong) {
        String text = String.valueOf(error.getDescription());
        List<Row> rows = TABLE.stream().filter(row -> row.matches(error.getCode(), text)).toList();
        if (rows.isEmpty()) {
            wrong.add("no row for " + error.getCode() + " " + text);
            return;
        }
        used.merge(rows.get(0), 1, Integer::sum);
        RemoteException meant = Errors.of("try", SOMEWHERE, Failure.of(error.asRuntimeException()));
        if (meant.code() != rows.get(0).means() || meant.retryable() != rows.get(0).retryable()) {
            wrong.add(error.getCode() + " " + text + ": " + meant.code() + ", retryable " + meant.retryable());
        }
        String firstLine = text.lines().findFirst().orElse("").replaceAll("`[^`]*`", "`***`");
        if (error.getCode() != Status.Code.DEADLINE_EXCEEDED && !meant.getMessage().contains(firstLine)) {
            wrong.add("the server's words are missing: " + meant.getMessage());
        }
        if (text.contains("\ndiff:") && meant.getMessage().contains("+++")) {
            wrong.add("differences are shown: " + meant.getMessage());
        }
    }

    /** The status of the call, and each machine's own in the metadata of its part. */
    private static List<Status> errors(JsonNode line) {
        List<Status> errors = new ArrayList<>();
        String code = line.path("code").asString("");
        if (!code.isEmpty() && !code.equals("OK")) {
            errors.add(Status.fromCode(code(code)).withDescription(line.path("message").asString("")));
        }
        for (JsonNode response : line.path("responses")) {
            for (JsonNode message : response.path("messages")) {
                JsonNode status = message.path("metadata").path("status");
                if (status.path("code").asInt(0) != 0) {
                    errors.add(Status.fromCodeValue(status.path("code").asInt(0))
                            .withDescription(status.path("message").asString("")));
                }
            }
        }
        return errors;
    }

    private static Status.Code code(String name) {
        return name.equals("Canceled")
                ? Status.Code.CANCELLED
                : Status.Code.valueOf(name.replaceAll("(?<=[a-z])(?=[A-Z])", "_").toUpperCase(Locale.ROOT));
    }
}
