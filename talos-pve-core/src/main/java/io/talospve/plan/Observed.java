package io.talospve.plan;

import io.talospve.spi.HypervisorInfo;
import io.talospve.spi.HypervisorInfo.DatastoreInfo;
import io.talospve.spi.MachineView;
import io.talospve.spi.ManifestPreview;
import io.talospve.spi.SecretSink;
import io.talospve.spi.VmDetails;
import io.talospve.store.ClusterRecord;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.immutables.value.Value;

/** What is there now, as far as a plan for one cluster needs it. Holds no secret. Immutable. */
@Value.Immutable
@ValueStyle
public interface Observed {
    /** The Proxmox cluster; empty if nothing was asked. */
    Optional<HypervisorInfo> hypervisor();

    /** VMIDs that are in use, as far as the account may see. */
    Set<Integer> usedVmids();

    /** Our machines that exist, by name. */
    Map<String, Machine> machines();

    /** What the store knows of the cluster. */
    Optional<ClusterRecord> record();

    /** Fingerprint of the stored bundle's OS CA; empty if there is no bundle. */
    Optional<String> osCa();

    /** Hosts on which an earlier apply was about to create machines, by name of machine. */
    Map<String, String> allocatedHosts();

    /** VMIDs of our machines that are highly available; asked only to remove them. */
    Set<Integer> highlyAvailable();

    /** In what the high availability of a pool is not as the spec wants it, by pool; of pools all of whose machines exist. */
    Map<String, List<String>> haDifferences();

    /** Storages by host, of the hosts that were asked because new machines may go there. */
    Map<String, List<DatastoreInfo>> datastores();

    /**
     * A storage as a host sees it.
     *
     * @param host the host
     * @param id name of the storage
     * @return empty if the host was not asked, or has none of this name
     */
    default Optional<DatastoreInfo> datastore(String host, String id) {
        return datastores().getOrDefault(host, List.of()).stream()
                .filter(datastore -> datastore.name().equals(id))
                .findFirst();
    }

    /** The images of the spec's machines, by what the spec says about them; empty if nothing was asked. */
    Map<WantedImage, BootImage> images();

    /**
     * The image that a wish gives.
     *
     * @param wanted what the spec says
     */
    default Field<BootImage> image(WantedImage wanted) {
        BootImage image = images().get(wanted);
        return image == null ? Field.unknown("the image factory resolves the extensions") : Field.known(image);
    }

    /** Whether the images' storage is the same on all hosts. */
    @Value.Default
    default boolean imageDatastoreShared() {
        return true;
    }

    /** Storages that are the same on all hosts, as far as they were looked at. */
    Set<String> sharedDatastores();

    /**
     * Hosts on whose storage an image is, by its file name; to remove a cluster, those images that nobody else uses, and
     * through which host.
     */
    Map<String, Set<String>> imagesOnHosts();

    /** Whether credentials that are still right are in the store. */
    @Value.Default
    default boolean credentialsIssued() {
        return false;
    }

    /** The certificate for whose sake the credentials in the store have to be issued anew, and when it ends. */
    Optional<String> endingCredential();

    /** What each sink has, by sink name, then by key. */
    Map<String, Map<String, SecretSink.Presence>> sinks();

    /** Why a sink could not be asked, by sink name. */
    Map<String, String> silentSinks();

    /** What will be installed at day 0, rendered with placeholders for secrets; unknown where nobody needs to know. */
    @Value.Default
    default Field<ManifestPreview> manifests() {
        return Field.unknown("charts are fetched and rendered when it is planned with a connection");
    }

    /** Fingerprint of what the spec installs at day 0; empty text if it installs nothing or nobody was asked. */
    @Value.Default
    default String manifestFingerprint() {
        return "";
    }

    /** Fingerprint of the manifests that each configured machine was given, empty text for none; by machine, since the cluster was made. */
    Map<String, String> manifestsGiven();

    /** Waits for what was installed at day 0 that have ended well, by step, since the cluster was made. */
    Set<String> dayZeroAwaited();

    /** What a reviewer should know. */
    List<Note> notes();

    /** Starts one. */
    static Builder builder() {
        return new Builder();
    }

    /** A world of which nothing is known and in which nothing is assumed to exist. */
    static Observed emptyWorld() {
        return builder().build();
    }

    /** Builds an {@link Observed}. Not thread-safe. */
    class Builder extends ImmutableObserved.Builder {
        Builder() {}
    }

    /**
     * A machine of ours.
     *
     * @param vm its virtual machine
     * @param view how its Talos API presents itself
     */
    record Machine(VmDetails vm, MachineView view) {}
}
