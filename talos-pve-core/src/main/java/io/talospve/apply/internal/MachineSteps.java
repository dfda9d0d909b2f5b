package io.talospve.apply.internal;

import io.talospve.error.ErrorCode;
import io.talospve.error.RefusedException;
import io.talospve.error.RemoteException;
import io.talospve.plan.MachineConfigurations;
import io.talospve.plan.MachinePlan;
import io.talospve.plan.StepWork.AwaitInstalled;
import io.talospve.plan.StepWork.AwaitMachine;
import io.talospve.plan.StepWork.Configure;
import io.talospve.spec.NodeRole;
import io.talospve.spec.Secret;
import io.talospve.spi.Hypervisor;
import io.talospve.spi.Hypervisor.GuestNic;
import io.talospve.spi.InlineManifest;
import io.talospve.spi.MachineAddress;
import io.talospve.spi.MachineView;
import io.talospve.spi.VmDetails;
import io.talospve.spi.VmDisk;
import io.talospve.store.ClusterRecord.BootstrapState;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** One machine: from power on to running with its own configuration. */
final class MachineSteps {
    private static final Duration BOOT = Duration.ofMinutes(10);
    private static final Duration INSTALL = Duration.ofMinutes(20);

    private final ApplyState state;
    private final MachinePlan machine;

    private MachineSteps(StepContext context, String node) {
        state = context.state();
        machine = context.machine(node);
    }

    static StepRunner await(AwaitMachine work) {
        return context -> new MachineSteps(context, work.node()).awaitApi();
    }

    static StepRunner configure(Configure work) {
        return context -> new MachineSteps(context, work.node()).configure(context);
    }

    static StepRunner installed(AwaitInstalled work) {
        return context -> new MachineSteps(context, work.node()).awaitInstalled(context);
    }

    private StepProgress awaitApi() {
        Optional<MachineAddress> address = state.findAddress(machine.name());
        if (address.isEmpty()) {
            return StepProgress.waitFor(
                    "the guest agent of " + machine.name() + " reports an address on NIC " + machine.primary().mac(),
                    guestNics().isEmpty()
                            ? "the agent does not answer; it is in the image as extension qemu-guest-agent"
                            : "the agent answers and knows none; is there a DHCP server on "
                                    + machine.primary().network().attachedTo() + " with a lease for it?",
                    BOOT);
        }
        MachineView view = look(address.get());
        String condition = "the Talos API at " + address.get() + " answers";
        if (view instanceof MachineView.Unreachable unreachable) {
            return StepProgress.waitFor(condition, unreachable.reason() + elsewhere(address.get()), BOOT);
        }
        if (view instanceof MachineView.Running running) {
            check(running.uuid(), null, address.get());
            return StepProgress.done("runs already: " + running.reason());
        }
        MachineView.Maintenance maintenance = (MachineView.Maintenance) view;
        check(maintenance.uuid(), maintenance.macs(), address.get());
        Optional<StepProgress> proof = agentProof(address.get());
        if (proof.isPresent()) {
            return proof.get();
        }
        checkDisks(maintenance);
        state.keyPin(machine.name(), maintenance.keyPin());
        return StepProgress.done("in maintenance mode at " + address.get());
    }

    /** A machine that uses DHCP may have got another address than the expected one: words for a person. */
    private String elsewhere(MachineAddress expected) {
        if (!machine.primary().dhcp()) {
            return "";
        }
        return state.learnAddress(machine.name())
                .filter(found -> !found.equals(expected.host()))
                .map(found -> "; its guest agent says that NIC " + machine.primary().mac() + " has " + found
                        + (machine.address().isPresent()
                                ? ": reserve " + expected.host() + " for it at the DHCP server, and restart it"
                                : ""))
                .orElse("");
    }

    private StepProgress configure(StepContext context) {
        MachineAddress address = state.address(machine.name());
        MachineView view = look(address);
        if (view instanceof MachineView.Unreachable unreachable) {
            // It may be installing already, when an earlier answer was lost.
            return StepProgress.waitFor(
                    "the Talos API at " + address + " answers", unreachable.reason() + elsewhere(address), INSTALL);
        }
        if (view instanceof MachineView.Running) {
            return StepProgress.done("configured already");
        }
        MachineView.Maintenance maintenance = (MachineView.Maintenance) view;
        check(maintenance.uuid(), maintenance.macs(), address);
        boolean controlPlane = machine.role() == NodeRole.CONTROL_PLANE;
        List<InlineManifest> manifests =
                controlPlane && context.cluster().hasDayZero() ? state.manifests() : List.of();
        MachineConfigurations configurations = state.configurations();
        Secret<String> configuration = configurations.render(machine, manifests);
        ManifestStep.checkSize(machine, configuration);
        state.services().talos().applyInMaintenance(address, maintenance.keyPin(), configuration);
        Secret<String> comparable = manifests.isEmpty() ? configuration : configurations.render(machine);
        Map<String, String> data = new TreeMap<>(Map.of(
                "node", machine.name(),
                "configuration",
                MachineConfigurations.digest(comparable, state.entry().digestKey())));
        if (!manifests.isEmpty()) {
            data.put(
                    "manifests",
                    state.services().manifests().fingerprint(context.cluster(), state.record().defaultsEpoch()));
        }
        return new StepProgress.Done("accepted by " + address, data);
    }

    private StepProgress awaitInstalled(StepContext context) {
        Optional<MachineAddress> address = state.findAddress(machine.name());
        if (address.isEmpty()) {
            return StepProgress.waitFor(runs(), "its address is not known", INSTALL);
        }
        MachineView view = look(address.get());
        StepProgress progress = installed(view, address.get());
        // Also of a machine that is gone: its watch may not know.
        boolean lookAgain = progress instanceof StepProgress.Wait && context.follow(address.get(), view);
        return lookAgain ? installed(look(address.get()), address.get()) : progress;
    }

    private String runs() {
        return machine.name() + " runs with its configuration";
    }

    private StepProgress installed(MachineView view, MachineAddress address) {
        if (!(view instanceof MachineView.Running running)) {
            String seen = view.reason() + elsewhere(address);
            return view instanceof MachineView.Maintenance
                    ? StepProgress.toldOf(runs(), seen, INSTALL)
                    : StepProgress.waitFor(runs(), seen, INSTALL);
        }
        check(running.uuid(), null, address);
        boolean controlPlane = machine.role() == NodeRole.CONTROL_PLANE;
        boolean ready = !running.stage().equals("rebooting")
                && !running.stage().equals("installing")
                && (!controlPlane || etcdReached(running));
        if (!ready) {
            return StepProgress.toldOf(runs(), running.reason(), INSTALL);
        }
        Optional<String> notJoined = controlPlane && bootstrapped() ? notJoined(running, address) : Optional.empty();
        return notJoined
                .map(why -> StepProgress.waitFor(machine.name() + " votes in etcd", why, INSTALL))
                .orElseGet(() -> StepProgress.done("Talos " + running.talosVersion() + ", " + running.stage()));
    }

    /** Whether etcd has come as far as it can before anybody bootstraps it. */
    private static boolean etcdReached(MachineView.Running running) {
        return running.etcd() != null && Set.of("Preparing", "Running").contains(running.etcd());
    }

    private boolean bootstrapped() {
        return state.record().bootstrap() == BootstrapState.BOOTSTRAPPED;
    }

    /** Why the next control plane must not join yet: etcd takes one after the other. */
    private Optional<String> notJoined(MachineView.Running running, MachineAddress address) {
        if (!"Running".equals(running.etcd())) {
            return Optional.of("etcd is " + running.etcd());
        }
        // One that has not joined lets every question hang until the client gives up.
        Optional<String> sick = running.complaint("etcd");
        if (sick.isPresent()) {
            return sick;
        }
        return state.services().talos().etcdMembers(address, state.access()).stream()
                        .anyMatch(member -> member.hostname().equals(machine.name()) && !member.learner())
                ? Optional.empty()
                : Optional.of("it is not a voting member yet");
    }

    private MachineView look(MachineAddress address) {
        MachineView view = state.services().talos().look(address, state.access(), state.keyPin(machine.name()));
        if (view instanceof MachineView.Foreign foreign) {
            throw wrong(address, foreign.reason());
        }
        return view;
    }

    /** A machine in maintenance mode gets every key of the cluster: it must be the virtual machine that was created. */
    private void check(@Nullable UUID uuid, @Nullable Set<String> macs, MachineAddress address) {
        VmDetails vm = state.seen(machine.name());
        if (uuid != null && vm.uuid().filter(uuid::equals).isEmpty()) {
            throw wrong(address, "its UUID is " + uuid + ", the virtual machine's is "
                    + vm.uuid().map(UUID::toString).orElse("none"));
        }
        if (macs == null) {
            return;
        }
        if (uuid == null && macs.isEmpty()) {
            throw wrong(address, "it tells neither its UUID nor its MAC addresses");
        }
        Set<String> missing = machine.nics().stream().map(nic -> nic.mac()).collect(Collectors.toCollection(TreeSet::new));
        missing.removeAll(macs);
        if (!macs.isEmpty() && !missing.isEmpty()) {
            throw wrong(address, "it does not have the MAC addresses " + missing);
        }
    }

    private void checkDisks(MachineView.Maintenance view) {
        if (view.diskWwids().isEmpty()) {
            return;
        }
        List<String> missing = machine.disks().stream()
                .map(VmDisk::wwn)
                .filter(wwn -> wwn != null && !view.diskWwids().contains("naa." + wwn.substring(2)))
                .toList();
        if (!missing.isEmpty()) {
            throw new RefusedException(
                    ErrorCode.WRONG_MACHINE,
                    machine.name() + " does not see its disks with wwn " + missing + "; it sees "
                            + new TreeSet<>(view.diskWwids()) + ". Talos would install nowhere and reboot for ever.",
                    "Look at the virtual machine's scsi0 and scsi1 in Proxmox VE.");
        }
    }

    /** Where the guest agent knows the planned NIC, it must have the address that we are about to send secrets to. */
    private Optional<StepProgress> agentProof(MachineAddress address) {
        String mac = machine.primary().mac();
        Optional<List<String>> reported = guestNics()
                .flatMap(nics -> nics.stream().filter(nic -> nic.mac().equals(mac)).findFirst())
                .map(GuestNic::addresses)
                .filter(addresses -> !addresses.isEmpty());
        if (reported.isEmpty()) {
            return state.requireAgentProof()
                    ? Optional.of(StepProgress.waitFor(
                            "the guest agent of " + machine.name() + " confirms the address " + address.host(),
                            "it does not answer",
                            BOOT))
                    : Optional.empty();
        }
        if (!reported.get().contains(address.host())) {
            throw wrong(address, "the guest agent says that NIC " + mac + " has " + reported.get());
        }
        return Optional.empty();
    }

    /** What was seen of the machine may be older than a move to another host. */
    private Optional<List<GuestNic>> guestNics() {
        Hypervisor hypervisor = state.services().hypervisor();
        try {
            return hypervisor.guestNics(state.seen(machine.name()).ref());
        } catch (RemoteException e) {
            if (e.code() != ErrorCode.NOT_FOUND) {
                throw e;
            }
            return hypervisor.guestNics(state.require(machine.name()).ref());
        }
    }

    private RefusedException wrong(MachineAddress address, String why) {
        return new RefusedException(
                ErrorCode.WRONG_MACHINE,
                "what answers at " + address + " is not " + machine.name() + ": " + why,
                "Look for a second machine with this address. Nothing was sent to it.");
    }
}
