package io.talospve.talos.config;

import io.talospve.error.ErrorCode;
import io.talospve.error.RefusedException;
import io.talospve.spec.Secret;
import io.talospve.spi.MachineConfigRequest;
import io.talospve.spi.MachineConfigs;
import io.talospve.talos.config.internal.Contract;
import io.talospve.talos.config.internal.Describe;
import io.talospve.talos.config.internal.Documents;
import io.talospve.talos.config.internal.PatchPlaces;
import io.talospve.talos.config.internal.Soundness;
import io.talospve.talos.config.internal.patch.PatchException;
import io.talospve.talos.config.internal.patch.StrategicMerge;
import io.talospve.talos.internal.yaml.YamlWriter;
import io.talospve.talos.pki.SecretsBundle;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Writes Talos machine configurations for the version contracts v1.9 to v1.12, with the defaults, the order of keys and the
 * text that Talos' own generator gives them. Pure and thread-safe; remembers
 * the last bundle it read, in memory only.
 *
 * <p>NICs are found by their MAC address and called {@code net0}, {@code net1}, … in the order of the virtual machine; disks
 * are found by their WWN. A worker's configuration holds no CA key. The settings' patches are merged last, by the rules of
 * Talos 1.12: strategic merge with {@code $patch: delete}; kinds that it does not know pass through.
 */
public final class TalosMachineConfigs implements MachineConfigs {
    /** The machines of a cluster share a bundle, and reading one (keys, certificates) costs more than writing a configuration. */
    private final AtomicReference<@Nullable ReadBundle> last = new AtomicReference<>();

    private record ReadBundle(Secret<String> text, SecretsBundle bundle) {}

    /** Makes one. */
    public TalosMachineConfigs() {}

    private SecretsBundle bundle(Secret<String> text) {
        ReadBundle known = last.get();
        if (known == null || !known.text().equals(text)) {
            known = new ReadBundle(text, SecretsBundle.parse(text));
            last.set(known);
        }
        return known.bundle();
    }

    @Override
    public Secret<String> render(MachineConfigRequest request) {
        SecretsBundle bundle = bundle(request.bundle());
        List<Map<String, Object>> documents = Documents.of(Describe.machine(request, bundle));
        List<Map<String, Object>> patched = patched(documents, request);
        List<String> problems = Soundness.problems(patched);
        if (!problems.isEmpty()) {
            throw new RefusedException(
                    ErrorCode.PLAN_REFUSED,
                    "writing the machine configuration of " + request.nodeName() + ": " + String.join("; ", problems),
                    request.settings().patches().isEmpty()
                            ? null
                            : "look at the patches of the spec first: " + String.join(", ", PatchPlaces.of(request).all()));
        }
        return Secret.of(YamlWriter.writeAll(patched));
    }

    /** Patches come last: they are the user's last word, also over what this library derives. */
    private static List<Map<String, Object>> patched(List<Map<String, Object>> documents, MachineConfigRequest request) {
        List<Map<String, Object>> patches = request.settings().patches();
        if (patches.isEmpty()) {
            return documents;
        }
        boolean strict = !Contract.isNewerThanKnown(request.cluster().talos().version());
        try {
            return StrategicMerge.apply(documents, patches, strict);
        } catch (PatchException e) {
            throw PatchPlaces.of(request).refusal(e.patch(), "for " + request.nodeName() + ": " + e.getMessage());
        }
    }

    @Override
    public String contractFor(String talosVersion) {
        return Contract.forTalos(talosVersion).toString();
    }
}
