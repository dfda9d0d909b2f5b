package io.talospve.store;

import io.talospve.spec.Secret;
import io.talospve.store.ClusterRecord.BootstrapState;
import io.talospve.store.Revisions.Applied;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;

/** The other process of {@link TwoProcessesTest}. It ends when it is killed. */
final class OtherProcess {
    private OtherProcess() {}

    public static void main(String[] arguments) throws Exception {
        ClusterEntry entry = ClusterStore.directory(Path.of(arguments[1])).open("prod");
        if (arguments[0].equals("hold")) {
            entry.lock().acquire(
                    "bert, process " + ProcessHandle.current().pid(), Instant.parse("2026-03-04T05:06:07Z"));
            System.out.println("holding");
            System.in.read();
        } else {
            write(entry);
        }
    }

    private static void write(ClusterEntry entry) {
        Applied applied = new Applied(Instant.EPOCH, "bert");
        for (int i = 0; ; i++) {
            String text = ("bundle " + i + " ").repeat(20_000).substring(0, 100_000);
            entry.secrets().createIfAbsent(Secret.of(text));
            entry.saveRecord(new ClusterRecord(
                    "prod", "v1.12", i, "pve",
                    Collections.nCopies(i, new ClusterRecord.Node("prod-cp-1", "cp", Optional.empty())),
                    Map.of("cp", i), "prod-cp-1", BootstrapState.NONE));
            entry.saveCredentials(new Credentials(Secret.of(text), Secret.of(text), "ca", "endpoint"));
            entry.journal().append(new Journal.Entry(
                    "apply-" + ProcessHandle.current().pid(), Instant.EPOCH, Journal.Type.STEP_STARTED, "vm/x",
                    Map.of("text", text.substring(0, 10_000))));
            entry.revisions().begin(applied, "a: 1\n", "{\"kind\":\"APPLY\",\"steps\":[]}");
            System.out.println(i);
        }
    }
}
