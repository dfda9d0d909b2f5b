package io.talospve.testkit.internal.world;

import java.util.Set;
import java.util.TreeSet;

/** A resource pool. Guarded by the world's lock. */
public final class Pool {
    private final String id;
    private final Set<Integer> vms = new TreeSet<>();
    private final Set<String> storages = new TreeSet<>();
    private String comment = "";

    /** An empty pool. */
    public Pool(String id) {
        this.id = id;
    }

    /** Its name. */
    public String id() {
        return id;
    }

    /** Virtual machines in it; mutable. */
    public Set<Integer> vms() {
        return vms;
    }

    /** Storages in it; mutable. */
    public Set<String> storages() {
        return storages;
    }

    /** Comment. */
    public String comment() {
        return comment;
    }

    /** Sets the comment. */
    public void comment(String text) {
        comment = text;
    }
}
