package io.talospve.secrets.stateless;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.talospve.error.RemoteException;
import io.talospve.error.StoreException;
import io.talospve.error.TalosPveException;
import io.talospve.secrets.bitwarden.BitwardenSink;
import io.talospve.spec.Secret;
import io.talospve.store.ClusterEntry;
import io.talospve.store.ClusterRecord;
import io.talospve.store.ClusterRecord.BootstrapState;
import io.talospve.store.ClusterStore;
import io.talospve.store.Credentials;
import io.talospve.testkit.internal.bitwarden.BitwardenFaults;
import io.talospve.testkit.internal.bitwarden.BitwardenServer;
import io.talospve.testkit.internal.clock.VirtualClock;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class StatelessStoreTest {
    private static final Secret<String> BUNDLE = Secret.of("cluster:\n  secret: ours\n");
    private static final ClusterRecord RECORD = new ClusterRecord(
            "lab",
            "v1.12",
            1,
            "pve",
            List.of(
                    new ClusterRecord.Node("lab-cp-1", "cp", Optional.of("192.168.62.21")),
                    new ClusterRecord.Node("lab-worker-1", "worker", Optional.empty())),
            Map.of("cp", 1, "worker", 1),
            "lab-cp-1",
            BootstrapState.BOOTSTRAPPING);

    private final VirtualClock clock = new VirtualClock(Instant.parse("2026-03-01T00:00:00Z"));
    private final BitwardenServer server = new BitwardenServer(clock);

    @AfterEach
    void stop() {
        server.close();
        clock.close();
    }

    @Test
    void theNextRunnerFindsEverythingThatMustNotBeLost() {
        byte[] digestKey;
        try (BitwardenSink vault = vault()) {
            ClusterEntry entry = new StatelessStore(vault, ClusterStore.inMemory()).open("lab");
            assertThat(entry.secrets().load()).isEmpty();
            assertThat(entry.record()).isEmpty();
            assertThat(entry.credentials()).isEmpty();
            assertThat(entry.secrets().createIfAbsent(BUNDLE)).isTrue();
            assertThat(entry.secrets().createIfAbsent(Secret.of("another"))).isFalse();
            assertThat(entry.secrets().load("hubble-default")).isEmpty();
            assertThat(entry.secrets().createIfAbsent("hubble-default", Secret.of("certificates"))).isTrue();
            assertThat(entry.secrets().createIfAbsent("hubble-default", Secret.of("others"))).isFalse();
            assertThat(entry.secrets().load("hubble-default")).contains(Secret.of("certificates"));
            entry.saveRecord(RECORD);
            entry.saveRecord(RECORD.withBootstrap(BootstrapState.BOOTSTRAPPED));
            entry.saveCredentials(new Credentials(Secret.of("kube"), Secret.of("talos"), "aa", "https://e:6443"));
            digestKey = entry.digestKey().reveal();
        }
        try (BitwardenSink vault = vault()) {
            ClusterEntry next = new StatelessStore(vault, ClusterStore.inMemory()).open("lab");
            assertThat(next.secrets().load()).contains(BUNDLE);
            assertThat(next.record()).contains(RECORD.withBootstrap(BootstrapState.BOOTSTRAPPED));
            assertThat(next.credentials())
                    .contains(new Credentials(Secret.of("kube"), Secret.of("talos"), "aa", "https://e:6443"));
            assertThat(next.digestKey().reveal()).isEqualTo(digestKey).hasSize(32);
            assertThat(next.journal().entries()).isEmpty();
        }
        assertThat(server.organization().plainValues(server.projectId()))
                .containsOnlyKeys(
                        "lab-talos-secrets",
                        "lab-talos-pve-record",
                        "lab-talos-pve-credentials",
                        "lab-talos-pve-digest-key",
                            "lab-talos-pve-kept-hubble-default")
                .containsEntry("lab-talos-secrets", BUNDLE.reveal());
    }

    @Test
    void aBundleOfAnotherProcessMadeAtTheSameMomentIsKept() {
        beforeCreating(() -> server.organization().addSecret(server.projectId(), "lab-talos-secrets", "theirs", ""));
        try (BitwardenSink vault = vault()) {
            ClusterEntry entry = new StatelessStore(vault, ClusterStore.inMemory()).open("lab");
            assertThat(entry.secrets().createIfAbsent(BUNDLE)).isFalse();
            assertThat(entry.secrets().load()).contains(Secret.of("theirs"));
        }
    }

    @Test
    void ifBothTakeTheirsBackItIsSaidAndRetryable() {
        String[] theirs = new String[1];
        server.faults(new BitwardenFaults() {
            @Override
            public Optional<Fault> before(Call call) {
                if (call.method().equals("POST") && call.path().endsWith("/secrets") && theirs[0] == null) {
                    theirs[0] = server.organization().addSecret(server.projectId(), "lab-talos-secrets", "theirs", "");
                }
                return Optional.empty();
            }

            @Override
            public Optional<Fault> after(Call call) {
                if (call.path().equals("/api/secrets/delete")) {
                    server.organization().deleteSecret(theirs[0]);
                }
                return Optional.empty();
            }
        });
        try (BitwardenSink vault = vault()) {
            assertThatThrownBy(() -> vault.createIfAbsent("lab-talos-secrets", BUNDLE))
                    .isInstanceOf(RemoteException.class)
                    .hasMessageContaining("at the same moment")
                    .satisfies(e -> assertThat(((TalosPveException) e).retryable()).isTrue());
            assertThat(server.organization().plainSecrets(server.projectId())).isEmpty();
            assertThat(vault.createIfAbsent("lab-talos-secrets", BUNDLE)).isTrue();
        }
    }

    /** Killed or cut off at every call of the first run: the second run finds one bundle and goes on with it. */
    @Test
    void cutOffAtAnyCallTheNextRunGoesOn() {
        for (int cut = 0; cut < 6; cut++) {
            String cluster = "lab" + cut;
            AtomicInteger calls = new AtomicInteger();
            int at = cut;
            server.faults(new BitwardenFaults() {
                @Override
                public Optional<Fault> after(Call call) {
                    return calls.getAndIncrement() == at ? Optional.of(new Fault.Drop()) : Optional.empty();
                }
            });
            try (BitwardenSink vault = vault()) {
                new StatelessStore(vault, ClusterStore.inMemory())
                        .open(cluster)
                        .secrets()
                        .createIfAbsent(Secret.of("first"));
            } catch (RemoteException cutOff) {
                assertThat(cutOff.retryable()).isTrue();
            }
            server.faults(BitwardenFaults.NONE);
            try (BitwardenSink vault = vault()) {
                ClusterEntry entry = new StatelessStore(vault, ClusterStore.inMemory()).open(cluster);
                boolean first = entry.secrets().load().isPresent();
                assertThat(entry.secrets().createIfAbsent(Secret.of("second"))).isEqualTo(!first);
                assertThat(entry.secrets().load()).contains(Secret.of(first ? "first" : "second"));
            }
        }
    }

    @Test
    void aDamagedEntryIsNamedWithoutShowingIt() {
        server.organization().addSecret(server.projectId(), "lab-talos-pve-record", "{\"cluster\": s3cr3t", "");
        server.organization().addSecret(server.projectId(), "lab-talos-pve-digest-key", "~s3cr3t~", "");
        try (BitwardenSink vault = vault()) {
            ClusterEntry entry = new StatelessStore(vault, ClusterStore.inMemory()).open("lab");
            for (Runnable read : List.<Runnable>of(entry::record, entry::digestKey)) {
                assertThatThrownBy(read::run)
                        .isInstanceOf(StoreException.class)
                        .hasMessageContaining("lab-talos-pve-")
                        .hasMessageNotContaining("s3cr3t");
            }
        }
    }

    private void beforeCreating(Runnable action) {
        AtomicInteger calls = new AtomicInteger();
        server.faults(new BitwardenFaults() {
            @Override
            public Optional<Fault> before(Call call) {
                if (call.method().equals("POST")
                        && call.path().endsWith("/secrets")
                        && calls.getAndIncrement() == 0) {
                    action.run();
                }
                return Optional.empty();
            }
        });
    }

    private BitwardenSink vault() {
        return BitwardenSink.builder()
                .accessToken(Secret.of(server.accessToken()))
                .server(URI.create(server.serverUrl()))
                .caPem(server.caPem())
                .project(server.projectId())
                .time(clock::now)
                .build();
    }
}
