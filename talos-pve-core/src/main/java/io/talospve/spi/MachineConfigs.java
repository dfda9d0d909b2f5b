package io.talospve.spi;

import io.talospve.spec.Secret;

/** Writes Talos machine configurations. Pure: same request, same bytes. Implementations are thread-safe. */
public interface MachineConfigs {
    /**
     * The machine configuration of one machine.
     *
     * @param request everything that goes into it
     * @return YAML, possibly of several documents
     */
    Secret<String> render(MachineConfigRequest request);

    /**
     * The newest version contract this implementation writes that a Talos version understands.
     *
     * @param talosVersion for example {@code v1.12.4}
     * @return for example {@code v1.12}
     */
    String contractFor(String talosVersion);
}
