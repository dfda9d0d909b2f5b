package io.talospve.testkit.internal.world;

import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** A node of the Proxmox cluster. Guarded by the world's lock. */
public final class Host {
    private final String name;
    private final int number;
    private final String address;
    private final int cpus;
    private final long memoryBytes;
    private final Set<String> bridges;
    private volatile boolean online = true;
    private volatile boolean proxyRunning = true;
    private volatile boolean daemonRunning = true;
    private String fingerprint = "";
    private final Map<String, Long> files = new TreeMap<>(Map.of("/etc/passwd", 1536L));
    private int pids = 700;

    Host(String name, int number, String address, int cpus, long memoryBytes, Set<String> bridges) {
        this.name = name;
        this.number = number;
        this.address = address;
        this.cpus = cpus;
        this.memoryBytes = memoryBytes;
        this.bridges = new LinkedHashSet<>(bridges);
    }

    /** Name of the node. */
    public String name() {
        return name;
    }

    /** Corosync node id, from 1. */
    public int number() {
        return number;
    }

    /** Address in the cluster network. */
    public String address() {
        return address;
    }

    /** Threads. */
    public int cpus() {
        return cpus;
    }

    /** Memory in bytes. */
    public long memoryBytes() {
        return memoryBytes;
    }

    /** Bridges; mutable. */
    public Set<String> bridges() {
        return bridges;
    }

    /** Whether the machine runs and is part of the cluster. */
    public boolean online() {
        return online;
    }

    void online(boolean isOnline) {
        online = isOnline;
    }

    /** Whether pveproxy answers the other nodes. */
    public boolean proxyRunning() {
        return proxyRunning;
    }

    /** Starts or stops pveproxy. */
    public void proxyRunning(boolean running) {
        proxyRunning = running;
    }

    /** Whether pvedaemon, which does the privileged calls, runs. */
    public boolean daemonRunning() {
        return daemonRunning;
    }

    /** Starts or stops pvedaemon. */
    public void daemonRunning(boolean running) {
        daemonRunning = running;
    }

    /** Files of its root file system that root may import disks from, with their sizes; mutable. */
    public Map<String, Long> files() {
        return files;
    }

    /** SHA-256 of its certificate, upper-case pairs with colons; empty until a server has one. */
    public String fingerprint() {
        return fingerprint;
    }

    /** Sets the fingerprint of its certificate. */
    public void fingerprint(String sha256) {
        fingerprint = sha256;
    }

    /** A process id never given before on this host. */
    public int nextPid() {
        return ++pids;
    }
}
