package io.talospve.spi.internal;

import io.talospve.error.ErrorCode;
import io.talospve.error.RefusedException;
import io.talospve.spec.Placement;
import io.talospve.spi.PlacementRequest;
import io.talospve.spi.PlacementRequest.Candidate;
import io.talospve.spi.PlacementRequest.DiskNeed;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** How the strategies that look at hosts choose. Pure. */
public final class Placing {
    private Placing() {}

    /** The fewest of the role, then the fewest at all, then the order of the pool. */
    public static String spread(PlacementRequest request) {
        return request.candidates().stream()
                .min(Comparator.comparingLong((Candidate host) -> ofRole(host, request))
                        .thenComparingInt(host -> host.machines().size()))
                .map(Candidate::host)
                .orElseThrow();
    }

    private static long ofRole(Candidate host, PlacementRequest request) {
        return host.machines().stream().filter(machine -> machine.role() == request.role()).count();
    }

    /** The most left over, then as {@link #spread}. */
    public static String balanced(PlacementRequest request) {
        List<Candidate> fitting = new ArrayList<>();
        List<String> reasons = new ArrayList<>();
        for (Candidate host : request.candidates()) {
            List<String> missing = missing(host, request);
            if (missing.isEmpty()) {
                fitting.add(host);
            } else {
                reasons.add(host.host() + " lacks " + String.join(" and ", missing));
            }
        }
        return fitting.stream()
                .max(Comparator.comparingDouble((Candidate host) -> leftOver(host, request))
                        .thenComparing(Comparator.comparingLong((Candidate host) -> ofRole(host, request)).reversed())
                        // max takes the last of equals; the first of the pool shall win
                        .thenComparing(Comparator.comparingInt(fitting::indexOf).reversed()))
                .map(Candidate::host)
                .orElseThrow(() -> new RefusedException(
                        ErrorCode.PLAN_REFUSED,
                        request.machine() + " fits on no host of its pool: " + String.join("; ", reasons),
                        "Make it smaller, free memory or space, or add a host to the pool's host_pool."));
    }

    /** The host that was agreed on, if the machine can still go there. */
    public static Optional<String> agreed(PlacementRequest request, Map<String, String> hosts) {
        return Optional.ofNullable(hosts.get(request.machine()))
                .filter(host -> request.candidates().stream()
                        .anyMatch(candidate -> candidate.host().equals(host)
                                && (request.wanted() != Placement.BALANCED || missing(candidate, request).isEmpty())));
    }

    private static List<String> missing(Candidate host, PlacementRequest request) {
        List<String> missing = new ArrayList<>();
        if (!host.available()) {
            missing.add("a connection");
        }
        host.memory().ifPresent(memory -> {
            if (memory.freeMiB() < request.memoryMiB()) {
                missing.add(request.memoryMiB() - memory.freeMiB() + " MiB of memory (" + memory.freeMiB() + " of "
                        + request.memoryMiB() + " MiB are free)");
            }
        });
        for (DiskNeed disk : host.disks()) {
            disk.freeMiB().ifPresent(free -> {
                if (free < disk.neededMiB()) {
                    missing.add(disk.neededMiB() - free + " MiB on " + disk.datastore() + " (" + free + " of "
                            + disk.neededMiB() + " MiB are free)");
                }
            });
        }
        return missing;
    }

    /** The share that is left of what will be scarcest; all of it where nothing is known. */
    private static double leftOver(Candidate host, PlacementRequest request) {
        double least = host.memory()
                .filter(memory -> memory.totalMiB() > 0)
                .map(memory -> share(memory.freeMiB() - request.memoryMiB(), memory.totalMiB()))
                .orElse(1.0);
        for (DiskNeed disk : host.disks()) {
            if (disk.freeMiB().isPresent() && disk.totalMiB().orElse(0) > 0) {
                least = Math.min(
                        least, share(disk.freeMiB().getAsLong() - disk.neededMiB(), disk.totalMiB().getAsLong()));
            }
        }
        return least;
    }

    private static double share(long left, long total) {
        return (double) left / total;
    }
}
