package io.talospve.testkit.junit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import io.talospve.error.ErrorCode;
import io.talospve.error.RemoteException;
import io.talospve.spec.DiskOptions;
import io.talospve.spec.HighAvailability;
import io.talospve.spec.ImageMode;
import io.talospve.spec.NicOptions;
import io.talospve.spec.VmOptions;
import io.talospve.spi.HaGroup;
import io.talospve.spi.Hypervisor;
import io.talospve.spi.HypervisorInfo;
import io.talospve.spi.HypervisorInfo.DatastoreInfo;
import io.talospve.spi.Operation;
import io.talospve.spi.PlannedCall;
import io.talospve.spi.TimeSource;
import io.talospve.spi.VmCreation;
import io.talospve.spi.VmCreation.NicCreation;
import io.talospve.spi.VmDetails;
import io.talospve.spi.VmDisk;
import io.talospve.spi.VmNic;
import io.talospve.spi.VmRef;
import io.talospve.spi.VmSummary;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What every {@link Hypervisor} guarantees. A subclass says where to try it. Makes small virtual machines (1 core, 128 MiB,
 * 1 GiB of disk, without hardware virtualisation), touches nothing else and removes them after each test, also those of
 * a failed one.
 */
public abstract class HypervisorContract {
    private static final Duration LONG_ENOUGH = Duration.ofMinutes(5);
    private static final Duration FIRST_LOOK = Duration.ofMillis(100);
    private static final Duration SLOWEST_LOOK = Duration.ofSeconds(2);

    private final List<VmRef> made = Collections.synchronizedList(new ArrayList<>());
    private boolean imageMade;
    private Place place;
    private Hypervisor hypervisor;

    /** For subclasses. */
    protected HypervisorContract() {}

    /**
     * Where the contract is tried.
     *
     * @param hypervisor what is tried; closed after each test
     * @param time how to wait there
     * @param host a host that is online
     * @param datastore a storage of this host for disks
     * @param bridge a bridge of this host
     * @param pool a pool that the machines shall be members of; empty for none
     * @param image a storage and a URL for trying images; empty to leave these tests out
     */
    public record Place(
            Hypervisor hypervisor,
            TimeSource time,
            String host,
            String datastore,
            String bridge,
            Optional<String> pool,
            Optional<Image> image) {}

    /**
     * An image to fetch.
     *
     * @param datastore a storage that takes {@code iso}
     * @param url from where the host can fetch it
     */
    public record Image(String datastore, String url) {}

    /**
     * Connects to where the contract is tried.
     *
     * @return a place of its own for one test
     */
    protected abstract Place place();

    /** Called when a test has cleaned up, with the hypervisor closed: ends what {@link #place()} began. */
    protected void leave() {}

    @BeforeEach
    final void connect() {
        place = place();
        hypervisor = place.hypervisor();
    }

    @AfterEach
    final void cleanUp() {
        try {
            for (VmRef ref : List.copyOf(made)) {
                if (hypervisor.vm(ref).isPresent()) {
                    ended(hypervisor.stop(ref));
                    hypervisor.setProtection(ref, false);
                    succeeds(hypervisor.delete(ref));
                }
            }
            if (imageMade) {
                Image image = place.image().orElseThrow();
                succeeds(hypervisor.deleteImage(place.host(), image.datastore(), imageName()));
            }
        } finally {
            hypervisor.close();
            leave();
        }
    }

    // ---- the datacenter ----

    @Test
    void theHostIsOnline() {
        HypervisorInfo info = hypervisor.info();
        assertFalse(info.clusterName().isBlank());
        assertTrue(info.version().matches("\\d+\\.\\d+.*"), info.version());
        HypervisorInfo.HostInfo host = info.hosts().stream()
                .filter(h -> h.name().equals(place.host()))
                .findFirst()
                .orElseThrow();
        assertTrue(host.online());
        assertTrue(host.freeMemoryMiB() <= host.memoryMiB());
    }

    @Test
    void theHostHasTheDatastoreAndTheBridge() {
        DatastoreInfo store = hypervisor.datastores(place.host()).stream()
                .filter(s -> s.name().equals(place.datastore()))
                .findFirst()
                .orElseThrow();
        assertTrue(store.active());
        assertTrue(store.content().contains("images"), store.toString());
        assertTrue(store.freeMiB() > 0 && store.freeMiB() <= store.totalMiB(), store.toString());
        assertTrue(hypervisor.bridges(place.host()).contains(place.bridge()));
    }

    @Test
    void aHostThatIsNotThereIsAnError() {
        assertThrows(RemoteException.class, () -> hypervisor.datastores("no-such-host"));
    }

    @Test
    void theAccountMayDoWhatTheContractTries() {
        assertEquals(
                List.of(),
                hypervisor.missingPrivileges(List.of(new PlannedCall.CreateVm(
                        place.pool(),
                        Set.of(place.datastore()),
                        place.image().map(Image::datastore).orElse(place.datastore()),
                        Set.of(place.bridge())))));
    }

    // ---- creating and reading ----

    @Test
    void aMachineIsCreatedAsItWasAsked() {
        VmCreation asked = creation();
        create(asked);
        VmDetails vm = hypervisor.vm(asked.ref()).orElseThrow();
        assertEquals(asked.ref(), vm.ref());
        assertEquals(asked.name(), vm.name());
        assertEquals(Optional.of(asked.uuid()), vm.uuid());
        assertEquals(asked.description(), vm.description());
        assertEquals(1, vm.cores());
        assertEquals(128, vm.memoryMiB());
        assertEquals(asked.disks(), vm.disks());
        assertEquals(Set.of(), vm.isoVolumes());
        NicCreation nic = asked.nics().get(0);
        assertEquals(List.of(new VmNic(0, nic.bridge(), nic.mac())), vm.nics());
        assertFalse(vm.running());
        assertFalse(vm.template());
        assertFalse(vm.protection());
        assertEquals(Optional.empty(), vm.lock());
        if (place.pool().isEmpty()) {
            assertEquals(asked.tags(), vm.tags());
        }
    }

    @Test
    void aMachineIsListedAtOnceWithItsNameAndState() {
        VmCreation asked = creation();
        create(asked);
        VmSummary listed = listed(asked.ref()).orElseThrow();
        assertEquals(asked.name(), listed.name());
        assertFalse(listed.running());
        assertFalse(listed.template());
        assertEquals(hypervisor.vm(asked.ref()), hypervisor.vm(listed));
        succeeds(hypervisor.start(asked.ref()));
        listed = listed(asked.ref()).orElseThrow();
        assertTrue(listed.running());
        assertEquals(hypervisor.vm(asked.ref()), hypervisor.vm(listed));
    }

    @Test
    void aCreationCanBePickedUpByItsIdAlsoWhenItHasEnded() {
        VmCreation asked = creation();
        Operation creation = start(asked);
        succeeds(hypervisor.operation(creation.id()));
        assertEquals(creation.id(), hypervisor.operation(creation.id()).id());
        assertEquals(Operation.Status.SUCCEEDED, hypervisor.operation(creation.id()).poll().status());
    }

    @Test
    void anOperationThatNeverWasIsAnError() {
        RemoteException e = assertThrows(
                RemoteException.class, () -> hypervisor.operation("nonsense").poll());
        assertFalse(e.retryable(), e.getMessage());
    }

    @Test
    void whateverASpecMayChooseIsTaken() {
        VmCreation plain = creation();
        String second = "0x5" + UUID.randomUUID().toString().replace("-", "").substring(0, 15);
        VmOptions.Builder options = VmOptions.builder();
        options.from(plain.options())
                .sockets(2)
                .cpuType("qemu64")
                .numa(true)
                .affinity("0")
                .balloonMiB(64)
                .machine("q35")
                .firmware(VmOptions.Firmware.OVMF)
                .firmwareDatastore(place.datastore())
                .tpm(true)
                .disks(DiskOptions.builder().cache("writeback").backup(false).replicate(false).build())
                .dataDisks(DiskOptions.builder().ssd(false).discard(false).ioThread(false).build())
                .protection(true);
        VmCreation asked = VmCreation.builder()
                .from(plain)
                .cores(2)
                .addDisks(new VmDisk("scsi2", place.datastore(), 1, second))
                .nics(List.of(
                        new NicCreation(
                                place.bridge(), plain.nics().get(0).mac(), Optional.empty(), Optional.empty(),
                                NicOptions.builder().vlan(40).mtu(1).firewall(true).queues(2).rateMBps(10).build()),
                        new NicCreation(place.bridge(), "02:00:5e:00:53:01", Optional.of("2001:db8::10/64"), Optional.empty())))
                .options(options.build())
                .build();
        create(asked);
        VmDetails vm = hypervisor.vm(asked.ref()).orElseThrow();
        assertEquals(2, vm.cores(), "of both sockets");
        assertEquals(asked.disks(), vm.disks(), "neither UEFI variables nor TPM state are disks");
        assertEquals(2, vm.nics().size());
        assertTrue(vm.protection());
        assertTrue(hypervisor.cpuTypes(place.host()).orElse(Set.of("qemu64")).contains("qemu64"));
        assertTrue(hypervisor.machineTypes(place.host()).orElse(Set.of("pc-q35-x")).stream().anyMatch(type -> type.startsWith("pc-q35-")));
    }

    @Test
    void aProtectedMachineIsDeletedOnlyWhenItIsReleased() {
        VmRef ref = created();
        hypervisor.setProtection(ref, true);
        assertTrue(hypervisor.vm(ref).orElseThrow().protection());
        try {
            assertEquals(Operation.Status.FAILED, ended(hypervisor.delete(ref)).status());
        } catch (RemoteException e) {
            assertFalse(e.serverText().orElse("").isBlank(), e.getMessage());
        }
        assertTrue(hypervisor.vm(ref).isPresent());
        hypervisor.setProtection(ref, false);
        succeeds(hypervisor.delete(ref));
        assertEquals(Optional.empty(), hypervisor.vm(ref));
    }

    @Test
    void aVmidIsFreeUntilItIsTaken() {
        VmCreation asked = creation();
        assertTrue(hypervisor.isFree(asked.ref().vmid()));
        create(asked);
        assertFalse(hypervisor.isFree(asked.ref().vmid()));
    }

    @Test
    void aVmidThatIsTakenIsRefusedAsSuch() {
        VmCreation first = creation();
        create(first);
        VmCreation second =
                VmCreation.builder().from(creation()).ref(first.ref()).build();
        RemoteException e = assertThrows(RemoteException.class, () -> hypervisor.create(second));
        assertEquals(ErrorCode.NAME_TAKEN, e.code(), e.getMessage());
        assertTrue(e.retryable(), e.getMessage());
        assertEquals(Optional.of(first.uuid()), hypervisor.vm(first.ref()).orElseThrow().uuid());
    }

    @Test
    void whoeverLosesARaceForAVmidGetsAnotherOne() throws InterruptedException, ExecutionException {
        int racers = 4;
        ExecutorService threads = Executors.newFixedThreadPool(racers);
        try {
            List<Callable<VmRef>> races = Collections.nCopies(racers, () -> {
                for (int attempt = 0; attempt < 20; attempt++) {
                    VmCreation asked = creation();
                    try {
                        Operation creation = hypervisor.create(asked);
                        made.add(asked.ref());
                        succeeds(creation);
                        assertEquals(
                                Optional.of(asked.uuid()),
                                hypervisor.vm(asked.ref()).orElseThrow().uuid());
                        return asked.ref();
                    } catch (RemoteException e) {
                        assertEquals(ErrorCode.NAME_TAKEN, e.code(), e.getMessage());
                    }
                }
                return fail("lost twenty times");
            });
            Set<Integer> vmids = new HashSet<>();
            for (Future<VmRef> race : threads.invokeAll(races)) {
                vmids.add(race.get().vmid());
            }
            assertEquals(racers, vmids.size());
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void aMachineThatIsNotThereIsEmptyNotAnError() {
        VmRef free = new VmRef(place.host(), hypervisor.freeVmid());
        assertEquals(Optional.empty(), hypervisor.vm(free));
        assertEquals(Optional.empty(), listed(free));
        succeeds(hypervisor.delete(free));
    }

    @Test
    void aFailureInTheTaskIsSaidInTheServersWords() {
        VmCreation impossible = VmCreation.builder()
                .from(creation())
                .isoVolume(place.image().map(Image::datastore).orElse(place.datastore()) + ":iso/no-such-image.iso")
                .build();
        String said;
        try {
            Operation.State end = ended(start(impossible));
            assertEquals(Operation.Status.FAILED, end.status());
            said = String.valueOf(end.text());
        } catch (RemoteException e) {
            said = e.serverText().orElse("");
        }
        assertFalse(said.isBlank());
        assertEquals(Optional.empty(), hypervisor.vm(impossible.ref()), "a failed creation leaves nothing");
    }

    // ---- power, tags, deletion ----

    @Test
    void startingAndStoppingTwiceIsFine() {
        VmRef ref = created();
        assertFalse(hypervisor.vm(ref).orElseThrow().running());
        succeeds(hypervisor.stop(ref));
        succeeds(hypervisor.start(ref));
        assertTrue(hypervisor.vm(ref).orElseThrow().running());
        succeeds(hypervisor.start(ref));
        assertTrue(hypervisor.vm(ref).orElseThrow().running());
        succeeds(hypervisor.stop(ref));
        assertFalse(hypervisor.vm(ref).orElseThrow().running());
        succeeds(hypervisor.stop(ref));
    }

    @Test
    void theAgentOfAMachineThatIsOffSaysNothing() {
        assertEquals(Optional.empty(), hypervisor.guestNics(created()));
    }

    @Test
    void tagsAreReplacedAsASet() {
        VmRef ref = created();
        hypervisor.setTags(ref, Set.of("talos", "contract", "b"));
        assertEquals(Set.of("talos", "contract", "b"), hypervisor.vm(ref).orElseThrow().tags());
        hypervisor.setTags(ref, Set.of("a"));
        assertEquals(Set.of("a"), listed(ref).orElseThrow().tags());
        hypervisor.setTags(ref, Set.of());
        assertEquals(Set.of(), hypervisor.vm(ref).orElseThrow().tags());
        hypervisor.setTags(ref, Set.of());
    }

    @Test
    void aMachineThatIsDeletedIsGoneAndMayBeDeletedAgain() {
        VmRef ref = created();
        succeeds(hypervisor.delete(ref));
        assertEquals(Optional.empty(), hypervisor.vm(ref));
        assertEquals(Optional.empty(), listed(ref));
        succeeds(hypervisor.delete(ref));
    }

    @Test
    void aMachineThatRunsIsNotDeleted() {
        VmRef ref = created();
        succeeds(hypervisor.start(ref));
        try {
            assertEquals(Operation.Status.FAILED, ended(hypervisor.delete(ref)).status());
        } catch (RemoteException e) {
            assertFalse(e.serverText().orElse("").isBlank(), e.getMessage());
        }
        assertTrue(hypervisor.vm(ref).orElseThrow().running());
    }

    @Test
    void anOperationOnAMachineThatIsNotThereFails() {
        VmRef free = new VmRef(place.host(), hypervisor.freeVmid());
        assertThrows(RemoteException.class, () -> hypervisor.setTags(free, Set.of("x")));
        try {
            assertEquals(Operation.Status.FAILED, ended(hypervisor.start(free)).status());
        } catch (RemoteException e) {
            assertEquals(ErrorCode.NOT_FOUND, e.code(), e.getMessage());
        }
    }

    @Test
    void aDiskGrowsAndNeverShrinks() {
        VmRef ref = created();
        succeeds(hypervisor.growDisk(ref, "scsi0", 2));
        assertEquals(2, hypervisor.vm(ref).orElseThrow().disks().get(0).sizeGiB());
        succeeds(hypervisor.growDisk(ref, "scsi0", 1));
        assertEquals(2, hypervisor.vm(ref).orElseThrow().disks().get(0).sizeGiB());
    }

    // ---- high availability ----

    @Test
    void aMachineIsMadeHighlyAvailableOnceAndNoLonger() {
        if (!hypervisor.missingPrivileges(List.of(new PlannedCall.ManageHa())).isEmpty()) {
            abort("the account may not manage high availability");
        }
        VmRef ref = created();
        succeeds(hypervisor.start(ref));
        String cluster = "contract-" + ref.vmid();
        HaGroup wanted = new HaGroup(
                cluster, "cp", List.of(ref), HighAvailability.builder().addHosts(place.host()).maxRestart(0).build());
        try {
            assertFalse(hypervisor.haDifferences(wanted).isEmpty());
            hypervisor.makeHighlyAvailable(wanted);
            assertEquals(List.of(), hypervisor.haDifferences(wanted));
            hypervisor.makeHighlyAvailable(wanted);
            assertTrue(hypervisor.highlyAvailable().contains(ref.vmid()));
        } finally {
            hypervisor.endHighAvailability(cluster, Set.of(ref.vmid()));
        }
        assertFalse(hypervisor.highlyAvailable().contains(ref.vmid()));
        hypervisor.endHighAvailability(cluster, Set.of(ref.vmid()));
    }

    // ---- images ----

    @Test
    void anImageIsFetchedOnceAndDeleted() {
        if (place.image().isEmpty()) {
            abort("no image to fetch was given");
        }
        Image image = place.image().orElseThrow();
        assertEquals(OptionalLong.empty(), hypervisor.image(place.host(), image.datastore(), imageName()));
        imageMade = true;
        succeeds(hypervisor.downloadImage(place.host(), image.datastore(), imageName(), image.url(), Optional.empty()));
        assertTrue(hypervisor.image(place.host(), image.datastore(), imageName()).orElse(0) > 0);
        assertTrue(hypervisor.images(place.host(), image.datastore(), ImageMode.ISO).contains(imageName()));

        Operation.State again =
                ended(hypervisor.downloadImage(place.host(), image.datastore(), imageName(), image.url(), Optional.empty()));
        assertEquals(Operation.Status.FAILED, again.status(), "it exists");

        VmCreation booting = VmCreation.builder()
                .from(creation())
                .isoVolume(image.datastore() + ":iso/" + imageName())
                .build();
        create(booting);
        VmDetails vm = hypervisor.vm(booting.ref()).orElseThrow();
        assertEquals(booting.disks(), vm.disks(), "an image is no disk");
        assertEquals(Set.of(booting.isoVolume()), vm.isoVolumes());

        succeeds(hypervisor.deleteImage(place.host(), image.datastore(), imageName()));
        assertEquals(OptionalLong.empty(), hypervisor.image(place.host(), image.datastore(), imageName()));
        succeeds(hypervisor.deleteImage(place.host(), image.datastore(), imageName()));
        imageMade = false;
    }

    @Test
    void anImageThatCannotBeFetchedIsAFailureAndIsNotThere() {
        if (place.image().isEmpty()) {
            abort("no image to fetch was given");
        }
        Image image = place.image().orElseThrow();
        String nowhere = image.url().replaceFirst("[^/]+$", "no-such-file");
        Operation.State end =
                ended(hypervisor.downloadImage(place.host(), image.datastore(), imageName(), nowhere, Optional.empty()));
        assertEquals(Operation.Status.FAILED, end.status());
        assertFalse(String.valueOf(end.text()).isBlank());
        assertEquals(OptionalLong.empty(), hypervisor.image(place.host(), image.datastore(), imageName()));
    }

    // ---- doing it ----

    private static String imageName() {
        return "talos-pve-contract.iso";
    }

    private VmCreation creation() {
        UUID uuid = UUID.randomUUID();
        String hex = uuid.toString().replace("-", "");
        String mac = "02:" + hex.substring(0, 10).replaceAll("(..)(?=.)", "$1:");
        VmOptions.Builder options = VmOptions.builder();
        options.hardwareVirtualization(false).cpuType("qemu64").startOnBoot(false).pool(place.pool());
        VmCreation.Builder vm = VmCreation.builder();
        return vm.ref(new VmRef(place.host(), hypervisor.freeVmid()))
                .name("contract-" + hex.substring(0, 8))
                .uuid(uuid)
                .description("Made by a contract test; 100 % \"quoted\" & <safe> to delete\n\ntalos-pve: {\"v\":1,\"cluster\":\"a=b;c\"}")
                .addTags("contract", "talos")
                .cores(1)
                .memoryMiB(128)
                .addDisks(new VmDisk("scsi0", place.datastore(), 1, "0x5" + hex.substring(0, 15)))
                .cloudInitDatastore(place.datastore())
                .isoVolume("none")
                .addNics(new NicCreation(place.bridge(), mac, Optional.of("192.0.2.10/24"), Optional.of("192.0.2.1")))
                .addNameservers("192.0.2.1")
                .options(options.build())
                .build();
    }

    private Operation start(VmCreation asked) {
        Operation creation = hypervisor.create(asked);
        made.add(asked.ref());
        return creation;
    }

    private void create(VmCreation asked) {
        succeeds(start(asked));
    }

    private VmRef created() {
        VmCreation asked = creation();
        create(asked);
        return asked.ref();
    }

    private Optional<VmSummary> listed(VmRef ref) {
        return hypervisor.vms().stream().filter(vm -> vm.ref().equals(ref)).findFirst();
    }

    private void succeeds(Operation operation) {
        Operation.State end = ended(operation);
        assertEquals(Operation.Status.SUCCEEDED, end.status(), () -> operation.id() + ": " + end.text());
    }

    private Operation.State ended(Operation operation) {
        Instant deadline = place.time().now().plus(LONG_ENOUGH);
        Duration pause = FIRST_LOOK;
        try (TimeSource.Waiter waiter = place.time().waiter()) {
            while (true) {
                Operation.State state = operation.poll();
                if (state.status() != Operation.Status.RUNNING) {
                    return state;
                }
                Instant now = place.time().now();
                if (!now.isBefore(deadline)) {
                    return fail(operation.id() + " did not end within " + LONG_ENOUGH);
                }
                waiter.await(now.plus(pause));
                pause = pause.compareTo(SLOWEST_LOOK) < 0 ? pause.multipliedBy(2) : SLOWEST_LOOK;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return fail("interrupted");
        }
    }
}
