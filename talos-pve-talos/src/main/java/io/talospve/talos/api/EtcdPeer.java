package io.talospve.talos.api;

import java.util.List;

/**
 * A member of etcd.
 *
 * @param id its id, unsigned
 * @param hostname the machine's name
 * @param peerUrls where it talks to the other members
 * @param clientUrls where it serves clients
 * @param learner whether it has no vote yet
 */
public record EtcdPeer(long id, String hostname, List<String> peerUrls, List<String> clientUrls, boolean learner) {
    /** Copies the lists. */
    public EtcdPeer {
        peerUrls = List.copyOf(peerUrls);
        clientUrls = List.copyOf(clientUrls);
    }
}
