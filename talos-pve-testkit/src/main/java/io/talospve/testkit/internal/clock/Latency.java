package io.talospve.testkit.internal.clock;

import java.time.Duration;

/**
 * How long things take in the datacenter, all scaled by one factor.
 *
 * @param factor 1 is realistic, 0 is none
 */
public record Latency(double factor) {
    /** Before an API answers. */
    public Duration api() {
        return scaled(20);
    }

    /** A Proxmox task. */
    public Duration task() {
        return scaled(2_000);
    }

    /** From power on (or reboot) until a machine's API answers. */
    public Duration boot() {
        return scaled(12_000);
    }

    /** Installing Talos to disk. */
    public Duration install() {
        return scaled(60_000);
    }

    /** Until etcd runs after bootstrap or joining. */
    public Duration etcd() {
        return scaled(10_000);
    }

    /** Some other time, given for factor 1. */
    public Duration scaled(long milliseconds) {
        return Duration.ofNanos((long) (milliseconds * 1_000_000L * factor));
    }
}
