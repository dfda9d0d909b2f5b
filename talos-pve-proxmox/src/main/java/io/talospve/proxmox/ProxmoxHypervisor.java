package io.talospve.proxmox;

import io.talospve.error.ConfigurationException;
import io.talospve.error.RemoteException;
import io.talospve.http.Deadline;
import io.talospve.http.HttpSettings;
import io.talospve.http.HttpTrust;
import io.talospve.proxmox.internal.ApiClient;
import io.talospve.proxmox.internal.Authentication;
import io.talospve.proxmox.internal.ClusterApi;
import io.talospve.proxmox.internal.Endpoint;
import io.talospve.proxmox.internal.HaApi;
import io.talospve.proxmox.internal.ImageApi;
import io.talospve.proxmox.internal.PrivilegeCheck;
import io.talospve.proxmox.internal.Tasks;
import io.talospve.proxmox.internal.TicketAuthentication;
import io.talospve.proxmox.internal.TokenAuthentication;
import io.talospve.proxmox.internal.VmApi;
import io.talospve.spec.ImageChecksum;
import io.talospve.spec.ImageMode;
import io.talospve.spec.Secret;
import io.talospve.spi.HaGroup;
import io.talospve.spi.Hypervisor;
import io.talospve.spi.HypervisorInfo.DatastoreInfo;
import io.talospve.spi.HypervisorInfo;
import io.talospve.spi.Operation;
import io.talospve.spi.PlannedCall;
import io.talospve.spi.PrivilegeGap;
import io.talospve.spi.TimeSource;
import io.talospve.spi.VmCreation;
import io.talospve.spi.VmDetails;
import io.talospve.spi.VmRef;
import io.talospve.spi.VmSummary;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Proxmox VE 8 and 9 as {@link Hypervisor}, over its HTTP API on java.net.http.
 *
 * <p>Every error is a {@link RemoteException} with Proxmox' own words in its message where Proxmox sends them in the body
 * (8.4 and later). Reads are sent once more when a connection ended without an answer; a call that changes something
 * never is.
 *
 * <p>A VM is created with everything in one call. Its tags are part of it unless the VM goes into a pool: Proxmox VE 9
 * refuses tags there to an account whose rights come from the pool, so {@link #setTags} has to follow.
 *
 * <p>Thread-safe. Holds a few connections and daemon threads until {@link #close()}.
 */
public final class ProxmoxHypervisor implements Hypervisor {
    private final ApiClient api;
    private final ClusterApi cluster;
    private final Tasks tasks;
    private final VmApi vms;
    private final ImageApi images;
    private final HaApi ha;
    private final PrivilegeCheck privileges;

    private ProxmoxHypervisor(ApiClient api) {
        this.api = api;
        this.cluster = new ClusterApi(api);
        this.tasks = new Tasks(api, cluster);
        this.vms = new VmApi(api, cluster, tasks);
        this.images = new ImageApi(api, tasks);
        this.ha = new HaApi(api, cluster);
        this.privileges = new PrivilegeCheck(api);
    }

    /**
     * Starts one.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    public HypervisorInfo info() {
        return cluster.info();
    }

    @Override
    public List<DatastoreInfo> datastores(String host) {
        return cluster.datastores(host);
    }

    @Override
    public Set<String> bridges(String host) {
        return cluster.bridges(host);
    }

    @Override
    public Optional<Set<String>> pools() {
        return Optional.of(cluster.pools());
    }

    @Override
    public Optional<Set<String>> mappings(DeviceKind kind, String host) {
        return Optional.of(cluster.mappings(kind == DeviceKind.PCI ? "pci" : "usb", host));
    }

    @Override
    public Optional<Set<String>> cpuTypes(String host) {
        return Optional.of(cluster.capabilities(host, "cpu", "name"));
    }

    @Override
    public Optional<Set<String>> machineTypes(String host) {
        return Optional.of(cluster.capabilities(host, "machines", "id"));
    }

    @Override
    public List<VmSummary> vms() {
        return vms.list();
    }

    @Override
    public Optional<VmDetails> vm(VmRef ref) {
        return vms.details(ref);
    }

    @Override
    public Optional<VmDetails> vm(VmSummary listed) {
        return vms.details(listed);
    }

    @Override
    public int freeVmid() {
        return cluster.freeVmid();
    }

    @Override
    public boolean isFree(int vmid) {
        return cluster.isFree(vmid);
    }

    @Override
    public Operation create(VmCreation vm) {
        return vms.create(vm);
    }

    @Override
    public void setProtection(VmRef ref, boolean protection) {
        vms.setProtection(ref, protection);
    }

    @Override
    public Operation growDisk(VmRef ref, String slot, long sizeGiB) {
        return vms.growDisk(ref, slot, sizeGiB);
    }

    @Override
    public void setTags(VmRef ref, Set<String> tags) {
        vms.setTags(ref, tags);
    }

    @Override
    public Operation start(VmRef ref) {
        return vms.start(ref);
    }

    @Override
    public Operation stop(VmRef ref) {
        return vms.stop(ref);
    }

    @Override
    public Operation delete(VmRef ref) {
        return vms.delete(ref);
    }

    @Override
    public Set<String> images(String host, String datastore, ImageMode mode) {
        return images.names(host, datastore, mode);
    }

    @Override
    public OptionalLong image(String host, String datastore, String fileName) {
        return images.size(host, datastore, fileName);
    }

    @Override
    public Operation downloadImage(
            String host, String datastore, String fileName, String url, Optional<ImageChecksum> checksum) {
        return images.download(host, datastore, fileName, url, checksum);
    }

    @Override
    public Operation deleteImage(String host, String datastore, String fileName) {
        return images.delete(host, datastore, fileName);
    }

    @Override
    public Set<Integer> highlyAvailable() {
        return ha.members();
    }

    @Override
    public List<String> haDifferences(HaGroup wanted) {
        return ha.differences(wanted);
    }

    @Override
    public void makeHighlyAvailable(HaGroup wanted) {
        ha.make(wanted);
    }

    @Override
    public void endHighAvailability(String cluster, Set<Integer> vmids) {
        ha.end(cluster, vmids);
    }

    @Override
    public Optional<List<GuestNic>> guestNics(VmRef ref) {
        return vms.guestNics(ref);
    }

    @Override
    public List<PrivilegeGap> missingPrivileges(Collection<PlannedCall> calls) {
        return privileges.missing(calls);
    }

    @Override
    public Operation operation(String id) {
        return tasks.of(id);
    }

    @Override
    public void close() {
        api.close();
    }

    /** Builds a {@link ProxmoxHypervisor}. Makes no connection. Not thread-safe. */
    public static final class Builder {
        private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(30);

        private final List<Endpoint> endpoints = new ArrayList<>();
        private final List<String> fingerprints = new ArrayList<>();
        private HttpSettings http = HttpSettings.jvm();
        private @Nullable String caPem;
        private @Nullable Secret<String> apiToken;
        private @Nullable String user;
        private @Nullable Secret<String> password;
        private TimeSource time = TimeSource.system();
        private Duration requestTimeout = REQUEST_TIMEOUT;

        private Builder() {}

        /**
         * Adds a node of the cluster, {@code https://host:8006}. Several nodes of one cluster may be added: one that
         * cannot be connected to is passed over. The port defaults to 8006; {@code /api2/json} and a trailing slash are
         * tolerated.
         *
         * @param url address of the node's API
         * @return this
         * @throws ConfigurationException if it is no https URL
         */
        public Builder url(URI url) {
            endpoints.add(Endpoint.of(url));
            return this;
        }

        /**
         * Authenticates by an API token.
         *
         * @param token {@code user@realm!tokenid=secret}
         * @return this
         */
        public Builder apiToken(Secret<String> token) {
            apiToken = Objects.requireNonNull(token, "token");
            return this;
        }

        /**
         * Authenticates by an API token.
         *
         * @param token {@code user@realm!tokenid=secret}
         * @return this
         */
        public Builder apiToken(String token) {
            return apiToken(Secret.of(token));
        }

        /**
         * Authenticates by user and password; the ticket is renewed as needed. An API token is the better choice: it can
         * have fewer rights and be revoked alone.
         *
         * @param user {@code user@realm}
         * @param password the password
         * @return this
         */
        public Builder ticket(String user, Secret<String> password) {
            this.user = Objects.requireNonNull(user, "user");
            this.password = Objects.requireNonNull(password, "password");
            return this;
        }

        /**
         * How the nodes are reached: trust, proxies, time to connect. Trust by {@link #caPem} or {@link #fingerprint} goes
         * before the trust in it.
         *
         * @param settings by default the JDK's authorities and proxy selector
         * @return this
         */
        public Builder http(HttpSettings settings) {
            http = Objects.requireNonNull(settings, "settings");
            return this;
        }

        /**
         * Trusts certificates that this authority signed, for the name they were asked by. Without this and without
         * {@link #fingerprint} what the JVM trusts is trusted.
         *
         * @param pem one or more certificates in PEM; the cluster's own are in {@code /etc/pve/pve-root-ca.pem}
         * @return this
         */
        public Builder caPem(String pem) {
            caPem = Objects.requireNonNull(pem, "pem");
            return this;
        }

        /**
         * Trusts exactly the certificate with this fingerprint, whatever its name. May be given once per node.
         *
         * @param sha256 SHA-256 over the certificate, hexadecimal, with or without colons
         * @return this
         */
        public Builder fingerprint(String sha256) {
            fingerprints.add(Objects.requireNonNull(sha256, "sha256"));
            return this;
        }

        /**
         * Tells the age of a ticket; by default wall time.
         *
         * @param time source of time
         * @return this
         */
        public Builder timeSource(TimeSource time) {
            this.time = Objects.requireNonNull(time, "time");
            return this;
        }

        /**
         * Limits each request, the answer included; by default 30 s.
         *
         * @param timeout wall time, positive
         * @return this
         */
        public Builder requestTimeout(Duration timeout) {
            requestTimeout = Deadline.requestTimeout(timeout);
            return this;
        }

        /**
         * Builds it.
         *
         * @return the hypervisor
         * @throws ConfigurationException naming everything that is missing or contradictory
         */
        public ProxmoxHypervisor build() {
            List<String> problems = new ArrayList<>();
            if (endpoints.isEmpty()) {
                problems.add("no url: the address of a node's API, https://host:8006");
            }
            if (apiToken == null && user == null) {
                problems.add("no apiToken (user@realm!tokenid=secret) and no ticket (user and password)");
            }
            if (apiToken != null && user != null) {
                problems.add("both apiToken and ticket: give one");
            }
            if (caPem != null && !fingerprints.isEmpty()) {
                problems.add("both caPem and fingerprint: give one");
            }
            if (user != null && user.indexOf('@') < 1) {
                problems.add("the user needs its realm: " + user + "@pam or " + user + "@pve");
            }
            if (!problems.isEmpty()) {
                throw new ConfigurationException(
                        "Proxmox VE is not configured: " + String.join("; ", problems), null);
            }
            return new ProxmoxHypervisor(new ApiClient(
                    endpoints, authentication(), settings(), requestTimeout, System::nanoTime));
        }

        private Authentication authentication() {
            if (apiToken != null) {
                return new TokenAuthentication(apiToken);
            }
            return new TicketAuthentication(
                    Objects.requireNonNull(user, "user"), Objects.requireNonNull(password, "password"), time);
        }

        private HttpSettings settings() {
            if (!fingerprints.isEmpty()) {
                try {
                    return http.withTrust(HttpTrust.pinned(fingerprints));
                } catch (IllegalArgumentException e) {
                    throw new ConfigurationException(
                            "Proxmox VE: " + e.getMessage(),
                            "openssl x509 -in /etc/pve/local/pve-ssl.pem -noout -fingerprint -sha256 (or pveproxy-ssl.pem where"
                                    + " it exists)");
                }
            }
            try {
                return caPem == null ? http : http.withTrust(HttpTrust.authorities(caPem));
            } catch (IllegalArgumentException e) {
                throw new ConfigurationException(
                        "the CA certificate for Proxmox VE cannot be used: " + e.getMessage(),
                        "give the content of /etc/pve/pve-root-ca.pem of any node");
            }
        }
    }
}
