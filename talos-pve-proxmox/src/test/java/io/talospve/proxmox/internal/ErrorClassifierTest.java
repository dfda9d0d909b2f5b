package io.talospve.proxmox.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.talospve.error.ErrorCode;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ErrorClassifierTest {
    private static ApiException classify(Call call, int status, String body) {
        return ErrorClassifier.classify(call, "https://pve1:8006", status, body.getBytes(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "500|Configuration file 'nodes/pve1/qemu-server/110.conf' does not exist|NOT_FOUND|false",
                "500|unable to create VM 100 - VM 100 already exists on node 'pve1'|NAME_TAKEN|true",
                "500|unable to create VM 105 - close (rename) atomic file '/etc/pve/nodes/pve3/qemu-server/105.conf' failed: File exists|NAME_TAKEN|true",
                "500|unable to create VM 105 - CT 105 already exists on node 'pve1'|NAME_TAKEN|true",
                "500|VM is locked (backup)|SERVER_FAILED|true",
                "500|can't lock file '/var/lock/qemu-server/lock-100.conf' - got timeout|SERVER_FAILED|true",
                "500|cluster not ready - no quorum?|SERVER_FAILED|true",
                "500|create pool failed: cfs-lock 'file-user_cfg' error: no quorum!|SERVER_FAILED|true",
                "500|cfs-lock 'file-user_cfg' error: got lock request timeout|SERVER_FAILED|true",
                "500|storage 'nope' does not exist|SERVER_FAILED|false",
                "500|VM 100 is running - destroy failed|SERVER_FAILED|false",
                "500|can't remove VM 100 - protection mode enabled|SERVER_FAILED|false",
                "500|checksum mismatch (file change by other user?)|SERVER_FAILED|false",
                "403|Permission check failed (/vms/300, VM.Audit)|DENIED|false",
                "401|authentication failure|DENIED|false",
                "400|Parameter verification failed.|REJECTED|false",
                "501|Method 'GET /nope' not implemented|REJECTED|false",
                "506|upload 'Content-Type 'text/plain' not implemented|REJECTED|false",
                "503|Service Unavailable|UNREACHABLE|true",
            })
    void textsMeanSomething(int status, String text, ErrorCode code, boolean retryable) {
        ApiException e = classify(Call.get("x"), status, "{\"data\":null,\"message\":\"" + text + "\\n\"}");
        assertThat(e.code()).isEqualTo(code);
        assertThat(e.retryable()).isEqualTo(retryable);
        assertThat(e.serverText()).contains(text);
        assertThat(e).hasMessageContaining(text).hasMessageContaining("GET /x").hasMessageContaining("https://pve1:8006");
    }

    @ParameterizedTest
    @CsvSource({"595,UNREACHABLE,true", "596,UNREACHABLE,true", "599,UNREACHABLE,true", "401,DENIED,false", "501,REJECTED,false", "500,SERVER_FAILED,false"})
    void anEmptyBodyIsExplainedByItsStatus(int status, ErrorCode code, boolean retryable) {
        ApiException e = classify(Call.get("x"), status, "");
        assertThat(e.code()).isEqualTo(code);
        assertThat(e.retryable()).isEqualTo(retryable);
        assertThat(e.serverText()).isEmpty();
        assertThat(e).hasMessageContaining(Integer.toString(status)).hasMessageContaining("no text");
    }

    @Test
    void parameterErrorsAreAllThere() {
        ApiException e = classify(
                Call.post("nodes", "a", "qemu"),
                400,
                "{\"message\":\"Parameter verification failed.\\n\",\"errors\":{\"net0\":\"invalid format\\n\",\"cores\":\"type check\"},\"data\":null}");
        assertThat(e.text()).isEqualTo("Parameter verification failed. cores: type check; net0: invalid format");
        assertThat(e.parameterErrors()).containsEntry("net0", "invalid format").hasSize(2);
    }

    @Test
    void aLostChangeAsksToLookFirst() {
        assertThat(classify(Call.post("nodes", "a", "qemu"), 596, "").hint())
                .hasValueSatisfying(hint -> assertThat(hint).contains("look before"));
    }

    @Test
    void whatIsNotJsonIsQuotedAndBounded() {
        assertThat(classify(Call.get("x"), 502, "<html>" + "x".repeat(10_000)).getMessage()).hasSizeLessThan(500).contains("<html>");
    }
}
