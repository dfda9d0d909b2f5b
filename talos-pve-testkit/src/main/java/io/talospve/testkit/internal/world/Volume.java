package io.talospve.testkit.internal.world;

import java.time.Instant;
import java.util.Optional;

/** Something kept on a storage: an ISO file, a disk, a snippet. Guarded by the world's lock. */
public final class Volume {
    private final Storage storage;
    private final String host;
    private final String name;
    private final String content;
    private final String format;
    private final int vmid;
    private final Instant created;
    private final Hardware.Platter platter;
    private final Optional<Hardware.BootImage> image;
    private final Checksums checksums;
    private long sizeBytes;
    private long diskBytes;

    /**
     * A new volume.
     *
     * @param storage where it is
     * @param host which host's, if the storage is not shared
     * @param name the part of the volume id behind the colon
     * @param content iso, import, images, snippets, …
     * @param format raw, qcow2, iso, snippet, …
     * @param vmid owner; 0 for none
     * @param sizeBytes size
     * @param created when it was made
     * @param image the boot image it holds
     * @param checksums checksums of a file
     */
    public Volume(
            Storage storage,
            String host,
            String name,
            String content,
            String format,
            int vmid,
            long sizeBytes,
            Instant created,
            Optional<Hardware.BootImage> image,
            Checksums checksums) {
        this(storage, host, name, content, format, vmid, sizeBytes, created, image, checksums, new Hardware.Platter());
        image.ifPresent(i -> {
            if (content.equals("images")) {
                platter.write(i);
            }
        });
    }

    private Volume(
            Storage storage,
            String host,
            String name,
            String content,
            String format,
            int vmid,
            long sizeBytes,
            Instant created,
            Optional<Hardware.BootImage> image,
            Checksums checksums,
            Hardware.Platter platter) {
        this.storage = storage;
        this.host = storage.shared() ? "" : host;
        this.name = name;
        this.content = content;
        this.format = format;
        this.vmid = vmid;
        this.sizeBytes = sizeBytes;
        this.created = created;
        this.image = image;
        this.checksums = checksums;
        this.platter = platter;
    }

    /** The same disk on another host or under another name. */
    public Volume moved(String toHost, String newName, int newVmid) {
        return new Volume(
                storage, toHost, newName, content, format, newVmid, sizeBytes, created, image, checksums, platter);
    }

    /** Where it is. */
    public Storage storage() {
        return storage;
    }

    /** The host whose volume it is; empty on shared storage. */
    public String host() {
        return host;
    }

    /** The part of the volume id behind the colon. */
    public String name() {
        return name;
    }

    /** Volume id, {@code nas:iso/x.iso}. */
    public String volid() {
        return storage.id() + ":" + name;
    }

    /** iso, import, images, snippets, vztmpl. */
    public String content() {
        return content;
    }

    /** raw, qcow2, iso, … */
    public String format() {
        return format;
    }

    /** Owner; 0 for none. */
    public int vmid() {
        return vmid;
    }

    /** Size in bytes. */
    public long sizeBytes() {
        return sizeBytes;
    }

    /** Size of the disk that is made from it; that of a qcow2 file is larger than the file. */
    public long virtualBytes() {
        return diskBytes > 0 ? diskBytes : sizeBytes;
    }

    /** Sets the size of the disk that is made from it. */
    public void virtualBytes(long bytes) {
        diskBytes = bytes;
    }

    /** Grows it. */
    public void resize(long bytes) {
        sizeBytes = bytes;
    }

    /** When it was made. */
    public Instant created() {
        return created;
    }

    /** What is written on it, if it is a disk. */
    public Hardware.Platter platter() {
        return platter;
    }

    /** The boot image in the file, if it is one. */
    public Optional<Hardware.BootImage> image() {
        return image;
    }

    /** Its checksums. */
    public Checksums checksums() {
        return checksums;
    }
}
