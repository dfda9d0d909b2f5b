package io.talospve.helm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.talospve.error.ConfigurationException;
import io.talospve.error.ErrorCode;
import io.talospve.error.RefusedException;
import io.talospve.error.RemoteException;
import io.talospve.gitops.Documents;
import io.talospve.gitops.chart.ChartFetcher;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** How helm is run, with scripts in its place; what it renders is compared in interop/helm. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the scripts need a POSIX shell")
class HelmExecutableTest {
    @TempDir
    Path work;

    private final ChartFetcher fetcher = ChartFetcher.builder().build();

    private HelmExecutable helm(String version, String template) throws Exception {
        Path script = Files.writeString(
                work.resolve("helm"), "#!/bin/sh\nif [ \"$1\" = version ]; then " + version + "\nexit; fi\n" + template + "\n");
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
        return HelmExecutable.at(script, fetcher, Duration.ofSeconds(10));
    }

    private String render(HelmExecutable helm, String values) {
        return Documents.join(helm.render(TestCharts.request(TestCharts.folder(work.resolve("charts"), "plain"), values, "a/v1")))
                .reveal();
    }

    @Test
    void argumentsAndEnvironmentHoldNoValues() throws Exception {
        String text = render(
                helm("echo v3.21.0+g1", """
                        cat <<END
                        apiVersion: v1
                        kind: ConfigMap
                        metadata: {name: c}
                        data:
                          arguments: '$*'
                          kubeconfig: '$(/usr/bin/wc -c < "$KUBECONFIG")'
                          mode: '$(/bin/ls -l values.yaml | /usr/bin/cut -c1-10)'
                          folder: '$(/bin/ls -ld . | /usr/bin/cut -c1-10)'
                          values: '$(/bin/cat values.yaml)'
                          environment: |
                        $(/usr/bin/env | /bin/sed 's/^/    /')
                        END
                        """),
                "password: hunter22");
        assertThat(text)
                .contains("arguments: 'template --include-crds --kube-version=v1.35.2 --namespace=demo-system --values=values.yaml"
                        + " --api-versions=a/v1 -- demo ./chart'")
                .contains("kubeconfig: '0'")
                .contains("mode: '-rw-------'")
                .contains("folder: 'drwx------'")
                .contains("values: 'password: hunter22'")
                .containsOnlyOnce("hunter22")
                .contains("HELM_NO_PLUGINS=1")
                .doesNotContain("JAVA_HOME");
    }

    @Test
    void otherVersionsAreRefused() throws Exception {
        assertThatThrownBy(() -> render(helm("echo v2.17.0", ""), ""))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageEndingWith("is Helm v2.17.0");
        assertThatThrownBy(() -> render(helm("echo v3.8.1", ""), "")).hasMessageEndingWith("is Helm v3.8.1");
        assertThatThrownBy(() -> render(helm("echo v5.0.0", ""), "")).hasMessageEndingWith("is Helm v5.0.0");
        assertThatThrownBy(() -> render(helm("echo hello", ""), "")).hasMessageEndingWith("does not say its version but, with status 0: hello");
        assertThatThrownBy(() -> HelmExecutable.at(work.resolve("none"), fetcher).identity())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("none cannot be run");
        assertThat(helm("echo v4.1.1", "").identity()).isEqualTo("helm v4.1.1");
    }

    @Test
    void errorsAreHelmsWithoutWarningsAndValues() throws Exception {
        RefusedException error = catchThrowableOfType(RefusedException.class, () -> render(
                helm("echo v3.21.0", "echo 'WARNING: x' >&2; echo 'Error: bad hunter22' >&2; echo >&2; echo 'Use --debug flag' >&2; exit 1"),
                "password: hunter22"));
        assertThat(error).hasMessage("rendering chart plain 0.1.0 as release demo in namespace demo-system for Kubernetes v1.35.2"
                + " failed: bad ***");
    }

    @Test
    void whatTakesTooLongIsKilledWithWhatItStarted() throws Exception {
        Path pid = work.resolve("pid");
        RemoteException error = catchThrowableOfType(RemoteException.class, () -> render(
                HelmExecutable.at(script("/bin/sleep 600 & echo $! > " + pid + "; trap '' TERM; wait; wait"), fetcher, Duration.ofSeconds(3)), ""));
        assertThat(error.code()).isEqualTo(ErrorCode.TIMED_OUT);
        ProcessHandle.of(Long.parseLong(Files.readString(pid).strip()))
                .ifPresent(sleeper -> sleeper.onExit().orTimeout(20, java.util.concurrent.TimeUnit.SECONDS).join());
    }

    private Path script(String template) throws Exception {
        helm("echo v3.21.0", template);
        return work.resolve("helm");
    }
}
