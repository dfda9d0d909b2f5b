package io.talospve.proxmox.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.talospve.error.ErrorCode;
import io.talospve.error.RemoteException;
import io.talospve.http.HttpSettings;
import io.talospve.http.HttpTrust;
import io.talospve.proxmox.ScriptedPve.Request;
import io.talospve.proxmox.ScriptedPve.Response;
import io.talospve.proxmox.ScriptedPve;
import io.talospve.spec.Secret;
import io.talospve.spi.TimeSource;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class ApiClientTest {
    private static final Call READ = Call.get("version");
    private static final Call WRITE = Call.post("nodes", "a", "qemu");

    private final AtomicLong nanos = new AtomicLong();
    private final Authentication token = new TokenAuthentication(Secret.of("u@pam!tk=secret"));

    private ApiClient client(Authentication authentication, Duration timeout, ScriptedPve... servers) {
        List<Endpoint> endpoints =
                Arrays.stream(servers).map(s -> Endpoint.of(URI.create(s.url()))).toList();
        return new ApiClient(
                endpoints,
                authentication,
                HttpSettings.direct()
                        .withTrust(HttpTrust.pinned(Arrays.stream(servers).map(ScriptedPve::fingerprint).toList())),
                timeout,
                nanos::get);
    }

    private ApiClient client(ScriptedPve... servers) {
        return client(token, Duration.ofSeconds(30), servers);
    }

    private static List<Integer> connections(ScriptedPve pve) {
        return pve.requests().stream().map(Request::connection).toList();
    }

    @Test
    void aChangeNeverGoesOverAConnectionThatIdled() {
        try (ScriptedPve pve = new ScriptedPve(r -> Response.data("1"));
                ApiClient api = client(pve)) {
            api.send(READ);
            nanos.addAndGet(Duration.ofMillis(2900).toNanos());
            api.send(WRITE);
            nanos.addAndGet(Duration.ofSeconds(3).toNanos());
            api.send(WRITE);
            nanos.addAndGet(Duration.ofSeconds(4).toNanos());
            api.send(READ);
            assertThat(connections(pve)).containsExactly(1, 1, 2, 2);
        }
    }

    @Test
    void afterAnErrorAChangeGetsAConnectionOfItsOwn() {
        try (ScriptedPve pve = new ScriptedPve(r -> r.method().equals("GET") ? Response.die("x") : Response.data("1"));
                ApiClient api = client(pve)) {
            assertThatThrownBy(() -> api.send(READ)).isInstanceOf(ApiException.class);
            api.send(WRITE);
            api.send(WRITE);
            assertThat(connections(pve)).containsExactly(1, 2, 2);
        }
    }

    @Test
    void everyParallelCallHasItsConnectionAndTheyAreUsedAgain() throws InterruptedException {
        CountDownLatch together = new CountDownLatch(4);
        try (ScriptedPve pve = new ScriptedPve(r -> {
                    together.countDown();
                    try {
                        assertThat(together.await(10, TimeUnit.SECONDS)).isTrue();
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                    return Response.data("1");
                });
                ApiClient api = client(pve)) {
            List<Thread> callers = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                Thread caller = new Thread(() -> api.send(READ));
                caller.start();
                callers.add(caller);
            }
            for (Thread caller : callers) {
                caller.join();
            }
            assertThat(connections(pve)).containsExactlyInAnyOrder(1, 2, 3, 4);
            api.send(WRITE);
            assertThat(connections(pve).get(4)).isBetween(1, 4);
        }
    }

    @Test
    void aNodeThatCannotReachItsPeerIsPassedOverAndTheNextIsPreferred() {
        try (ScriptedPve first = new ScriptedPve(r -> Response.error(595, "No route to host", ""));
                ScriptedPve second = new ScriptedPve(r -> Response.data("1"));
                ApiClient api = client(first, second)) {
            api.send(WRITE);
            api.send(READ);
            assertThat(first.requests()).hasSize(1);
            assertThat(second.requests()).hasSize(2);
        }
    }

    @Test
    void aChangeWhoseAnswerIsLostGoesToNoOtherNode() {
        try (ScriptedPve first = new ScriptedPve(r -> Response.dropped());
                ScriptedPve second = new ScriptedPve(r -> Response.data("1"));
                ApiClient api = client(first, second)) {
            RemoteException e = catchThrowableOfType(RemoteException.class, () -> api.send(WRITE));
            assertThat(e.code()).isEqualTo(ErrorCode.UNREACHABLE);
            assertThat(e.retryable()).isTrue();
            assertThat(second.requests()).isEmpty();
            api.send(READ);
            assertThat(second.requests()).as("the next call starts at the other node").hasSize(1);
        }
    }

    @Test
    void aReadIsAnsweredByAnotherNodeWhenOneNeverAnswers() {
        try (ScriptedPve first = new ScriptedPve(r -> Response.dropped());
                ScriptedPve second = new ScriptedPve(r -> Response.data("7"));
                ApiClient api = client(first, second)) {
            assertThat(api.send(READ).asInt()).isEqualTo(7);
            assertThat(first.requests()).as("once, and once more").hasSize(2);
        }
    }

    @Test
    void anAnswerThatDoesNotComeEndsTheCall() {
        CountDownLatch never = new CountDownLatch(1);
        try (ScriptedPve pve = new ScriptedPve(r -> {
                    try {
                        never.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    return Response.dropped();
                });
                ApiClient api = client(token, Duration.ofMillis(200), pve)) {
            RemoteException e = catchThrowableOfType(RemoteException.class, () -> api.send(WRITE));
            assertThat(e.code()).isEqualTo(ErrorCode.UNREACHABLE);
            assertThat(e.retryable()).isTrue();
            assertThat(pve.requests()).hasSize(1);
        }
    }

    @Test
    void anInterruptEndsTheCall() throws InterruptedException {
        CountDownLatch arrived = new CountDownLatch(1);
        CountDownLatch never = new CountDownLatch(1);
        AtomicReference<RemoteException> thrown = new AtomicReference<>();
        try (ScriptedPve pve = new ScriptedPve(r -> {
                    arrived.countDown();
                    try {
                        never.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    return Response.dropped();
                });
                ApiClient api = client(pve)) {
            Thread caller = new Thread(() -> {
                try {
                    api.send(READ);
                } catch (RemoteException e) {
                    thrown.set(e);
                }
            });
            caller.start();
            arrived.await();
            caller.interrupt();
            caller.join();
            assertThat(thrown.get().code()).isEqualTo(ErrorCode.CANCELLED);
        }
    }

    @Test
    void whatIsNotProxmoxIsSaid() {
        try (ScriptedPve pve = new ScriptedPve(r -> new Response(200, "OK", "<html>login</html>", false, false));
                ApiClient api = client(pve)) {
            RemoteException e = catchThrowableOfType(RemoteException.class, () -> api.send(READ));
            assertThat(e.code()).isEqualTo(ErrorCode.UNEXPECTED_ANSWER);
            assertThat(e).hasMessageContaining("<html>login");
        }
    }

    @Test
    void aTicketIsRenewedByItselfThenByThePassword() {
        SettableTime time = new SettableTime();
        List<String> proofs = new ArrayList<>();
        int[] issued = {0};
        boolean[] renewalRefused = {false};
        try (ScriptedPve pve = new ScriptedPve(r -> {
                    if (!r.target().endsWith("/access/ticket")) {
                        return Response.data("1");
                    }
                    boolean byTicket = !r.body().contains("password=pw");
                    proofs.add(byTicket ? "ticket" : "password");
                    if (byTicket && renewalRefused[0]) {
                        return Response.error(401, "authentication failure", "");
                    }
                    return Response.data("{\"ticket\":\"PVE:" + ++issued[0] + "\",\"CSRFPreventionToken\":\"c\"}");
                });
                ApiClient api = client(
                        new TicketAuthentication("root@pam", Secret.of("pw"), time), Duration.ofSeconds(30), pve)) {
            api.send(READ);
            time.forward(Duration.ofMinutes(59));
            api.send(READ);
            assertThat(proofs).containsExactly("password");
            time.forward(Duration.ofMinutes(2));
            api.send(READ);
            assertThat(proofs).containsExactly("password", "ticket");
            renewalRefused[0] = true;
            time.forward(Duration.ofMinutes(61));
            api.send(READ);
            assertThat(proofs).containsExactly("password", "ticket", "ticket", "password");
            time.forward(Duration.ofHours(3));
            api.send(READ);
            assertThat(proofs).as("too old to renew itself").hasSize(5).endsWith("password");
            assertThat(pve.requests().get(pve.requests().size() - 1).headers().get("cookie"))
                    .isEqualTo("PVEAuthCookie=PVE%3A4");
        }
    }

    @Test
    void aTicketThatTheServerNoLongerKnowsIsReplacedOnce() {
        int[] issued = {0};
        boolean[] accept = {true};
        try (ScriptedPve pve = new ScriptedPve(r -> {
                    if (r.target().endsWith("/access/ticket")) {
                        return Response.data("{\"ticket\":\"PVE:" + ++issued[0] + "\",\"CSRFPreventionToken\":\"c\"}");
                    }
                    boolean current = r.headers().get("cookie").endsWith("PVE%3A" + issued[0]) && issued[0] != 1;
                    return current && accept[0] ? Response.data("1") : Response.error(401, "permission denied - invalid PVE ticket", "");
                });
                ApiClient api = client(
                        new TicketAuthentication("root@pam", Secret.of("pw"), new SettableTime()),
                        Duration.ofSeconds(30),
                        pve)) {
            // 401 is decided before the call is looked at, so even a change may be repeated
            api.send(WRITE);
            assertThat(issued[0]).isEqualTo(2);
            accept[0] = false;
            assertThatThrownBy(() -> api.send(WRITE))
                    .isInstanceOfSatisfying(ApiException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.DENIED));
            assertThat(issued[0]).isEqualTo(3);
        }
    }

    @Test
    void aSecondFactorIsNotAsked() {
        try (ScriptedPve pve = new ScriptedPve(
                        r -> Response.data("{\"ticket\":\"PVE:!tfa!x\",\"NeedTFA\":1,\"CSRFPreventionToken\":\"null\"}"));
                ApiClient api = client(
                        new TicketAuthentication("root@pam", Secret.of("pw"), new SettableTime()),
                        Duration.ofSeconds(30),
                        pve)) {
            assertThatThrownBy(() -> api.send(READ)).hasMessageContaining("second factor");
        }
    }

    /** Time that a test sets; nobody waits by it. */
    private static final class SettableTime implements TimeSource {
        private Instant now = Instant.EPOCH;

        void forward(Duration by) {
            now = now.plus(by);
        }

        @Override
        public Instant now() {
            return now;
        }

        @Override
        public Waiter waiter() {
            throw new UnsupportedOperationException();
        }

        @Override
        public Hold hold() {
            throw new UnsupportedOperationException();
        }
    }
}
