package io.talospve.spec;

import java.util.Map;
import org.immutables.value.Value;

/**
 * Configuration of an admission plugin of the API server: an entry of {@code kubernetes.admission}. Immutable.
 */
@Value.Immutable
@ValueStyle
public interface AdmissionPlugin {
    /** Its name, for example {@code PodSecurity}. */
    String name();

    /** Its configuration; a plain tree. */
    Map<String, Object> configuration();

    /** Starts one with the defaults. */
    static Builder builder() {
        return new Builder();
    }

    /** Builds an {@link AdmissionPlugin}. Not thread-safe. */
    class Builder extends ImmutableAdmissionPlugin.Builder {
        Builder() {}

        /**
         * Builds the value.
         *
         * @return the value
         * @throws io.talospve.error.SpecException if a tree holds anything but maps with text keys, lists, texts, numbers,
         *     booleans and null
         */
        @Override
        public AdmissionPlugin build() {
            AdmissionPlugin draft = super.build();
            Nested nested = new Nested();
            nested.tree(draft.configuration(), this::configuration, "configuration");
            nested.check();
            return super.build();
        }
    }
}
