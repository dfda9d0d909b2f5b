package io.talospve.talos.factory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.talospve.error.ConfigurationException;
import io.talospve.error.ErrorCode;
import io.talospve.error.RefusedException;
import io.talospve.error.RemoteException;
import io.talospve.http.HttpSettings;
import io.talospve.http.HttpTrust;
import io.talospve.spec.TalosSettings;
import io.talospve.spi.TalosImage;
import io.talospve.talos.pki.internal.Certificates;
import io.talospve.talos.pki.internal.KeyAlgorithm;
import io.talospve.talos.pki.internal.Pem;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TalosImageFactoryTest {
    private static final List<String> DEFAULT =
            List.of("siderolabs/lldpd", "siderolabs/qemu-guest-agent", "siderolabs/util-linux-tools", "siderolabs/iscsi-tools", "siderolabs/nfs-utils");
    private static final TalosImage IMAGE = new TalosImage(DEFAULT, List.of(), false);
    private static final String DEFAULT_ID = "acedfd67f9ef2d043b1c9b180d86792d87b59515634198945be87f356a5eb638";
    private static final String OFFICIAL = """
            [{"name":"siderolabs/lldpd","ref":"ghcr.io/siderolabs/lldpd:1.0.20"},
             {"name":"siderolabs/iscsi-tools"},{"name":"siderolabs/nvidia-container-toolkit-lts"},
             {"name":"siderolabs/nvidia-container-toolkit-production"},{"name":"siderolabs/nfs-utils"},{"name":"siderolabs/nfsd"}]""";

    private final Queue<String> requests = new ConcurrentLinkedQueue<>();
    private final AtomicReference<Answer> answer = new AtomicReference<>(new Answer(200, OFFICIAL));
    private HttpServer server;
    private TalosImageFactory factory;

    private record Answer(int status, String text) {}

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
        factory = TalosImageFactory.builder().url("http://" + address(server)).build();
    }

    @AfterEach
    void stop() {
        server.stop(0);
        factory.close();
    }

    private void answer(HttpExchange exchange) throws IOException {
        requests.add(exchange.getRequestMethod() + " " + exchange.getRequestURI() + "\n"
                + new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
        byte[] bytes = answer.get().text().getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(answer.get().status(), bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private static String address(HttpServer server) {
        return server.getAddress().getAddress().getHostAddress() + ":" + server.getAddress().getPort();
    }

    @Test
    void defaultExtensionsNeedNobody() {
        assertThat(factory.resolveOffline(TalosSettings.DEFAULT_EXTENSIONS)).contains(DEFAULT);
        assertThat(factory.resolveOffline(List.of("lldp", "siderolabs/gvisor")))
                .contains(List.of("siderolabs/lldpd", "siderolabs/gvisor"));
        assertThat(factory.resolveOffline(List.of("lldp", "gvisor"))).isEmpty();
        assertThat(factory.schematicId(IMAGE)).isEqualTo(DEFAULT_ID);
        assertThat(requests).isEmpty();
    }

    @Test
    void namesAreResolvedExactlyThenByAUniquePart() {
        assertThat(factory.resolve("v1.12.4", List.of("lldp", "iscsi-tools", "siderolabs/nfsd", "nfsd", "lts")))
                .containsExactly(
                        "siderolabs/lldpd",
                        "siderolabs/iscsi-tools",
                        "siderolabs/nfsd",
                        "siderolabs/nfsd",
                        "siderolabs/nvidia-container-toolkit-lts");
        assertThat(requests).containsExactly("GET /version/v1.12.4/extensions/official\n");
    }

    @Test
    void ambiguousAndUnknownNamesListCandidates() {
        assertThatThrownBy(() -> factory.resolve("v1.12.4", List.of("nvidia")))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("siderolabs/nvidia-container-toolkit-lts, siderolabs/nvidia-container-toolkit-production");
        assertThatThrownBy(() -> factory.resolve("v1.12.4", List.of("iscsi-tool-s")))
                .isInstanceOfSatisfying(RefusedException.class, e -> assertThat(e.hint()).hasValueSatisfying(
                        hint -> assertThat(hint).startsWith("nearest names: siderolabs/iscsi-tools")));
        assertThatThrownBy(() -> factory.resolve("v1.12.4", List.of("other/lldpd"))).isInstanceOf(RefusedException.class);
    }

    @Test
    void registersTheCanonicalTextAndComparesTheId() {
        answer.set(new Answer(201, "{\"id\":\"" + DEFAULT_ID + "\"}"));
        assertThat(factory.register(IMAGE)).isEqualTo(DEFAULT_ID);
        assertThat(requests).containsExactly("POST /schematics\n" + Schematic.ofExtensions(DEFAULT).yaml());

        answer.set(new Answer(201, "{\"id\":\"376567988ad370138ad8b2698212367b8edcb69b5fd68c80be1f2ec7d603b4ba\"}"));
        assertThatThrownBy(() -> factory.register(IMAGE))
                .isInstanceOfSatisfying(RemoteException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNEXPECTED_ANSWER))
                .hasMessageContaining("another id, 376567988ad37");
    }

    @Test
    void failuresShowTheFactorysWords() {
        failure(400, "invalid schematic: unknown field", ErrorCode.REJECTED, false);
        failure(404, "no such version", ErrorCode.NOT_FOUND, false);
        failure(401, "who are you", ErrorCode.DENIED, false);
        failure(503, "over capacity", ErrorCode.SERVER_FAILED, true);
        failure(302, "", ErrorCode.UNEXPECTED_ANSWER, false);
        failure(200, "<html>", ErrorCode.UNEXPECTED_ANSWER, false);
        failure(200, "[{\"ref\":\"x\"}]", ErrorCode.UNEXPECTED_ANSWER, false);
        failure(200, "[" + " ".repeat(5 * 1024 * 1024) + "]", ErrorCode.UNEXPECTED_ANSWER, false);
    }

    private void failure(int status, String text, ErrorCode code, boolean retryable) {
        answer.set(new Answer(status, text));
        assertThatThrownBy(() -> factory.resolve("v1.12.4", List.of("lldp")))
                .isInstanceOfSatisfying(RemoteException.class, e -> {
                    assertThat(e.code()).isEqualTo(code);
                    assertThat(e.retryable()).isEqualTo(retryable);
                    assertThat(e.serverText().orElse("")).isEqualTo(status == 200 ? "" : text);
                    assertThat(e).hasMessageContaining("listing the extensions for Talos v1.12.4");
                });
    }

    @Test
    void anAbsentServerIsUnreachable() {
        server.stop(0);
        assertThatThrownBy(() -> factory.register(IMAGE))
                .isInstanceOfSatisfying(RemoteException.class, e -> {
                    assertThat(e.code()).isEqualTo(ErrorCode.UNREACHABLE);
                    assertThat(e.retryable()).isTrue();
                });
    }

    @Test
    void referencesOfTheProductionCluster() {
        TalosImageFactory publicFactory = TalosImageFactory.builder().build();
        TalosSettings mirrored = TalosSettings.builder()
                .version("v1.12.4")
                .installerMirror("harbor.example.com/talos")
                .isoMirror("https://proxy.example.com/")
                .build();
        assertThat(publicFactory.isoUrl(mirrored, IMAGE))
                .isEqualTo("https://proxy.example.com/factory.talos.dev/image/" + DEFAULT_ID + "/v1.12.4/nocloud-amd64.iso");
        assertThat(publicFactory.installer(mirrored, IMAGE))
                .isEqualTo("harbor.example.com/talos/nocloud-installer/" + DEFAULT_ID + ":v1.12.4");
        TalosSettings plain = TalosSettings.builder().version("v1.12.4").build();
        assertThat(publicFactory.isoUrl(plain, IMAGE))
                .isEqualTo("https://factory.talos.dev/image/" + DEFAULT_ID + "/v1.12.4/nocloud-amd64.iso");
        assertThat(publicFactory.installer(plain, IMAGE))
                .isEqualTo("factory.talos.dev/nocloud-installer/" + DEFAULT_ID + ":v1.12.4");
    }

    @Test
    void variantsHaveTheirOwnFiles() {
        TalosImageFactory publicFactory = TalosImageFactory.builder().build();
        TalosSettings plain = TalosSettings.builder().version("v1.12.4").build();
        ImageVariant secure = new ImageVariant(ImageVariant.Architecture.AMD64, true);
        ImageVariant arm = new ImageVariant(ImageVariant.Architecture.ARM64, false);
        assertThat(publicFactory.isoUrl(plain, "id", secure)).endsWith("/image/id/v1.12.4/nocloud-amd64-secureboot.iso");
        assertThat(publicFactory.isoUrl(plain, "id", arm)).endsWith("/image/id/v1.12.4/nocloud-arm64.iso");
        assertThat(publicFactory.diskImageUrl(plain, "id", arm)).endsWith("/image/id/v1.12.4/nocloud-arm64.raw.xz");
        assertThat(publicFactory.installer(plain, "id", secure)).isEqualTo("factory.talos.dev/nocloud-installer-secureboot/id:v1.12.4");
    }

    @Test
    void kernelArgumentsAreInTheSchematicAndSecureBootIsNot() {
        TalosSettings plain = TalosSettings.builder().version("v1.12.4").build();
        TalosImage tuned = new TalosImage(DEFAULT, List.of("talos.dashboard.disabled=1"), false);
        TalosImage signed = new TalosImage(DEFAULT, List.of(), true);
        assertThat(factory.schematicId(tuned)).isNotEqualTo(DEFAULT_ID);
        assertThat(factory.schematicId(signed)).isEqualTo(DEFAULT_ID);
        assertThat(factory.isoUrl(plain, signed)).endsWith("/" + DEFAULT_ID + "/v1.12.4/nocloud-amd64-secureboot.iso");
        assertThat(factory.installer(plain, signed)).endsWith("/nocloud-installer-secureboot/" + DEFAULT_ID + ":v1.12.4");
        answer.set(new Answer(201, "{\"id\":\"" + factory.schematicId(tuned) + "\"}"));
        factory.register(tuned);
        assertThat(requests.peek()).startsWith("POST /schematics\ncustomization:\n    extraKernelArgs:\n        - talos.dashboard.disabled=1\n");
    }

    @Test
    void versionsComeFromTheFactory() {
        answer.set(new Answer(200, "[\"v1.12.3\",\"v1.12.4\"]"));
        assertThat(factory.versions()).containsExactly("v1.12.3", "v1.12.4");
        answer.set(new Answer(200, "[1]"));
        assertThatThrownBy(() -> factory.versions()).isInstanceOf(RemoteException.class);
    }

    @Test
    void artifactsMayBeFetchedFromElsewhere() {
        TalosImageFactory tunnelled =
                TalosImageFactory.builder().url("http://127.0.0.1:1").artifactsUrl("https://factory.example.com:8443/").build();
        TalosSettings plain = TalosSettings.builder().version("v1.12.4").build();
        assertThat(tunnelled.isoUrl(plain, "id", ImageVariant.AMD64)).isEqualTo("https://factory.example.com:8443/image/id/v1.12.4/nocloud-amd64.iso");
        assertThat(tunnelled.installer(plain, "id", ImageVariant.AMD64)).isEqualTo("factory.example.com:8443/nocloud-installer/id:v1.12.4");
    }

    @Test
    void trustsAChosenCaOrAPinnedCertificateAndNothingElse() throws Exception {
        KeyPair pair = KeyAlgorithm.P256.generate(new SecureRandom());
        Instant now = Instant.now();
        String pem = new Certificates(new SecureRandom())
                .authority("test", pair, KeyAlgorithm.P256, new Certificates.Validity(now.minusSeconds(60), now.plus(Duration.ofHours(1))));
        HttpsServer secure = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        secure.setHttpsConfigurator(new HttpsConfigurator(context(pair, pem)));
        secure.createContext("/", this::answer);
        secure.start();
        try {
            String url = "https://" + address(secure);
            String seen = HexFormat.ofDelimiter(":").withUpperCase().formatHex(
                    MessageDigest.getInstance("SHA-256").digest(Pem.decode(pem).orElseThrow().der()));
            TalosImageFactory pinned = TalosImageFactory.builder().url(url).fingerprint(seen).build();
            assertThat(pinned.resolve("v1.12.4", List.of("lldp"))).containsExactly("siderolabs/lldpd");
            HttpSettings site = HttpSettings.direct().withTrust(HttpTrust.pinned(List.of(seen)));
            TalosImageFactory sited = TalosImageFactory.builder().url(url).http(site).build();
            assertThat(sited.resolve("v1.12.4", List.of("lldp"))).containsExactly("siderolabs/lldpd");
            untrusted(TalosImageFactory.builder().url(url).http(site).fingerprint("00".repeat(32)).build());

            untrusted(TalosImageFactory.builder().url(url).build());
            untrusted(TalosImageFactory.builder().url(url).fingerprint("00".repeat(32)).build());
            // the right CA, but the certificate has no name of the server
            untrusted(TalosImageFactory.builder().url(url).caPem(pem).build());
        } finally {
            secure.stop(0);
        }
    }

    private static void untrusted(TalosImageFactory factory) {
        assertThatThrownBy(() -> factory.resolve("v1.12.4", List.of("lldp")))
                .isInstanceOfSatisfying(RemoteException.class, e -> {
                    assertThat(e.code()).isEqualTo(ErrorCode.UNTRUSTED);
                    assertThat(e.retryable()).isFalse();
                });
    }

    private static SSLContext context(KeyPair pair, String pem) throws Exception {
        Certificate certificate = CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII)));
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry("server", pair.getPrivate(), new char[0], new Certificate[] {certificate});
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, new char[0]);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, null);
        return context;
    }

    @Test
    void wrongWiringIsNamed() {
        assertThatThrownBy(() -> TalosImageFactory.builder().url("factory.talos.dev").build())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("\"factory.talos.dev\" is not an http or https URL");
        assertThatThrownBy(() -> TalosImageFactory.builder().fingerprint("ab").build()).hasMessageContaining("64 hexadecimal digits");
        assertThatThrownBy(() -> TalosImageFactory.builder().caPem("x").build()).isInstanceOf(ConfigurationException.class);
        assertThatThrownBy(() -> TalosImageFactory.builder().caPem("x").fingerprint("ab").build())
                .hasMessageContaining("both a CA and a fingerprint");
    }
}
