package io.talospve.spi;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** How a machine presents itself at its Talos API; each variant says why in {@link #reason()}. Immutable. */
public sealed interface MachineView {
    /**
     * What was seen, in a few words for a person.
     *
     * @return the reason for this view
     */
    String reason();

    /**
     * Nothing answers there (yet): no route, connection refused, time-out, or it ended while answering.
     *
     * @param reason what was seen
     */
    record Unreachable(String reason) implements MachineView {}

    /**
     * Runs from the installation image and waits for a machine configuration. It cannot prove who it is: compare UUID and
     * MAC addresses with the virtual machine's, and require the same key until it runs.
     *
     * @param reason what was seen
     * @param keyPin base64 of SHA-256 over the SubjectPublicKeyInfo of the key it presented
     * @param uuid its SMBIOS UUID, null if it does not say
     * @param macs MAC addresses of its NICs, lower case
     * @param talosVersion version of Talos it runs, null if it does not say
     * @param diskWwids wwid of its disks, for example {@code naa.5…}
     */
    record Maintenance(
            String reason,
            String keyPin,
            @Nullable UUID uuid,
            Set<String> macs,
            @Nullable String talosVersion,
            Set<String> diskWwids)
            implements MachineView {
        /** Copies the sets. */
        public Maintenance {
            Objects.requireNonNull(keyPin, "keyPin");
            macs = Set.copyOf(macs);
            diskWwids = Set.copyOf(diskWwids);
        }
    }

    /**
     * Runs with a configuration of this cluster: it accepted our client certificate and proved its own.
     *
     * @param reason what was seen
     * @param talosVersion version of Talos it runs
     * @param uuid its SMBIOS UUID, null if it does not say
     * @param stage Talos' machine stage: {@code booting}, {@code running}, {@code rebooting} …
     * @param ready Talos' own word that everything on the machine is up
     * @param unmet Talos' unmet conditions, {@code name: reason} each
     * @param services its services; empty if it does not tell
     */
    record Running(
            String reason,
            String talosVersion,
            @Nullable UUID uuid,
            String stage,
            boolean ready,
            List<String> unmet,
            List<Service> services)
            implements MachineView {
        /** Copies the lists. */
        public Running {
            unmet = List.copyOf(unmet);
            services = List.copyOf(services);
        }

        /**
         * A service.
         *
         * @param id its name: {@code etcd}, {@code kubelet} …
         * @return empty if it has none of this name
         */
        public Optional<Service> service(String id) {
            return services.stream().filter(service -> service.id().equals(id)).findFirst();
        }

        /**
         * What is wrong with a service.
         *
         * @param id its name
         * @return in a few words for a person; empty if it runs and is healthy
         */
        public Optional<String> complaint(String id) {
            Optional<Service> found = service(id);
            if (found.isEmpty()) {
                return Optional.of("there is no service " + id);
            }
            String message = found.get().message();
            if (!found.get().state().equals("Running")) {
                return Optional.of(id + " is " + found.get().state() + (message.isEmpty() ? "" : " (" + message + ")"));
            }
            return found.get().healthy()
                    ? Optional.empty()
                    : Optional.of(id + " is not healthy" + (message.isEmpty() ? "" : ": " + message));
        }

        /**
         * State of its service etcd.
         *
         * @return {@code Preparing}, {@code Running} …; null if it has none
         */
        public @Nullable String etcd() {
            return service("etcd").map(Service::state).orElse(null);
        }

        /**
         * Whether its service etcd reports healthy.
         *
         * @return false also if it has none
         */
        public boolean etcdHealthy() {
            return service("etcd").map(Service::healthy).orElse(false);
        }
    }

    /**
     * A service of a running machine.
     *
     * @param id its name
     * @param state Talos' state: {@code Waiting}, {@code Preparing}, {@code Running}, {@code Finished}, {@code Failed} …
     * @param healthy whether its health check succeeds
     * @param message last message of the health check; of a service that does not run, of its last event; perhaps empty
     */
    record Service(String id, String state, boolean healthy, String message) {}

    /**
     * Runs, but with another cluster's CA: it presented a certificate that ours did not sign, or refused our client
     * certificate.
     *
     * @param reason what was seen
     */
    record Foreign(String reason) implements MachineView {}
}
