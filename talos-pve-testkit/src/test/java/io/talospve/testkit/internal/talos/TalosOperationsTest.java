package io.talospve.testkit.internal.talos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Duration;
import com.google.protobuf.Empty;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.talospve.talos.proto.common.Data;
import io.talospve.talos.proto.machine.ApplyConfigurationRequest;
import io.talospve.talos.proto.machine.ApplyConfigurationRequest.Mode;
import io.talospve.talos.proto.machine.BootstrapRequest;
import io.talospve.talos.proto.machine.EtcdLeaveClusterRequest;
import io.talospve.talos.proto.machine.EtcdMember;
import io.talospve.talos.proto.machine.EtcdMemberListRequest;
import io.talospve.talos.proto.machine.EtcdRemoveMemberByIDRequest;
import io.talospve.talos.proto.machine.ResetRequest;
import io.talospve.talos.proto.machine.UpgradeRequest;
import io.talospve.testkit.internal.net.SimNetwork;
import io.talospve.testkit.internal.tls.NodePki;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TalosOperationsTest {
    private final FakeWorld world = new FakeWorld();

    @AfterEach
    void close() {
        world.close();
    }

    private ManagedChannel configured(FakeWorld.Vm vm, boolean controlPlane) {
        vm.start();
        world.await("maintenance of " + vm.name, () -> world.machine(vm).stage().equals("maintenance"));
        world.maintenance(vm).applyConfiguration(FakeWorld.request(FakeWorld.config(controlPlane, vm, FakeWorld.INSTALLER)));
        return running(vm);
    }

    private ManagedChannel running(FakeWorld.Vm vm) {
        world.await("apid of " + vm.name, () -> List.of("booting", "running").contains(world.machine(vm).stage())
                && world.network.lookup(vm.address, 50000) instanceof SimNetwork.Lookup.Target);
        return world.channel(vm, FakeWorld.admin());
    }

    private List<TalosGuests.Snapshot.Member> members() {
        List<TalosGuests.Snapshot.Etcd> etcds = world.guests.snapshot().clusters().get(0).etcds();
        return etcds.isEmpty() ? List.of() : etcds.get(0).members();
    }

    private List<FakeWorld.Vm> threeMembers(List<ManagedChannel> channels) {
        List<FakeWorld.Vm> planes = List.of(
                world.vm("cp-1", "192.168.62.21"), world.vm("cp-2", "192.168.62.22"), world.vm("cp-3", "192.168.62.23"));
        planes.forEach(vm -> channels.add(configured(vm, true)));
        FakeWorld.stub(channels.get(0)).bootstrap(BootstrapRequest.getDefaultInstance());
        world.await("three voters", () -> members().stream().filter(m -> !m.learner() && m.running()).count() == 3);
        return planes;
    }

    @Test
    void etcdKeepsItsArithmetic() {
        List<ManagedChannel> channels = new ArrayList<>();
        List<FakeWorld.Vm> planes = threeMembers(channels);
        long dead = members().stream().filter(m -> m.name().equals("cp-3")).findFirst().orElseThrow().id();
        planes.get(2).cut();

        // Two of three run: the second of them may not leave, the dead one may be removed.
        assertThatThrownBy(() -> FakeWorld.stub(channels.get(1)).etcdLeaveCluster(EtcdLeaveClusterRequest.getDefaultInstance()))
                .hasMessageStartingWith("UNKNOWN: failed to leave cluster: 1 error(s) occurred:\n\tfailed to remove member ")
                .hasMessageEndingWith("re-configuration failed due to not enough started members");
        FakeWorld.stub(channels.get(0))
                .etcdRemoveMemberByID(EtcdRemoveMemberByIDRequest.newBuilder().setMemberId(dead).build());
        assertThat(members()).hasSize(2);

        // It comes back with its old data and is not let in; wiped, it joins as a new member.
        planes.get(2).start();
        ManagedChannel back = running(planes.get(2));
        world.clock.advance(java.time.Duration.ofMinutes(2));
        assertThat(members()).hasSize(2);
        FakeWorld.stub(back).reset(ResetRequest.newBuilder().setReboot(true).build());
        world.await("maintenance", () -> world.machine(planes.get(2)).stage().equals("maintenance"));
        world.maintenance(planes.get(2))
                .applyConfiguration(FakeWorld.request(FakeWorld.config(true, planes.get(2), FakeWorld.INSTALLER)));
        world.await("three voters again", () -> members().stream().filter(m -> !m.learner() && m.running()).count() == 3);
        assertThat(members()).extracting(TalosGuests.Snapshot.Member::id).doesNotContain(dead);
        assertThat(world.guests.snapshot().clusters().get(0).bootstraps()).isEqualTo(1);
    }

    @Test
    void aLostMemberAndLostQuorumAreSeen() {
        List<ManagedChannel> channels = new ArrayList<>();
        List<FakeWorld.Vm> planes = threeMembers(channels);
        world.guests.loseEtcdMember("cp-2");
        assertThat(FakeWorld.stub(channels.get(0))
                        .etcdMemberList(EtcdMemberListRequest.newBuilder().setQueryLocal(true).build())
                        .getMessages(0)
                        .getMembersList())
                .extracting(EtcdMember::getHostname)
                .contains("cp-2");
        planes.get(2).cut();
        assertThatThrownBy(() -> FakeWorld.stub(channels.get(0)).etcdMemberList(EtcdMemberListRequest.getDefaultInstance()))
                .hasMessage("UNKNOWN: etcdserver: no leader");
        assertThat(world.network.lookup("192.168.62.20", 6443)).isInstanceOf(SimNetwork.Lookup.Unreachable.class);
    }

    @Test
    void aSecondBootstrapSplitsTheBrain() {
        List<FakeWorld.Vm> planes = List.of(world.vm("cp-1", "192.168.62.21"), world.vm("cp-2", "192.168.62.22"));
        List<ManagedChannel> channels = planes.stream().map(vm -> configured(vm, true)).toList();
        channels.forEach(c -> FakeWorld.stub(c).bootstrap(BootstrapRequest.getDefaultInstance()));
        world.await("two clusters", () -> world.guests.snapshot().clusters().get(0).bootstraps() == 2);
        world.clock.advance(java.time.Duration.ofMinutes(1));
        for (ManagedChannel channel : channels) {
            assertThat(FakeWorld.stub(channel)
                            .etcdMemberList(EtcdMemberListRequest.newBuilder().setQueryLocal(true).build())
                            .getMessages(0)
                            .getMembersList())
                    .hasSize(1);
        }
    }

    @Test
    void upgradeKeepsTheOtherSlotForARollback() {
        FakeWorld.Vm vm = world.vm("cp-1", "192.168.62.21");
        ManagedChannel channel = configured(vm, true);
        FakeWorld.stub(channel).bootstrap(BootstrapRequest.getDefaultInstance());
        world.await("etcd", () -> members().stream().anyMatch(TalosGuests.Snapshot.Member::running));
        assertThatThrownBy(() -> FakeWorld.stub(channel)
                        .upgrade(UpgradeRequest.newBuilder().setImage(FakeWorld.INSTALLER.replace("v1.12.4", "v9.0.0")).build()))
                .isInstanceOf(StatusRuntimeException.class)
                .hasMessageContaining("error validating installer image");
        FakeWorld.stub(channel)
                .upgrade(UpgradeRequest.newBuilder().setImage(FakeWorld.INSTALLER.replace("v1.12.4", "v1.12.5")).build());
        world.await("upgraded", () -> world.machine(vm).installedVersion().equals("v1.12.5"));
        world.await("etcd again", () -> members().stream().anyMatch(TalosGuests.Snapshot.Member::running)
                && world.network.lookup("192.168.62.20", 6443) instanceof SimNetwork.Lookup.Target);
        assertThat(FakeWorld.stub(running(vm)).version(Empty.getDefaultInstance()).getMessages(0).getVersion().getTag())
                .isEqualTo("v1.12.5");

        // An image that installs but does not come up: the boot loader goes back to the slot before.
        world.guests.faults().doesNotBoot("v1.12.6");
        FakeWorld.stub(running(vm))
                .upgrade(UpgradeRequest.newBuilder().setImage(FakeWorld.INSTALLER.replace("v1.12.4", "v1.12.6")).build());
        world.await("down", () -> !(world.network.lookup(vm.address, 50000) instanceof SimNetwork.Lookup.Target));
        assertThat(FakeWorld.stub(running(vm)).version(Empty.getDefaultInstance()).getMessages(0).getVersion().getTag())
                .isEqualTo("v1.12.5");
    }

    @Test
    void tryModeIsTakenBackAndStagedWaitsForAReboot() {
        FakeWorld.Vm vm = world.vm("cp-1", "192.168.62.21");
        ManagedChannel channel = configured(vm, true);
        String config = FakeWorld.config(true, vm, FakeWorld.INSTALLER);
        String renamed = config.replace("hostname: cp-1", "hostname: cp-one");
        var tried = FakeWorld.stub(channel)
                .applyConfiguration(ApplyConfigurationRequest.newBuilder()
                        .setData(com.google.protobuf.ByteString.copyFromUtf8(renamed))
                        .setMode(Mode.TRY)
                        .setTryModeTimeout(Duration.newBuilder().setSeconds(30))
                        .build())
                .getMessages(0);
        assertThat(tried.getModeDetails()).endsWith("will be automatically reverted back in 30s");
        assertThat(world.machine(vm).hostname()).isEqualTo("cp-one");
        world.clock.advance(java.time.Duration.ofSeconds(31));
        assertThat(world.machine(vm).hostname()).isEqualTo("cp-1");

        FakeWorld.stub(channel)
                .applyConfiguration(ApplyConfigurationRequest.newBuilder()
                        .setData(com.google.protobuf.ByteString.copyFromUtf8(renamed))
                        .setMode(Mode.STAGED)
                        .build());
        assertThat(world.machine(vm).hostname()).isEqualTo("cp-1");
        vm.cut();
        vm.start();
        running(vm);
        assertThat(world.machine(vm).hostname()).isEqualTo("cp-one");
        assertThatThrownBy(() -> FakeWorld.stub(world.channel(vm, FakeWorld.admin()))
                        .applyConfiguration(ApplyConfigurationRequest.newBuilder()
                                .setData(com.google.protobuf.ByteString.copyFromUtf8(renamed.replaceFirst("token: [a-z0-9.]+", "token: abcdef.0123456789abcdef")))
                                .setMode(Mode.NO_REBOOT)
                                .build()))
                .hasMessageStartingWith("INVALID_ARGUMENT: this config change can't be applied in immediate mode\ndiff:\n--- a\n+++ b\n@@ ");
    }

    @Test
    void droppedAnswersAndHooks() {
        FakeWorld.Vm vm = world.vm("cp-1", "192.168.62.21");
        ManagedChannel channel = configured(vm, true);
        AtomicInteger seen = new AtomicInteger();
        world.guests.faults().hook((machine, method, moment) -> seen.incrementAndGet());
        world.guests.faults().drop((machine, method) -> method.endsWith("/Bootstrap"), Faults.Moment.BEFORE_EFFECT, 1);
        assertThatThrownBy(() -> FakeWorld.stub(channel).bootstrap(BootstrapRequest.getDefaultInstance()))
                .hasMessageStartingWith("UNAVAILABLE");
        world.clock.advance(java.time.Duration.ofMinutes(1));
        assertThat(world.guests.snapshot().clusters().get(0).bootstraps()).isZero();
        world.guests.faults().drop((machine, method) -> method.endsWith("/Bootstrap"), Faults.Moment.AFTER_EFFECT, 1);
        assertThatThrownBy(() -> FakeWorld.stub(channel).bootstrap(BootstrapRequest.getDefaultInstance()))
                .hasMessageStartingWith("UNAVAILABLE");
        world.await("bootstrapped", () -> world.guests.snapshot().clusters().get(0).bootstraps() == 1);
        assertThat(seen.get()).isEqualTo(3);
        world.guests.faults().neverReturns("cp-1");
        vm.cut();
        vm.start();
        world.clock.advance(java.time.Duration.ofHours(1));
        assertThat(world.network.lookup(vm.address, 50000)).isInstanceOf(SimNetwork.Lookup.Unreachable.class);
    }

    @Test
    void kubeconfigOpensTheKubernetesApi() throws Exception {
        FakeWorld.Vm vm = world.vm("cp-1", "192.168.62.21");
        ManagedChannel channel = configured(vm, true);
        FakeWorld.stub(channel).bootstrap(BootstrapRequest.getDefaultInstance());
        world.await("Kubernetes", () -> world.network.lookup("192.168.62.20", 6443) instanceof SimNetwork.Lookup.Target);
        StringBuilder text = new StringBuilder();
        for (var parts = FakeWorld.stub(channel).kubeconfig(Empty.getDefaultInstance()); parts.hasNext(); ) {
            Data part = parts.next();
            byte[] tar = new GZIPInputStream(new ByteArrayInputStream(part.getBytes().toByteArray())).readAllBytes();
            text.append(new String(tar, 512, tar.length - 512, StandardCharsets.UTF_8));
        }
        String ca = value(text, "certificate-authority-data");
        assertThat(get(ca, text, "/api/v1/nodes")).contains("200 OK").contains("\"cp-1\"").contains("cni plugin not initialized");
        assertThat(get(ca, text, "/readyz")).contains("200 OK");
        assertThat(get(ca, new StringBuilder(), "/api/v1/nodes")).contains("401 Unauthorized");
        assertThat(get(ca, text, "/api/v1/namespaces/kube-system/pods")).contains("kube-apiserver-cp-1");
    }

    private static String value(CharSequence text, String key) {
        Matcher found = Pattern.compile(key + ": (\\S+)").matcher(text);
        assertThat(found.find()).as(key).isTrue();
        return new String(Base64.getDecoder().decode(found.group(1)), StandardCharsets.UTF_8);
    }

    private String get(String ca, CharSequence kubeconfig, String path) throws Exception {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry(
                "ca",
                java.security.cert.CertificateFactory.getInstance("X.509")
                        .generateCertificate(new ByteArrayInputStream(ca.getBytes(StandardCharsets.UTF_8))));
        TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(trusted);
        KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
        KeyStore own = KeyStore.getInstance("PKCS12");
        own.load(null, null);
        if (kubeconfig.length() > 0) {
            NodePki client = NodePki.of(value(kubeconfig, "client-certificate-data"), value(kubeconfig, "client-key-data"));
            own.setKeyEntry("me", client.key(), new char[0], new java.security.cert.Certificate[] {client.asCertificate()});
        }
        keys.init(own, new char[0]);
        SSLContext tls = SSLContext.getInstance("TLS");
        tls.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        SimNetwork.Lookup.Target target = (SimNetwork.Lookup.Target) world.network.lookup("192.168.62.20", 6443);
        try (Socket plain = new Socket(target.socket().getAddress(), target.socket().getPort());
                SSLSocket socket = (SSLSocket) tls.getSocketFactory().createSocket(plain, "192.168.62.20", 6443, true)) {
            var parameters = socket.getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            socket.setSSLParameters(parameters);
            socket.getOutputStream().write(("GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new AssertionError(path, e);
        }
    }
}
