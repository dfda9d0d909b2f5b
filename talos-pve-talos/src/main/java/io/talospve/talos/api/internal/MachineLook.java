package io.talospve.talos.api.internal;

import com.google.protobuf.Empty;
import io.grpc.Deadline;
import io.grpc.StatusRuntimeException;
import io.talospve.spi.MachineAddress;
import io.talospve.spi.MachineView;
import io.talospve.spi.TalosAccess;
import io.talospve.talos.api.internal.ClusterTrust.Why;
import io.talospve.talos.proto.machine.MachineServiceGrpc;
import io.talospve.talos.proto.machine.ServiceInfo;
import io.talospve.talos.proto.storage.Disk;
import io.talospve.talos.proto.storage.StorageServiceGrpc;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Finds out which state a machine is in. It tries what the machine was last seen as, and the other one only if TLS says
 * that it changed: a machine that is off costs one connection attempt. All of it ends within the time of a first call.
 */
public final class MachineLook {
    private static final String NO_MAC = "00:00:00:00:00:00";
    private static final Set<String> VIRTUAL_LINKS = Set.of("bond", "bridge", "dummy", "vlan", "wireguard", "tun");

    /** How Talos calls what etcd, kubelet and trustd wait for. */
    private static final String TIME_SYNC = "time sync";

    private final Connections connections;

    /** A look through these connections. */
    public MachineLook(Connections connections) {
        this.connections = connections;
    }

    /** What {@link io.talospve.spi.TalosApi#look} promises. */
    public MachineView look(MachineAddress address, @Nullable TalosAccess access, @Nullable String keyPin) {
        Duration longest = connections.settings().firstCallTimeout();
        Deadline limit = Deadline.after(longest.toNanos(), TimeUnit.NANOSECONDS);
        if (access == null) {
            return maintenance(address, keyPin, limit).withoutAccess();
        }
        if (connections.hasMaintenance(address) && !connections.hasMutual(address, access)) {
            Attempt first = maintenance(address, keyPin, limit);
            return first.conclusive() ? first.view() : mutual(address, access, limit).view();
        }
        Attempt first = mutual(address, access, limit);
        if (first.conclusive()) {
            return first.view();
        }
        Attempt second = maintenance(address, keyPin, limit);
        return second.conclusive() ? second.view() : first.view();
    }

    /**
     * One attempt in one way.
     *
     * @param view what it saw
     * @param conclusive false if the other way may see more
     */
    private record Attempt(MachineView view, boolean conclusive) {
        static Attempt sure(MachineView view) {
            return new Attempt(view, true);
        }

        static Attempt unsure(MachineView view) {
            return new Attempt(view, false);
        }

        MachineView withoutAccess() {
            return conclusive || !(view instanceof MachineView.Unreachable seen)
                    ? view
                    : new MachineView.Foreign(seen.reason() + "; there is no access to it yet to find out more");
        }
    }

    private Attempt mutual(MachineAddress address, TalosAccess access, Deadline limit) {
        Connection connection = connections.mutual(address, access);
        boolean reused = connection.verified();
        try {
            return Attempt.sure(running(Caller.of(connection).until(limit)));
        } catch (StatusRuntimeException e) {
            connections.discard(connection);
            Failure failure = Failure.of(e);
            Errors.throwIfInterrupted("look", address, failure);
            if (reused && mayBeOld(failure)) {
                return mutual(address, access, limit);
            }
            return judgeMutual(failure, connection, access);
        }
    }

    /** Whether a connection of an earlier look may have failed only because the machine was restarted meanwhile. */
    private static boolean mayBeOld(Failure failure) {
        return switch (failure.kind()) {
            case LOST, TLS, WRONG_KEY, UNTRUSTED -> true;
            default -> false;
        };
    }

    private static Attempt judgeMutual(Failure failure, Connection connection, TalosAccess access) {
        boolean verified = connection.verified();
        return switch (failure.kind()) {
            case UNTRUSTED -> failure.untrusted() != null && failure.untrusted().why() == Why.FOREIGN_CA
                    ? Attempt.unsure(new MachineView.Foreign("the machine answers, but " + failure.text()))
                    : Attempt.sure(new MachineView.Unreachable("the machine answers, but " + failure.text()));
            case TLS -> verified
                    ? Attempt.sure(refused(failure, connection, access))
                    : Attempt.unsure(new MachineView.Unreachable("TLS failed: " + failure.text()));
            case LOST -> new Attempt(unreachable(failure), verified);
            default -> Attempt.sure(unreachable(failure));
        };
    }

    /**
     * A machine of ours that ends TLS. Only if it says that our certificate is why, and clocks cannot be the reason, it is
     * somebody else's for good: a machine that goes down breaks off in the same place.
     */
    private static MachineView refused(Failure failure, Connection connection, TalosAccess access) {
        String alert = failure.certificateAlert();
        if (alert == null) {
            return new MachineView.Unreachable("the connection was lost: " + failure.text());
        }
        X509Certificate ours = Pem.certificates("the certificate of the cluster's access", access.certificate())[0];
        return alert.equals("certificate_expired")
                ? new MachineView.Unreachable("the machine "
                        + Clocks.clientOutOfDate(
                                ours, connection.server(), connection.settings().clock().instant()))
                : new MachineView.Foreign("the machine is of this cluster's CA but refuses our client certificate ("
                        + alert + "); it is valid from " + ours.getNotBefore().toInstant() + " to "
                        + ours.getNotAfter().toInstant());
    }

    private Attempt maintenance(MachineAddress address, @Nullable String keyPin, Deadline limit) {
        Connection connection = connections.maintenance(address, keyPin);
        boolean reused = connection.issuer() != null;
        try {
            return Attempt.sure(waiting(Caller.of(connection).until(limit)));
        } catch (StatusRuntimeException e) {
            connections.discard(connection);
            Failure failure = Failure.of(e);
            Errors.throwIfInterrupted("look", address, failure);
            if (reused && mayBeOld(failure)) {
                return maintenance(address, keyPin, limit);
            }
            return judgeMaintenance(failure, connection.issuer());
        }
    }

    private static Attempt judgeMaintenance(Failure failure, @Nullable String issuer) {
        boolean configured = issuer != null && !issuer.isEmpty();
        return switch (failure.kind()) {
            case NO_CONNECTION, DEADLINE -> configured
                    ? Attempt.unsure(configured(issuer))
                    : Attempt.sure(unreachable(failure));
            case WRONG_KEY -> configured
                    ? Attempt.unsure(configured(issuer))
                    : Attempt.sure(new MachineView.Foreign("another machine in maintenance mode: " + failure.text()));
            default -> configured
                    ? Attempt.unsure(configured(issuer))
                    : Attempt.unsure(unreachable(failure));
        };
    }

    private static MachineView.Unreachable configured(@Nullable String issuer) {
        return new MachineView.Unreachable(
                "the machine has a configuration (its certificate's issuer is \"" + issuer + "\")");
    }

    private static MachineView.Unreachable unreachable(Failure failure) {
        return new MachineView.Unreachable(
                switch (failure.kind()) {
                    case NO_CONNECTION -> "no connection: " + failure.text();
                    case DEADLINE -> "connected or connecting, but no answer in time";
                    case ANSWERED -> "answers " + failure.codeName() + ": " + failure.text();
                    default -> "the connection was lost: " + failure.text();
                });
    }

    private MachineView waiting(Caller caller) {
        Cosi cosi = new Cosi(caller);
        Optional<Map<?, ?>> status = cosi.get("runtime", "MachineStatuses.runtime.talos.dev", "machine");
        String stage = status.map(s -> text(s, "stage")).orElse(null);
        String version = cosi.get("runtime", "Versions.runtime.talos.dev", "version")
                .map(s -> text(s, "version"))
                .orElse(null);
        return new MachineView.Maintenance(
                "serves the maintenance API" + (stage == null ? "" : ", stage " + stage),
                String.valueOf(caller.connection().pin()),
                uuid(cosi),
                macs(cosi),
                version,
                wwids(cosi, caller));
    }

    private MachineView running(Caller caller) {
        String version = version(caller);
        Cosi cosi = new Cosi(caller);
        Map<?, ?> status = cosi.get("runtime", "MachineStatuses.runtime.talos.dev", "machine")
                .orElse(Map.of());
        String stage = Optional.ofNullable(text(status, "stage")).orElse("unknown");
        boolean ready = status.get("status") instanceof Map<?, ?> inner && Boolean.TRUE.equals(inner.get("ready"));
        List<String> unmet = unmet(status);
        List<MachineView.Service> services = services(caller);
        String reason = "accepts our certificate, stage " + stage + (ready ? ", ready" : ", not ready")
                + (unmet.isEmpty() ? "" : ": " + String.join("; ", unmet))
                + services.stream()
                        .filter(service -> service.id().equals("etcd"))
                        .map(MachineLook::describe)
                        .findFirst()
                        .orElse("");
        return new MachineView.Running(
                reason,
                version,
                uuid(cosi),
                stage,
                ready,
                unmet,
                services);
    }

    private static String describe(MachineView.Service etcd) {
        return ", etcd " + etcd.state()
                + switch (etcd.state()) {
                    case "Preparing" -> " (waits for the bootstrap, or to join)";
                    case "Waiting" -> " (" + etcd.message() + (etcd.message().contains(TIME_SYNC) ? Clocks.NOT_IN_SYNC : "") + ")";
                    default -> "";
                };
    }

    private static String version(Caller caller) {
        try {
            return caller
                    .stub(MachineServiceGrpc::newBlockingStub)
                    .version(Empty.getDefaultInstance())
                    .getMessages(0)
                    .getVersion()
                    .getTag();
        } catch (StatusRuntimeException e) {
            if (mayNot(e)) {
                return "unknown";
            }
            throw e;
        } catch (IndexOutOfBoundsException e) {
            return "unknown";
        }
    }

    private static List<MachineView.Service> services(Caller caller) {
        try {
            return caller
                    .stub(MachineServiceGrpc::newBlockingStub)
                    .serviceList(Empty.getDefaultInstance())
                    .getMessagesList()
                    .stream()
                    .flatMap(message -> message.getServicesList().stream())
                    .map(MachineLook::service)
                    .toList();
        } catch (StatusRuntimeException e) {
            if (mayNot(e)) {
                return List.of();
            }
            throw e;
        }
    }

    private static MachineView.Service service(ServiceInfo service) {
        return new MachineView.Service(
                service.getId(),
                service.getState(),
                service.getHealth().getHealthy(),
                service.getState().equals("Running")
                        ? service.getHealth().getLastMessage()
                        : lastEvent(service));
    }

    /** What a service that does not run says of it: what it waits for, why it failed. */
    private static String lastEvent(ServiceInfo service) {
        int events = service.getEvents().getEventsCount();
        return events == 0 ? "" : service.getEvents().getEvents(events - 1).getMsg();
    }

    private static boolean mayNot(StatusRuntimeException error) {
        return switch (error.getStatus().getCode()) {
            case PERMISSION_DENIED, UNIMPLEMENTED, UNAUTHENTICATED -> true;
            default -> false;
        };
    }

    private static List<String> unmet(Map<?, ?> machineStatus) {
        List<String> unmet = new ArrayList<>();
        if (machineStatus.get("status") instanceof Map<?, ?> inner
                && inner.get("unmetConditions") instanceof List<?> conditions) {
            for (Object condition : conditions) {
                if (condition instanceof Map<?, ?> map) {
                    unmet.add(map.get("name") + ": " + map.get("reason"));
                }
            }
        }
        return unmet;
    }

    private static @Nullable UUID uuid(Cosi cosi) {
        String text = cosi.get("hardware", "SystemInformations.hardware.talos.dev", "systeminformation")
                .map(s -> text(s, "uuid"))
                .orElse(null);
        try {
            return text == null ? null : UUID.fromString(text);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static Set<String> macs(Cosi cosi) {
        Set<String> macs = new TreeSet<>();
        for (Map<?, ?> link : cosi.list("network", "LinkStatuses.net.talos.dev")) {
            String permanent = text(link, "permanentAddr");
            String mac = permanent == null ? text(link, "hardwareAddr") : permanent;
            String kind = text(link, "kind");
            boolean virtual = permanent == null && kind != null && VIRTUAL_LINKS.contains(kind);
            if (mac != null && !mac.equals(NO_MAC) && !virtual && "ether".equals(text(link, "type"))) {
                macs.add(mac.toLowerCase(Locale.ROOT));
            }
        }
        return macs;
    }

    private static Set<String> wwids(Cosi cosi, Caller caller) {
        Set<String> wwids = new TreeSet<>();
        for (Map<?, ?> disk : cosi.list("runtime", "Disks.block.talos.dev")) {
            String wwid = text(disk, "wwid");
            if (wwid != null) {
                wwids.add(wwid);
            }
        }
        if (wwids.isEmpty()) {
            wwids.addAll(wwidsOfStorageService(caller));
        }
        return wwids;
    }

    private static List<String> wwidsOfStorageService(Caller caller) {
        try {
            return caller
                    .stub(StorageServiceGrpc::newBlockingStub)
                    .disks(Empty.getDefaultInstance())
                    .getMessagesList()
                    .stream()
                    .flatMap(message -> message.getDisksList().stream())
                    .map(Disk::getWwid)
                    .filter(wwid -> !wwid.isEmpty())
                    .toList();
        } catch (StatusRuntimeException e) {
            if (Failure.of(e).kind() == Failure.Kind.ANSWERED) {
                return List.of();
            }
            throw e;
        }
    }

    /** A key's value as text; null if it is absent or empty. */
    private static @Nullable String text(Map<?, ?> map, String key) {
        Object value = map.get(key);
        return value == null || value.toString().isEmpty() ? null : value.toString();
    }
}
