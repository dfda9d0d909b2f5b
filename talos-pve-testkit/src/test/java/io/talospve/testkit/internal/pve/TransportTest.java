package io.talospve.testkit.internal.pve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.talospve.testkit.internal.clock.WallClock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What pveproxy does with bytes. */
class TransportTest {
    private final Lab lab = new Lab(b -> b);

    @AfterEach
    void close() {
        lab.close();
    }

    private String token() {
        return "Authorization: PVEAPIToken=" + lab.server.apiToken() + "\r\n";
    }

    private String once(String request) throws IOException {
        try (RawClient raw = new RawClient(lab.server.endpoint())) {
            raw.send(request);
            return raw.read();
        }
    }

    private String post(String path, String headers, String body) throws IOException {
        return once("POST /api2/json" + path + " HTTP/1.1\r\nHost: x\r\n" + token() + headers + "Content-Length: "
                + body.length() + "\r\n\r\n" + body);
    }

    @ParameterizedTest
    @ValueSource(strings = {"PATCH", "HEAD", "OPTIONS"})
    void knowsFourMethods(String method) throws IOException {
        String answer = once(method + " /api2/json/version HTTP/1.1\r\nHost: x\r\n" + token() + "\r\n");
        assertThat(answer).startsWith("HTTP/1.1 501 method '" + method + "' not available\r\n")
                .contains("\r\nConnection: close\r\n").endsWith("\r\n\r\n");
    }

    @Test
    void refusesBodiesItDoesNotExpect() throws IOException {
        assertThat(once("POST /api2/json/pools HTTP/1.1\r\nHost: x\r\n" + token()
                        + "Transfer-Encoding: chunked\r\n\r\n8\r\npoolid=a\r\n0\r\n\r\n"))
                .startsWith("HTTP/1.1 501 chunked transfer encoding not supported\r\n")
                .endsWith("\r\n\r\nchunked transfer encoding not supported");
        assertThat(once("DELETE /api2/json/pools HTTP/1.1\r\nHost: x\r\n" + token()
                        + "Content-Length: 8\r\n\r\npoolid=a"))
                .startsWith("HTTP/1.1 501 Unexpected content for method 'DELETE'\r\n");
        assertThat(post("/pools", "Content-Type: text/plain\r\n", "poolid=a"))
                .startsWith("HTTP/1.1 506 upload 'Content-Type 'text/plain' not implemented\r\n");
        assertThat(once("POST /api2/json/pools HTTP/1.1\r\nHost: x\r\n" + token() + "Content-Length: 600000\r\n\r\n"))
                .startsWith("HTTP/1.1 501 for data too large\r\n");
    }

    @Test
    void dropsTooManyAndTooLongHeadersWithoutAWord() throws IOException {
        assertThat(once("GET /api2/json/version HTTP/1.1\r\nHost: x\r\n" + token() + "X-A: y\r\n".repeat(70) + "\r\n"))
                .isEmpty();
        assertThat(once("GET /api2/json/version HTTP/1.1\r\nHost: x\r\n" + token() + "X-A: " + "y".repeat(9000)
                + "\r\n\r\n")).isEmpty();
    }

    @Test
    void readsFormsAsProxmoxDoes() throws IOException {
        assertThat(post("/pools", "", "poolid=a")).startsWith("HTTP/1.1 200 OK\r\n").endsWith("{\"data\":null}");
        assertThat(lab.world.pools()).containsKey("a");
        assertThat(post("/nodes/alpha/qemu", "", "vmid=420&net0=virtio,bridge=vmbr0"))
                .contains("duplicate key in comma-separated list property: model");
        assertThat(post("/nodes/alpha/qemu", "", "vmid=420&ide2=;media=cdrom"))
                .contains("ide2.file: property is missing and it is not optional");
        assertThat(post("/nodes/alpha/qemu", "", "vmid=420&cores=1&cores=2"))
                .contains("type check ('integer') failed - got 'ARRAY'");
        assertThat(post("/nodes/alpha/qemu", "Content-Type: application/json\r\n",
                "{\"vmid\":421,\"onboot\":true,\"cores\":2}")).startsWith("HTTP/1.1 200 OK\r\n");
        assertThat(post("/nodes/alpha/qemu/421/config", "", "node=charlie&memory=64"))
                .contains("duplicate parameter (already defined in URI) with conflicting values!");
    }

    @Test
    void saysInTheStatusLineWhyNobodyGetsIn() throws IOException {
        String get = "GET /api2/json/version HTTP/1.1\r\nHost: x\r\n";
        assertThat(once(get + "Authorization: PVEAPIToken=root@pam!tok1=bad\r\n\r\n"))
                .startsWith("HTTP/1.1 401 Authentication failed!\r\n").endsWith("\r\n\r\n");
        assertThat(once(get + "\r\n")).startsWith("HTTP/1.1 401 No ticket\r\n");
        Lab.Reply login = lab.as(Map.of()).call("POST", "/access/ticket", "username", "root@pam", "password",
                lab.server.password());
        String cookie = "Cookie: PVEAuthCookie=" + Lab.encode(login.data().get("ticket").asString()) + "\r\n";
        assertThat(once(get + cookie + "\r\n")).startsWith("HTTP/1.1 200 OK\r\n");
        String pool = "POST /api2/json/pools HTTP/1.1\r\nHost: x\r\nContent-Length: 8\r\n" + cookie;
        assertThat(once(pool + "\r\npoolid=b"))
                .startsWith("HTTP/1.1 401 Permission denied - invalid csrf token\r\n");
        assertThat(once(pool + "CSRFPreventionToken: " + login.data().get("CSRFPreventionToken").asString()
                + "\r\n\r\npoolid=b")).startsWith("HTTP/1.1 200 OK\r\n");
        lab.clock.advance(Duration.ofHours(3));
        assertThat(once(get + cookie + "\r\n")).startsWith("HTTP/1.1 401 permission denied - invalid PVE ticket\r\n");
    }

    @Test
    void closesAfterAnErrorAndAfterAHundredRequestsAndWhenIdle() throws IOException {
        String get = "GET /api2/json/version HTTP/1.1\r\nHost: x\r\n" + token() + "\r\n";
        try (RawClient raw = new RawClient(lab.server.endpoint())) {
            raw.send("GET /api2/json/nope HTTP/1.1\r\nHost: x\r\n" + token() + "\r\n");
            assertThat(raw.read()).startsWith("HTTP/1.1 501 Method 'GET /nope' not implemented\r\n");
            assertThat(raw.closed()).isTrue();
        }
        try (RawClient raw = new RawClient(lab.server.endpoint())) {
            for (int i = 1; i < 100; i++) {
                raw.send(get);
                assertThat(raw.read()).contains("\r\nConnection: Keep-Alive\r\n");
            }
            raw.send(get);
            assertThat(raw.read()).contains("\r\nConnection: close\r\n");
            assertThat(raw.closed()).isTrue();
        }
        try (RawClient raw = new RawClient(lab.server.endpoint())) {
            raw.send(get + get);
            assertThat(raw.read()).startsWith("HTTP/1.1 200 OK");
            assertThat(raw.read()).startsWith("HTTP/1.1 200 OK");
            long start = System.nanoTime();
            assertThat(raw.closed()).isTrue();
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isBetween(Duration.ofSeconds(3), Duration.ofSeconds(9));
        }
    }

    @Test
    void passesOnTheHeadersOfTheDaemon() throws IOException {
        assertThat(once("GET /api2/json/nodes/alpha/qemu HTTP/1.1\r\nHost: x\r\n" + token() + "\r\n"))
                .contains("\r\nConnection: close\r\nConnection: Keep-Alive\r\n");
    }

    @Test
    void failsOnPurpose() {
        List<String> seen = new CopyOnWriteArrayList<>();
        lab.server.faults().observe(new Faults.Observer() {
            @Override
            public void beforeEffect(String method, String path) {
                seen.add("before " + method + " " + path + " " + lab.world.vms().containsKey(100));
            }

            @Override
            public void afterEffect(String method, String path) {
                seen.add("after " + method + " " + path + " " + lab.world.vms().containsKey(100));
            }
        });
        lab.server.faults().on("POST", "/nodes/.*/qemu").dropBeforeEffect();
        assertThatThrownBy(() -> lab.call("POST", "/nodes/alpha/qemu", "vmid", "100"))
                .isInstanceOf(UncheckedIOException.class);
        assertThat(lab.world.vms()).isEmpty();
        lab.server.faults().on("POST", "/nodes/.*/qemu").dropAfterEffect();
        assertThatThrownBy(() -> lab.call("POST", "/nodes/alpha/qemu", "vmid", "100"))
                .isInstanceOf(UncheckedIOException.class);
        assertThat(lab.world.vms()).containsKey(100);
        assertThat(seen).containsExactly("before POST /nodes/alpha/qemu false", "before POST /nodes/alpha/qemu false",
                "after POST /nodes/alpha/qemu true");
        lab.server.faults().on("*", "/version").times(2).answer(596, "Broken pipe");
        assertThat(lab.call("GET", "/version").status()).isEqualTo(596);
        assertThat(lab.call("GET", "/version").message()).isEqualTo("Broken pipe");
        assertThat(lab.call("GET", "/version").status()).isEqualTo(200);
        lab.server.faults().on("POST", "/version").refuse();
        assertThatThrownBy(() -> lab.call("POST", "/version")).isInstanceOf(UncheckedIOException.class);
    }

    @Test
    void everyHostHasItsOwnDoorAndADeadOneNone() {
        assertThat(lab.server.endpoints()).hasSize(3).doesNotHaveDuplicates();
        assertThat(lab.call(lab.server.endpoint("foxtrot"), "GET", "/nodes/alpha/status").status()).isEqualTo(200);
        lab.world.crash("alpha");
        assertThat(lab.call(lab.server.endpoint("foxtrot"), "GET", "/nodes/alpha/status").status()).isEqualTo(595);
        assertThatThrownBy(() -> lab.call(lab.server.endpoint("alpha"), "GET", "/version"))
                .isInstanceOf(UncheckedIOException.class);
        lab.world.crash("charlie");
        Lab.Reply create = lab.call(lab.server.endpoint("foxtrot"), "POST", "/nodes/foxtrot/qemu", "vmid", "100");
        assertThat(create.message()).isEqualTo("cluster not ready - no quorum?");
    }

    @Test
    void aWallClockWorksToo() {
        try (WallClock wall = new WallClock(); Lab other = new Lab(b -> b, wall)) {
            assertThat(other.task("POST", "/nodes/alpha/qemu", "vmid", "100", "name", "a")).isEqualTo("OK");
            assertThat(other.task("POST", "/nodes/alpha/qemu/100/status/start")).isEqualTo("OK");
        }
    }
}
