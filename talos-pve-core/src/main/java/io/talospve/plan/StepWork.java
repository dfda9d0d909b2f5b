package io.talospve.plan;

import io.talospve.spec.ImageChecksum;
import io.talospve.spec.Secret;
import io.talospve.spi.ManifestPreview;
import io.talospve.spi.VmRef;
import io.talospve.store.Credentials;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** What a step does, as data: one type per kind of step. Immutable. */
public sealed interface StepWork {
    /** The Proxmox host that the step works on, for limits per host. */
    default Optional<String> host() {
        return Optional.empty();
    }

    /** The conditions that the step waits for, or does not and says so; empty for most. */
    default List<HealthCondition> conditions() {
        return List.of();
    }

    /** Makes the secrets bundle and stores it durably, before any machine exists. */
    record StoreSecrets() implements StepWork {}

    /** Makes an image's schematic known to the image factory. */
    record RegisterSchematic(WantedImage wanted, Field<BootImage> image) implements StepWork {}

    /** Lets a host fetch the boot image. */
    record FetchImage(
            String onHost,
            String datastore,
            Field<String> fileName,
            Field<String> url,
            Optional<ImageChecksum> checksum)
            implements StepWork {
        @Override
        public Optional<String> host() {
            return Optional.of(onHost);
        }
    }

    /** Creates a virtual machine, stopped. */
    record CreateMachine(String node, String onHost) implements StepWork {
        @Override
        public Optional<String> host() {
            return Optional.of(onHost);
        }
    }

    /** Completes a virtual machine whose creation was interrupted: waits for its lock, sets its tags. */
    record CompleteMachine(String node, String onHost) implements StepWork {
        @Override
        public Optional<String> host() {
            return Optional.of(onHost);
        }
    }

    /** Makes an imported system disk as large as the spec says, before the machine starts. */
    record GrowSystemDisk(String node, String onHost, long sizeGiB) implements StepWork {
        @Override
        public Optional<String> host() {
            return Optional.of(onHost);
        }
    }

    /** Starts a virtual machine. */
    record StartMachine(String node, String onHost) implements StepWork {
        @Override
        public Optional<String> host() {
            return Optional.of(onHost);
        }
    }

    /** Waits until a machine's Talos API answers and proves to be the virtual machine. */
    record AwaitMachine(String node) implements StepWork {}

    /** Gives a machine in maintenance mode its configuration. */
    record Configure(String node) implements StepWork {}

    /** Waits until a machine has installed, rebooted, and answers with its own certificate. */
    record AwaitInstalled(String node) implements StepWork {}

    /** Bootstraps etcd, once in the life of the cluster. */
    record Bootstrap(String node) implements StepWork {}

    /** Waits until the cluster is healthy. */
    record AwaitHealthy(List<HealthCondition> conditions) implements StepWork {}

    /** Makes the secrets that the manifests need and renders them, before any machine exists. */
    record RenderManifests(Field<ManifestPreview> preview) implements StepWork {}

    /** Waits for what was installed at day 0. */
    record AwaitDayZero(List<HealthCondition> conditions, int minutesEach) implements StepWork {}

    /** Issues kubeconfig and talosconfig and keeps them. */
    record IssueCredentials(String endpoint) implements StepWork {}

    /** Delivers a credential to a sink. */
    record DeliverSecret(String sink, String key, CredentialKind credential) implements StepWork {}

    /** Lets the hypervisor keep the machines of a pool running when a host fails. */
    record MakeHighlyAvailable(String pool, List<String> nodes) implements StepWork {
        /** Copies the list. */
        public MakeHighlyAvailable {
            nodes = List.copyOf(nodes);
        }
    }

    /** Ends the high availability of machines of ours that are about to be removed. */
    record EndHighAvailability(List<Member> members) implements StepWork {
        /** Copies the list. */
        public EndHighAvailability {
            members = List.copyOf(members);
        }

        /** A machine of ours. */
        public record Member(String node, VmRef vm, UUID uuid) {}
    }

    /** Stops a virtual machine of ours. */
    record StopMachine(String node, VmRef vm, UUID uuid) implements StepWork {
        @Override
        public Optional<String> host() {
            return Optional.of(vm.host());
        }
    }

    /** Lets Proxmox delete a virtual machine of ours that is protected. */
    record LiftProtection(String node, VmRef vm, UUID uuid) implements StepWork {
        @Override
        public Optional<String> host() {
            return Optional.of(vm.host());
        }
    }

    /** Deletes a virtual machine of ours with its disks. */
    record DeleteMachine(String node, VmRef vm, UUID uuid) implements StepWork {
        @Override
        public Optional<String> host() {
            return Optional.of(vm.host());
        }
    }

    /** Deletes the boot image. */
    record DeleteImage(String onHost, String datastore, String fileName) implements StepWork {
        @Override
        public Optional<String> host() {
            return Optional.of(onHost);
        }
    }

    /** Notes in the store that no machine is left, so that the cluster may be made anew from the same secrets. */
    record CloseRecord() implements StepWork {}

    /** Which credential. */
    enum CredentialKind {
        /** For Kubernetes. */
        KUBECONFIG,
        /** For the Talos API. */
        TALOSCONFIG;

        /** This one of both. */
        public Secret<String> of(Credentials credentials) {
            return this == KUBECONFIG ? credentials.kubeconfig() : credentials.talosconfig();
        }
    }
}
