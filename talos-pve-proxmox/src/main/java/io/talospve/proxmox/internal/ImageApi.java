package io.talospve.proxmox.internal;

import io.talospve.error.ConfigurationException;
import io.talospve.spec.ImageChecksum;
import io.talospve.spec.ImageMode;
import io.talospve.spi.Operation;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/** ISO images and disk images on storages. Thread-safe. */
public final class ImageApi {
    /** Other characters Proxmox would silently replace, and the image would not be found again. */
    private static final Pattern FILE_NAME =
            Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]*\\.((?i:iso|img)|qcow2|raw)");

    private final ApiClient api;
    private final Tasks tasks;

    /** On a client. */
    public ImageApi(ApiClient api, Tasks tasks) {
        this.api = api;
        this.tasks = tasks;
    }

    /** Names of the files that are there. */
    public Set<String> names(String host, String datastore, ImageMode mode) {
        String volumes = volumes(datastore, mode);
        Set<String> names = new TreeSet<>();
        for (JsonNode entry : list(host, datastore, mode)) {
            String volume = Fields.text(entry, "volid");
            if (volume.startsWith(volumes)) {
                names.add(volume.substring(volumes.length()));
            }
        }
        return names;
    }

    private JsonNode list(String host, String datastore, ImageMode mode) {
        return api.send(
                Call.get("nodes", host, "storage", datastore, "content").with("content", mode.contentType()));
    }

    /** Size in bytes; empty if it is not there. */
    public OptionalLong size(String host, String datastore, String fileName) {
        ImageMode mode = ImageMode.ofFile(fileName);
        String volume = volumes(datastore, mode) + fileName;
        for (JsonNode entry : list(host, datastore, mode)) {
            if (Fields.text(entry, "volid").equals(volume)) {
                return OptionalLong.of(Fields.number(entry, "size", 0));
            }
        }
        return OptionalLong.empty();
    }

    /** Lets the node fetch it, verifying the server's certificate. */
    public Operation download(
            String host, String datastore, String fileName, String url, Optional<ImageChecksum> checksum) {
        if (!FILE_NAME.matcher(fileName).matches()) {
            throw new ConfigurationException(
                    "\"" + fileName + "\" is not a name that Proxmox keeps for an image",
                    "use letters, digits, '.', '_', '-' and the ending .iso or .qcow2");
        }
        Call download = Call.post("nodes", host, "storage", datastore, "download-url")
                .with("content", ImageMode.ofFile(fileName).contentType())
                .with("filename", fileName)
                .with("url", url)
                .with("verify-certificates", "1");
        return tasks.of(api.send(checksum.map(sum -> download.with("checksum-algorithm", sum.algorithm())
                        .with("checksum", sum.value()))
                .orElse(download)));
    }

    /** Deletes it; one that is not there is deleted already. */
    public Operation delete(String host, String datastore, String fileName) {
        JsonNode upid;
        try {
            upid = api.send(Call.delete("nodes", host, "storage", datastore, "content", volumes(datastore, ImageMode.ofFile(fileName)) + fileName));
        } catch (ApiException e) {
            if (e.status() == 500 && ErrorTexts.missingVolume(e.text())) {
                return Operation.done();
            }
            throw e;
        }
        return tasks.of(upid);
    }

    private static String volumes(String datastore, ImageMode mode) {
        return datastore + ":" + mode.contentType() + "/";
    }
}
