package io.talospve.testkit.internal.talos;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.HttpConnectProxiedSocketAddress;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContextBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslProvider;
import io.grpc.stub.MetadataUtils;
import io.talospve.talos.proto.machine.ApplyConfigurationRequest;
import io.talospve.talos.proto.machine.MachineServiceGrpc;
import io.talospve.talos.proto.machine.MachineServiceGrpc.MachineServiceBlockingStub;
import io.talospve.testkit.internal.clock.Latency;
import io.talospve.testkit.internal.clock.SimClock;
import io.talospve.testkit.internal.clock.VirtualClock;
import io.talospve.testkit.internal.net.ConnectProxy;
import io.talospve.testkit.internal.net.IoThreads;
import io.talospve.testkit.internal.net.SimNetwork;
import io.talospve.testkit.internal.tls.NodePki;
import io.talospve.testkit.internal.world.Guest;
import io.talospve.testkit.internal.world.Hardware;
import io.talospve.testkit.internal.world.ImageSource;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Virtual machines without a hypervisor, and raw gRPC clients that reach them through the proxy. */
final class FakeWorld implements AutoCloseable {
    static final String SCHEMATIC = "376567988ad370138ad8b2698212367b8edcb69b5fd68c80be1f2ec7d603b4ba";
    static final String INSTALLER = "factory.talos.dev/nocloud-installer/" + SCHEMATIC + ":v1.12.4";

    final VirtualClock clock = new VirtualClock(Instant.parse("2026-11-22T12:00:00Z"));
    final IoThreads io = new IoThreads();
    final SimNetwork network = new SimNetwork();
    final ConnectProxy proxy = new ConnectProxy(io, network);
    final TalosGuests guests;
    private final List<ManagedChannel> channels = new ArrayList<>();

    FakeWorld() {
        guests = new TalosGuests(clock, new Latency(1), network, new FakeImages(), io, 7);
    }

    /** A world for other processes, by another clock. */
    FakeWorld(SimClock wall, Latency latency) {
        guests = new TalosGuests(wall, latency, network, new FakeImages(), io, 7);
    }

    /** Installer images of one schematic: any version, nocloud or metal. */
    private static final class FakeImages implements ImageSource {
        @Override
        public Fetched fetch(String url) {
            return new Fetched(0, 0, Optional.empty());
        }

        @Override
        public Optional<Hardware.BootImage> pull(String reference) {
            if (!reference.startsWith("factory.talos.dev/")) {
                return Optional.empty();
            }
            String version = reference.substring(reference.lastIndexOf(':') + 1);
            return version.matches("v1\\.1[0-2]\\.\\d")
                    ? Optional.of(image(version, reference.contains("/nocloud-installer/") ? "nocloud" : "metal"))
                    : Optional.empty();
        }
    }

    static Hardware.BootImage image(String version, String platform) {
        return new Hardware.BootImage(SCHEMATIC, version, List.of("siderolabs/qemu-guest-agent"), platform);
    }

    /** A virtual machine whose disk survives power cycles. */
    final class Vm implements Guest.PowerSwitch {
        final String name;
        final String address;
        final Hardware.Platter os = new Hardware.Platter();
        private final UUID uuid;
        private final String mac;
        final Guest guest;
        String firstHostname;
        String platform = "nocloud";
        boolean on;

        Vm(String name, String address) {
            this.name = name;
            this.address = address;
            this.firstHostname = name;
            this.uuid = UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8));
            this.mac = String.format(Locale.ROOT, "bc:24:11:00:%02x:%02x", name.hashCode() >> 8 & 0xFF, name.hashCode() & 0xFF);
            this.guest = guests.create(this);
        }

        String mac() {
            return mac;
        }

        String wwid() {
            return "naa.5" + uuid.toString().replace("-", "").substring(0, 15);
        }

        @Override
        public void off() {
            on = false;
        }

        @Override
        public Hardware hardware() {
            return new Hardware(
                    name,
                    uuid,
                    4,
                    8192,
                    List.of(new Hardware.Nic(mac.toUpperCase(Locale.ROOT), "dmz")),
                    List.of(new Hardware.Disk(
                            "scsi0", Optional.of("0x" + wwid().substring(4)), 128L << 30, os)),
                    Optional.of(image("v1.12.4", platform)),
                    false,
                    Optional.of(new Hardware.CloudInit(
                            firstHostname,
                            List.of(new Hardware.NicConfig(mac, List.of(address + "/24"), List.of("192.168.62.1"), false)),
                            List.of("192.168.62.1"))),
                    true);
        }

        void start() {
            on = true;
            guest.powerOn(hardware());
        }

        /** Talos is on the disk already, without a configuration, as from a disk image. */
        Vm preinstalled() {
            os.write(image("v1.12.4", platform));
            return this;
        }

        void cut() {
            on = false;
            guest.powerOff();
        }
    }

    Vm vm(String name, String address) {
        return new Vm(name, address);
    }

    /** Lets virtual time pass until something is so; fails if it is not within half an hour. */
    void await(String what, BooleanSupplier condition) {
        Instant deadline = clock.now().plus(Duration.ofMinutes(30));
        while (!condition.getAsBoolean()) {
            if (clock.now().isAfter(deadline)) {
                throw new AssertionError("never: " + what + "; " + guests.snapshot());
            }
            clock.advance(Duration.ofMillis(500));
        }
    }

    TalosGuests.Snapshot.Machine machine(Vm vm) {
        return guests.snapshot().machine(vm.name);
    }

    /** The stub of a machine in maintenance mode. */
    MachineServiceBlockingStub maintenance(Vm vm) {
        return MachineServiceGrpc.newBlockingStub(maintenanceChannel(vm)).withDeadlineAfter(30, TimeUnit.SECONDS);
    }

    ManagedChannel maintenanceChannel(Vm vm) {
        try {
            // Trusts everything, through BouncyCastle's JSSE: the JDK's refuses a certificate without an issuer.
            SslContext tls = GrpcSslContexts.configure(
                            SslContextBuilder.forClient(),
                            new org.bouncycastle.jsse.provider.BouncyCastleJsseProvider(
                                    new org.bouncycastle.jce.provider.BouncyCastleProvider()))
                    .trustManager(new TrustAll())
                    .build();
            return channel(vm.address, tls);
        } catch (javax.net.ssl.SSLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A channel with a client certificate. */
    ManagedChannel channel(Vm vm, NodePki.Issued client) {
        try {
            SslContext tls = GrpcSslContexts.configure(
                            SslContextBuilder.forClient().keyManager(client.key(), client.certificate()),
                            SslProvider.JDK)
                    .trustManager(new TrustAll())
                    .build();
            return channel(vm.address, tls);
        } catch (javax.net.ssl.SSLException e) {
            throw new IllegalStateException(e);
        }
    }

    private ManagedChannel channel(String address, SslContext tls) {
        ManagedChannel channel = NettyChannelBuilder.forAddress(address, 50000)
                .proxyDetector(target -> HttpConnectProxiedSocketAddress.newBuilder()
                        .setTargetAddress((InetSocketAddress) target)
                        .setProxyAddress(proxy.address())
                        .build())
                .sslContext(tls)
                .overrideAuthority("talos")
                .build();
        channels.add(channel);
        return channel;
    }

    static MachineServiceBlockingStub stub(Channel channel) {
        return MachineServiceGrpc.newBlockingStub(channel).withDeadlineAfter(30, TimeUnit.SECONDS);
    }

    static Channel to(Channel channel, String key, String... targets) {
        Metadata headers = new Metadata();
        for (String target : targets) {
            headers.put(Metadata.Key.of(key, Metadata.ASCII_STRING_MARSHALLER), target);
        }
        return ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(headers));
    }

    static ApplyConfigurationRequest request(String config) {
        return ApplyConfigurationRequest.newBuilder()
                .setData(com.google.protobuf.ByteString.copyFromUtf8(config))
                .build();
    }

    @Override
    public void close() {
        channels.forEach(ManagedChannel::shutdownNow);
        guests.close();
        proxy.close();
        io.close();
    }

    // --- configurations

    static String vector(String name) {
        try (var stream = FakeWorld.class.getResourceAsStream("/vectors/talos/" + name)) {
            return new String(java.util.Objects.requireNonNull(stream, name).readAllBytes(), StandardCharsets.UTF_8);
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** Talos' own default configuration, with what one machine needs. */
    static String config(boolean controlPlane, Vm vm, String installer) {
        String base = vector("default/v1.12/" + (controlPlane ? "controlplane" : "worker") + ".yaml");
        String main = base.replaceAll("(?m)^        disk: .*\n", "        diskSelector:\n            wwid: " + vm.wwid() + "\n")
                .replaceAll("(?m)^        image: harbor.*installer.*$", "        image: " + installer)
                .replaceAll("(?m)^        dnsDomain: .*$", "        cni:\n            name: none\n        dnsDomain: cluster.local");
        int documents = main.indexOf("\n---\n");
        String kept = documents < 0 ? main : main.substring(0, documents + 1);
        return kept
                + "---\napiVersion: v1alpha1\nkind: HostnameConfig\nhostname: " + vm.name + "\nauto: \"off\"\n"
                + "---\napiVersion: v1alpha1\nkind: LinkAliasConfig\nname: net0\nselector:\n    match: mac(link.permanent_addr) == \"" + vm.mac() + "\"\n"
                + "---\napiVersion: v1alpha1\nkind: LinkConfig\nname: net0\nup: true\naddresses:\n    - address: " + vm.address + "/24\nroutes:\n    - gateway: 192.168.62.1\n"
                + (controlPlane
                        ? "---\napiVersion: v1alpha1\nkind: Layer2VIPConfig\nname: 192.168.62.20\nlink: net0\n"
                        : "");
    }

    /** The OS authority of the bundle behind those configurations. */
    static NodePki osCa() {
        String config = vector("default/v1.12/controlplane.yaml");
        int at = config.indexOf("    ca:\n        crt: ");
        String[] lines = config.substring(at).split("\n");
        return NodePki.of(decoded(lines[1]), decoded(lines[2]));
    }

    private static String decoded(String line) {
        return new String(
                Base64.getDecoder().decode(line.substring(line.indexOf(": ") + 2).trim()), StandardCharsets.UTF_8);
    }

    static NodePki.Issued admin() {
        return osCa().talosClient(List.of("os:admin"), Duration.ofHours(1));
    }

    static Optional<Path> recordings() {
        for (Path up = Path.of("").toAbsolutePath(); up != null; up = up.getParent()) {
            Path found = up.resolve("../shared/data/talos-recordings").normalize();
            if (Files.isDirectory(found)) {
                return Optional.of(found);
            }
        }
        return Optional.empty();
    }

    private static final class TrustAll extends javax.net.ssl.X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(java.security.cert.X509Certificate[] chain, String type) {}

        @Override
        public void checkClientTrusted(java.security.cert.X509Certificate[] chain, String type, java.net.Socket s) {}

        @Override
        public void checkClientTrusted(java.security.cert.X509Certificate[] chain, String type, javax.net.ssl.SSLEngine e) {}

        @Override
        public void checkServerTrusted(java.security.cert.X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(java.security.cert.X509Certificate[] chain, String type, java.net.Socket s) {}

        @Override
        public void checkServerTrusted(java.security.cert.X509Certificate[] chain, String type, javax.net.ssl.SSLEngine e) {}

        @Override
        public java.security.cert.X509Certificate[] getAcceptedIssuers() {
            return new java.security.cert.X509Certificate[0];
        }
    }

    static CallOptions seconds(int deadline) {
        return CallOptions.DEFAULT.withDeadlineAfter(deadline, TimeUnit.SECONDS);
    }
}
