package io.talospve.kubernetes;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsExchange;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import io.talospve.error.ConfigurationException;
import io.talospve.error.ErrorCode;
import io.talospve.error.RemoteException;
import io.talospve.spec.Secret;
import io.talospve.spi.KubernetesApi.Condition;
import io.talospve.spi.KubernetesApi.KubernetesObject;
import io.talospve.spi.KubernetesApi.Node;
import io.talospve.spi.KubernetesApi.ObjectReference;
import io.talospve.spi.KubernetesApi.Pod;
import io.talospve.spi.KubernetesApi.View;
import io.talospve.testkit.internal.net.ConnectProxy;
import io.talospve.testkit.internal.net.IoThreads;
import io.talospve.testkit.internal.net.SimNetwork;
import io.talospve.testkit.internal.tls.TestCa;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class KubernetesClientTest {
    private static final ClientCa CLIENTS = new ClientCa();
    private static final ClientCa.Client ADMIN = CLIENTS.issue(ClientCa.ec(), Duration.ofDays(1));

    private final TestCa ca = new TestCa("kubernetes");
    private final Map<String, String> answers = new ConcurrentHashMap<>();
    private final Map<String, Integer> statuses = new ConcurrentHashMap<>();
    private final List<InetSocketAddress> callers = new CopyOnWriteArrayList<>();
    private final KubernetesClient client = KubernetesClient.builder().build();
    private HttpsServer server;

    @BeforeEach
    void start() throws Exception {
        server = serve("127.0.0.1");
        answers.put("/version", "{\"gitVersion\":\"v1.35.0\"}");
        answers.put("/api/v1/nodes?limit=100", "{\"items\":[]}");
    }

    @AfterEach
    void stop() {
        client.close();
        server.stop(0);
    }

    @Test
    void readsVersionAndNodesOverAllPages() throws Exception {
        answers.put("/api/v1/nodes?limit=100", """
                {"metadata":{"continue":"a b/+="},"items":[
                 {"metadata":{"name":"lab-cp-1"},"status":{"conditions":[
                   {"type":"MemoryPressure","status":"False"},
                   {"type":"Ready","status":"True","reason":"KubeletReady","message":"kubelet is posting ready status"}]}},
                 {"metadata":{"name":"lab-cp-2"},"spec":{"unschedulable":true},"status":{"conditions":[
                   {"type":"Ready","status":"False","reason":"KubeletNotReady","message":"cni plugin not initialized"}]}}]}""");
        answers.put("/api/v1/nodes?limit=100&continue=a+b%2F%2B%3D", """
                {"items":[{"metadata":{"name":"lab-worker-1"},"status":{"conditions":[
                   {"type":"Ready","status":"Unknown","reason":"NodeStatusUnknown"}]}},
                   {"metadata":{"name":"lab-worker-2"}}]}""");
        View view = client.look(kubeconfig(ADMIN.traditionalKey()));
        assertThat(view.version()).isEqualTo("v1.35.0");
        assertThat(view.nodes())
                .containsExactly(
                        new Node("lab-cp-1", true, "KubeletReady: kubelet is posting ready status", false),
                        new Node("lab-cp-2", false, "KubeletNotReady: cni plugin not initialized", true),
                        new Node("lab-worker-1", false, "NodeStatusUnknown", false),
                        new Node("lab-worker-2", false, "no Ready condition yet", false));
    }

    @Test
    void readsTheStateOfAnyObject() throws Exception {
        answers.put("/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/root", """
                {"metadata":{"generation":7},"status":{
                  "sync":{"status":"OutOfSync","comparedTo":{"source":{"targetRevision":null}}},
                  "operationState":{"phase":"Failed","message":"one\\ntwo","retryCount":5,
                    "syncResult":{"resources":[{"kind":"Pod","hookPhase":false}]}},
                  "conditions":[{"type":"SyncError","message":"%s"},
                    {"type":"Ready","status":"False","reason":"BuildFailed","message":"no path","observedGeneration":6}]}}"""
                .formatted("x".repeat(2000)));
        KubernetesObject root = client.read(
                        kubeconfig(ADMIN.traditionalKey()),
                        new ObjectReference("argoproj.io/v1alpha1", "applications", "argocd", "root"))
                .orElseThrow();
        assertThat(root.generation()).isEqualTo(7);
        assertThat(root.status())
                .containsOnly(
                        Map.entry("sync.status", "OutOfSync"),
                        Map.entry("operationState.phase", "Failed"),
                        Map.entry("operationState.message", "one two"),
                        Map.entry("operationState.retryCount", "5"),
                        Map.entry("operationState.syncResult.resources.0.kind", "Pod"),
                        Map.entry("operationState.syncResult.resources.0.hookPhase", "false"));
        assertThat(root.condition("Ready")).contains(new Condition("Ready", "False", "BuildFailed", "no path", 6));
        assertThat(root.condition("SyncError").orElseThrow().status()).isEmpty();
        assertThat(root.condition("SyncError").orElseThrow().message()).hasSize(1001);
    }

    @Test
    void aHugeOrMisshapenStatusIsBounded() throws Exception {
        String wide = IntStream.range(0, 2000).mapToObj(i -> "\"k" + i + "\":1").collect(joining(",", "{", "}"));
        String deep = "{\"a\":".repeat(100) + "1" + "}".repeat(100);
        answers.put("/api/v1/nodes/n", "{\"status\":{\"deep\":" + deep + ",\"wide\":" + wide + ",\"conditions\":\"x\"}}");
        answers.put("/api/v1/nodes/m", "{\"status\":[1]}");
        Secret<String> config = kubeconfig(ADMIN.traditionalKey());
        KubernetesObject n =
                client.read(config, new ObjectReference("v1", "nodes", "", "n")).orElseThrow();
        assertThat(n.status()).hasSize(500).containsEntry("wide.k0", "1");
        assertThat(n.conditions()).isEmpty();
        assertThat(client.read(config, new ObjectReference("v1", "nodes", "", "m")))
                .contains(new KubernetesObject(0, List.of(), Map.of()));
    }

    @Test
    void whatIsNotThereIsEmptyAndEveryOtherAnswerAnError() throws Exception {
        Secret<String> config = kubeconfig(ADMIN.traditionalKey());
        ObjectReference app = new ObjectReference("argoproj.io/v1alpha1", "applications", "argocd", "root");
        assertThat(client.read(config, app)).isEmpty();
        statuses.put("/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/root", 503);
        assertThatThrownBy(() -> client.read(config, app))
                .isInstanceOfSatisfying(RemoteException.class, e -> assertThat(e.retryable()).isTrue());
        // a name cannot lead to another object
        assertThat(client.read(config, new ObjectReference("v1", "nodes", "", "../../../version"))).isEmpty();
    }

    @Test
    void tellsWhyAPodIsNotReadyAndWhoRunsIt() throws Exception {
        answers.put("/api/v1/namespaces/kube-system/pods?limit=100", """
                {"items":[
                 {"metadata":{"name":"kube-scheduler-a","annotations":{"kubernetes.io/config.mirror":"1"},"labels":{"tier":"x"}},
                  "spec":{"nodeName":"a"},"status":{"phase":"Running","conditions":[{"type":"Ready","status":"True"}]}},
                 {"metadata":{"name":"cilium-a"},"spec":{"nodeName":"a"},"status":{"phase":"Pending",
                  "initContainerStatuses":[{"name":"config","state":{"waiting":{"reason":"ImagePullBackOff","message":"Back-off pulling image"}}}],
                  "containerStatuses":[{"name":"agent","state":{"waiting":{"reason":"PodInitializing"}}}]}},
                 {"metadata":{"name":"apps-1"},"status":{"phase":"Pending","conditions":[
                  {"type":"PodScheduled","status":"False","reason":"Unschedulable","message":"0/1 nodes are available"}]}},
                 {"metadata":{"name":"z"},"status":{"phase":"Failed","reason":"Evicted","message":"low on memory"}}]}""");
        assertThat(client.pods(kubeconfig(ADMIN.traditionalKey()), "kube-system"))
                .containsExactly(
                        new Pod("apps-1", "", false, "Pending", "Unschedulable: 0/1 nodes are available", false, Map.of()),
                        new Pod("cilium-a", "a", false, "Pending", "config: ImagePullBackOff: Back-off pulling image", false, Map.of()),
                        new Pod("kube-scheduler-a", "a", true, "Running", "", true, Map.of("tier", "x")),
                        new Pod("z", "", false, "Failed", "Evicted: low on memory", false, Map.of()));
    }

    @Test
    void oneConnectionServesManyLooks() throws Exception {
        Secret<String> config = kubeconfig(ADMIN.traditionalKey());
        for (int i = 0; i < 5; i++) {
            client.look(Secret.of(config.reveal()));
        }
        assertThat(callers).hasSize(10);
        assertThat(callers.stream().map(InetSocketAddress::getPort).distinct()).hasSize(1);
    }

    static Stream<Arguments> keys() throws Exception {
        KeyPair p384 = ClientCa.generate("EC", "secp384r1", 0);
        KeyPair rsa = ClientCa.generate("RSA", "", 2048);
        KeyPair ed = ClientCa.generate("Ed25519", "", 0);
        ClientCa.Client p384Client = CLIENTS.issue(p384, Duration.ofDays(1));
        ClientCa.Client rsaClient = CLIENTS.issue(rsa, Duration.ofDays(1));
        ClientCa.Client edClient = CLIENTS.issue(ed, Duration.ofDays(1));
        return Stream.of(
                Arguments.of("SEC 1 P-256", ADMIN, ADMIN.traditionalKey()),
                Arguments.of("SEC 1 P-384", p384Client, p384Client.traditionalKey()),
                Arguments.of("PKCS#8 EC", ADMIN, ADMIN.pkcs8Key("PRIVATE KEY")),
                Arguments.of("PKCS#1 RSA", rsaClient, rsaClient.traditionalKey()),
                Arguments.of("PKCS#8 RSA", rsaClient, rsaClient.pkcs8Key("PRIVATE KEY")),
                Arguments.of("PKCS#8 Ed25519", edClient, edClient.pkcs8Key("PRIVATE KEY")),
                Arguments.of("Talos' label", edClient, edClient.pkcs8Key("ED25519 PRIVATE KEY")));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("keys")
    void everyFormOfKeyOpensTheServer(String form, ClientCa.Client who, String keyPem) throws Exception {
        assertThat(keyPem).contains("PRIVATE KEY-----");
        assertThat(client.look(kubeconfig(url(), ca.pem(), who, keyPem)).version()).isEqualTo("v1.35.0");
    }

    @Test
    void aKeyWithParametersInFrontIsRead() throws Exception {
        String withParameters = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
                + ADMIN.traditionalKey();
        assertThat(client.look(kubeconfig(withParameters)).version()).isEqualTo("v1.35.0");
    }

    @Test
    void anotherClustersAuthorityIsNotTrusted() throws Exception {
        assertFailure(
                kubeconfig(url(), new TestCa("other").pem(), ADMIN, ADMIN.traditionalKey()),
                ErrorCode.UNTRUSTED,
                false);
    }

    @Test
    void aCertificateForAnotherAddressIsNotTrusted() throws Exception {
        server.stop(0);
        server = serve("192.0.2.1");
        RemoteException failure =
                assertFailure(kubeconfig(ADMIN.traditionalKey()), ErrorCode.UNTRUSTED, false);
        assertThat(failure).hasMessageContaining("127.0.0.1");
    }

    @Test
    void aForeignOrExpiredClientIsDenied() throws Exception {
        ClientCa.Client foreign = new ClientCa().issue(ClientCa.ec(), Duration.ofDays(1));
        assertFailure(kubeconfig(url(), ca.pem(), foreign, foreign.traditionalKey()), ErrorCode.DENIED, false);
        ClientCa.Client expired = CLIENTS.issue(ClientCa.ec(), Duration.ofDays(-1));
        assertFailure(kubeconfig(url(), ca.pem(), expired, expired.traditionalKey()), ErrorCode.DENIED, false);
    }

    @Test
    void aClientThatIsRefusedByTlsIsDeniedToo() throws Exception {
        SSLSocketFactory tls = tls("127.0.0.1", onlyClientsOf(CLIENTS)).getSocketFactory();
        try (ServerSocket listener = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            Thread accepting = new Thread(() -> {
                while (!listener.isClosed()) {
                    try (Socket socket = listener.accept()) {
                        refuse(socket, tls);
                    } catch (IOException gone) {
                        // the next one, or the end of the test
                    }
                }
            });
            accepting.setDaemon(true);
            accepting.start();
            ClientCa.Client foreign = new ClientCa().issue(ClientCa.ec(), Duration.ofDays(1));
            String url = "https://127.0.0.1:" + listener.getLocalPort();
            RemoteException failure = assertFailure(
                    kubeconfig(url, ca.pem(), foreign, foreign.traditionalKey()), ErrorCode.DENIED, false);
            assertThat(failure).hasMessageContaining("refuses the client certificate");
        }
    }

    private static void refuse(Socket socket, SSLSocketFactory tls) throws IOException {
        SSLSocket encrypted = (SSLSocket) tls.createSocket(socket, "127.0.0.1", socket.getPort(), false);
        encrypted.setUseClientMode(false);
        encrypted.setNeedClientAuth(true);
        // in TLS 1.3 the alert races with the request; here it is part of the handshake
        encrypted.setEnabledProtocols(new String[] {"TLSv1.2"});
        try {
            encrypted.startHandshake();
        } catch (IOException refused) {
            // a socket that is closed with unread bytes resets the connection, and the alert is lost
            socket.shutdownOutput();
            socket.getInputStream().transferTo(OutputStream.nullOutputStream());
        }
    }

    @Test
    void statusesAreNamedInTheServersWords() throws Exception {
        Secret<String> config = kubeconfig(ADMIN.traditionalKey());
        answers.put("/version", "{\"kind\":\"Status\",\"message\":\"the server is shutting down\"}");
        for (int status : new int[] {500, 503, 429}) {
            statuses.put("/version", status);
            RemoteException failure = assertFailure(config, ErrorCode.SERVER_FAILED, true);
            assertThat(failure.serverText()).contains("the server is shutting down");
        }
        for (int status : new int[] {401, 403}) {
            statuses.put("/version", status);
            assertFailure(config, ErrorCode.DENIED, false);
        }
        statuses.put("/version", 404);
        assertFailure(config, ErrorCode.UNEXPECTED_ANSWER, false);
        statuses.put("/version", 200);
        answers.put("/version", "<html>");
        assertFailure(config, ErrorCode.UNEXPECTED_ANSWER, false);
        answers.put("/version", "{}");
        assertFailure(config, ErrorCode.UNEXPECTED_ANSWER, false);
    }

    @Test
    void anEndlessListEnds() throws Exception {
        String page = "{\"metadata\":{\"continue\":\"x\"},\"items\":[{\"metadata\":{\"name\":\"n\"}}]}";
        answers.put("/api/v1/nodes?limit=100", page);
        answers.put("/api/v1/nodes?limit=100&continue=x", page);
        assertFailure(kubeconfig(ADMIN.traditionalKey()), ErrorCode.UNEXPECTED_ANSWER, false);
    }

    @Test
    void aHugeAnswerIsNotRead() throws Exception {
        answers.put("/version", "{\"gitVersion\":\"" + "x".repeat(9 << 20) + "\"}");
        RemoteException failure =
                assertFailure(kubeconfig(ADMIN.traditionalKey()), ErrorCode.UNEXPECTED_ANSWER, false);
        assertThat(failure).hasMessageContaining("longer than");
    }

    @Test
    void nothingThereAndAHandshakeThatBreaksOffAreRetryable() throws Exception {
        try (ServerSocket refusing = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread closer = new Thread(() -> {
                try {
                    while (true) {
                        refusing.accept().close();
                    }
                } catch (IOException ended) {
                    // the test is over
                }
            });
            closer.setDaemon(true);
            closer.start();
            String url = "https://127.0.0.1:" + refusing.getLocalPort();
            assertFailure(
                    kubeconfig(url, ca.pem(), ADMIN, ADMIN.traditionalKey()), ErrorCode.UNREACHABLE, true);
        }
        Secret<String> config = kubeconfig(ADMIN.traditionalKey());
        server.stop(0);
        assertFailure(config, ErrorCode.UNREACHABLE, true);
    }

    @ParameterizedTest
    @ValueSource(strings = {"192.168.62.20", "fd00:10::20"})
    void theProxyLeadsToAddressesThatExistOnlyBehindIt(String address) throws Exception {
        server.stop(0);
        server = serve(address);
        SimNetwork network = new SimNetwork();
        SimNetwork.Interface machine = network.connect("cp-1");
        machine.up(address);
        machine.listen(6443, server.getAddress());
        try (IoThreads io = new IoThreads();
                ConnectProxy proxy = new ConnectProxy(io, network);
                KubernetesClient through = KubernetesClient.builder()
                        .proxy(proxy.address())
                        .noProxy(List.of("127.0.0.0/8"))
                        .build()) {
            String url = "https://" + (address.contains(":") ? "[" + address + "]" : address) + ":6443";
            assertThat(through.look(kubeconfig(url, ca.pem(), ADMIN, ADMIN.traditionalKey())).version())
                    .isEqualTo("v1.35.0");
            // the client certificate goes along, and is refused as it is elsewhere
            ClientCa.Client foreign = new ClientCa().issue(ClientCa.ec(), Duration.ofDays(1));
            assertFailure(through, kubeconfig(url, ca.pem(), foreign, foreign.traditionalKey()), ErrorCode.DENIED, false);
            String other = address.replace("20", "99");
            Secret<String> config =
                    kubeconfig(url.replace(address, other), ca.pem(), ADMIN, ADMIN.traditionalKey());
            assertFailure(through, config, ErrorCode.UNREACHABLE, true);
            machine.up(other);
            assertFailure(through, config, ErrorCode.UNTRUSTED, false);
        }
    }

    @Test
    void whatCannotBeUsedIsSaidWithoutShowingIt() throws Exception {
        String good = kubeconfig(ADMIN.traditionalKey()).reveal();
        String key = Base64.getEncoder().encodeToString(ADMIN.traditionalKey().getBytes(StandardCharsets.UTF_8));
        Map<String, String> broken = Map.of(
                good.replace("current-context: c", "current-context: d"), "no context \"d\" in contexts",
                good.replace("https:", "http:"), "not an https URL",
                good.replace("    server:", "    insecure-skip-tls-verify: true\n    server:"), "insecure-skip-tls-verify",
                good.replaceFirst("client-certificate-data: .*", "exec: {command: aws}"), "\"exec\"",
                good.replace(key, "AAAA"), "no private key in PEM",
                good.replaceFirst("client-certificate-data: .*", "token: \"" + key + " \\\\n" + key + "\""), "no token has",
                good.replaceFirst("certificate-authority-data: .*", "x: y"), "no \"certificate-authority-data\"",
                good + "\n: - ]" + key, "not YAML",
                "", "the text is not a mapping");
        broken.forEach((text, reason) -> assertThatThrownBy(() -> client.look(Secret.of(text)))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining(reason)
                .satisfies(e -> assertThat(e.toString()).doesNotContain(key.substring(0, 40))));
    }

    @Test
    void aTokenWorksToo() throws Exception {
        String config = kubeconfig(ADMIN.traditionalKey()).reveal()
                .replaceFirst("client-certificate-data: .*", "token: abc")
                .replaceFirst("client-key-data: .*", "x: y");
        assertThat(client.look(Secret.of(config)).version()).isEqualTo("v1.35.0");
        assertFailure(Secret.of(config.replace("token: abc", "token: abd")), ErrorCode.DENIED, false);
    }

    private RemoteException assertFailure(Secret<String> config, ErrorCode code, boolean retryable) {
        return assertFailure(client, config, code, retryable);
    }

    private static RemoteException assertFailure(
            KubernetesClient client, Secret<String> config, ErrorCode code, boolean retryable) {
        RemoteException failure = catchThrowableOfType(RemoteException.class, () -> client.look(config));
        assertThat(failure).isNotNull();
        assertThat(failure.code()).as(failure.getMessage()).isEqualTo(code);
        assertThat(failure.retryable()).as(failure.getMessage()).isEqualTo(retryable);
        return failure;
    }

    private String url() {
        return "https://127.0.0.1:" + server.getAddress().getPort();
    }

    private Secret<String> kubeconfig(String keyPem) throws Exception {
        return kubeconfig(url(), ca.pem(), ADMIN, keyPem);
    }

    private static Secret<String> kubeconfig(String url, String caPem, ClientCa.Client who, String keyPem)
            throws Exception {
        return Secret.of("""
                apiVersion: v1
                kind: Config
                clusters:
                - name: lab
                  cluster:
                    server: %s
                    certificate-authority-data: %s
                users:
                - name: admin@lab
                  user:
                    client-certificate-data: %s
                    client-key-data: %s
                contexts:
                - name: c
                  context:
                    cluster: lab
                    user: admin@lab
                current-context: c
                """.formatted(url, base64(caPem), base64(who.certificatePem()), base64(keyPem)));
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    /** As kube-apiserver does, a client certificate is asked for in the handshake and judged afterwards, by a 401. */
    private HttpsServer serve(String address) throws Exception {
        SSLContext tls = tls(address, new TrustManager[] {new AnyClient()});
        HttpsServer made = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        made.setHttpsConfigurator(new HttpsConfigurator(tls) {
            @Override
            public void configure(HttpsParameters parameters) {
                SSLParameters ssl = tls.getDefaultSSLParameters();
                ssl.setWantClientAuth(true);
                parameters.setSSLParameters(ssl);
            }
        });
        made.createContext("/", exchange -> {
            try (exchange) {
                callers.add(exchange.getRemoteAddress());
                String path = exchange.getRequestURI().toString();
                String answer = answers.get(path);
                int status = statuses.getOrDefault(path, answer == null ? 404 : 200);
                if (!authenticated((HttpsExchange) exchange)) {
                    answer = "{\"kind\":\"Status\",\"message\":\"Unauthorized\"}";
                    status = 401;
                }
                byte[] body = (answer == null ? "{}" : answer).getBytes(StandardCharsets.UTF_8);
                exchange.sendResponseHeaders(status, body.length);
                new ByteArrayInputStream(body).transferTo(exchange.getResponseBody());
            }
        });
        made.start();
        return made;
    }

    private static boolean authenticated(HttpsExchange exchange) {
        if ("Bearer abc".equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
            return true;
        }
        try {
            X509Certificate client =
                    (X509Certificate) exchange.getSSLSession().getPeerCertificates()[0];
            client.verify(CLIENTS.certificate.getPublicKey());
            client.checkValidity();
            return true;
        } catch (SSLPeerUnverifiedException | GeneralSecurityException e) {
            return false;
        }
    }

    private SSLContext tls(String address, TrustManager[] clients) throws Exception {
        TestCa.Issued issued = ca.issue("kube-apiserver", List.of(address));
        KeyStore keys = KeyStore.getInstance("PKCS12");
        keys.load(null, null);
        keys.setKeyEntry("s", issued.key(), new char[0], new X509Certificate[] {issued.certificate()});
        KeyManagerFactory keyManagers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keyManagers.init(keys, new char[0]);
        SSLContext tls = SSLContext.getInstance("TLS");
        tls.init(keyManagers.getKeyManagers(), clients, null);
        return tls;
    }

    private static TrustManager[] onlyClientsOf(ClientCa authority) throws Exception {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("clients", authority.certificate);
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        return trust.getTrustManagers();
    }

    /** Lets every client certificate through the handshake. */
    private static final class AnyClient extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
            throw new CertificateException("this is a server");
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
                throws CertificateException {
            throw new CertificateException("this is a server");
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
                throws CertificateException {
            throw new CertificateException("this is a server");
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
