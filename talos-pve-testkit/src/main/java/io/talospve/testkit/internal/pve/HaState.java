package io.talospve.testkit.internal.pve;

import io.talospve.testkit.internal.world.World;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/** What the high-availability manager looks after. Needs the world's lock. */
final class HaState {
    private final World world;
    private final TreeMap<String, Map<String, String>> resources = new TreeMap<>();
    private PowerSwitch power = new PowerSwitch() {
        @Override
        public void start(int vmid) {
            throw new IllegalStateException("no power");
        }

        @Override
        public void stop(int vmid) {
            throw new IllegalStateException("no power");
        }
    };

    HaState(World world) {
        this.world = world;
    }

    /** How the manager reaches machines. */
    interface PowerSwitch {
        void start(int vmid);

        void stop(int vmid);
    }

    void power(PowerSwitch newPower) {
        power = newPower;
    }

    boolean manages(String sid) {
        return resources.containsKey(sid);
    }

    Map<String, Map<String, String>> resources() {
        return resources;
    }

    void add(String sid, Map<String, String> settings) {
        Map<String, String> all = new LinkedHashMap<>(settings);
        all.putIfAbsent("state", "started");
        resources.put(sid, all);
        follow(sid);
    }

    void remove(String sid) {
        resources.remove(sid);
    }

    /** Asks for a state; the manager makes it so in its next rounds. */
    void request(String sid, String state) {
        if (resources.containsKey(sid)) {
            resources.get(sid).put("state", state);
            follow(sid);
        }
    }

    private void follow(String sid) {
        world.after(world.latency().scaled(10_000), () -> {
            Map<String, String> settings = resources.get(sid);
            if (settings == null || !sid.startsWith("vm:")) {
                return;
            }
            int vmid = Integer.parseInt(sid.substring(3));
            switch (settings.get("state")) {
                case "started", "enabled" -> power.start(vmid);
                case "stopped", "disabled" -> power.stop(vmid);
                default -> { }
            }
        });
    }

    /** What status/current says about a machine. */
    Map<String, Object> managed(String sid) {
        Map<String, Object> json = new TreeMap<>();
        Map<String, String> settings = resources.get(sid);
        json.put("managed", settings == null ? 0 : 1);
        if (settings != null) {
            json.put("state", settings.get("state"));
            if (settings.containsKey("group")) {
                json.put("group", settings.get("group"));
            }
        }
        return json;
    }
}
