package io.talospve.spec;

import java.util.List;
import org.immutables.value.Value;

/** The machines of one role and the hosts they are spread over. Immutable. */
@Value.Immutable
@Value.Style(
        visibility = Value.Style.ImplementationVisibility.PACKAGE,
        overshadowImplementation = true,
        jdkOnly = true)
public interface NodePool {
    /** The machines, in the order of the YAML. */
    List<NodeSpec> nodes();

    /** Names of hosts; machine number i (from 0) is created on host {@code i % size}. */
    List<String> hostPool();

    /** Starts one with the defaults. */
    static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link NodePool}. Not thread-safe. */
    class Builder extends ImmutableNodePool.Builder {
        Builder() {}
    }
}
