package io.talospve.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The datacenter's time is virtual: how long a cluster takes in it does not depend on how fast this machine is. */
class BringUpTest {
    @Test
    void threeControlPlanesAndThreeWorkersTakeLittleMoreThanTheCriticalPath() {
        BringUp.Measured measured = new BringUp(3, 3, 1).run();
        System.out.println("3+3 at latency factor 1: " + measured);
        assertThat(measured.over()).as(measured.toString()).isBetween(0.0, 0.03);
    }
}
