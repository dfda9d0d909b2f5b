package io.talospve.plan;

import io.talospve.error.TalosPveException;
import io.talospve.plan.StepWork.CredentialKind;
import io.talospve.spec.TalosCluster;
import io.talospve.spi.CertificateEnd;
import io.talospve.spi.ClusterPki;
import io.talospve.spi.SecretSink;
import io.talospve.spi.Services;
import io.talospve.spi.TimeSource;
import io.talospve.store.ClusterEntry;
import io.talospve.store.Credentials;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Whether the credentials in the store are still right, and whether the sinks have them. */
final class IssuedCredentialsLook {
    /** Credentials that end sooner are issued anew. */
    private static final Duration CREDENTIALS_MARGIN = Duration.ofDays(30);
    /** Replacing a CA takes preparation. */
    private static final Duration CA_MARGIN = Duration.ofDays(180);
    /** What a sink has is asked to plan no more than needed: a plan can be made without its answer. */
    private static final Duration SINK_PATIENCE = Duration.ofSeconds(10);

    private final TalosCluster cluster;
    private final Reads reads;
    private final Optional<String> osCa;
    private final List<Note> notes;
    private final ClusterEntry entry;
    private final ClusterPki pki;
    private final List<SecretSink> sinks;
    private final TimeSource time;

    IssuedCredentialsLook(Look look, ClusterEntry clusterEntry, Services services, TimeSource timeSource) {
        cluster = look.cluster();
        reads = look.reads();
        osCa = look.osCa();
        notes = look.notes();
        entry = clusterEntry;
        pki = services.pki();
        sinks = services.sinks();
        time = timeSource;
    }

    void into(Observed.Builder world) {
        String endpoint = KubernetesEndpoint.of(cluster);
        Optional<Credentials> issued = entry.credentials()
                .filter(found -> osCa.filter(found.osCa()::equals).isPresent())
                .filter(found -> found.endpoint().equals(endpoint));
        Optional<CertificateEnd> ending = issued.flatMap(
                found -> endingSoon(pki.clientEnds(found.kubeconfig(), found.talosconfig()), CREDENTIALS_MARGIN).findFirst());
        if (ending.isPresent()) {
            world.endingCredential(ending.get().toString());
            issued = Optional.empty();
        }
        endingSoon(entry.secrets().load().map(pki::caEnds).orElse(List.of()), CA_MARGIN)
                .forEach(end -> notes.add(new Note(
                        Note.Kind.WARNING,
                        end.what(),
                        "it ends at " + end.notAfter() + "; then nothing in the cluster trusts anything else of it. Talos'"
                                + " guide to rotating CAs says how to replace it")));
        deliverable(world, issued);
    }

    private Stream<CertificateEnd> endingSoon(List<CertificateEnd> ends, Duration margin) {
        Instant now = time.now();
        return ends.stream()
                .filter(end -> end.within(now, margin))
                .sorted(Comparator.comparing(CertificateEnd::notAfter));
    }

    /** What the sinks have of the credentials. */
    private void deliverable(Observed.Builder world, Optional<Credentials> issued) {
        world.credentialsIssued(issued.isPresent());
        for (SecretSink sink : sinks) {
            Map<String, SecretSink.Presence> present = new TreeMap<>();
            if (issued.isPresent()) {
                try {
                    for (CredentialKind kind : CredentialKind.values()) {
                        String key = SinkKeys.key(cluster, kind);
                        present.put(
                                key,
                                reads.ask(
                                        "the sink " + sink.name(),
                                        SINK_PATIENCE,
                                        () -> sink.check(key, kind.of(issued.get()))));
                    }
                } catch (TalosPveException e) {
                    world.putSilentSinks(sink.name(), String.valueOf(e.getMessage()));
                    present.clear();
                }
            }
            world.putSinks(sink.name(), present);
        }
    }
}
