package io.talospve.talos.api;

import io.talospve.spec.Secret;
import java.util.List;

/**
 * What a machine answers to a new configuration.
 *
 * @param mode the mode that it took, or would take: of {@link ApplyMode#AUTO} it says {@code REBOOT} or {@code NO_REBOOT}
 * @param warnings Talos' warnings
 * @param details Talos' explanation; it shows the differences, secrets included
 */
public record ApplyAnswer(ApplyMode mode, List<String> warnings, Secret<String> details) {
    /** Copies the list. */
    public ApplyAnswer {
        warnings = List.copyOf(warnings);
    }
}
