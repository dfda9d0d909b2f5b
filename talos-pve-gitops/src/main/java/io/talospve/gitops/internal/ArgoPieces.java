package io.talospve.gitops.internal;

import io.talospve.spec.GitOps;
import io.talospve.spec.GitOpsBootstrap;
import io.talospve.spec.GitOpsBootstrap.RevisionKind;
import io.talospve.spec.GitOpsBootstrap.SyncPolicy;
import io.talospve.spec.RepositoryCredentials;
import io.talospve.spec.Secret;
import io.talospve.spec.TalosCluster;
import io.talospve.spi.KeptSecret;
import io.talospve.spi.KubernetesApi.ObjectReference;
import io.talospve.spi.ObjectCheck;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Argo CD and what it starts from. */
final class ArgoPieces {
    private static final String ENGINE = "50-argocd";
    private static final String SYNC = "90-argocd-sync";
    private static final String APPLICATION = "bootstrap";
    private static final String API = "argoproj.io/v1alpha1";
    private static final String REDIS = "argocd-redis";

    private final GitOps gitops;
    private final SecretTexts secrets;

    private ArgoPieces(GitOps gitops, SecretTexts secrets) {
        this.gitops = gitops;
        this.secrets = secrets;
    }

    static List<Piece> of(TalosCluster cluster, GitOps gitops, int epoch, Charts charts) {
        Map<String, @Nullable Object> values =
                HelmValues.merge(values(gitops), cluster.helmValuesOverride().getOrDefault("argocd", Map.of()));
        var request = charts.request(
                ChartDefaults.ARGOCD.chart(),
                ChartDefaults.ARGOCD.repository(),
                gitops.chartVersion().orElseGet(() -> ChartDefaults.ARGOCD.version(cluster.kubernetesVersion(), epoch)),
                gitops.chartSha256(),
                "argocd",
                gitops.namespace(),
                values);
        List<Piece> pieces = new ArrayList<>();
        pieces.add(new Piece(
                ENGINE,
                request.chart().title(),
                Optional.of(request),
                List.of(ObjectText.secret(
                        gitops.namespace(),
                        REDIS,
                        Map.of("app.kubernetes.io/part-of", "argocd"),
                        Map.of("auth", charts.secrets().kept(REDIS)))),
                gitops.namespace(),
                Map.of(),
                Charts.inputs("argo-cd", gitops.chartVersion(), gitops.namespace(), values)));
        gitops.bootstrap().ifPresent(bootstrap -> pieces.add(new Piece(
                SYNC,
                "Argo CD follows " + bootstrap.repoUrl(),
                Optional.empty(),
                new ArgoPieces(gitops, charts.secrets()).objects(bootstrap),
                gitops.namespace(),
                Map.of(),
                String.join("", new ArgoPieces(gitops, SecretTexts.placeholders())
                        .objects(bootstrap).stream().map(Secret::reveal).toList()))));
        return pieces;
    }

    private static Map<String, @Nullable Object> values(GitOps gitops) {
        Map<String, @Nullable Object> values = new LinkedHashMap<>();
        // A hook makes the Secret that Redis' password is in, and hooks do not run here: it is supplied.
        values.put("redisSecretInit", Map.of("enabled", false));
        Optional<RepositoryCredentials> credentials =
                gitops.bootstrap().flatMap(GitOpsBootstrap::credentials);
        Map<String, Object> configs = ObjectText.map(
                "ssh", ObjectText.map("extraHosts", credentials.flatMap(RepositoryCredentials::knownHosts)),
                "tls",
                        credentials.flatMap(RepositoryCredentials::ca)
                                .map(pem -> Map.of("certificates", Map.of(host(gitops), pem))));
        if (!configs.isEmpty()) {
            values.put("configs", configs);
        }
        return values;
    }

    private static String host(GitOps gitops) {
        return String.valueOf(
                URI.create(gitops.bootstrap().orElseThrow().repoUrl()).getHost());
    }

    private List<Secret<String>> objects(GitOpsBootstrap bootstrap) {
        List<Secret<String>> objects = new ArrayList<>();
        bootstrap.credentials()
                .filter(credentials -> credentials.token().isPresent()
                        || credentials.sshKey().isPresent()
                        || credentials.githubApp().isPresent())
                .ifPresent(credentials -> objects.add(ObjectText.secret(
                        gitops.namespace(),
                        "repo-" + APPLICATION,
                        Map.of("argocd.argoproj.io/secret-type", "repository"),
                        login(bootstrap, credentials))));
        if (!bootstrap.project().equals("default")) {
            objects.add(ObjectText.of(
                    API,
                    "AppProject",
                    gitops.namespace(),
                    bootstrap.project(),
                    ObjectText.map(
                            "sourceRepos", List.of("*"),
                            "destinations", List.of(Map.of("server", "*", "namespace", "*")),
                            "clusterResourceWhitelist", List.of(Map.of("group", "*", "kind", "*")))));
        }
        boolean automated = bootstrap.syncPolicy() == SyncPolicy.AUTOMATED;
        objects.add(ObjectText.of(
                API,
                "Application",
                gitops.namespace(),
                APPLICATION,
                ObjectText.map(
                        "project", bootstrap.project(),
                        "source",
                                ObjectText.map(
                                        "repoURL", bootstrap.repoUrl(),
                                        "targetRevision", revision(bootstrap),
                                        "path", bootstrap.path()),
                        "destination",
                                ObjectText.map(
                                        "server", "https://kubernetes.default.svc",
                                        "namespace", bootstrap.destinationNamespace().orElse(gitops.namespace())),
                        "syncPolicy",
                                ObjectText.map(
                                        "automated",
                                        automated ? ObjectText.map("prune", bootstrap.prune(), "selfHeal", true) : null,
                                        "syncOptions",
                                        List.of("CreateNamespace=true")))));
        return objects;
    }

    private static String revision(GitOpsBootstrap bootstrap) {
        String revision = bootstrap.revision();
        return bootstrap.kind() == RevisionKind.TAG && revision.startsWith("refs/tags/")
                ? revision.substring("refs/tags/".length())
                : revision;
    }

    private Map<String, String> login(GitOpsBootstrap bootstrap, RepositoryCredentials credentials) {
        Map<String, String> login = new LinkedHashMap<>();
        login.put("type", bootstrap.isOci() ? "oci" : "git");
        login.put("url", bootstrap.repoUrl());
        credentials.token().ifPresent(token -> {
            login.put("username", credentials.username().orElse("git"));
            login.put("password", secrets.of(token));
        });
        credentials.sshKey().ifPresent(key -> login.put("sshPrivateKey", secrets.of(key)));
        credentials.githubApp().ifPresent(app -> {
            login.put("githubAppID", app.id());
            login.put("githubAppInstallationID", app.installationId());
            login.put("githubAppPrivateKey", secrets.of(app.privateKey()));
        });
        return login;
    }

    static List<KeptSecret> keptSecrets() {
        return List.of(new KeptSecret.Password(REDIS));
    }

    static List<ObjectCheck> engineChecks(GitOps gitops) {
        List<ObjectCheck> checks = new ArrayList<>();
        for (String name : List.of("argocd-repo-server", "argocd-server")) {
            checks.add(new ObjectCheck(
                    ObjectCheck.Kind.DEPLOYMENT_AVAILABLE,
                    new ObjectReference("apps/v1", "deployments", gitops.namespace(), name)));
        }
        checks.add(new ObjectCheck(
                ObjectCheck.Kind.STATEFUL_SET_READY,
                new ObjectReference("apps/v1", "statefulsets", gitops.namespace(), "argocd-application-controller")));
        return checks;
    }

    static List<ObjectCheck> syncChecks(GitOps gitops, GitOpsBootstrap bootstrap) {
        // By hand it synchronizes when somebody asks for it: there is nothing to wait for.
        return bootstrap.syncPolicy() == SyncPolicy.MANUAL
                ? List.of()
                : List.of(new ObjectCheck(
                        ObjectCheck.Kind.APPLICATION_SYNCED,
                        new ObjectReference(API, "applications", gitops.namespace(), APPLICATION)));
    }
}
