package io.talospve.talos.api;

import io.talospve.spec.Secret;
import io.talospve.talos.api.internal.Commands;
import io.talospve.talos.api.internal.Line;
import io.talospve.talos.api.internal.Questions;
import io.talospve.talos.api.internal.Streams;
import io.talospve.talos.api.internal.Unary;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * One machine's Talos API: what {@code talosctl} gives people, as Java values. Obtained from {@link GrpcTalosApi#machine} or
 * {@link GrpcTalosApi#machineInMaintenance}; needs no closing.
 *
 * <p>Calls block, end after the client's time-outs unless they take a duration, are made exactly once, and can be
 * interrupted. Thread-safe. Errors are {@link io.talospve.error.RemoteException}; whether a failed command took effect is
 * unknown if it says so.
 */
public final class TalosMachine {
    private static final String SYSTEM = "system";

    private final Line line;

    TalosMachine(Line line) {
        this.line = line;
    }

    /**
     * Another machine, asked through this one. Only control planes forward.
     *
     * @param node its address without a port, or a name that this machine can resolve
     * @return the other machine
     */
    public TalosMachine forwardingTo(String node) {
        return new TalosMachine(line.to(node));
    }

    /**
     * What it runs.
     *
     * @return the version
     */
    public TalosVersion version() {
        return line.ask(Questions.VERSION);
    }

    /**
     * Its name.
     *
     * @return the hostname
     */
    public String hostname() {
        return line.ask(Questions.HOSTNAME);
    }

    /**
     * Its services, with their health and history.
     *
     * @return the services
     */
    public List<ServiceStatus> services() {
        return line.ask(Questions.SERVICES);
    }

    /**
     * Starts a service.
     *
     * @param id the service
     * @return Talos' words
     */
    public String startService(String id) {
        return line.ask(Commands.start(id));
    }

    /**
     * Stops a service. Most of Talos' own refuse.
     *
     * @param id the service
     * @return Talos' words
     */
    public String stopService(String id) {
        return line.ask(Commands.stop(id));
    }

    /**
     * Restarts a service. etcd, apid and machined refuse.
     *
     * @param id the service
     * @return Talos' words
     */
    public String restartService(String id) {
        return line.ask(Commands.restart(id));
    }

    /**
     * The last lines of a service's log.
     *
     * @param service a service, or {@code machined} for the machine itself
     * @param lines how many at most; −1 for all that are kept
     * @return the lines, to be closed
     */
    public MachineStream<String> logs(String service, int lines) {
        return new Streams(line).logs(SYSTEM, service, false, lines, Duration.ofMinutes(1));
    }

    /**
     * The last lines of a service's log, and then each new one.
     *
     * @param service a service, or {@code machined} for the machine itself
     * @param lines how many past lines at most; 0 for none, −1 for all that are kept
     * @param atMost when to end
     * @return the lines, to be closed
     */
    public MachineStream<String> followLogs(String service, int lines, Duration atMost) {
        return new Streams(line).logs(SYSTEM, service, true, lines, atMost);
    }

    /**
     * The log of a container of Kubernetes.
     *
     * @param container as Talos names it: {@code namespace/pod:container:id}
     * @param lines how many at most; −1 for all that are kept
     * @return the lines, to be closed
     */
    public MachineStream<String> containerLogs(String container, int lines) {
        return new Streams(line).logs("k8s.io", container, false, lines, Duration.ofMinutes(1));
    }

    /**
     * The kernel's log.
     *
     * @return the lines, to be closed
     */
    public MachineStream<String> dmesg() {
        return new Streams(line).dmesg(false, false, Duration.ofMinutes(1));
    }

    /**
     * The kernel's log, and then each new line.
     *
     * @param newOnly whether to leave out what is there already
     * @param atMost when to end
     * @return the lines, to be closed
     */
    public MachineStream<String> followDmesg(boolean newOnly, Duration atMost) {
        return new Streams(line).dmesg(true, newOnly, atMost);
    }

    /**
     * What happens on the machine.
     *
     * @param filter what to begin with
     * @param atMost when to end
     * @return the events, to be closed
     */
    public MachineStream<MachineEvent> events(EventFilter filter, Duration atMost) {
        return new Streams(line).events(filter, atMost);
    }

    /**
     * Its kernel's counters, read one after the other.
     *
     * @return the counters
     */
    public MachineMetrics metrics() {
        MachineMetrics.Stat stat = line.ask(Questions.STAT);
        List<MachineMetrics.Processor> processors = line.ask(Questions.PROCESSORS);
        return new MachineMetrics(
                stat.bootedAt(),
                stat.total(),
                processors.size(),
                processors.isEmpty() ? "" : processors.get(0).model(),
                line.ask(Questions.LOAD),
                line.ask(Questions.MEMORY),
                line.ask(Questions.DISK_COUNTERS),
                line.ask(Questions.NETWORK_COUNTERS));
    }

    /**
     * Its mounted file systems and how full they are.
     *
     * @return the mounts
     */
    public List<MachineMetrics.Mount> mounts() {
        return line.ask(Questions.MOUNTS);
    }

    /**
     * Its disks. Works in maintenance mode, too.
     *
     * @return the disks
     */
    public List<MachineDisk> disks() {
        return line.ask(Questions.DISKS);
    }

    /**
     * Its clock beside its time server's; the machine asks the server for it.
     *
     * @return the clock
     */
    public MachineClock clock() {
        return line.ask(Questions.CLOCK);
    }

    /**
     * One resource. Works in maintenance mode, too.
     *
     * @param namespace for example {@code runtime}
     * @param type for example {@code MachineStatuses.runtime.talos.dev}
     * @param id for example {@code machine}
     * @return the resource, empty if there is none
     */
    public Optional<TalosResource> resource(String namespace, String type, String id) {
        return new Streams(line).resource(namespace, type, id);
    }

    /**
     * All resources of a type. Talos answers an unknown type or a wrong namespace with a denial.
     *
     * @param namespace for example {@code network}
     * @param type for example {@code LinkStatuses.net.talos.dev}
     * @return the resources
     */
    public List<TalosResource> resources(String namespace, String type) {
        return new Streams(line).resources(namespace, type);
    }

    /**
     * One resource as it is, then its changes.
     *
     * @param namespace for example {@code runtime}
     * @param type for example {@code MachineStatuses.runtime.talos.dev}
     * @param id for example {@code machine}; need not exist yet
     * @param atMost when to end
     * @return the changes, to be closed
     */
    public MachineStream<ResourceChange> watch(String namespace, String type, String id, Duration atMost) {
        return new Streams(line).watch(namespace, type, id, atMost);
    }

    /**
     * All resources of a type as they are, then {@link ResourceChange.Kind#COMPLETE}, then their changes.
     *
     * @param namespace for example {@code runtime}
     * @param type for example {@code Services.v1alpha1.talos.dev}
     * @param atMost when to end
     * @return the changes, to be closed
     */
    public MachineStream<ResourceChange> watchAll(String namespace, String type, Duration atMost) {
        return new Streams(line).watch(namespace, type, null, atMost);
    }

    /**
     * Applies a machine configuration, or tells what applying it would do.
     *
     * @param configuration YAML text
     * @param options when it takes effect
     * @return what the machine did or would do
     */
    public ApplyAnswer apply(Secret<String> configuration, ApplyOptions options) {
        return line.ask(Commands.apply(configuration, options));
    }

    /**
     * Installs another version of Talos and reboots into it. The machine checks etcd and drains itself first.
     *
     * <p>Never repeat a failed upgrade blindly: two of them overwrite both boot slots.
     *
     * @param options what and how
     * @return id of the actor for {@link EventFilter#ofActor}
     */
    public String upgrade(UpgradeOptions options) {
        return line.ask(Commands.upgrade(options));
    }

    /** Boots the version that was installed before. */
    public void rollback() {
        line.ask(Commands.rollback());
    }

    /**
     * Reboots. The machine goes on answering for a moment.
     *
     * @param mode how
     * @return id of the actor for {@link EventFilter#ofActor}
     */
    public String reboot(RebootMode mode) {
        return line.ask(Commands.reboot(mode));
    }

    /**
     * Powers off.
     *
     * @param force whether to skip draining the node
     * @return id of the actor for {@link EventFilter#ofActor}
     */
    public String shutdown(boolean force) {
        return line.ask(Commands.shutdown(force));
    }

    /**
     * Wipes the machine. Its node object in Kubernetes stays.
     *
     * @param options what and how
     * @return id of the actor for {@link EventFilter#ofActor}
     */
    public String reset(ResetOptions options) {
        return line.ask(Commands.reset(options));
    }

    /**
     * Container images on the machine.
     *
     * @param store whose images
     * @return the images
     */
    public List<ContainerImage> images(ContainerImage.Store store) {
        return new Streams(line).images(store);
    }

    /**
     * Pulls an image, so that it is there when it is needed.
     *
     * @param store where to
     * @param reference the image
     * @param atMost how long it may take
     */
    public void pullImage(ContainerImage.Store store, String reference, Duration atMost) {
        line.ask(Commands.pull(store, reference, atMost));
    }

    /**
     * Lets a control plane issue a client certificate.
     *
     * @param roles for example {@code os:reader}; at least one
     * @param validity how long it is valid
     * @return the access
     */
    public ClientConfiguration clientConfiguration(Set<String> roles, Duration validity) {
        if (roles.isEmpty()) {
            throw new IllegalArgumentException("a client certificate without a role may do nothing");
        }
        Unary<ClientConfiguration> call = Commands.clientConfiguration(roles, validity);
        return line.ask(call);
    }

    /**
     * Its etcd.
     *
     * @return calls about etcd; they fail on a worker
     */
    public MachineEtcd etcd() {
        return new MachineEtcd(line);
    }
}
