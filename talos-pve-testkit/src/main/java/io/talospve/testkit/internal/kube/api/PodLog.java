package io.talospve.testkit.internal.kube.api;

import static io.talospve.testkit.internal.kube.api.Tree.list;
import static io.talospve.testkit.internal.kube.api.Tree.text;

import java.util.Map;

/** What a simulated container has written: that it runs, or why it ended. */
final class PodLog {
    private PodLog() {}

    static String of(Map<String, Object> pod, String container) {
        StringBuilder out = new StringBuilder();
        for (Object status : list(pod, "status.containerStatuses")) {
            if (!container.isEmpty() && !container.equals(text(status, "name"))) {
                continue;
            }
            String ended = text(status, "lastState.terminated.message");
            if (!ended.isEmpty()) {
                out.append(ended).append('\n');
            } else if (Tree.at(status, "state.running") != null) {
                out.append(text(status, "state.running.startedAt")).append(" started\n");
            }
        }
        return out.toString();
    }
}
