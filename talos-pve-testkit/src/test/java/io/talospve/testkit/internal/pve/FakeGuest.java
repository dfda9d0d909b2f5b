package io.talospve.testkit.internal.pve;

import io.talospve.testkit.internal.world.Guest;
import io.talospve.testkit.internal.world.Hardware;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/** A guest that notes what happens to it, answers by its agent at once, and obeys ACPI if told so. */
final class FakeGuest implements Guest {
    final List<String> events = new CopyOnWriteArrayList<>();
    final List<Hardware> boots = new CopyOnWriteArrayList<>();
    final PowerSwitch power;
    volatile boolean agentRuns = true;
    volatile boolean obeysAcpi = true;

    FakeGuest(PowerSwitch power) {
        this.power = power;
    }

    @Override
    public void powerOn(Hardware hardware) {
        events.add("on");
        boots.add(hardware);
    }

    @Override
    public void powerOff() {
        events.add("off");
    }

    @Override
    public void shutdown(Runnable off) {
        events.add("acpi");
        if (obeysAcpi) {
            off.run();
        }
    }

    @Override
    public Optional<List<AgentNic>> agentNics() {
        if (!agentRuns) {
            return Optional.empty();
        }
        List<AgentNic> nics = new ArrayList<>();
        nics.add(new AgentNic("lo", "00:00:00:00:00:00", List.of(new AgentAddress("127.0.0.1", 8))));
        Hardware last = boots.get(boots.size() - 1);
        last.nics().forEach(n -> nics.add(new AgentNic("eth" + (nics.size() - 1), n.mac(),
                List.of(new AgentAddress("192.168.62." + (20 + nics.size()), 24)))));
        return Optional.of(nics);
    }

    Hardware hardware() {
        return boots.get(boots.size() - 1);
    }
}
