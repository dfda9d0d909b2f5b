package io.talospve.spi;

import java.util.Objects;
import java.util.Set;

/**
 * A line of a host's list of virtual machines.
 *
 * @param ref where it is
 * @param name its name
 * @param running whether it runs
 * @param template whether it is a template
 * @param tags its tags, lower case
 */
public record VmSummary(VmRef ref, String name, boolean running, boolean template, Set<String> tags) {
    /** Copies the tags. */
    public VmSummary {
        Objects.requireNonNull(ref, "ref");
        Objects.requireNonNull(name, "name");
        tags = Set.copyOf(tags);
    }
}
