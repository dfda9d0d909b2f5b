package io.talospve.talos.config.internal;

import io.talospve.talos.config.internal.MachineDescription.DataDisk;
import io.talospve.talos.config.internal.MachineDescription.DiskKey;
import io.talospve.talos.internal.yaml.Mapping;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Encrypted system volumes and the data disk as documents, each from the contract on that knows it. Stateless. */
final class VolumeDocuments {
    private VolumeDocuments() {}

    static List<Map<String, Object>> of(MachineDescription description) {
        List<Map<String, Object>> documents = new ArrayList<>();
        if (description.contract().volumeEncryption()) {
            description.stateEncryption().ifPresent(key -> documents.add(volume("STATE", key)));
            description.ephemeralEncryption().ifPresent(key -> documents.add(volume("EPHEMERAL", key)));
        }
        if (description.contract().userVolumes()) {
            description.dataDisk().ifPresent(disk -> documents.add(userVolume(disk)));
        }
        return documents;
    }

    private static Map<String, Object> volume(String name, DiskKey key) {
        return Documents.named("VolumeConfig", name).with("encryption", encryption(key)).build();
    }

    private static Map<String, Object> userVolume(DataDisk disk) {
        return Documents.named("UserVolumeConfig", disk.name())
                .with(
                        "provisioning",
                        new Mapping()
                                .with(
                                        "diskSelector",
                                        Map.of("match", "disk.wwid == \"" + disk.wwid() + "\" && !system_disk"))
                                .with("grow", true)
                                .with("minSize", "1GiB"))
                .with("filesystem", Map.of("type", disk.filesystem()))
                .with("encryption", disk.encryption().map(VolumeDocuments::encryption))
                .build();
    }

    /** As a document's section. */
    private static Map<String, Object> encryption(DiskKey key) {
        return section(new Mapping().with("slot", 0).with("static", passphrase(key)).with("tpm", tpm(key)));
    }

    /** As a section of the main document, whose keys have another order. */
    static Map<String, Object> legacyEncryption(DiskKey key) {
        return section(new Mapping().with("static", passphrase(key)).with("slot", 0).with("tpm", tpm(key)));
    }

    private static Map<String, Object> section(Mapping key) {
        return new Mapping().with("provider", "luks2").with("keys", List.of(key.build())).build();
    }

    private static Optional<Map<String, String>> passphrase(DiskKey key) {
        return key instanceof DiskKey.Passphrase passphrase
                ? Optional.of(Map.of("passphrase", passphrase.value().reveal()))
                : Optional.empty();
    }

    private static Optional<Map<String, Object>> tpm(DiskKey key) {
        return key instanceof DiskKey.Tpm tpm
                ? Optional.of(tpm.requireSecureBoot() ? Map.of("checkSecurebootStatusOnEnroll", true) : Map.of())
                : Optional.empty();
    }
}
