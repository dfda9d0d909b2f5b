package io.talospve.talos.config.internal;

import io.talospve.spec.LogDestination;
import io.talospve.talos.internal.yaml.Mapping;
import io.talospve.talos.internal.yaml.NaturalOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** All documents of a machine's configuration, in order. Stateless. */
public final class Documents {
    /** KVM's PTP device, through which a machine reads its host's clock. */
    public static final String HOST_CLOCK = "/dev/ptp_kvm";

    private Documents() {}

    /**
     * Writes a description as documents.
     *
     * @param description what the configuration says
     * @return maps with keys in the order in which Talos writes them
     */
    public static List<Map<String, Object>> of(MachineDescription description) {
        List<Map<String, Object>> documents = new ArrayList<>();
        documents.add(MachineDocument.of(description));
        if (description.contract().multiDocument()) {
            documents.addAll(RegistryDocuments.of(description));
            documents.addAll(NetworkDocuments.of(description));
        }
        documents.addAll(VolumeDocuments.of(description));
        documents.addAll(kernelLogs(description));
        documents.addAll(extensionServices(description));
        return documents;
    }

    static Mapping document(String kind) {
        return new Mapping().with("apiVersion", "v1alpha1").with("kind", kind);
    }

    static Mapping named(String kind, String name) {
        return document(kind).with("name", name);
    }

    private static List<Map<String, Object>> kernelLogs(MachineDescription description) {
        List<Map<String, Object>> documents = new ArrayList<>();
        for (LogDestination destination : description.logDestinations()) {
            if (destination.kernel()) {
                documents.add(named("KmsgLogConfig", "kernel-" + (documents.size() + 1))
                        .with("url", destination.endpoint())
                        .build());
            }
        }
        return documents;
    }

    private static List<Map<String, Object>> extensionServices(MachineDescription description) {
        List<Map<String, Object>> documents = new ArrayList<>();
        NaturalOrder.sorted(description.extensionServices()).forEach((name, service) -> {
            List<Map<String, Object>> files = service.configFiles().entrySet().stream()
                    .map(file -> new Mapping()
                            .with("content", file.getValue())
                            .with("mountPath", file.getKey())
                            .build())
                    .toList();
            documents.add(named("ExtensionServiceConfig", name)
                    .withUnlessEmpty("configFiles", files)
                    .withUnlessEmpty("environment", service.environment())
                    .build());
        });
        return documents;
    }
}
