package io.talospve.talos.config;

import io.talospve.spec.Secret;
import io.talospve.spi.MachineConfigRequest;
import io.talospve.spi.MachineConfigs;
import io.talospve.talos.config.internal.Contract;
import io.talospve.talos.config.internal.Describe;
import io.talospve.talos.config.internal.Documents;
import io.talospve.talos.internal.yaml.YamlWriter;
import io.talospve.talos.pki.SecretsBundle;
import java.util.List;
import java.util.Map;

/**
 * Writes Talos machine configurations for the version contracts v1.9 to v1.12, with the defaults, the order of keys and the
 * text that Talos' own generator gives them. Pure and thread-safe.
 *
 * <p>NICs are found by their MAC address and called {@code net0}, {@code net1}, … in the order of the virtual machine; disks
 * are found by their WWN. A worker's configuration holds no CA key.
 */
public final class TalosMachineConfigs implements MachineConfigs {
    /** Makes one. */
    public TalosMachineConfigs() {}

    @Override
    public Secret<String> render(MachineConfigRequest request) {
        SecretsBundle bundle = SecretsBundle.parse(request.bundle());
        List<Map<String, Object>> documents = Documents.of(Describe.machine(request, bundle));
        return Secret.of(YamlWriter.writeAll(documents));
    }

    @Override
    public String contractFor(String talosVersion) {
        return Contract.forTalos(talosVersion).toString();
    }
}
