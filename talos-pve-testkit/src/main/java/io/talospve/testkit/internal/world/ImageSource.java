package io.talospve.testkit.internal.world;

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
     */
    record Fetched(int status, long sizeBytes, Optional<Hardware.BootImage> image) {}
}
