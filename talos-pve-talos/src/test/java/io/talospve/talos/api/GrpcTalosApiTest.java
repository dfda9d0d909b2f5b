package io.talospve.talos.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.list;
import static org.assertj.core.api.InstanceOfAssertFactories.type;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.grpc.Status;
import io.talospve.error.ErrorCode;
import io.talospve.error.RemoteException;
import io.talospve.error.TalosPveException;
import io.talospve.spec.Secret;
import io.talospve.spi.MachineAddress;
import io.talospve.spi.MachineView;
import io.talospve.spi.TalosAccess;
import io.talospve.spi.TalosApi.BootstrapAnswer;
import io.talospve.spi.TalosApi.EtcdMember;
import io.talospve.talos.api.TestPki.Identity;
import io.talospve.talos.api.TestPki.Validity;
import io.talospve.talos.proto.machine.ApplyConfigurationRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(90)
class GrpcTalosApiTest {
    private static final TestPki NAMELESS = new TestPki("");
    private static final TestPki OURS = new TestPki("O=talos");
    private static final TestPki OTHERS = new TestPki("O=talos");
    private static final TalosAccess ACCESS = OURS.access("O=os:admin");
    private static final Identity WAITING = maintenanceIdentity();
    private static final UUID MACHINE = UUID.fromString("6f1c1d7e-3d1b-4a6e-9c55-000000000001");

    private final TestCalls calls = new TestCalls();
    private final GrpcTalosApi api = GrpcTalosApi.create();

    @AfterEach
    void close() {
        api.close();
    }

    @Test
    void seesAMachineInMaintenanceModeWhoseCertificateHasNoIssuer() {
        try (TestMachine machine = maintenance(WAITING)) {
            for (TalosAccess access : Arrays.asList(null, ACCESS, ACCESS)) {
                assertThat(api.look(machine.address(), access, null))
                        .isEqualTo(new MachineView.Maintenance(
                                "serves the maintenance API, stage maintenance",
                                WAITING.pin(),
                                MACHINE,
                                Set.of("bc:24:11:00:00:01"),
                                "v1.12.4",
                                Set.of("naa.5000000000000001")));
            }
        }
    }

    @Test
    void leavesEmptyWhatAMachineDoesNotShow() {
        try (TestMachine machine =
                TestMachine.maintenance(0, WAITING, calls, new TestResources().knowsNothing())) {
            assertThat(api.look(machine.address(), null, null))
                    .isEqualTo(new MachineView.Maintenance(
                            "serves the maintenance API", WAITING.pin(), null, Set.of(), null, Set.of()));
        }
    }

    @Test
    void anotherKeyThanThePinnedOneIsAForeignMachineAndGetsNoConfiguration() {
        Identity other = maintenanceIdentity();
        try (TestMachine machine = maintenance(other)) {
            assertThat(api.look(machine.address(), null, WAITING.pin()))
                    .isInstanceOf(MachineView.Foreign.class)
                    .extracting(MachineView::reason)
                    .asString()
                    .contains(other.pin(), WAITING.pin());
            assertThatThrownBy(() -> api.applyInMaintenance(
                            machine.address(), WAITING.pin(), Secret.of("machine: {type: controlplane}")))
                    .asInstanceOf(type(RemoteException.class))
                    .satisfies(e -> {
                        assertThat(e.code()).isEqualTo(ErrorCode.UNTRUSTED);
                        assertThat(e.retryable()).isFalse();
                    });
            assertThat(calls.applied).isEmpty();
        }
    }

    @Test
    void aNewKeyAfterARebootIsSeenWhenNoneIsRequired() {
        Identity next = maintenanceIdentity();
        int port;
        try (TestMachine machine = maintenance(WAITING)) {
            port = machine.port();
            assertThat(api.look(machine.address(), ACCESS, null)).isInstanceOf(MachineView.Maintenance.class);
        }
        try (TestMachine machine = TestMachine.maintenance(port, next, calls, TestResources.inMaintenance(MACHINE.toString()))) {
            assertThat(api.look(machine.address(), ACCESS, null))
                    .asInstanceOf(type(MachineView.Maintenance.class))
                    .extracting(MachineView.Maintenance::keyPin)
                    .isEqualTo(next.pin());
        }
    }

    @Test
    void sendsTheConfigurationToThePinnedKey() {
        try (TestMachine machine = maintenance(WAITING)) {
            api.applyInMaintenance(machine.address(), WAITING.pin(), Secret.of("version: v1alpha1\n"));
            assertThat(calls.applied).singleElement().satisfies(request -> {
                assertThat(request.getData().toStringUtf8()).isEqualTo("version: v1alpha1\n");
                assertThat(request.getMode()).isEqualTo(ApplyConfigurationRequest.Mode.AUTO);
                assertThat(request.getDryRun()).isFalse();
            });
        }
    }

    @Test
    void aRefusedConfigurationIsNotRetriedAndKeepsTalosWordsButNoDifferences() {
        calls.applyError = Status.INVALID_ARGUMENT.withDescription(
                "configuration validation failed: 1 error occurred:\n\t* bad\n\n\ndiff: +token: s3cr3t");
        try (TestMachine machine = maintenance(WAITING)) {
            assertThatThrownBy(() -> api.applyInMaintenance(machine.address(), WAITING.pin(), Secret.of("x")))
                    .asInstanceOf(type(RemoteException.class))
                    .satisfies(e -> {
                        assertThat(e.code()).isEqualTo(ErrorCode.REJECTED);
                        assertThat(e.retryable()).isFalse();
                        assertThat(e.serverText().orElseThrow())
                                .startsWith("configuration validation failed: 1 error occurred:\n\t* bad\n");
                        assertThat(everythingOf(e)).doesNotContain("s3cr3t");
                    });
        }
    }

    @Test
    void manyThreadsLookAtOneMachineAtOnce() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try (TestMachine running = running(0, ourServer());
                TestMachine waiting = maintenance(WAITING)) {
            List<Callable<MachineView>> looks = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                TestMachine machine = i % 2 == 0 ? running : waiting;
                looks.add(() -> api.look(machine.address(), ACCESS, null));
            }
            List<Future<MachineView>> views = threads.invokeAll(looks);
            for (int i = 0; i < views.size(); i++) {
                assertThat(views.get(i).get())
                        .isInstanceOf(i % 2 == 0 ? MachineView.Running.class : MachineView.Maintenance.class);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void aClosedClientSaysSo() {
        try (TestMachine machine = running(0, ourServer())) {
            assertThat(api.look(machine.address(), ACCESS, null)).isInstanceOf(MachineView.Running.class);
            api.close();
            assertThatThrownBy(() -> api.look(machine.address(), ACCESS, null))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("closed");
        }
    }

    @Test
    void anErrorMayBeLong() {
        calls.bootstrapError = Status.INTERNAL.withDescription("x".repeat(100_000));
        try (TestMachine machine = running(0, ourServer())) {
            assertThatThrownBy(() -> api.bootstrap(machine.address(), ACCESS))
                    .asInstanceOf(type(RemoteException.class))
                    .satisfies(e -> assertThat(e.serverText().orElseThrow()).hasSize(100_000));
        }
    }

    @Test
    void anAddressMayBeOfIpv6() throws IOException {
        try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getByName("::1"))) {
            assumeTrue(probe.isBound());
        } catch (BindException e) {
            abort("this host has no IPv6 on loopback");
        }
        try (TestMachine machine = TestMachine.runningAt(
                "::1", OURS.server("CN=cp-1", Validity.aDay(), TestPki.ip("::1")), OURS, calls, booting())) {
            assertThat(api.look(new MachineAddress("::1", machine.port()), ACCESS, null))
                    .isInstanceOf(MachineView.Running.class);
        }
    }

    @Test
    void aCallThatFailsLeavesOthersOnTheSameConnectionAlone() throws InterruptedException {
        calls.etcdHangs = true;
        try (TestMachine machine = running(0, ourServer());
                GrpcTalosApi patient = GrpcTalosApi.builder()
                        .callTimeout(Duration.ofSeconds(2))
                        .etcdTimeout(Duration.ofSeconds(60))
                        .build()) {
            assertThat(patient.look(machine.address(), ACCESS, null)).isInstanceOf(MachineView.Running.class);
            AtomicReference<Object> members = new AtomicReference<>();
            Thread asking = new Thread(() -> members.set(patient.etcdMembers(machine.address(), ACCESS)));
            asking.start();
            calls.hanging.await();
            assertThatThrownBy(() -> patient.machine(machine.address(), ACCESS).hostname())
                    .asInstanceOf(type(RemoteException.class))
                    .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.TIMED_OUT));
            calls.releaseEtcd();
            asking.join();
            assertThat(members.get()).asInstanceOf(list(EtcdMember.class)).hasSize(2);
        }
    }

    @Test
    void seesARunningMachineOfOurs() {
        try (TestMachine machine = running(0, ourServer())) {
            MachineView view = api.look(machine.address(), ACCESS, null);
            assertThat(view).asInstanceOf(type(MachineView.Running.class)).satisfies(running -> {
                assertThat(running.talosVersion()).isEqualTo("v1.12.4");
                assertThat(running.uuid()).isEqualTo(MACHINE);
                assertThat(running.stage()).isEqualTo("booting");
                assertThat(running.ready()).isFalse();
                assertThat(running.unmet()).containsExactly("services: etcd not running");
                assertThat(running.etcd()).isEqualTo("Preparing");
                assertThat(running.reason()).endsWith("etcd Preparing (waits for the bootstrap, or to join)");
                assertThat(running.etcdHealthy()).isFalse();
            });
        }
    }

    @Test
    void withoutAccessARunningMachineIsNotOurs() {
        try (TestMachine machine = running(0, ourServer())) {
            assertThat(api.look(machine.address(), null, null))
                    .isInstanceOf(MachineView.Foreign.class)
                    .extracting(MachineView::reason)
                    .asString()
                    .contains("O=talos");
        }
    }

    @Test
    void anotherClustersMachineIsForeign() {
        try (TestMachine machine = TestMachine.running(
                0, OTHERS.server("CN=other", Validity.aDay(), TestPki.ip("127.0.0.1")), OTHERS, calls, booting())) {
            assertThat(api.look(machine.address(), ACCESS, null))
                    .isInstanceOf(MachineView.Foreign.class)
                    .extracting(MachineView::reason)
                    .asString()
                    .contains("not signed by the cluster's OS CA");
            assertThatThrownBy(() -> api.bootstrap(machine.address(), ACCESS))
                    .asInstanceOf(type(RemoteException.class))
                    .satisfies(e -> {
                        assertThat(e.code()).isEqualTo(ErrorCode.UNTRUSTED);
                        assertThat(e.retryable()).isFalse();
                    });
        }
    }

    @Test
    void aMachineThatRefusesOurCertificateIsForeign() {
        try (TestMachine machine = TestMachine.running(0, ourServer(), OTHERS, calls, booting())) {
            assertThat(api.look(machine.address(), ACCESS, null))
                    .isInstanceOf(MachineView.Foreign.class)
                    .extracting(MachineView::reason)
                    .asString()
                    .contains("refuses our client certificate");
        }
    }

    @Test
    void aCertificateForAnotherAddressOrOutOfDateIsNotTrusted() {
        Identity elsewhere = OURS.server("CN=cp-2", Validity.aDay(), TestPki.ip("10.9.8.7"));
        try (TestMachine machine = running(0, elsewhere)) {
            assertThat(api.look(machine.address(), ACCESS, null))
                    .isInstanceOf(MachineView.Unreachable.class)
                    .extracting(MachineView::reason)
                    .asString()
                    .contains("10.9.8.7");
        }
        Instant now = Instant.now();
        Identity expired = OURS.server(
                "CN=cp-1", new Validity(now.minusSeconds(7200), now.minusSeconds(3600)), TestPki.ip("127.0.0.1"));
        try (TestMachine machine = running(0, expired)) {
            assertThat(api.look(machine.address(), ACCESS, null))
                    .isInstanceOf(MachineView.Unreachable.class)
                    .extracting(MachineView::reason)
                    .asString()
                    .contains("the clocks differ, or the machine has not renewed it, by 1 h 0 min or more");
        }
    }

    @Test
    void followsAMachineFromMaintenanceToRunningAndBack() {
        int port;
        try (TestMachine machine = maintenance(WAITING)) {
            port = machine.port();
            assertThat(api.look(machine.address(), ACCESS, null)).isInstanceOf(MachineView.Maintenance.class);
        }
        MachineAddress address = new MachineAddress("127.0.0.1", port);
        assertThat(api.look(address, ACCESS, WAITING.pin())).isInstanceOf(MachineView.Unreachable.class);
        try (TestMachine machine = running(port, ourServer())) {
            assertThat(api.look(machine.address(), ACCESS, WAITING.pin())).isInstanceOf(MachineView.Running.class);
        }
        try (TestMachine machine = running(port, ourServer())) {
            assertThat(api.look(machine.address(), ACCESS, null)).isInstanceOf(MachineView.Running.class);
        }
        try (TestMachine machine =
                TestMachine.maintenance(port, WAITING, calls, TestResources.inMaintenance(MACHINE.toString()))) {
            assertThat(api.look(machine.address(), ACCESS, null)).isInstanceOf(MachineView.Maintenance.class);
        }
    }

    @Test
    void nobodyThereIsUnreachableAtOnce() throws IOException {
        MachineAddress nobody;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            nobody = new MachineAddress("127.0.0.1", free.getLocalPort());
        }
        assertThat(api.look(nobody, ACCESS, null))
                .isInstanceOf(MachineView.Unreachable.class)
                .extracting(MachineView::reason)
                .asString()
                .contains("refused");
        assertThatThrownBy(() -> api.bootstrap(nobody, ACCESS))
                .asInstanceOf(type(RemoteException.class))
                .satisfies(e -> {
                    assertThat(e.code()).isEqualTo(ErrorCode.UNREACHABLE);
                    assertThat(e.retryable()).isTrue();
                    assertThat(e.getMessage()).contains("bootstrap etcd on " + nobody);
                });
    }

    @Test
    void aServerThatNeverAnswersIsGivenUp() throws IOException {
        try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getByName("127.0.0.1"));
                GrpcTalosApi impatient = GrpcTalosApi.builder()
                        .firstCallTimeout(Duration.ofMillis(500))
                        .callTimeout(Duration.ofMillis(500))
                        .build()) {
            assertThat(impatient.look(new MachineAddress("127.0.0.1", silent.getLocalPort()), ACCESS, null))
                    .isInstanceOf(MachineView.Unreachable.class)
                    .extracting(MachineView::reason)
                    .asString()
                    .contains("no answer in time");
        }
    }

    @Test
    void goesThroughAConnectProxyAndNamesWhatItRefuses() {
        Identity server = OURS.server("CN=cp-1", Validity.aDay(), TestPki.ip("10.77.0.11"));
        try (TestMachine machine = running(0, server);
                TestMachine local = running(0, ourServer());
                TestConnectProxy proxy = new TestConnectProxy(Map.of("10.77.0.11:50000", machine.port()));
                GrpcTalosApi behind = GrpcTalosApi.builder()
                        .proxy(proxy.address())
                        .noProxy(List.of("127.0.0.1"))
                        .build()) {
            assertThat(behind.look(MachineAddress.of("10.77.0.11"), ACCESS, null))
                    .isInstanceOf(MachineView.Running.class);
            assertThat(behind.look(MachineAddress.of("10.77.0.12"), ACCESS, null))
                    .isInstanceOf(MachineView.Unreachable.class)
                    .extracting(MachineView::reason)
                    .asString()
                    .contains("502");
            assertThat(behind.look(local.address(), ACCESS, null)).isInstanceOf(MachineView.Running.class);
            assertThat(proxy.asked).containsExactly("10.77.0.11:50000", "10.77.0.12:50000");
        }
    }

    @Test
    void bootstrapTellsAcceptedDoneAndNotYetApart() {
        try (TestMachine machine = running(0, ourServer())) {
            assertThat(api.bootstrap(machine.address(), ACCESS)).isEqualTo(BootstrapAnswer.ACCEPTED);

            calls.bootstrapError = Status.ALREADY_EXISTS.withDescription("etcd data directory is not empty");
            assertThat(api.bootstrap(machine.address(), ACCESS)).isEqualTo(BootstrapAnswer.ALREADY_DONE);

            calls.bootstrapError = Status.FAILED_PRECONDITION.withDescription("time is not in sync yet");
            assertThatThrownBy(() -> api.bootstrap(machine.address(), ACCESS))
                    .asInstanceOf(type(RemoteException.class))
                    .satisfies(e -> {
                        assertThat(e.code()).isEqualTo(ErrorCode.SERVER_FAILED);
                        assertThat(e.retryable()).isTrue();
                        assertThat(e.serverText()).contains("time is not in sync yet");
                    });

            calls.bootstrapError = Status.FAILED_PRECONDITION.withDescription(
                    "bootstrap can only be performed on a control plane node");
            assertThatThrownBy(() -> api.bootstrap(machine.address(), ACCESS))
                    .asInstanceOf(type(RemoteException.class))
                    .satisfies(e -> assertThat(e.retryable()).isFalse());

            calls.bootstrapError = Status.PERMISSION_DENIED.withDescription("not authorized");
            assertThatThrownBy(() -> api.bootstrap(machine.address(), ACCESS))
                    .asInstanceOf(type(RemoteException.class))
                    .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.DENIED));
        }
    }

    @Test
    void etcdIsAskedLocallyAndAHangingOneIsGivenUp() {
        try (TestMachine machine = running(0, ourServer());
                GrpcTalosApi impatient = GrpcTalosApi.builder()
                        .etcdTimeout(Duration.ofSeconds(2))
                        .build()) {
            assertThat(impatient.etcdMembers(machine.address(), ACCESS))
                    .containsExactly(
                            new EtcdMember(Long.parseUnsignedLong("15286353483418611391"), "cp-1", false),
                            new EtcdMember(7, "cp-2", true));
            assertThat(calls.queriedLocally).isTrue();

            calls.etcdHangs = true;
            assertThatThrownBy(() -> impatient.etcdMembers(machine.address(), ACCESS))
                    .asInstanceOf(type(RemoteException.class))
                    .satisfies(e -> {
                        assertThat(e.code()).isEqualTo(ErrorCode.TIMED_OUT);
                        assertThat(e.retryable()).isTrue();
                    });
        }
    }

    @Test
    void aCallCanBeInterrupted() throws InterruptedException {
        calls.etcdHangs = true;
        try (TestMachine machine = running(0, ourServer())) {
            AtomicReference<Throwable> thrown = new AtomicReference<>();
            Thread caller = new Thread(() -> {
                try {
                    api.etcdMembers(machine.address(), ACCESS);
                } catch (RemoteException e) {
                    thrown.set(e);
                }
            });
            caller.start();
            calls.hanging.await();
            caller.interrupt();
            caller.join();
            assertThat(thrown.get())
                    .asInstanceOf(type(RemoteException.class))
                    .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.CANCELLED));
        }
    }

    @Test
    void readsTheKubeconfigOfAnArchiveWithoutTrailer() throws IOException {
        byte[] archive = gzip(tar("kubeconfig", "apiVersion: v1\n"));
        calls.kubeconfig = List.of(
                Arrays.copyOfRange(archive, 0, 20), Arrays.copyOfRange(archive, 20, archive.length));
        try (TestMachine machine = running(0, ourServer())) {
            assertThat(api.kubeconfig(machine.address(), ACCESS).reveal()).isEqualTo("apiVersion: v1\n");

            calls.kubeconfig = List.of(Arrays.copyOfRange(archive, 0, archive.length / 2));
            assertUnreadable(machine);
            calls.kubeconfig = List.of();
            assertUnreadable(machine);
            calls.kubeconfig = List.of("apiVersion: v1\n".getBytes(StandardCharsets.UTF_8));
            assertUnreadable(machine);
        }
    }

    private void assertUnreadable(TestMachine machine) {
        assertThatThrownBy(() -> api.kubeconfig(machine.address(), ACCESS))
                .asInstanceOf(type(RemoteException.class))
                .satisfies(e -> {
                    assertThat(e.code()).isEqualTo(ErrorCode.UNEXPECTED_ANSWER);
                    assertThat(everythingOf(e)).doesNotContain("apiVersion");
                });
    }

    @Test
    void readsTheEndOfALog() {
        try (TestMachine machine = running(0, ourServer())) {
            assertThat(api.logTail(machine.address(), ACCESS, "kubelet", 20)).isEqualTo("one\ntwo\n");
            assertThat(calls.logRequests).singleElement().satisfies(request -> {
                assertThat(request.getTailLines()).isEqualTo(20);
                assertThat(request.getFollow()).isFalse();
                assertThat(request.getNamespace()).isEqualTo("system");
            });
            assertThatThrownBy(() -> api.logTail(machine.address(), ACCESS, "etcd", 20))
                    .asInstanceOf(type(RemoteException.class))
                    .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_FOUND));
        }
    }

    @Test
    void anotherAccessGetsAConnectionOfItsOwn() {
        try (TestMachine machine = running(0, ourServer())) {
            assertThat(api.look(machine.address(), ACCESS, null)).isInstanceOf(MachineView.Running.class);
            assertThat(api.look(machine.address(), OTHERS.access("O=os:admin"), null))
                    .isInstanceOf(MachineView.Foreign.class);
            assertThat(api.look(machine.address(), ACCESS, null)).isInstanceOf(MachineView.Running.class);
        }
    }

    @Test
    void anAccessThatCannotBeReadIsNamedWithoutShowingIt() {
        TalosAccess broken = new TalosAccess(
                ACCESS.ca(), ACCESS.certificate(), Secret.of("-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----"));
        assertThatThrownBy(() -> api.bootstrap(MachineAddress.of("127.0.0.1"), broken))
                .isInstanceOf(TalosPveException.class)
                .hasMessageContaining("the key of the cluster's access")
                .satisfies(e -> assertThat(everythingOf(e)).doesNotContain("c2VjcmV0"));
    }

    private TestMachine maintenance(Identity identity) {
        return TestMachine.maintenance(0, identity, calls, TestResources.inMaintenance(MACHINE.toString()));
    }

    private TestMachine running(int port, Identity identity) {
        return TestMachine.running(port, identity, OURS, calls, booting());
    }

    private static TestResources booting() {
        return new TestResources()
                .with(
                        "runtime",
                        "MachineStatuses.runtime.talos.dev",
                        "machine",
                        "stage: booting\nstatus:\n    ready: false\n    unmetConditions:\n        - name: services\n"
                                + "          reason: etcd not running\n")
                .with(
                        "hardware",
                        "SystemInformations.hardware.talos.dev",
                        "systeminformation",
                        "uuid: " + MACHINE + "\n");
    }

    private static Identity ourServer() {
        return OURS.server("CN=cp-1", Validity.aDay(), TestPki.ip("127.0.0.1"));
    }

    private static Identity maintenanceIdentity() {
        return NAMELESS.server("CN=maintenance-service.talos.dev", Validity.aDay(), TestPki.ip("127.0.0.1"));
    }

    private static String everythingOf(Throwable error) {
        java.io.StringWriter text = new java.io.StringWriter();
        error.printStackTrace(new java.io.PrintWriter(text));
        return text.toString();
    }

    private static byte[] tar(String name, String content) {
        byte[] file = content.getBytes(StandardCharsets.UTF_8);
        byte[] archive = new byte[512 + file.length];
        byte[] header = name.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(header, 0, archive, 0, header.length);
        byte[] size = String.format("%011o", file.length).getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(size, 0, archive, 124, size.length);
        archive[156] = '0';
        System.arraycopy(file, 0, archive, 512, file.length);
        return archive;
    }

    private static byte[] gzip(byte[] content) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
            gzip.write(content);
        }
        return bytes.toByteArray();
    }
}
