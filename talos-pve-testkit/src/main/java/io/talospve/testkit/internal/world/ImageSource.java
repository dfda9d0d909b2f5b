package io.talospve.testkit.internal.world;

import java.time.Duration;
import java.util.Optional;

/** The outside from which the datacenter's hosts and machines fetch images: the image factory and its mirrors. */
public interface ImageSource {
    /**
     * Fetches a URL as wget does.
     *
     * @param url an absolute URL
     */
    Fetched fetch(String url);

    /**
     * Pulls an installer image, through the machine's registry mirrors.
     *
     * @param reference an image reference
     * @return what it installs; empty if it does not exist or its registry cannot be reached
     */
    Optional<Hardware.BootImage> pull(String reference);

    /**
     * What fetching a URL gives.
     *
     * @param status HTTP status; 0 if the host cannot be resolved
     * @param sizeBytes size of the content
     * @param image the boot image, if it is one
     * @param file what else is known of the file
     */
    record Fetched(int status, long sizeBytes, Optional<Hardware.BootImage> image, FileFacts file) {
        /** A file of which nothing else is known. */
        public Fetched(int status, long sizeBytes, Optional<Hardware.BootImage> image) {
            this(status, sizeBytes, image, FileFacts.NONE);
        }
    }

    /**
     * What a host finds out about a file that it fetches.
     *
     * @param checksums its checksums
     * @param format raw or qcow2 or vmdk or iso; empty if nobody looks
     * @param virtualBytes size of the disk in it; 0 for the size of the file
     * @param unpacked what is in it, if it is compressed (gz, lzo, zst)
     * @param trusted whether its server has a certificate that the hosts trust
     * @param complete whether the transfer ends as it should
     * @param time how long the transfer takes; zero for the usual time of a task
     * @param mimeType type that the server names; empty for none
     */
    record FileFacts(
            Checksums checksums,
            String format,
            long virtualBytes,
            Optional<Fetched> unpacked,
            boolean trusted,
            boolean complete,
            Duration time,
            String mimeType) {
        /** Nothing known, nothing wrong. */
        public static final FileFacts NONE =
                new FileFacts(Checksums.UNKNOWN, "", 0, Optional.empty(), true, true, Duration.ZERO, "");
    }
}
