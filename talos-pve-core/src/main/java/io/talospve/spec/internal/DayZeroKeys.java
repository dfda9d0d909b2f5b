package io.talospve.spec.internal;

import static io.talospve.spec.internal.Shapes.bool;
import static io.talospve.spec.internal.Shapes.choice;
import static io.talospve.spec.internal.Shapes.fileText;
import static io.talospve.spec.internal.Shapes.integer;
import static io.talospve.spec.internal.Shapes.map;
import static io.talospve.spec.internal.Shapes.plain;
import static io.talospve.spec.internal.Shapes.secret;
import static io.talospve.spec.internal.Shapes.text;
import static io.talospve.spec.internal.Shapes.values;

import io.talospve.spec.Addon;
import io.talospve.spec.ChartCredentials;
import io.talospve.spec.Cilium;
import io.talospve.spec.GitHubApp;
import io.talospve.spec.GitOps;
import io.talospve.spec.GitOpsBootstrap;
import io.talospve.spec.RepositoryCredentials;
import io.talospve.spec.Waits;
import java.util.Map;
import java.util.Optional;

/** The keys of a spec about what is installed into a cluster at day 0; a part of {@link SpecKeys}. */
final class DayZeroKeys {
    private static final int MAX_WAIT_MINUTES = 24 * 60;

    private static final String SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

    private static final Mapping<GitHubApp, GitHubApp.Builder> GITHUB_APP =
            new Mapping<>("GitHub App", GitHubApp::builder, GitHubApp.Builder::build)
                    .required("id", plain(), GitHubApp::id, (b, v) -> b.id(v), "The app's id", "123456")
                    .required("installation_id", plain(), GitHubApp::installationId, (b, v) -> b.installationId(v),
                            "Id of its installation in the organization", "7891011")
                    .required("private_key", secret(), GitHubApp::privateKey, (b, v) -> b.privateKey(v),
                            "Its private key, as PEM text", "{ secret: \"bitwarden:github-app-key\" }");

    private static final Mapping<RepositoryCredentials, RepositoryCredentials.Builder> REPOSITORY_CREDENTIALS =
            new Mapping<>("credentials", RepositoryCredentials::builder, RepositoryCredentials.Builder::build)
                    .optional("username", text(), RepositoryCredentials::username, (b, v) -> b.username(v), "git",
                            "User name beside the token", "flux")
                    .optional("token", secret(), RepositoryCredentials::token, (b, v) -> b.token(v), "none",
                            "Access token or password; for https and oci", "{ secret: \"bitwarden:git-token\" }")
                    .optional("ssh_key", secret(), RepositoryCredentials::sshKey, (b, v) -> b.sshKey(v), "none",
                            "Private SSH key; for ssh", "{ secret: \"bitwarden:git-deploy-key\" }")
                    .optional("known_hosts", text(), RepositoryCredentials::knownHosts, (b, v) -> b.knownHosts(v), "none",
                            "The server's keys, as lines of a known_hosts file; for ssh",
                            "\"github.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl\"")
                    .optional("github_app", GITHUB_APP, RepositoryCredentials::githubApp, (b, v) -> b.githubApp(v), "none",
                            "A GitHub App that may read the repository; for https", "")
                    .optional("ca", text(), RepositoryCredentials::ca, (b, v) -> b.ca(v), "the usual ones",
                            "Certificates to trust, as PEM text; for https", "\"-----BEGIN CERTIFICATE-----…\"");

    static final Mapping<GitOpsBootstrap, GitOpsBootstrap.Builder> GITOPS_BOOTSTRAP =
            new Mapping<>("repository", GitOpsBootstrap::builder, GitOpsBootstrap.Builder::build)
                    .required("repo_url", text(), GitOpsBootstrap::repoUrl, (b, v) -> b.repoUrl(v),
                            "URL of the Git repository (https, http, ssh) or of an OCI artifact (oci); without credentials",
                            "https://github.com/your-org/applications.git")
                    .required("revision", text(), GitOpsBootstrap::revision, (b, v) -> b.revision(v),
                            "Branch; or refs/tags/<tag>, or 40 hexadecimal digits of a commit; of an OCI artifact a tag or"
                                    + " sha256:<digest>", "main")
                    .required("path", text(), GitOpsBootstrap::path, (b, v) -> b.path(v),
                            "Path inside the repository", "src/k8s/prod")
                    .optional("revision_kind", choice(GitOpsBootstrap.RevisionKind.class), GitOpsBootstrap::revisionKind,
                            (b, v) -> b.revisionKind(v), "what the form of the revision says",
                            "What the revision is; semver takes the newest tag in a range", "semver")
                    .optional("destination_namespace", text(), GitOpsBootstrap::destinationNamespace,
                            (b, v) -> b.destinationNamespace(v), "Flux: as the objects say; Argo CD: the engine's own",
                            "Flux: namespace of all objects. Argo CD: namespace of objects that name none. It is made if need be",
                            "homelab")
                    .defaulted("interval", text(), "5m", GitOpsBootstrap::interval, (b, v) -> b.interval(v),
                            "How often Flux looks at the repository, as Go writes durations", "1m")
                    .defaulted("prune", bool(), true, GitOpsBootstrap::prune, (b, v) -> b.prune(v),
                            "Remove from the cluster what vanishes from the repository", "false")
                    .optional("credentials", REPOSITORY_CREDENTIALS, GitOpsBootstrap::credentials, (b, v) -> b.credentials(v),
                            "none, for a public repository", "How the engine logs in: token, ssh_key or github_app", "")
                    .optional("decryption_key", secret(), GitOpsBootstrap::decryptionKey, (b, v) -> b.decryptionKey(v), "none",
                            "Flux: private age key for what is encrypted with SOPS in the repository",
                            "{ secret: \"bitwarden:sops-age-key\" }")
                    .defaulted("project", text(), "default", GitOpsBootstrap::project, (b, v) -> b.project(v),
                            "Argo CD: project of the application; made unless it is default", "platform")
                    .defaulted("sync_policy", choice(GitOpsBootstrap.SyncPolicy.class), GitOpsBootstrap.SyncPolicy.AUTOMATED,
                            GitOpsBootstrap::syncPolicy, (b, v) -> b.syncPolicy(v),
                            "Argo CD: synchronize by itself, or when somebody asks for it", "manual");

    static final Mapping<GitOps, GitOps.Builder> GITOPS =
            new Mapping<>("GitOps engine", GitOps::builder, GitOps.Builder::build)
                    .required("provider", choice(GitOps.Provider.class), GitOps::provider,
                            (b, v) -> b.provider(v), "Which engine", "flux")
                    .required("namespace", text(), GitOps::namespace, (b, v) -> b.namespace(v), "Namespace of the engine",
                            "flux-system")
                    .optional("chart_version", text(), GitOps::chartVersion, (b, v) -> b.chartVersion(v),
                            "the library's choice", "Version of the engine's Helm chart (flux2 or argo-cd)", "2.18.2")
                    .optional("chart_sha256", text(), GitOps::chartSha256, (b, v) -> b.chartSha256(v),
                            "what the repository gives", "SHA-256 of the chart's archive", SHA256)
                    .optional("bootstrap", GITOPS_BOOTSTRAP, GitOps::bootstrap, (b, v) -> b.bootstrap(v),
                            "only the engine is installed", "The repository that the engine follows", "");

    static final Mapping<Cilium, Cilium.Builder> CILIUM =
            new Mapping<>("Cilium", Cilium::builder, Cilium.Builder::build)
                    .defaulted("enabled", bool(), true, Cilium::enabled, (b, v) -> b.enabled(v), "Whether it is installed", "false")
                    .optional("chart_version", text(), Cilium::chartVersion, (b, v) -> b.chartVersion(v),
                            "the library's choice for the Kubernetes version", "Version of the Helm chart", "1.19.3")
                    .optional("chart_sha256", text(), Cilium::chartSha256, (b, v) -> b.chartSha256(v),
                            "what the repository gives", "SHA-256 of the chart's archive", SHA256);

    static final Mapping<ChartCredentials, ChartCredentials.Builder> CHART_CREDENTIALS =
            new Mapping<>("credentials of a chart repository", ChartCredentials::builder, ChartCredentials.Builder::build)
                    .required("username", text(), ChartCredentials::username, (b, v) -> b.username(v), "User name", "robot")
                    .required("password", secret(), ChartCredentials::password, (b, v) -> b.password(v), "Password or token",
                            "{ secret: \"bitwarden:harbor-charts\" }");

    static final Mapping<Addon, Addon.Builder> ADDON =
            new Mapping<>("add-on", Addon::builder, Addon.Builder::build)
                    .required("name", text(), Addon::name, (b, v) -> b.name(v),
                            "Its name, unique in the cluster; name of the Helm release", "metrics-server")
                    .optional("chart", text(), Addon::chart, (b, v) -> b.chart(v), "none", "Name of a Helm chart", "metrics-server")
                    .optional("repository", text(), Addon::repository, (b, v) -> b.repository(v), "none",
                            "Repository of the chart: https, http or oci", "https://kubernetes-sigs.github.io/metrics-server")
                    .optional("version", text(), Addon::version, (b, v) -> b.version(v), "none", "Exact version of the chart",
                            "3.13.0")
                    .optional("chart_sha256", text(), Addon::chartSha256, (b, v) -> b.chartSha256(v),
                            "what the repository gives", "SHA-256 of the chart's archive", SHA256)
                    .defaulted("namespace", text(), "kube-system", Addon::namespace, (b, v) -> b.namespace(v),
                            "Namespace of what names none; made if it does not exist", "csi-proxmox")
                    .defaulted("namespace_labels", map(plain()), Map.of(), Addon::namespaceLabels,
                            (b, v) -> b.namespaceLabels(v),
                            "Labels of the namespace if it is made; Talos lets only privileged ones run privileged pods",
                            "{ pod-security.kubernetes.io/enforce: privileged }")
                    .optional("values", values(), Addon::values, (b, v) -> b.values(v), "the chart's own",
                            "Values of the chart; secrets as references", "{ args: [--kubelet-insecure-tls] }")
                    .optional("manifest", text(), Addon::manifest, (b, v) -> b.manifest(v), "none",
                            "Manifests as text, instead of a chart",
                            "\"{apiVersion: v1, kind: Namespace, metadata: {name: ci}}\"")
                    .optional("file", fileText(), addon -> Optional.empty(), (b, v) -> b.manifest(v), "none",
                            "Manifests as a file in the folder of the spec or below, instead of a chart; read when the spec is"
                                    + " loaded", "manifests/ci.yaml");

    static final Mapping<Waits, Waits.Builder> WAITS =
            new Mapping<>("conditions", Waits::builder, Waits.Builder::build)
                    .defaulted("nodes_ready", bool(), true, Waits::nodesReady, (b, v) -> b.nodesReady(v),
                            "Every node is Ready, CoreDNS runs, pods can be scheduled", "false")
                    .defaulted("cni", bool(), true, Waits::cni, (b, v) -> b.cni(v), "Cilium runs on every node", "false")
                    .defaulted("gitops", bool(), true, Waits::gitops, (b, v) -> b.gitops(v), "The GitOps engine runs", "false")
                    .defaulted("gitops_sync", bool(), true, Waits::gitopsSync, (b, v) -> b.gitopsSync(v),
                            "The GitOps engine has synchronized for the first time", "false")
                    .defaulted("minutes", integer(1, MAX_WAIT_MINUTES), 15, Waits::minutes, (b, v) -> b.minutes(v),
                            "How long each of them may take, in minutes", "30");

    private DayZeroKeys() {}
}
