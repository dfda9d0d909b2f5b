package io.talospve.talos.api.contract;

import io.talospve.spec.Secret;
import io.talospve.spi.MachineAddress;
import io.talospve.spi.TalosAccess;
import io.talospve.talos.pki.SecretsBundle;
import io.talospve.talos.pki.TalosPki;
import io.talospve.testkit.internal.clock.Latency;
import io.talospve.testkit.internal.clock.VirtualClock;
import io.talospve.testkit.internal.net.ConnectProxy;
import io.talospve.testkit.internal.net.IoThreads;
import io.talospve.testkit.internal.net.SimNetwork;
import io.talospve.testkit.internal.talos.TalosGuests;
import io.talospve.testkit.internal.world.Guest;
import io.talospve.testkit.internal.world.Hardware;
import io.talospve.testkit.internal.world.ImageSource;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.BooleanSupplier;

/** Simulated Talos machines without a hypervisor, behind the CONNECT proxy, under virtual time that tests move by hand. */
final class SimulatedMachines implements AutoCloseable {
    private static final String SCHEMATIC = "376567988ad370138ad8b2698212367b8edcb69b5fd68c80be1f2ec7d603b4ba";
    private static final String INSTALLER = "factory.talos.dev/nocloud-installer/" + SCHEMATIC + ":";
    private static final String GATEWAY = "192.168.62.1";
    private static final String VIP = "192.168.62.20";
    private static final String VECTORS = "/vectors/talos/default/";

    private final VirtualClock clock = new VirtualClock(Instant.parse("2026-11-22T12:00:00Z"));
    private final IoThreads io = new IoThreads();
    private final SimNetwork network = new SimNetwork();
    private final ConnectProxy proxy = new ConnectProxy(io, network);
    private final TalosGuests guests =
            new TalosGuests(clock, new Latency(1), network, new Images(), io, 7);
    private final TalosPki pki = new TalosPki(InstantSource.system(), new SecureRandom());

    InetSocketAddress proxy() {
        return proxy.address();
    }

    TalosGuests guests() {
        return guests;
    }

    /** The administrator's access to the cluster of the vectors' secrets. */
    TalosAccess access() {
        return pki.access(bundle(), Duration.ofHours(1));
    }

    /** Access with other roles. */
    TalosAccess access(List<String> roles) {
        return pki.access(
                SecretsBundle.parse(bundle()), roles, Duration.ofHours(1));
    }

    /** Access to another cluster. */
    TalosAccess foreignAccess() {
        return pki.access(pki.generate(), Duration.ofHours(1));
    }

    private static Secret<String> bundle() {
        return Secret.of(text(VECTORS + "secrets.yaml"));
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
            clock.advance(Duration.ofSeconds(1));
        }
    }

    @Override
    public void close() {
        guests.close();
        proxy.close();
        io.close();
        clock.close();
    }

    /** A virtual machine. */
    final class Vm implements Guest.PowerSwitch {
        private final String name;
        private final String address;
        private final UUID uuid;
        private final Hardware.Platter os = new Hardware.Platter();
        private final Guest guest;

        private Vm(String name, String address) {
            this.name = name;
            this.address = address;
            this.uuid = UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8));
            this.guest = guests.create(this);
        }

        MachineAddress address() {
            return MachineAddress.of(address);
        }

        UUID uuid() {
            return uuid;
        }

        String mac() {
            String hex = uuid.toString().replace("-", "");
            return "bc:24:11:" + hex.substring(0, 2) + ":" + hex.substring(2, 4) + ":" + hex.substring(4, 6);
        }

        String wwid() {
            return "naa.5" + uuid.toString().replace("-", "").substring(0, 15);
        }

        void start() {
            guest.powerOn(hardware());
        }

        void cut() {
            guest.powerOff();
        }

        /** Talos' own default configuration, with this machine's disk, name and address. */
        Secret<String> configuration(boolean controlPlane) {
            String base = text(VECTORS + "v1.12/" + (controlPlane ? "controlplane" : "worker") + ".yaml");
            String main = base.replaceAll(
                            "(?m)^        disk: .*\n", "        diskSelector:\n            wwid: " + wwid() + "\n")
                    .replaceAll("(?m)^        image: .*installer.*$", "        image: " + INSTALLER + "v1.12.4")
                    .replaceAll("(?m)^        dnsDomain: .*$", "        cni:\n            name: none\n        dnsDomain: cluster.local");
            int documents = main.indexOf("\n---\n");
            return Secret.of((documents < 0 ? main : main.substring(0, documents + 1))
                    + "---\napiVersion: v1alpha1\nkind: HostnameConfig\nhostname: " + name + "\nauto: \"off\"\n"
                    + "---\napiVersion: v1alpha1\nkind: LinkAliasConfig\nname: net0\nselector:\n"
                    + "    match: mac(link.permanent_addr) == \"" + mac() + "\"\n"
                    + "---\napiVersion: v1alpha1\nkind: LinkConfig\nname: net0\nup: true\naddresses:\n    - address: "
                    + address + "/24\nroutes:\n    - gateway: " + GATEWAY + "\n"
                    + (controlPlane
                            ? "---\napiVersion: v1alpha1\nkind: Layer2VIPConfig\nname: " + VIP + "\nlink: net0\n"
                            : ""));
        }

        @Override
        public void off() {
            // Nobody else has to know.
        }

        @Override
        public Hardware hardware() {
            return new Hardware(
                    name,
                    uuid,
                    4,
                    8192,
                    List.of(new Hardware.Nic(mac().toUpperCase(Locale.ROOT), "dmz")),
                    List.of(new Hardware.Disk("scsi0", Optional.of("0x" + wwid().substring(4)), 128L << 30, os)),
                    Optional.of(image("v1.12.4")),
                    false,
                    Optional.of(new Hardware.CloudInit(
                            name,
                            List.of(new Hardware.NicConfig(
                                    mac(), List.of(address + "/24"), List.of(GATEWAY), false)),
                            List.of(GATEWAY))),
                    true);
        }
    }

    private static Hardware.BootImage image(String version) {
        return new Hardware.BootImage(SCHEMATIC, version, List.of("siderolabs/qemu-guest-agent"), "nocloud");
    }

    private static String text(String resource) {
        try (InputStream in = Objects.requireNonNull(
                SimulatedMachines.class.getResourceAsStream(resource), resource)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Installer images of one schematic in two versions. */
    private static final class Images implements ImageSource {
        @Override
        public Fetched fetch(String url) {
            return new Fetched(0, 0, Optional.empty());
        }

        @Override
        public Optional<Hardware.BootImage> pull(String reference) {
            String version = reference.substring(reference.lastIndexOf(':') + 1);
            return reference.startsWith(INSTALLER) && Set.of("v1.12.3", "v1.12.4").contains(version)
                    ? Optional.of(image(version))
                    : Optional.empty();
        }
    }
}
