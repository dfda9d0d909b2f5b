package io.talospve.testkit.internal.talos;

import io.talospve.talos.proto.machine.ServiceEvent;
import io.talospve.talos.proto.machine.ServiceEvents;
import io.talospve.talos.proto.machine.ServiceHealth;
import io.talospve.talos.proto.machine.ServiceInfo;
import io.talospve.talos.proto.machine.ServiceStateEvent;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;

/** The services of a booted machine, as ServiceList shows them. Guarded by the fabric. */
final class ServiceTable {
    private final Supplier<Instant> now;
    private final Cosi cosi;
    private final EventLog eventLog;
    private final MachineLog log;
    private final TreeMap<String, Service> services = new TreeMap<>();

    ServiceTable(Supplier<Instant> now, Cosi cosi, EventLog events, MachineLog log) {
        this.now = now;
        this.cosi = cosi;
        this.eventLog = events;
        this.log = log;
    }

    /** One service. */
    final class Service {
        private final String id;
        private final List<ServiceEvent> events = new ArrayList<>();
        private String state = "Initialized";
        private ServiceHealth health = ServiceHealth.newBuilder()
                .setUnknown(true)
                .setLastChange(com.google.protobuf.Timestamp.newBuilder().setSeconds(-62135596800L))
                .build();

        private Service(String id) {
            this.id = id;
        }

        String state() {
            return state;
        }

        boolean healthy() {
            return state.equals("Running") && health.getHealthy();
        }

        boolean running() {
            return state.equals("Running");
        }

        /** Whether somebody looks after it: it runs, or is on the way there or away. */
        boolean launched() {
            return !List.of("Initialized", "Finished", "Failed", "Skipped").contains(state);
        }

        Service to(String newState, String message) {
            if (newState.equals("Running") && !running() && !id.equals("machined")) {
                // A log is there from the first line that its service writes.
                log.line(id, "{\"level\":\"info\",\"msg\":\"" + id + " started\"}");
            }
            state = newState;
            events.add(ServiceEvent.newBuilder()
                    .setState(newState)
                    .setMsg(message)
                    .setTs(Cosi.stamp(now.get()))
                    .build());
            eventLog.add(ServiceStateEvent.newBuilder()
                    .setService(id)
                    .setAction(ServiceStateEvent.Action.valueOf(newState.toUpperCase(Locale.ROOT)))
                    .setMessage(message)
                    .setHealth(health)
                    .build());
            if (newState.equals("Running")) {
                show();
            } else if (newState.equals("Finished") || newState.equals("Failed")) {
                health = ServiceHealth.newBuilder()
                        .setUnknown(true)
                        .setLastChange(Cosi.stamp(now.get()))
                        .build();
                cosi.remove("runtime", "Services.v1alpha1.talos.dev", id);
            }
            return this;
        }

        Service unhealthy(String message) {
            if (!health.getLastMessage().equals(message) || health.getHealthy()) {
                health = ServiceHealth.newBuilder()
                        .setUnknown(message.equals("Unknown"))
                        .setLastMessage(message)
                        .setLastChange(Cosi.stamp(now.get()))
                        .build();
                if (running() && !message.equals("Unknown")) {
                    to("Running", "Health check failed: " + message);
                }
                show();
            }
            return this;
        }

        Service nowHealthy() {
            if (!health.getHealthy()) {
                health = ServiceHealth.newBuilder()
                        .setHealthy(true)
                        .setLastChange(Cosi.stamp(now.get()))
                        .build();
                to("Running", "Health check successful");
                show();
            }
            return this;
        }

        private void show() {
            if (running()) {
                cosi.put(
                        "runtime",
                        "Services.v1alpha1.talos.dev",
                        id,
                        "v1alpha1.ServiceController",
                        new Wire().flag(1, true).flag(2, health.getHealthy()).flag(3, health.getUnknown()),
                        Cosi.ordered(
                                "running", true, "healthy", health.getHealthy(), "unknown", health.getUnknown()));
            }
        }

        ServiceInfo info() {
            return ServiceInfo.newBuilder()
                    .setId(id)
                    .setState(state)
                    .setHealth(health)
                    .setEvents(ServiceEvents.newBuilder().addAllEvents(events))
                    .build();
        }
    }

    Service add(String id) {
        return services.computeIfAbsent(id, Service::new);
    }

    /** A service that runs and is healthy from the start. */
    Service start(String id, String how) {
        Service service = add(id);
        if (!service.state().equals("Waiting")) {
            service.to("Starting", "Starting service");
        }
        return service.to("Preparing", "Running pre state")
                .to("Preparing", "Creating service runner")
                .to("Running", how)
                .nowHealthy();
    }

    Optional<Service> get(String id) {
        return Optional.ofNullable(services.get(id));
    }

    boolean healthy(String id) {
        return get(id).map(Service::healthy).orElse(false);
    }

    List<ServiceInfo> list() {
        return services.values().stream().map(Service::info).toList();
    }
}
