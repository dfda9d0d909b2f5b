package io.talospve.talos.config.internal.patch;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** By what the elements of a list are the same, in the lists that Talos merges element by element. */
enum ElementKey {
    /** Interfaces: by name, else by selector. */
    NETWORK_DEVICE("NetworkDeviceList", List.of("interface", "deviceSelector")),
    /** VLANs of an interface. */
    VLAN("VlanList", List.of("vlanId")),
    /** Admission plugins. */
    ADMISSION_PLUGIN("AdmissionPluginConfigList", List.of("name")),
    /** Files of an extension's service. */
    CONFIG_FILE("ConfigFileList", List.of("mountPath"));

    private final String talosName;
    private final List<String> fields;

    ElementKey(String talosName, List<String> fields) {
        this.talosName = talosName;
        this.fields = fields;
    }

    static Optional<ElementKey> named(@Nullable String talosName) {
        for (ElementKey key : values()) {
            if (key.talosName.equals(talosName)) {
                return Optional.of(key);
            }
        }
        return Optional.empty();
    }

    /** Whether a patch's element means an existing one: the first field that the patch sets decides. */
    boolean same(Map<?, ?> existing, Map<?, ?> patch) {
        if (fields.size() == 1) {
            return value(existing).equals(value(patch));
        }
        for (String field : fields) {
            Object wanted = patch.get(field);
            if (wanted != null && !wanted.equals("")) {
                return wanted.equals(existing.get(field));
            }
        }
        return false;
    }

    private Object value(Map<?, ?> element) {
        Object value = element.get(fields.get(0));
        return value == null ? "" : value;
    }
}
