package io.talospve.testkit.internal.talos;

import static org.assertj.core.api.Assertions.assertThat;

import io.talospve.testkit.internal.clock.Latency;
import io.talospve.testkit.internal.clock.WallClock;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Talos' own Go client drives simulated machines; run by {@code interop/talos-client/run}, which builds the program. */
@Tag("interop")
class GoClientTest {
    @Test
    void wholeLife() throws Exception {
        String program = Objects.requireNonNull(
                System.getProperty("talospve.interop.talos-client"), "-Dtalospve.interop.talos-client names the program");
        try (WallClock clock = new WallClock();
                FakeWorld world = new FakeWorld(clock, new Latency(0.05))) {
            List.of(
                            world.vm("cp-1", "192.168.62.21"),
                            world.vm("cp-2", "192.168.62.22"),
                            world.vm("worker-1", "192.168.62.24"))
                    .forEach(FakeWorld.Vm::start);
            Process client = new ProcessBuilder(program).redirectErrorStream(true).start();
            try (var in = client.outputWriter(StandardCharsets.UTF_8)) {
                in.write("{\"proxy\":\"" + world.proxy.uri() + "\",\"installer\":\"" + FakeWorld.INSTALLER + "\"}\n");
            }
            String last = "";
            try (BufferedReader out =
                    new BufferedReader(new InputStreamReader(client.getInputStream(), StandardCharsets.UTF_8))) {
                for (String line = out.readLine(); line != null; line = out.readLine()) {
                    System.out.println(line);
                    last = line;
                }
            }
            assertThat(client.waitFor(5, TimeUnit.MINUTES)).isTrue();
            assertThat(client.exitValue()).as(last).isZero();
            assertThat(world.guests.snapshot().clusters())
                    .allSatisfy(c -> assertThat(c.bootstraps()).isEqualTo(1));
        }
    }
}
