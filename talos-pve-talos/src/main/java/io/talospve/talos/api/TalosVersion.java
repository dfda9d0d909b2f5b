package io.talospve.talos.api;

/**
 * What a machine runs.
 *
 * @param tag version of Talos, for example {@code v1.12.4}
 * @param sha its commit, perhaps empty
 * @param arch processor architecture, for example {@code amd64}
 * @param platform Talos' platform, for example {@code nocloud}
 * @param mode Talos' platform mode, for example {@code cloud}
 */
public record TalosVersion(String tag, String sha, String arch, String platform, String mode) {}
