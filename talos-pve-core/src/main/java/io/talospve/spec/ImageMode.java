package io.talospve.spec;

/** How Talos comes onto a machine's system disk. */
public enum ImageMode {
    /** It boots an ISO from a virtual CD-ROM drive, and installs to the disk. */
    ISO,
    /** Proxmox copies a disk image (qcow2) to the system disk; the storage needs the content type {@code import}. */
    IMPORT;

    /**
     * What a file of this name is for.
     *
     * @param fileName a name that ends with {@code .iso} or {@code .img}, or with {@code .qcow2} or {@code .raw}
     */
    public static ImageMode ofFile(String fileName) {
        return fileName.endsWith(".iso") || fileName.endsWith(".img") ? ISO : IMPORT;
    }

    /** Proxmox' content type of such files: {@code iso} or {@code import}. */
    public String contentType() {
        return this == ISO ? "iso" : "import";
    }
}
