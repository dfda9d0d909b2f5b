package io.talospve.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.talospve.error.ErrorCode;
import io.talospve.error.RefusedException;
import io.talospve.plan.Mark;
import io.talospve.plan.Note;
import io.talospve.plan.Plan;
import io.talospve.plan.StepWork;
import io.talospve.spi.VmDetails;
import io.talospve.spi.VmDetails.StaticAddress;
import io.talospve.spi.VmDisk;
import io.talospve.spi.VmRef;
import io.talospve.store.internal.MemoryFiles;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** What is ours and what is not, where people, backups and high availability have been at work. */
class OwnershipTest {
    private static final String CP = "prod-k8s-cp-1";

    private final Site site = new Site(1);

    private VmDetails foreign(int vmid, String name, String... tags) {
        VmDetails vm = VmDetails.builder()
                .ref(new VmRef("alpha", vmid))
                .name(name)
                .description("somebody else's")
                .uuid(new UUID(7, vmid))
                .running(true)
                .template(false)
                .protection(false)
                .cores(1)
                .memoryMiB(512)
                .tags(Set.of(tags))
                .build();
        put(vm);
        return vm;
    }

    private void put(VmDetails vm) {
        site.datacenter.machines.put(vm.ref().vmid(), new MemoryDatacenter.Machine(vm));
    }

    private VmDetails ours() {
        return site.machine(CP).vm;
    }

    private void edit(Consumer<VmDetails.Builder> change) {
        MemoryDatacenter.Machine machine = site.machine(CP);
        VmDetails.Builder builder = VmDetails.builder().from(machine.vm);
        change.accept(builder);
        VmDetails edited = builder.build();
        machine.vm = edited;
    }

    private RefusedException refused() {
        int machines = site.datacenter.machines.size();
        RefusedException e = catchThrowableOfType(RefusedException.class, () -> site.plan());
        assertThat(e).as("the plan is refused").isNotNull();
        assertThat(site.datacenter.machines).hasSize(machines);
        return e;
    }

    private List<String> differences(Plan plan) {
        return plan.notes().stream()
                .filter(note -> note.kind() == Note.Kind.DIFFERENCE && note.subject().equals(CP))
                .map(Note::text)
                .toList();
    }

    @Test
    void addressesThatOthersHaveAreRefusedAllAtOnce() {
        put(VmDetails.builder()
                .from(foreign(150, "web"))
                .addStaticAddresses(
                        new StaticAddress("dmz", Optional.empty(), "192.168.62.21"),
                        new StaticAddress("other", Optional.empty(), "192.168.62.22"),
                        new StaticAddress("dmz", Optional.of(40), "192.168.62.23"))
                .build());
        foreign(151, "lost");
        site.datacenter.machines.get(151).addresses.add("192.168.62.25");
        site.datacenter.machines.get(151).apiFrom = site.time.now();
        assertThat(refused().getMessage())
                .contains("the address 192.168.62.21 of prod-k8s-cp-1 is that of web (vm 150 on alpha) on dmz")
                .contains("at the address 192.168.62.25 of prod-k8s-worker-2 a Talos machine answers already")
                .doesNotContain("192.168.62.22", "192.168.62.23");
    }

    @Test
    void aForeignMachineOfOurNameIsRefusedByItsNameAndStaysAsItIs() {
        VmDetails foreign = foreign(150, CP);
        RefusedException e = refused();
        assertThat(e.code()).isEqualTo(ErrorCode.NAME_TAKEN);
        assertThat(e).hasMessageContaining("vm 150 on alpha").hasMessageContaining(CP);
        assertThat(e.hint()).hasValueSatisfying(hint -> assertThat(hint).contains("Rename or remove"));
        assertThat(site.datacenter.machines.get(150).vm).isEqualTo(foreign);
    }

    @Test
    void aForeignMachineWithOurTagsOrAtOurFirstVmidIsShownAsUntouchedThroughTheWholeLife() {
        VmDetails tagged = foreign(100, "blog", "talos", "k8s", "prod-k8s", "controlplane");
        VmDetails plain = foreign(101, "mail");
        VmDetails alike = foreign(102, "prod-k8s-backup");
        Plan plan = site.plan();
        assertThat(plan.notes().stream().filter(note -> note.kind() == Note.Kind.UNTOUCHED).map(Note::subject))
                .containsExactlyInAnyOrder("blog", "prod-k8s-backup");
        site.apply();
        site.destroy();
        assertThat(site.datacenter.machines.values()).extracting(machine -> machine.vm)
                .containsExactlyInAnyOrder(tagged, plain, alike);
    }

    @Test
    void aCloneIsRefusedWithWhatToTakeOutOfIt() {
        site.apply();
        put(VmDetails.builder()
                .from(ours())
                .ref(new VmRef("charlie", 900))
                .uuid(new UUID(1, 1))
                .name("prod-k8s-cp-1-clone")
                .running(false)
                .build());
        RefusedException e = refused();
        assertThat(e.code()).isEqualTo(ErrorCode.COPIED_MARK);
        assertThat(e).hasMessageContaining("vm 900 on charlie").hasMessageContaining("clone or a restored backup");
        assertThat(e.hint()).hasValueSatisfying(hint -> assertThat(hint).contains("vm 900 on charlie"));
        assertThatThrownBy(() -> site.process().planDestroy(site.cluster)).isInstanceOf(RefusedException.class);
    }

    @Test
    void aBackupRestoredUnderAnotherVmidIsRefusedAlsoWhenTheOriginalIsLost() {
        site.apply();
        VmDetails original = ours();
        VmDetails restored =
                VmDetails.builder().from(original).ref(new VmRef("alpha", 901)).running(false).build();
        put(restored);
        assertThat(refused().code()).isEqualTo(ErrorCode.COPIED_MARK);
        site.datacenter.machines.remove(original.ref().vmid());
        RefusedException e = refused();
        assertThat(e.code()).isEqualTo(ErrorCode.COPIED_MARK);
        assertThat(e.hint()).hasValueSatisfying(hint -> assertThat(hint).contains("needs its old VMID"));
    }

    @Test
    void aMovedMachineIsTheSameMachine() {
        site.apply();
        edit(vm -> vm.ref(new VmRef("foxtrot", ours().ref().vmid())));
        Plan plan = site.plan();
        assertThat(plan.hasChanges()).as("%s", plan.render()).isFalse();
        assertThat(plan.machine(CP).orElseThrow().host()).isEqualTo("foxtrot");
        site.destroy();
        assertThat(site.datacenter.machines).isEmpty();
    }

    @Test
    void aMachineMovedWhileItsPlanRunsIsFollowed() {
        site.apply();
        edit(vm -> vm.running(false));
        PlanExecutor process = site.process();
        Plan plan = process.plan(site.cluster);
        boolean[] moved = new boolean[1];
        site.points.refusal = call -> {
            // Between the look of the apply's own planning and the start.
            if (moved[0]) {
                return;
            }
            if (call.equals("append journal")) {
                moved[0] = true;
                edit(vm -> vm.ref(new VmRef("foxtrot", ours().ref().vmid())));
            }
        };
        Outcome outcome = process.apply(plan);
        assertThat(outcome.succeeded()).as("%s", outcome.render()).isTrue();
        assertThat(moved[0]).isTrue();
        assertThat(ours().running()).isTrue();
        assertThat(site.datacenter.creations).hasSize(6);
    }

    @Test
    void aRenamedAndResizedMachineIsADifferenceAndNoChange() {
        site.apply();
        edit(vm -> vm.name("renamed-by-hand")
                .cores(2)
                .memoryMiB(4096)
                .disks(List.of(new VmDisk("scsi0", "local-lvm", 256, ours().disks().get(0).wwn()))));
        Plan plan = site.plan();
        assertThat(plan.hasChanges()).as("%s", plan.render()).isFalse();
        assertThat(differences(plan))
                .anySatisfy(text -> assertThat(text).contains("renamed to renamed-by-hand"))
                .anySatisfy(text -> assertThat(text).startsWith("cpu is 2"))
                .anySatisfy(text -> assertThat(text).startsWith("memory (MiB) is 4096"))
                .anySatisfy(text -> assertThat(text).startsWith("disk scsi0 (GiB) is 256"));
    }

    @Test
    void aRenamedMachineWithoutTagsGetsItsTagsBackAndNoTwin() {
        site.apply();
        edit(vm -> vm.name("renamed-by-hand").tags(Set.of("mine")));
        Plan plan = site.plan();
        assertThat(plan.steps()).extracting(step -> step.id()).containsExactly("complete/" + CP);
        site.apply();
        assertThat(site.datacenter.creations).hasSize(6);
        assertThat(ours().tags()).contains("mine", "prod-k8s");
    }

    @Test
    void aRemovedMarkIsRefusedWithTheLineToRestoreWhichThenHeals() {
        site.apply();
        String description = ours().description();
        MemoryDatacenter.Machine machine = site.machine(CP);
        for (String name : List.of(CP, "renamed-by-hand")) {
            machine.vm = VmDetails.builder().from(machine.vm).name(name).tags(Set.of()).description("oops").build();
            RefusedException e = refused();
            assertThat(e.code()).isEqualTo(ErrorCode.COPIED_MARK);
            assertThat(e).hasMessageContaining("removed or edited").hasMessageContaining(CP);
            String line = e.hint().orElseThrow().lines().reduce((first, second) -> second).orElseThrow();
            assertThat(description).endsWith(line);
            assertThatThrownBy(() -> site.process().planDestroy(site.cluster))
                    .as("a removal would leave it behind")
                    .isInstanceOf(RefusedException.class);
            String restored = "notes of a person\n" + line;
            VmDetails marked = VmDetails.builder().from(machine.vm).name(CP).description(restored).build();
            assertThat(Mark.find(marked.description())).isPresent();
            machine.vm = VmDetails.builder().from(marked).tags(Set.of("talos", "k8s", "prod-k8s", "controlplane")).build();
            assertThat(site.plan().hasChanges()).isFalse();
        }
        assertThat(site.datacenter.creations).hasSize(6);
    }

    @Test
    void aMarkEditedToNameAnotherMachineOrClusterIsRefused() {
        site.apply();
        String description = ours().description();
        MemoryDatacenter.Machine machine = site.machine(CP);
        for (String edited : List.of(
                description.replace("\"node\":\"prod-k8s-cp-1\"", "\"node\":\"prod-k8s-cp-9\""),
                description.replace("\"cluster\":\"prod-k8s\"", "\"cluster\":\"other\""),
                description.replaceAll("\"vmid\":\\d+", "\"vmid\":1"),
                description + "\na line below it")) {
            assertThat(edited).isNotEqualTo(description);
            machine.vm = VmDetails.builder().from(machine.vm).description(edited).build();
            RefusedException e = refused();
            assertThat(e.hint().orElseThrow()).contains(description.substring(description.indexOf("talos-pve: ")));
        }
    }

    @Test
    void aForeignMachineAtOurAddressIsRefusedBeforeAnythingIsSent() {
        site.apply();
        site.machine(CP).configuration = "another bundle|control plane";
        assertThat(refused().code()).isEqualTo(ErrorCode.WRONG_MACHINE);
    }

    @Test
    void aLostStoreAndAnotherStoreAreRefusedAndNoSecretsAreMade() {
        site.apply();
        site.files = new MemoryFiles();
        RefusedException lost = refused();
        assertThat(lost.code()).isEqualTo(ErrorCode.STORE_MISMATCH);
        assertThat(site.entry().secrets().load()).isEmpty();
        site.entry().secrets().createIfAbsent(io.talospve.spec.Secret.of("another bundle"));
        RefusedException other = refused();
        assertThat(other.code()).isEqualTo(ErrorCode.STORE_MISMATCH);
        assertThat(other).hasMessageContaining("other secrets");
        assertThatThrownBy(() -> site.process().planDestroy(site.cluster))
                .isInstanceOfSatisfying(RefusedException.class, e ->
                        assertThat(e.code()).isEqualTo(ErrorCode.STORE_MISMATCH));
        assertThat(site.datacenter.bundles()).isEqualTo(1);
    }

    @Test
    void aLostRecordDoesNotLeadToASecondBootstrap() {
        site.apply();
        MemoryFiles rest = new MemoryFiles();
        for (String file : List.of("secrets.yaml", "digest.key", "format")) {
            rest.write("prod-k8s/" + file, site.files.read("prod-k8s/" + file).orElseThrow());
        }
        site.files = rest;
        PlanExecutor process = site.process();
        Outcome outcome = process.apply(process.plan(site.cluster));
        assertThat(outcome.failures())
                .singleElement()
                .satisfies(step -> assertThat(step.error().code()).isEqualTo(ErrorCode.BOOTSTRAP_REFUSED));
        assertThat(site.datacenter.bootstraps).isEqualTo(1);
        assertThat(site.datacenter.creations).hasSize(6);
    }

    @Test
    void aVmidThatSomebodyElseTookBetweenPlanAndCreationIsGivenUp() {
        PlanExecutor process = site.process();
        Plan plan = process.plan(site.cluster);
        boolean[] taken = new boolean[1];
        site.points.refusal = call -> {
            if (call.equals("create machine") && !taken[0]) {
                taken[0] = true;
                foreign(100, "quicker");
            }
        };
        Outcome outcome = process.apply(plan);
        assertThat(outcome.succeeded()).as("%s", outcome.render()).isTrue();
        assertThat(site.datacenter.machines.get(100).vm.name()).isEqualTo("quicker");
        assertThat(site.datacenter.creations).hasSize(6);
        assertThat(plan.steps()).filteredOn(step -> step.work() instanceof StepWork.CreateMachine).hasSize(6);
    }

    /** The journal tells under which VMID a machine was made last, whatever the clocks of those who applied say. */
    @Test
    void aMachineThatWasMadeAnewByAComputerWhoseClockIsBehindIsFound() {
        for (Duration behind : List.of(Duration.ZERO, Duration.ofMillis(1), Duration.ofHours(5), Duration.ofDays(20))) {
            for (int seed = 0; seed < 4; seed++) {
                Site site = new Site(seed);
                applyFor(site, Duration.ofMillis(0));
                applyFor(site, Duration.ofMillis(500));
                VmRef lost = site.machine("prod-k8s-worker-1").vm.ref();
                site.datacenter.machines.put(
                        lost.vmid(), new MemoryDatacenter.Machine(foreign(lost.vmid(), "quicker")));
                site.clockBehind = behind.plus(Duration.ofMillis(500));
                applyFor(site, Duration.ofMillis(700));
                site.apply();
                assertThat(site.plan().hasChanges()).isFalse();
                assertThat(site.machine("prod-k8s-worker-1").vm.ref().vmid()).isNotEqualTo(lost.vmid());
                assertThat(site.datacenter.machines.get(lost.vmid()).vm.name()).isEqualTo("quicker");
            }
        }
    }

    /** What the machine itself proves is newer than what a restored store remembers. */
    @Test
    void aMachineThatWasMadeAnewIsFoundWithAStoreFromBefore() {
        applyFor(site, Duration.ofMillis(500));
        MemoryFiles backup = new MemoryFiles();
        for (String folder : List.of("prod-k8s", "prod-k8s/journal")) {
            site.files.list(folder).forEach(name -> site.files.read(folder + "/" + name)
                    .ifPresent(content -> backup.write(folder + "/" + name, content)));
        }
        int lost = site.machine("prod-k8s-worker-1").vm.ref().vmid();
        foreign(lost, "quicker");
        applyFor(site, Duration.ofMillis(700));
        site.files = backup;
        site.apply();
        assertThat(site.plan().hasChanges()).isFalse();
        assertThat(site.datacenter.machines.get(lost).vm.name()).isEqualTo("quicker");
    }

    private static void applyFor(Site site, Duration duration) {
        PlanExecutor process = site.process();
        process.apply(process.plan(site.cluster), ApplyOptions.standard().withDeadline(duration));
    }

    @Test
    void anOldTaskOfACrashedRemovalIsNotTakenForTheNewOne() {
        site.apply();
        site.points.loss = call -> {
            if (call.equals("poll task")) {
                throw new CrashPoints.Crash(call);
            }
        };
        assertThat(site.crashes(site::destroy)).isTrue();
        site.points.loss = call -> { };
        site.apply();
        site.destroy();
        assertThat(site.datacenter.machines).isEmpty();
        assertThat(site.datacenter.isos).isEmpty();
    }

    /** Until a creation has ended nothing proves whose the machine is; a removal that went by would leave it behind. */
    @Test
    void aRemovalWaitsForTheMachinesThatAnInterruptedApplyAskedFor() {
        for (int milliseconds = 50; milliseconds <= 1500; milliseconds += 50) {
            Site site = new Site(milliseconds);
            applyFor(site, Duration.ofMillis(milliseconds));
            PlanExecutor second = site.process();
            Outcome outcome = second.apply(second.planDestroy(site.cluster));
            assertThat(outcome.succeeded()).as("%s", outcome.render()).isTrue();
            assertThat(site.datacenter.machines).as("left behind after %d ms", milliseconds).isEmpty();
        }
    }
}
