package io.talospve.talos.api;

import io.talospve.spec.Secret;
import io.talospve.spi.TalosAccess;

/**
 * Access to the Talos API that a control plane issued.
 *
 * @param access CA, certificate and key
 * @param talosconfig the same as a talosconfig file's YAML text
 */
public record ClientConfiguration(TalosAccess access, Secret<String> talosconfig) {}
