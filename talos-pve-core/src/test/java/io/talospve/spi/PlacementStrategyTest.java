package io.talospve.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.talospve.error.ErrorCode;
import io.talospve.error.RefusedException;
import io.talospve.spec.NodeRole;
import io.talospve.spec.Placement;
import io.talospve.spi.PlacementRequest.Candidate;
import io.talospve.spi.PlacementRequest.DiskNeed;
import io.talospve.spi.PlacementRequest.Memory;
import io.talospve.spi.PlacementRequest.PlacedMachine;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class PlacementStrategyTest {
    private static final PlacedMachine PLANE = new PlacedMachine("c-cp-1", NodeRole.CONTROL_PLANE, "cp");
    private static final PlacedMachine WORKER = new PlacedMachine("c-worker-1", NodeRole.WORKER, "worker");

    private static PlacementRequest request(Placement wanted, int index, List<String> pool, Candidate... candidates) {
        return PlacementRequest.builder()
                .cluster("c")
                .machine("c-worker-9")
                .role(NodeRole.WORKER)
                .pool("worker")
                .index(index)
                .wanted(wanted)
                .cores(4)
                .memoryMiB(8192)
                .hostPool(pool)
                .addCandidates(candidates)
                .build();
    }

    private static PlacementRequest request(Placement wanted, Candidate... candidates) {
        return request(wanted, 0, List.of(candidates).stream().map(Candidate::host).toList(), candidates);
    }

    private static Candidate carrying(String host, PlacedMachine... machines) {
        return new Candidate(host, true, List.of(machines), Optional.empty(), List.of());
    }

    private static Candidate having(String host, long freeMemory, long freeDisk) {
        return new Candidate(
                host,
                true,
                List.of(),
                Optional.of(new Memory(100_000, freeMemory)),
                List.of(new DiskNeed("lvm", 50_000, OptionalLong.of(1_000_000), OptionalLong.of(freeDisk))));
    }

    private static String place(PlacementRequest request) {
        return PlacementStrategy.bySpec().place(request);
    }

    @Test
    void moduloCountsAlongThePoolAsItIsWritten() {
        List<String> pool = List.of("a", "b", "a");
        List<String> chosen = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            chosen.add(place(request(Placement.MODULO, i, pool, carrying("a"), carrying("b"))));
        }
        assertThat(chosen).containsExactly("a", "b", "a", "a", "b");
    }

    @Test
    void spreadCountsTheRoleFirstThenAllThenTheOrder() {
        assertThat(place(request(Placement.SPREAD, carrying("a", WORKER), carrying("b", PLANE, PLANE)))).isEqualTo("b");
        assertThat(place(request(Placement.SPREAD, carrying("a", PLANE), carrying("b")))).isEqualTo("b");
        assertThat(place(request(Placement.SPREAD, carrying("b"), carrying("a")))).isEqualTo("b");
    }

    @Test
    void balancedTakesTheHostWhoseScarcestThingLastsLongest() {
        // a has more memory, but its disk would be nearly full
        assertThat(place(request(Placement.BALANCED, having("a", 90_000, 60_000), having("b", 40_000, 900_000)))).isEqualTo("b");
        assertThat(place(request(Placement.BALANCED, having("b", 50_000, 900_000), having("a", 50_000, 900_000)))).isEqualTo("b");
    }

    @Test
    void balancedRefusesWhatFitsNowhereAndSaysByHowMuch() {
        Candidate away = new Candidate("c", false, List.of(), Optional.empty(), List.of());
        RefusedException e = catchThrowableOfType(
                RefusedException.class,
                () -> place(request(Placement.BALANCED, having("a", 8000, 900_000), having("b", 8000, 40_000), away)));
        assertThat(e.code()).isEqualTo(ErrorCode.PLAN_REFUSED);
        assertThat(e.getMessage())
                .isEqualTo("c-worker-9 fits on no host of its pool: a lacks 192 MiB of memory (8000 of 8192 MiB are free);"
                        + " b lacks 192 MiB of memory (8000 of 8192 MiB are free) and 10000 MiB on lvm (40000 of 50000 MiB"
                        + " are free); c lacks a connection");
    }

    @Test
    void withoutKnowledgeBalancedSpreads() {
        assertThat(place(request(Placement.BALANCED, carrying("a", WORKER), carrying("b")))).isEqualTo("b");
    }

    @Test
    void whatWasAgreedOnIsKeptAsLongAsItFits() {
        PlacementStrategy agreed = PlacementStrategy.bySpec().keeping(Map.of("c-worker-9", "b"));
        assertThat(agreed.place(request(Placement.BALANCED, having("a", 90_000, 900_000), having("b", 9_000, 900_000))))
                .isEqualTo("b");
        assertThat(agreed.place(request(Placement.BALANCED, having("a", 90_000, 900_000), having("b", 8_000, 900_000))))
                .isEqualTo("a");
        assertThat(agreed.place(request(Placement.SPREAD, carrying("a"), carrying("c")))).isEqualTo("a");
    }
}
