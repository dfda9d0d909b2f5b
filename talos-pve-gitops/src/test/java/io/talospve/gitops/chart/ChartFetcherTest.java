package io.talospve.gitops.chart;

import static io.talospve.gitops.chart.ChartServer.body;
import static io.talospve.gitops.chart.ChartServer.index;
import static io.talospve.gitops.chart.ChartServer.only;
import static io.talospve.gitops.chart.ChartServer.redirect;
import static io.talospve.gitops.chart.ChartServer.status;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.talospve.error.ErrorCode;
import io.talospve.error.RefusedException;
import io.talospve.error.RemoteException;
import io.talospve.gitops.ChartReference.Archive;
import io.talospve.gitops.ChartReference.Credentials;
import io.talospve.gitops.ChartReference.Local;
import io.talospve.gitops.ChartReference.Repository;
import io.talospve.gitops.ChartReference;
import io.talospve.http.HttpSettings;
import io.talospve.http.HttpTrust;
import io.talospve.spec.Secret;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChartFetcherTest {
    private static final byte[] DEMO = Archives.chart("demo", "1.2.3");
    private static final String SHA = ChartArchive.sha256(DEMO);
    private static final Credentials WHO = new Credentials("robot", Secret.of("hunter22"));
    private static final String BASIC =
            "Basic " + Base64.getEncoder().encodeToString("robot:hunter22".getBytes(StandardCharsets.UTF_8));

    private final ChartServer server = new ChartServer();
    private final ChartServer other = new ChartServer();
    private final ChartFetcher fetcher = ChartFetcher.builder().build();

    @TempDir
    Path work;

    @AfterEach
    void stop() {
        fetcher.close();
        server.close();
        other.close();
    }

    private Repository demo() {
        return demo(server.uri("/"), Optional.empty(), Optional.empty());
    }

    private static Repository demo(URI repository, Optional<String> sha256, Optional<Credentials> credentials) {
        return new Repository(repository, "demo", "1.2.3", sha256, credentials);
    }

    @Test
    void aRepositoryByRelativeAndAbsoluteAddressWithAndWithoutV() {
        server.repository("demo", "1.2.3", DEMO);
        FetchedChart chart = fetcher.fetch(demo());
        assertThat(chart.name() + chart.version() + chart.sha256()).isEqualTo("demo1.2.3" + SHA);
        assertThat(chart.files().keySet()).containsExactly("Chart.yaml", "templates/a.yaml");
        assertThat(server.requests).containsExactly("/index.yaml -", "/demo.tgz -");

        server.on("/index.yaml", index("demo", "v1.2.3", other.uri("/deep/demo.tgz").toString(), "sha256:" + SHA));
        other.on("/deep/demo.tgz", body(DEMO));
        try (ChartFetcher fresh = ChartFetcher.builder().build()) {
            assertThat(fresh.fetch(demo(URI.create(server.uri("").toString()), Optional.of(SHA), Optional.empty())).sha256())
                    .isEqualTo(SHA);
        }
        assertThat(other.requests).hasSize(1);
    }

    @Test
    void whatWasFetchedIsNotFetchedAgain() throws Exception {
        server.repository("demo", "1.2.3", DEMO);
        Path cache = work.resolve("cache");
        try (ChartFetcher first = ChartFetcher.builder().cache(cache).build()) {
            first.fetch(demo());
            first.fetch(demo());
            assertThat(server.requests).hasSize(2);
        }
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(cache))).isEqualTo("rwx------");
        Path kept = cache.resolve(SHA + ".tgz");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(kept))).isEqualTo("rw-------");
        Repository pinned = demo(server.uri("/"), Optional.of(SHA), Optional.empty());
        try (ChartFetcher second = ChartFetcher.builder().cache(cache).build()) {
            second.fetch(pinned);
            assertThat(server.requests).hasSize(2);
        }
        Files.write(kept, Archives.chart("demo", "6.6.6"));
        try (ChartFetcher third = ChartFetcher.builder().cache(cache).build()) {
            assertThat(third.fetch(pinned).version()).isEqualTo("1.2.3");
            assertThat(server.requests).hasSize(4);
        }
    }

    @Test
    void anotherDigestOrPinIsRefused() {
        server.repository("demo", "1.2.3", DEMO).on("/demo.tgz", body(Archives.chart("demo", "1.2.4")));
        assertThatThrownBy(() -> fetcher.fetch(demo()))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("the repository says " + SHA);
        server.requests.clear();
        assertThatThrownBy(() -> fetcher.fetch(demo(server.uri("/"), Optional.of("0".repeat(64)), Optional.empty())))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("its SHA-256 is " + SHA + ", pinned is 000");
        assertThat(server.requests).as("refused by the index already").hasSize(1);
        server.on("/index.yaml", index("demo", "1.2.3", "demo.tgz", "\"\""));
        assertThatThrownBy(() -> fetcher.fetch(demo(server.uri("/"), Optional.of(SHA), Optional.empty())))
                .hasMessageContaining("pinned is " + SHA);
        assertThatThrownBy(() -> fetcher.fetch(demo())).hasMessageContaining("the archive holds chart demo 1.2.4");
    }

    @Test
    void whatIsNotThereIsNamedWithWhatIs() {
        server.repository("demo", "2.0.0", DEMO);
        RemoteException version = catchThrowableOfType(RemoteException.class, () -> fetcher.fetch(demo()));
        assertThat(version.code()).isEqualTo(ErrorCode.NOT_FOUND);
        assertThat(version).hasMessageContaining("no version 1.2.3");
        assertThat(version.hint()).contains("it has, among others: 0.0.1, 2.0.0");
        RemoteException name = catchThrowableOfType(
                RemoteException.class,
                () -> fetcher.fetch(new Repository(server.uri("/"), "demos", "1", Optional.empty(), Optional.empty())));
        assertThat(name.hint()).contains("it has, among others: demo, other");
        RemoteException none = catchThrowableOfType(
                RemoteException.class, () -> fetcher.fetch(demo(other.uri("/charts"), Optional.empty(), Optional.empty())));
        assertThat(none).hasMessageContaining("/charts/index.yaml: status 404: no such thing");
    }

    @Test
    void credentialsStayWithTheirHost() {
        server.on("/index.yaml", only(BASIC, "Basic realm=x", exchange -> body(
                        index("demo", "1.2.3", other.uri("/demo.tgz").toString(), SHA).getBytes(StandardCharsets.UTF_8))
                .to(exchange)));
        other.on("/demo.tgz", body(DEMO));
        fetcher.fetch(demo(server.uri("/"), Optional.empty(), Optional.of(WHO)));
        assertThat(server.requests).containsExactly("/index.yaml " + BASIC);
        assertThat(other.requests).containsExactly("/demo.tgz -");

        server.requests.clear();
        other.requests.clear();
        server.on("/a.tgz", redirect(server.uri("/b.tgz?sig=hunter23").toString()))
                .on("/b.tgz", redirect(other.uri("/demo.tgz").toString()));
        other.on("/demo.tgz", redirect(server.uri("/c.tgz").toString()));
        server.on("/c.tgz", body(DEMO));
        fetcher.fetch(new Archive(server.uri("/a.tgz"), Optional.of(SHA.toUpperCase(java.util.Locale.ROOT)), Optional.of(WHO)));
        // the second answer is kept: the pin is known by now
        assertThat(server.requests).isEmpty();
        try (ChartFetcher fresh = ChartFetcher.builder().build()) {
            fresh.fetch(new Archive(server.uri("/a.tgz"), Optional.of(SHA), Optional.of(WHO)));
        }
        assertThat(other.requests).containsExactly("/demo.tgz -");
        assertThat(server.requests).containsExactly("/a.tgz " + BASIC, "/b.tgz?sig=hunter23 " + BASIC, "/c.tgz " + BASIC);
    }

    @Test
    void wrongCredentialsAreNamedWithoutThem() {
        server.on("/index.yaml", only("Basic nobody", "Basic realm=x", body(DEMO)));
        RemoteException denied = catchThrowableOfType(
                RemoteException.class, () -> fetcher.fetch(demo(server.uri("/"), Optional.empty(), Optional.of(WHO))));
        assertThat(denied.code()).isEqualTo(ErrorCode.DENIED);
        assertThat(denied).hasMessageContaining("status 401: who are you?").hasMessageNotContaining("hunter22");
        assertThat(denied.serverText()).contains("who are you?");
    }

    @Test
    void redirectsEnd() {
        server.on("/index.yaml", redirect("/index.yaml"));
        assertThatThrownBy(() -> fetcher.fetch(demo())).hasMessageContaining("more than 5 redirects");
        server.on("/index.yaml", redirect("file:///etc/passwd"));
        assertThatThrownBy(() -> fetcher.fetch(demo())).hasMessageContaining("a redirect to no address");
    }

    @Test
    void tlsIsVerifiedOrPinnedAndNeverLeft() {
        ChartServer.Identity identity = ChartServer.Identity.make(work);
        try (ChartServer https = new ChartServer(identity);
                ChartFetcher trusting = ChartFetcher.builder().caCertificates(identity.pem()).build();
                ChartFetcher pinning = ChartFetcher.builder().pinnedCertificate(identity.fingerprint()).build();
                ChartFetcher wrong = ChartFetcher.builder().pinnedCertificate("0".repeat(64)).build()) {
            https.repository("demo", "1.2.3", DEMO);
            Repository chart = demo(https.uri("/"), Optional.empty(), Optional.empty());
            assertThat(trusting.fetch(chart).sha256()).isEqualTo(SHA);
            assertThat(pinning.fetch(chart).sha256()).isEqualTo(SHA);
            HttpSettings site = HttpSettings.direct().withTrust(HttpTrust.authorities(identity.pem()));
            try (ChartFetcher sited = ChartFetcher.builder().http(site).build()) {
                assertThat(sited.fetch(chart).sha256()).isEqualTo(SHA);
            }
            RemoteException untrusted = catchThrowableOfType(RemoteException.class, () -> fetcher.fetch(chart));
            assertThat(untrusted.code()).isEqualTo(ErrorCode.UNTRUSTED);
            assertThatThrownBy(() -> wrong.fetch(chart))
                    .hasMessageContaining("has fingerprint " + identity.fingerprint() + ", pinned is 000");

            server.on("/demo.tgz", body(DEMO));
            https.on("/plain.tgz", redirect(server.uri("/demo.tgz").toString()));
            assertThatThrownBy(() -> trusting.fetch(new Archive(https.uri("/plain.tgz"), Optional.empty(), Optional.empty())))
                    .isInstanceOf(RemoteException.class)
                    .hasMessageContaining("without TLS");
            https.on("/index.yaml", index("demo", "1.2.3", server.uri("/demo.tgz").toString(), SHA + "\n    extra: 1"));
            try (ChartFetcher fresh = ChartFetcher.builder().caCertificates(identity.pem()).build()) {
                assertThatThrownBy(() -> fresh.fetch(chart)).hasMessageContaining("without TLS");
            }
            assertThat(server.requests).isEmpty();
        }
        assertThatThrownBy(() -> ChartFetcher.builder().caCertificates("nothing")).isInstanceOf(IllegalArgumentException.class);
    }

    private String manifest(String digest, String mediaType) {
        return """
                {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
                 "config": {"mediaType": "application/vnd.cncf.helm.config.v1+json", "digest": "sha256:00", "size": 1},
                 "layers": [{"mediaType": "application/vnd.cncf.helm.chart.provenance.v1.prov", "digest": "sha256:%s"},
                            {"mediaType": "%s", "digest": "sha256:%s", "size": 1}]}"""
                .formatted("1".repeat(64), mediaType, digest);
    }

    private static final String LAYER = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";

    private Repository oci(String version) {
        return new Repository(
                URI.create("oci://127.0.0.1:" + server.port() + "/team/charts"), "demo", version, Optional.empty(), Optional.empty());
    }

    @Test
    void aRegistryWithoutLoginAndWithBlobsElsewhere() {
        server.on("/v2/team/charts/demo/manifests/1.2.3", manifest(SHA, LAYER))
                .on("/v2/team/charts/demo/blobs/sha256:" + SHA, redirect(other.uri("/store?sig=x").toString()));
        other.on("/store", body(DEMO));
        assertThat(fetcher.fetch(oci("1.2.3")).sha256()).isEqualTo(SHA);
        assertThat(other.requests).containsExactly("/store?sig=x -");
        // "v" in the spec and not in the tag, and a version that no tag can hold
        try (ChartFetcher fresh = ChartFetcher.builder().build()) {
            assertThat(fresh.fetch(oci("v1.2.3")).sha256()).isEqualTo(SHA);
        }
        byte[] build = Archives.chart("demo", "1.2.3+build.1");
        server.on("/v2/team/charts/demo/manifests/1.2.3_build.1", manifest(ChartArchive.sha256(build), LAYER))
                .on("/v2/team/charts/demo/blobs/sha256:" + ChartArchive.sha256(build), body(build));
        assertThat(fetcher.fetch(oci("1.2.3+build.1")).version()).isEqualTo("1.2.3+build.1");
    }

    @Test
    void aRegistryThatWantsATokenOrAPassword() {
        String challenge = "Bearer realm=\"" + other.uri("/token") + "\",service=\"reg \\\"1\\\"\",scope=\"repository:team/charts/demo:pull\"";
        server.on("/v2/team/charts/demo/manifests/1.2.3", only("Bearer t0ken", challenge, body(
                        manifest(SHA, LAYER).getBytes(StandardCharsets.UTF_8))))
                .on("/v2/team/charts/demo/blobs/sha256:" + SHA, only("Bearer t0ken", challenge, body(DEMO)));
        other.on("/token", only(BASIC, "Basic", body("{\"access_token\": \"t0ken\"}".getBytes(StandardCharsets.UTF_8))));
        Repository login = new Repository(oci("1.2.3").repository(), "demo", "1.2.3", Optional.of(SHA), Optional.of(WHO));
        assertThat(fetcher.fetch(login).sha256()).isEqualTo(SHA);
        assertThat(other.requests)
                .containsExactly("/token?scope=repository%3Ateam%2Fcharts%2Fdemo%3Apull&service=reg+%221%22 " + BASIC);
        assertThat(server.requests).containsExactly(
                "/v2/team/charts/demo/manifests/1.2.3 -",
                "/v2/team/charts/demo/manifests/1.2.3 Bearer t0ken",
                "/v2/team/charts/demo/blobs/sha256:" + SHA + " Bearer t0ken");
        assertThatThrownBy(() -> fetcher.fetch(oci("1.2.3")))
                .isInstanceOf(RemoteException.class)
                .hasMessageContaining("token for chart demo 1.2.3")
                .hasMessageContaining("status 401");

        server.on("/v2/team/charts/demo/manifests/1.2.3", only(BASIC, "Basic realm=\"x\"", body(
                        manifest(SHA, LAYER).getBytes(StandardCharsets.UTF_8))))
                .on("/v2/team/charts/demo/blobs/sha256:" + SHA, only(BASIC, "Basic realm=\"x\"", body(DEMO)));
        try (ChartFetcher fresh = ChartFetcher.builder().build()) {
            assertThat(fresh.fetch(login).sha256()).isEqualTo(SHA);
            RemoteException denied = catchThrowableOfType(RemoteException.class, () -> fresh.fetch(
                    new Repository(oci("1").repository(), "demo", "1.2.3", Optional.empty(), Optional.empty())));
            assertThat(denied.code()).isEqualTo(ErrorCode.DENIED);
        }
    }

    @Test
    void aRegistryThatLiesOrHasNoChart() {
        server.on("/v2/team/charts/demo/manifests/1.2.3", manifest("2".repeat(64), LAYER))
                .on("/v2/team/charts/demo/blobs/sha256:" + "2".repeat(64), body(DEMO));
        assertThatThrownBy(() -> fetcher.fetch(oci("1.2.3")))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("the repository says 222");
        server.on("/v2/team/charts/demo/manifests/1.2.3", manifest(SHA, "application/vnd.oci.image.layer.v1.tar+gzip"));
        assertThatThrownBy(() -> fetcher.fetch(oci("1.2.3"))).hasMessageContaining("it is no Helm chart");
        server.on("/v2/team/charts/demo/manifests/1.2.3", "x".repeat(1024 * 1024 + 1));
        assertThatThrownBy(() -> fetcher.fetch(oci("1.2.3"))).hasMessageContaining("longer than 1048576 bytes");
    }

    @Test
    void theMirrorIsAskedInsteadOfTheRepository() {
        server.repository("demo", "1.2.3", DEMO);
        Repository far = demo(URI.create("https://charts.invalid/x"), Optional.of(SHA), Optional.of(WHO));
        try (ChartFetcher mirrored = ChartFetcher.builder()
                .mirror(server.uri("/"))
                .mirrorCredentials(new Credentials("m", Secret.of("pw")))
                .build()) {
            assertThat(mirrored.fetch(far).sha256()).isEqualTo(SHA);
        }
        assertThat(server.requests).allMatch(request -> request.endsWith("Basic bTpwdw=="));
        server.on("/v2/air/gap/demo/manifests/1.2.3", manifest(SHA, LAYER)).on("/v2/air/gap/demo/blobs/sha256:" + SHA, body(DEMO));
        try (ChartFetcher mirrored = ChartFetcher.builder()
                .mirror(URI.create("oci+http://127.0.0.1:" + server.port() + "/air/gap"))
                .build()) {
            assertThat(mirrored.fetch(far).sha256()).isEqualTo(SHA);
            assertThatThrownBy(() -> mirrored.fetch(new Repository(
                            URI.create("https://charts.invalid"), "absent", "1", Optional.empty(), Optional.empty())))
                    .hasMessageContaining("from the mirror oci+http://127.0.0.1");
        }
    }

    @Test
    void indexBombsAreRefused() {
        String head = "apiVersion: v1\nentries:\n";
        for (String bomb : new String[] {
            "a: &a [x, x]\nb: &b [*a, *a]\n" + head + "  demo: *b\n",
            "a: " + "[".repeat(100_000),
            head + "  demo:\n  - " + "{a: ".repeat(500),
            head + "  demo:\n  - {version: 1.2.3, urls: []}\n",
            "[]",
            "",
            "entries: 3\n",
            "<html>not an index</html>",
            head + "  demo:\n  - {version: 1.2.3\n"
        }) {
            server.on("/index.yaml", bomb);
            assertThatThrownBy(() -> fetcher.fetch(demo()))
                    .as(bomb.substring(0, Math.min(40, bomb.length())))
                    .isInstanceOfSatisfying(RemoteException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNEXPECTED_ANSWER));
        }
        String many = head + IntStream.range(0, 3000)
                .mapToObj(i -> "  chart" + i + ":\n  - {version: 1.0.0, urls: [a.tgz], description: \"" + "x".repeat(200) + "\"}\n")
                .collect(Collectors.joining())
                + "  demo:\n  - {version: 1.2.3, urls: [demo.tgz]}\n";
        server.on("/index.yaml", many).on("/demo.tgz", body(DEMO));
        assertThat(fetcher.fetch(demo()).sha256()).isEqualTo(SHA);
    }

    private void refused(byte[] archive, String why) throws Exception {
        Path file = Files.write(work.resolve("chart.tgz"), archive);
        assertThatThrownBy(() -> fetcher.fetch(new Local(file, Optional.empty())))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining(why);
    }

    @Test
    void unsafeArchivesAreRefused() throws Exception {
        String metadata = "name: demo\nversion: 1.2.3\n";
        for (String name : new String[] {"demo/../../evil", "/demo/evil", "demo//evil", "demo/a\\b", "C:/evil", "evil", "demo/"}) {
            refused(new Archives().file("demo/Chart.yaml", metadata).file(name, "x").bytes(), "does not stand in the chart's folder");
        }
        refused(new Archives().entry("demo/link", '2', "/etc/passwd", new byte[0]).bytes(), "is a link or a device");
        refused(new Archives().entry("demo/link", '1', "demo/Chart.yaml", new byte[0]).bytes(), "is a link or a device");
        refused(new Archives().file("demo/a", "").file("other/a", "").bytes(), "more than one folder");
        refused(new Archives().file("demo/a", "1").file("demo/./a", "2").bytes(), "is there twice");
        refused(new Archives().file("demo/a", "").bytes(), "it has no Chart.yaml");
        refused(new Archives().file("demo/Chart.yaml", "name: demo\n").bytes(), "its Chart.yaml has no version");
        refused(new Archives().zeros("demo/zeros", ChartArchive.MAX_UNPACKED + 1).bytes(), "it is larger than");
        refused(new byte[] {1, 2, 3}, "it is no gzipped tar archive");
        byte[] whole = DEMO;
        refused(java.util.Arrays.copyOf(whole, whole.length / 2), "it is no gzipped tar archive");
        byte[] pax = "28 path=demo/../../../evil2\n".getBytes(StandardCharsets.UTF_8);
        refused(new Archives().entry("pax", 'x', "", pax).file("demo/a", "").bytes(), "does not stand in the chart's folder");
        refused(new Archives().entry("pax", 'x', "", "99 path=a".getBytes(StandardCharsets.UTF_8)).bytes(), "a pax header is damaged");
    }

    @Test
    void longNamesOfBothKindsAreRead() throws Exception {
        String name = "demo/templates/" + "x".repeat(150) + ".yaml";
        String record = " path=" + name + "\n";
        byte[] pax = ((record.length() + 3) + record).getBytes(StandardCharsets.UTF_8);
        byte[] archive = new Archives()
                .file("demo/Chart.yaml", "name: demo\nversion: 1.2.3\n")
                .entry("pax", 'x', "", pax).file("short", "pax")
                .entry("././@LongLink", 'L', "", (name.replace("x.", "y.") + "\0").getBytes(StandardCharsets.UTF_8)).file("short", "gnu")
                .entry("demo/templates/", '5', "", new byte[0])
                .bytes();
        FetchedChart chart = fetcher.fetch(new Local(Files.write(work.resolve("a.tgz"), archive), Optional.empty()));
        assertThat(chart.files().keySet()).containsExactly("Chart.yaml", name.substring(5), name.substring(5).replace("x.", "y."));
    }

    @Test
    void foldersAreReadWithoutLinks() throws Exception {
        Path folder = work.resolve("demo");
        Files.createDirectories(folder.resolve("templates"));
        Files.writeString(folder.resolve("Chart.yaml"), "name: demo\nversion: 1.2.3\n");
        Files.writeString(folder.resolve("templates/a.yaml"), "a: b\n");
        FetchedChart chart = fetcher.fetch(new Local(folder, Optional.empty()));
        assertThat(chart.archive()).isEmpty();
        Path copy = chart.writeTo(Files.createDirectory(work.resolve("copy")));
        assertThat(copy.resolve("templates/a.yaml")).hasContent("a: b\n");
        assertThat(fetcher.fetch(new Local(copy, Optional.empty())).sha256()).isEqualTo(chart.sha256());
        Files.writeString(folder.resolve("templates/a.yaml"), "a: c\n");
        assertThat(fetcher.fetch(new Local(folder, Optional.empty())).sha256()).isNotEqualTo(chart.sha256());
        assertThatThrownBy(() -> fetcher.fetch(new Local(folder, Optional.of(SHA)))).hasMessageContaining("a folder has no SHA-256");
        Files.createSymbolicLink(folder.resolve("templates/link"), folder.resolve("Chart.yaml"));
        assertThatThrownBy(() -> fetcher.fetch(new Local(folder, Optional.empty()))).hasMessageContaining("symbolic link: templates/link");
        assertThatThrownBy(() -> fetcher.fetch(new Local(work.resolve("absent"), Optional.empty())))
                .isInstanceOf(RemoteException.class)
                .hasMessageContaining("absent");
    }

    @Test
    void aServerThatIsSilentIsNotWaitedForLong() {
        server.on("/index.yaml", exchange -> {
            try {
                new java.util.concurrent.CountDownLatch(1).await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        try (ChartFetcher impatient =
                ChartFetcher.builder().timeOut(Duration.ofMillis(300)).build()) {
            RemoteException late = catchThrowableOfType(RemoteException.class, () -> impatient.fetch(demo()));
            assertThat(late.code()).isEqualTo(ErrorCode.UNREACHABLE);
            assertThat(late.retryable()).isTrue();
        }
        server.on("/index.yaml", status(503, "later"));
        assertThat(catchThrowableOfType(RemoteException.class, () -> fetcher.fetch(demo())).retryable()).isTrue();
    }

    @Test
    void subchartsInArchivesAreUnpacked() throws Exception {
        byte[] inner = new Archives()
                .file("inner/Chart.yaml", "name: inner\nversion: 0.1.0\n")
                .entry("inner/charts/demo-1.2.3.tgz", '0', "", DEMO)
                .bytes();
        byte[] outer = new Archives()
                .file("outer/Chart.yaml", "name: outer\nversion: 0.1.0\n")
                .entry("outer/charts/inner-0.1.0.tgz", '0', "", inner)
                .entry("outer/files/demo.tgz", '0', "", DEMO)
                .bytes();
        FetchedChart chart = fetcher.fetch(new Local(Files.write(work.resolve("o.tgz"), outer), Optional.empty()));
        assertThat(chart.unpackedFiles().keySet())
                .contains("charts/inner-0.1.0/charts/demo-1.2.3/templates/a.yaml", "files/demo.tgz")
                .doesNotContain("charts/inner-0.1.0.tgz");
    }

    @Test
    void challengesAreReadAsRegistriesWriteThem() {
        assertThat(Challenge.parse("Bearer realm=\"https://a/t?x=1,2\", service=reg,scope=\"a b\""))
                .contains(new Challenge("bearer", Map.of("realm", "https://a/t?x=1,2", "service", "reg", "scope", "a b")));
        assertThat(Challenge.parse("BASIC")).contains(new Challenge("basic", Map.of()));
        assertThat(Stream.of("", "=", "x".repeat(5000)).flatMap(text -> Challenge.parse(text).stream())).isEmpty();
    }

    @Test
    void titlesShowNoSecrets() {
        ChartReference reference = new Archive(URI.create("https://u:hunter22@h/a.tgz?t=hunter22"), Optional.empty(), Optional.of(WHO));
        assertThat(reference.title()).isEqualTo("chart https://h/a.tgz");
        assertThat(new Repository(URI.create("https://u:hunter22@h"), "a", "1", Optional.empty(), Optional.of(WHO)).title())
                .isEqualTo("chart a 1 from https://h");
    }
}
