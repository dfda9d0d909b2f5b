package io.talospve.gitops.internal;

import io.talospve.spec.GitHubApp;
import io.talospve.spec.GitOps;
import io.talospve.spec.GitOpsBootstrap;
import io.talospve.spec.RepositoryCredentials;
import io.talospve.spec.Secret;
import io.talospve.spec.TalosCluster;
import io.talospve.spi.KubernetesApi.ObjectReference;
import io.talospve.spi.ObjectCheck;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Flux and what it starts from: its own bootstrap's names, so that a repository may hold them too. */
final class FluxPieces {
    private static final String ENGINE = "50-flux";
    private static final String SYNC = "90-flux-sync";
    private static final String OBJECT = "flux-system";
    private static final String DECRYPTION = "sops-age";
    private static final String SOURCE_API = "source.toolkit.fluxcd.io/v1";
    private static final String KUSTOMIZE_API = "kustomize.toolkit.fluxcd.io/v1";
    /** After a failure it tries again sooner than at its interval: a dependency may only just be coming up. */
    private static final String RETRY = "1m";

    private final GitOps gitops;
    private final SecretTexts secrets;

    private FluxPieces(GitOps gitops, SecretTexts secrets) {
        this.gitops = gitops;
        this.secrets = secrets;
    }

    static List<Piece> of(TalosCluster cluster, GitOps gitops, int epoch, Charts charts) {
        Map<String, @Nullable Object> values =
                HelmValues.merge(Map.of(), cluster.helmValuesOverride().getOrDefault("flux", Map.of()));
        var request = charts.request(
                ChartDefaults.FLUX.chart(),
                ChartDefaults.FLUX.repository(),
                gitops.chartVersion().orElseGet(() -> ChartDefaults.FLUX.version(cluster.kubernetesVersion(), epoch)),
                gitops.chartSha256(),
                "flux",
                gitops.namespace(),
                values);
        List<Piece> pieces = new ArrayList<>();
        pieces.add(new Piece(
                ENGINE,
                request.chart().title(),
                Optional.of(request),
                List.of(),
                gitops.namespace(),
                Map.of(),
                Charts.inputs("flux2", gitops.chartVersion(), gitops.namespace(), values)));
        gitops.bootstrap().ifPresent(bootstrap -> pieces.add(new Piece(
                SYNC,
                "Flux follows " + bootstrap.repoUrl(),
                Optional.empty(),
                new FluxPieces(gitops, charts.secrets()).objects(bootstrap),
                gitops.namespace(),
                Map.of(),
                String.join("", new FluxPieces(gitops, SecretTexts.placeholders())
                        .objects(bootstrap).stream().map(Secret::reveal).toList()))));
        return pieces;
    }

    private List<Secret<String>> objects(GitOpsBootstrap bootstrap) {
        List<Secret<String>> objects = new ArrayList<>();
        Map<String, String> login = bootstrap.credentials()
                .map(credentials -> login(bootstrap, credentials))
                .orElse(Map.of());
        boolean registry = bootstrap.isOci()
                && bootstrap.credentials().filter(c -> c.token().isPresent()).isPresent();
        if (!login.isEmpty()) {
            objects.add(ObjectText.secret(
                    gitops.namespace(),
                    OBJECT,
                    registry ? "kubernetes.io/dockerconfigjson" : "Opaque",
                    Map.of(),
                    login));
        }
        bootstrap.decryptionKey().ifPresent(key -> objects.add(ObjectText.secret(
                gitops.namespace(), DECRYPTION, Map.of(), Map.of("age.agekey", secrets.of(key)))));
        objects.add(source(bootstrap, login.isEmpty() ? Map.of() : Map.of("name", OBJECT)));
        objects.add(ObjectText.of(
                KUSTOMIZE_API,
                "Kustomization",
                gitops.namespace(),
                OBJECT,
                ObjectText.map(
                        "interval", bootstrap.interval(),
                        "retryInterval", RETRY,
                        "path", path(bootstrap.path()),
                        "prune", bootstrap.prune(),
                        "sourceRef",
                                Map.of("kind", bootstrap.isOci() ? "OCIRepository" : "GitRepository", "name", OBJECT),
                        "targetNamespace", bootstrap.destinationNamespace(),
                        "decryption",
                                bootstrap.decryptionKey().isPresent()
                                        ? Map.of("provider", "sops", "secretRef", Map.of("name", DECRYPTION))
                                        : null)));
        return objects;
    }

    private Secret<String> source(GitOpsBootstrap bootstrap, Map<String, String> secretRef) {
        if (bootstrap.isOci()) {
            boolean ca = bootstrap.credentials().flatMap(RepositoryCredentials::ca).isPresent();
            boolean token = bootstrap.credentials().flatMap(RepositoryCredentials::token).isPresent();
            return ObjectText.of(
                    SOURCE_API,
                    "OCIRepository",
                    gitops.namespace(),
                    OBJECT,
                    ObjectText.map(
                            "interval", bootstrap.interval(),
                            "url", bootstrap.repoUrl(),
                            "ref", reference(bootstrap),
                            "secretRef", token ? secretRef : Map.of(),
                            "certSecretRef", ca ? secretRef : Map.of()));
        }
        return ObjectText.of(
                SOURCE_API,
                "GitRepository",
                gitops.namespace(),
                OBJECT,
                ObjectText.map(
                        "interval", bootstrap.interval(),
                        "url", url(bootstrap.repoUrl()),
                        "ref", reference(bootstrap),
                        "provider", bootstrap.credentials().flatMap(RepositoryCredentials::githubApp).map(app -> "github"),
                        "secretRef", secretRef));
    }

    private static Map<String, String> reference(GitOpsBootstrap bootstrap) {
        String revision = bootstrap.revision();
        return switch (bootstrap.kind()) {
            case BRANCH -> Map.of("branch", without(revision, "refs/heads/"));
            case TAG -> Map.of("tag", without(revision, "refs/tags/"));
            case COMMIT -> Map.of("commit", revision);
            case SEMVER -> Map.of("semver", revision);
            case DIGEST -> Map.of("digest", revision);
        };
    }

    private Map<String, String> login(GitOpsBootstrap bootstrap, RepositoryCredentials credentials) {
        Map<String, String> login = new LinkedHashMap<>();
        credentials.token().ifPresent(token -> {
            String user = credentials.username().orElse("git");
            String password = secrets.of(token);
            if (bootstrap.isOci()) {
                login.put(
                        ".dockerconfigjson",
                        HelmValues.text(
                                        Map.of("auths", Map.of(
                                                URI.create(bootstrap.repoUrl()).getRawAuthority(),
                                                ObjectText.map(
                                                        "username", user,
                                                        "password", password,
                                                        "auth", ObjectText.base64(user + ":" + password)))),
                                        secrets)
                                .reveal());
            } else {
                login.put("username", user);
                login.put("password", password);
            }
        });
        credentials.sshKey().ifPresent(key -> {
            login.put("identity", secrets.of(key));
            login.put("known_hosts", credentials.knownHosts().orElse(""));
        });
        credentials.githubApp().ifPresent(app -> app(login, app));
        credentials.ca().ifPresent(pem -> login.put("ca.crt", pem));
        return login;
    }

    private void app(Map<String, String> login, GitHubApp app) {
        login.put("githubAppID", app.id());
        login.put("githubAppInstallationID", app.installationId());
        login.put("githubAppPrivateKey", secrets.of(app.privateKey()));
    }

    /** Flux takes no {@code git@host:path}. */
    private static String url(String url) {
        int colon = url.indexOf(':');
        return url.contains("://") ? url : "ssh://" + url.substring(0, colon) + "/" + url.substring(colon + 1);
    }

    private static String path(String path) {
        return path.startsWith("./") ? path : path.equals(".") ? "./" : "./" + path;
    }

    private static String without(String text, String prefix) {
        return text.startsWith(prefix) ? text.substring(prefix.length()) : text;
    }

    static List<ObjectCheck> engineChecks(GitOps gitops) {
        List<ObjectCheck> checks = new ArrayList<>();
        for (String name : List.of("source-controller", "kustomize-controller")) {
            checks.add(new ObjectCheck(
                    ObjectCheck.Kind.DEPLOYMENT_AVAILABLE,
                    new ObjectReference("apps/v1", "deployments", gitops.namespace(), name)));
        }
        return checks;
    }

    static List<ObjectCheck> syncChecks(GitOps gitops, GitOpsBootstrap bootstrap) {
        String source = bootstrap.isOci() ? "ocirepositories" : "gitrepositories";
        return List.of(
                new ObjectCheck(
                        ObjectCheck.Kind.CONDITION_READY,
                        new ObjectReference(SOURCE_API, source, gitops.namespace(), OBJECT)),
                new ObjectCheck(
                        ObjectCheck.Kind.CONDITION_READY,
                        new ObjectReference(KUSTOMIZE_API, "kustomizations", gitops.namespace(), OBJECT)));
    }
}
