package io.talospve.plan;

import io.talospve.error.ErrorCode;
import io.talospve.error.RefusedException;
import io.talospve.spec.ClusterNode;
import io.talospve.spec.TalosCluster;
import io.talospve.store.ClusterRecord;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiPredicate;

/**
 * An entry of the spec with the name of the machine that it is. Names never change: an entry is matched to a known machine
 * by name, else by its static address, else by position; what matches none is new and takes the lowest number never used.
 *
 * @param node the entry
 * @param name the machine's name
 * @param known whether the store knew this machine before
 */
public record AssignedNode(ClusterNode node, String name, boolean known) {

    /**
     * Names all machines of a spec.
     *
     * @param cluster the spec
     * @param record what the store knows; empty for a new cluster
     * @return one per entry, control planes first, in the order of the spec
     */
    public static List<AssignedNode> assign(TalosCluster cluster, Optional<ClusterRecord> record) {
        List<AssignedNode> all = new ArrayList<>();
        Map<String, List<ClusterNode>> pools = new LinkedHashMap<>();
        cluster.nodes().forEach(node ->
                pools.computeIfAbsent(node.nameInfix(), pool -> new ArrayList<>()).add(node));
        pools.forEach((pool, entries) -> {
            if (record.isEmpty()) {
                entries.forEach(entry -> all.add(new AssignedNode(entry, entry.defaultName(), false)));
            } else {
                all.addAll(new Matching(cluster, pool, entries, record.get()).run());
            }
        });
        return all;
    }

    /** The static address of an entry's primary network, without prefix. */
    static Optional<String> address(ClusterNode node) {
        return node.spec().primary().flatMap(network -> network.address()).map(cidr -> cidr.address());
    }

    /** Matches the entries of one pool to the machines the store knows. */
    private static final class Matching {
        private final TalosCluster cluster;
        private final String pool;
        private final List<ClusterNode> entries;
        private final List<ClusterRecord.Node> known;
        private final String[] names;
        private final Set<String> taken = new HashSet<>();
        private int lastNumber;

        Matching(TalosCluster cluster, String pool, List<ClusterNode> entries, ClusterRecord record) {
            this.cluster = cluster;
            this.pool = pool;
            this.entries = entries;
            this.known = record.nodes().stream()
                    .filter(node -> node.pool().equals(pool))
                    .toList();
            this.names = new String[entries.size()];
            this.lastNumber = record.lastNumbers().getOrDefault(pool, 0);
        }

        List<AssignedNode> run() {
            match((entry, machine) -> entry.spec().name().filter(machine.name()::equals).isPresent());
            match((entry, machine) ->
                    machine.address().isPresent() && address(entry).equals(machine.address()));
            matchByPosition();
            List<AssignedNode> result = new ArrayList<>();
            for (int i = 0; i < names.length; i++) {
                result.add(assigned(entries.get(i), names[i]));
            }
            return result;
        }

        private AssignedNode assigned(ClusterNode entry, String name) {
            Optional<String> wanted = entry.spec().name();
            if (name == null) {
                return new AssignedNode(entry, wanted.orElseGet(this::nextName), false);
            }
            if (wanted.isPresent() && !wanted.get().equals(name)) {
                throw new RefusedException(
                        ErrorCode.PLAN_REFUSED,
                        entry.specPath() + ": the machine at " + address(entry).orElse("this position") + " is named "
                                + name + "; the spec now says " + wanted.get() + ", and a machine's name never changes",
                        "Write name: " + name + ", or remove the machine first and add a new one after that.");
            }
            return new AssignedNode(entry, name, true);
        }

        private void match(BiPredicate<ClusterNode, ClusterRecord.Node> same) {
            for (int i = 0; i < names.length; i++) {
                for (ClusterRecord.Node machine : known) {
                    if (names[i] == null && same.test(entries.get(i), machine) && taken.add(machine.name())) {
                        names[i] = machine.name();
                    }
                }
            }
        }

        private void matchByPosition() {
            for (int i = 0; i < Math.min(names.length, known.size()); i++) {
                boolean ownName = entries.get(i).spec().name().isPresent();
                if (names[i] == null && !ownName && taken.add(known.get(i).name())) {
                    names[i] = known.get(i).name();
                }
            }
        }

        private String nextName() {
            lastNumber++;
            return cluster.name() + "-" + pool + "-" + lastNumber;
        }
    }
}
