package io.talospve.apply.internal;

import io.talospve.plan.StepWork.EndHighAvailability;
import io.talospve.plan.StepWork.MakeHighlyAvailable;
import io.talospve.spec.ClusterNode;
import io.talospve.spec.HighAvailability;
import io.talospve.spi.HaGroup;
import io.talospve.spi.Hypervisor;
import io.talospve.spi.VmDetails;
import io.talospve.spi.VmRef;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** High availability of machines: beginning and ending it. */
final class HaSteps {
    private static final Duration AS_WANTED = Duration.ofMinutes(5);

    private HaSteps() {}

    static StepRunner make(MakeHighlyAvailable work) {
        return context -> {
            Hypervisor hypervisor = context.services().hypervisor();
            // read anew: where each is now counts, and whether it is still ours
            List<VmRef> members = work.nodes().stream()
                    .map(node -> context.state().require(node).ref())
                    .toList();
            HighAvailability settings = context.cluster().nodes().stream()
                    .filter(node -> node.nameInfix().equals(work.pool()))
                    .map(ClusterNode::pool)
                    .flatMap(pool -> pool.ha().stream())
                    .findFirst()
                    .orElseThrow();
            HaGroup wanted = new HaGroup(context.cluster().name(), work.pool(), members, settings);
            if (!hypervisor.haDifferences(wanted).isEmpty()) {
                hypervisor.makeHighlyAvailable(wanted);
                List<String> left = hypervisor.haDifferences(wanted);
                if (!left.isEmpty()) {
                    return StepProgress.waitFor(
                            "high availability of " + work.pool() + " is as wanted", String.join("; ", left), AS_WANTED);
                }
            }
            return StepProgress.done(members.size() + " machines");
        };
    }

    static StepRunner end(EndHighAvailability work) {
        return context -> {
            Set<Integer> vmids = new TreeSet<>();
            for (EndHighAvailability.Member member : work.members()) {
                VmSteps.proven(context, member.node(), member.vm(), member.uuid())
                        .map(VmDetails::ref)
                        .ifPresent(ref -> vmids.add(ref.vmid()));
            }
            Hypervisor hypervisor = context.services().hypervisor();
            hypervisor.endHighAvailability(context.cluster().name(), vmids);
            Set<Integer> left = new TreeSet<>(hypervisor.highlyAvailable());
            left.retainAll(vmids);
            return left.isEmpty()
                    ? StepProgress.done("ended")
                    : StepProgress.waitFor("high availability has ended", "still managed: " + left, AS_WANTED);
        };
    }
}
