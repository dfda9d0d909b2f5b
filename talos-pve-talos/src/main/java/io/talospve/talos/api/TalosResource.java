package io.talospve.talos.api;

import io.talospve.talos.internal.yaml.YamlReader;
import io.talospve.talos.internal.yaml.YamlSyntaxException;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A resource of a machine: what Talos' controllers know and want. Immutable. Some kinds hold secrets, so
 * {@link #toString()} shows the identity only.
 */
public final class TalosResource {
    private final String namespace;
    private final String type;
    private final String id;
    private final String version;
    private final String phase;
    private final String owner;
    private final @Nullable Instant updatedAt;
    private final Map<String, String> labels;
    private final Map<String, String> annotations;
    private final String spec;

    /**
     * A resource.
     *
     * @param namespace its namespace
     * @param type its type, for example {@code MachineStatuses.runtime.talos.dev}
     * @param id its id within the type
     * @param version its version, a number that grows, or {@code undefined}
     * @param phase {@code running} or {@code tearingDown}
     * @param owner the controller that made it, perhaps empty
     * @param updatedAt when it last changed; null if unknown
     * @param labels its labels
     * @param annotations its annotations
     * @param spec its content as YAML text
     */
    public TalosResource(
            String namespace,
            String type,
            String id,
            String version,
            String phase,
            String owner,
            @Nullable Instant updatedAt,
            Map<String, String> labels,
            Map<String, String> annotations,
            String spec) {
        this.namespace = Objects.requireNonNull(namespace, "namespace");
        this.type = Objects.requireNonNull(type, "type");
        this.id = Objects.requireNonNull(id, "id");
        this.version = Objects.requireNonNull(version, "version");
        this.phase = Objects.requireNonNull(phase, "phase");
        this.owner = Objects.requireNonNull(owner, "owner");
        this.updatedAt = updatedAt;
        this.labels = Map.copyOf(labels);
        this.annotations = Map.copyOf(annotations);
        this.spec = Objects.requireNonNull(spec, "spec");
    }

    /**
     * Its namespace.
     *
     * @return for example {@code runtime}
     */
    public String namespace() {
        return namespace;
    }

    /**
     * Its type.
     *
     * @return for example {@code MachineStatuses.runtime.talos.dev}
     */
    public String type() {
        return type;
    }

    /**
     * Its id within the type.
     *
     * @return for example {@code machine}
     */
    public String id() {
        return id;
    }

    /**
     * Its version.
     *
     * @return a number that grows, or {@code undefined}
     */
    public String version() {
        return version;
    }

    /**
     * Its phase.
     *
     * @return {@code running} or {@code tearingDown}
     */
    public String phase() {
        return phase;
    }

    /**
     * The controller that made it.
     *
     * @return its name, perhaps empty
     */
    public String owner() {
        return owner;
    }

    /**
     * When it last changed, by the machine's clock.
     *
     * @return the instant, null if unknown
     */
    public @Nullable Instant updatedAt() {
        return updatedAt;
    }

    /**
     * Its labels.
     *
     * @return key to value
     */
    public Map<String, String> labels() {
        return labels;
    }

    /**
     * Its annotations.
     *
     * @return key to value
     */
    public Map<String, String> annotations() {
        return annotations;
    }

    /**
     * Its content. Of some types it is secret: do not log it blindly.
     *
     * @return YAML text
     */
    public String spec() {
        return spec;
    }

    /**
     * Its content, parsed: maps in the order of the text, lists, texts, numbers, booleans and null. As secret as {@link
     * #spec()}.
     *
     * @return the fields; empty if the content is not a map, as that of {@code MachineTypes.config.talos.dev}
     */
    public Map<String, Object> fields() {
        try {
            return YamlReader.read(type + "/" + id, spec);
        } catch (YamlSyntaxException e) {
            return Map.of();
        }
    }

    /** Same place, version and content. */
    @Override
    public boolean equals(Object other) {
        return other instanceof TalosResource resource
                && namespace.equals(resource.namespace)
                && type.equals(resource.type)
                && id.equals(resource.id)
                && version.equals(resource.version)
                && phase.equals(resource.phase)
                && spec.equals(resource.spec);
    }

    @Override
    public int hashCode() {
        return Objects.hash(namespace, type, id, version);
    }

    @Override
    public String toString() {
        return type + "(" + namespace + "/" + id + "@" + version + ")";
    }
}
