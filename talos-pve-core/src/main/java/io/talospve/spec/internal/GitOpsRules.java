package io.talospve.spec.internal;

import io.talospve.spec.GitOps;
import io.talospve.spec.GitOps.Provider;
import io.talospve.spec.GitOpsBootstrap;
import io.talospve.spec.GitOpsBootstrap.RevisionKind;
import io.talospve.spec.GitOpsBootstrap.SyncPolicy;
import io.talospve.spec.RepositoryCredentials;
import io.talospve.spec.TalosCluster;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** The rules about the GitOps engine and the repository it follows. */
final class GitOpsRules {
    private static final String BOOTSTRAP = "cluster.gitops.bootstrap";
    private static final Pattern WEB_URL = Pattern.compile("https?://[^\\s/]+/\\S+");
    private static final Pattern SSH_URL = Pattern.compile("ssh://[^\\s/]+/\\S+|[A-Za-z0-9_.-]+@[A-Za-z0-9.-]+:[^\\s/]\\S*");
    private static final Pattern OCI_URL = Pattern.compile("oci://[^\\s/]+/\\S+");
    private static final Pattern DURATION = Pattern.compile("(\\d{1,6}(\\.\\d{1,3})?(ms|s|m|h))+");
    private static final Pattern RANGE = Pattern.compile("[0-9xX*^~<>=|., vV+A-Za-z-]+");
    private static final Pattern REF = Pattern.compile("[^\\s~^:?*\\[\\\\]+");

    private final TalosCluster cluster;
    private final Findings findings;

    GitOpsRules(TalosCluster cluster, Findings findings) {
        this.cluster = cluster;
        this.findings = findings;
    }

    void check() {
        cluster.gitops().ifPresent(this::engine);
    }

    private void engine(GitOps gitops) {
        DayZeroRules.namespace("cluster.gitops.namespace", gitops.namespace(), findings);
        DayZeroRules.chart("cluster.gitops", gitops.chartVersion(), gitops.chartSha256(), "2.18.2", findings);
        boolean othersMayBringOne = !cluster.addons().isEmpty()
                || !cluster.kubernetes().inlineManifests().isEmpty()
                || !cluster.kubernetes().extraManifests().isEmpty();
        if (cluster.options().disableDefaultCni() && !cluster.installsCilium() && !othersMayBringOne) {
            findings.error(
                    "cluster.gitops",
                    "nothing installs a CNI, without which the engine's pods cannot start: options.disable_default_cni is true,"
                            + " and there is no cilium",
                    "cluster.options.disable_default_cni",
                    "cluster.cilium",
                    "cluster.helm_values_override",
                    "cluster.addons");
        }
        gitops.bootstrap().ifPresent(bootstrap -> bootstrap(gitops.provider(), bootstrap));
    }

    private void bootstrap(Provider provider, GitOpsBootstrap bootstrap) {
        String url = bootstrap.repoUrl();
        if (!WEB_URL.matcher(url).matches() && !SSH_URL.matcher(url).matches() && !OCI_URL.matcher(url).matches()) {
            findings.error(
                    BOOTSTRAP + ".repo_url",
                    "is not a URL of a repository, such as https://github.com/org/repo.git, ssh://git@github.com/org/repo.git or"
                            + " oci://ghcr.io/org/manifests");
        }
        revision(bootstrap);
        if (bootstrap.path().startsWith("/") || List.of(bootstrap.path().split("/")).contains("..")) {
            findings.error(BOOTSTRAP + ".path", "is a path inside the repository: no leading slash, no \"..\"");
        }
        bootstrap
                .destinationNamespace()
                .ifPresent(namespace -> DayZeroRules.namespace(BOOTSTRAP + ".destination_namespace", namespace, findings));
        if (!DURATION.matcher(bootstrap.interval()).matches() || !bootstrap.interval().matches(".*[1-9].*")) {
            findings.error(
                    BOOTSTRAP + ".interval", "\"" + bootstrap.interval() + "\" is not a duration, such as 5m, 30s or 1h30m");
        }
        onlyFor(provider, bootstrap);
        bootstrap.credentials().ifPresentOrElse(credentials -> credentials(bootstrap, credentials), () -> {
            if (SSH_URL.matcher(url).matches()) {
                findings.error(
                        BOOTSTRAP, "ssh needs a key: give credentials with ssh_key and known_hosts", BOOTSTRAP + ".repo_url",
                        BOOTSTRAP + ".credentials");
            }
        });
    }

    private void revision(GitOpsBootstrap bootstrap) {
        String path = BOOTSTRAP + ".revision";
        String revision = bootstrap.revision();
        RevisionKind kind = bootstrap.kind();
        Set<RevisionKind> allowed = bootstrap.isOci()
                ? EnumSet.of(RevisionKind.TAG, RevisionKind.DIGEST, RevisionKind.SEMVER)
                : EnumSet.of(RevisionKind.BRANCH, RevisionKind.TAG, RevisionKind.COMMIT, RevisionKind.SEMVER);
        if (!allowed.contains(kind)) {
            findings.error(
                    BOOTSTRAP + ".revision_kind",
                    (bootstrap.isOci() ? "of an OCI artifact is tag, digest or semver" : "in Git is branch, tag, commit or semver"),
                    BOOTSTRAP + ".repo_url");
            return;
        }
        String why =
                switch (kind) {
                    case COMMIT -> revision.matches("[0-9a-f]{40}") ? "" : "is not a commit: 40 hexadecimal digits";
                    case DIGEST -> revision.matches("sha256:[0-9a-f]{64}")
                            ? ""
                            : "is not a digest: sha256: and 64 hexadecimal digits";
                    case SEMVER -> RANGE.matcher(revision).matches() && revision.matches(".*[0-9xX*].*")
                            ? ""
                            : "is not a range of versions, such as \">=1.2.0 <2.0.0\"";
                    case BRANCH, TAG -> REF.matcher(revision).matches() && !revision.contains("..") && !revision.endsWith("/")
                            ? ""
                            : "is not a branch, tag or commit";
                };
        if (!why.isEmpty()) {
            findings.error(path, why, BOOTSTRAP + ".revision_kind");
        }
    }

    private void onlyFor(Provider provider, GitOpsBootstrap bootstrap) {
        if (provider == Provider.FLUX) {
            if (!bootstrap.project().equals("default")) {
                findings.error(BOOTSTRAP + ".project", "is for argocd only", "cluster.gitops.provider");
            }
            if (bootstrap.syncPolicy() != SyncPolicy.AUTOMATED) {
                findings.error(
                        BOOTSTRAP + ".sync_policy", "is for argocd only: Flux always synchronizes", "cluster.gitops.provider");
            }
            return;
        }
        if (!Names.isLabel(bootstrap.project()) || bootstrap.project().length() > Names.MAX_LABEL) {
            findings.error(BOOTSTRAP + ".project", "\"" + bootstrap.project() + "\" is not a name of a project");
        }
        if (bootstrap.decryptionKey().isPresent()) {
            findings.error(
                    BOOTSTRAP + ".decryption_key", "is for flux only: Argo CD decrypts nothing by itself", "cluster.gitops.provider");
        }
        if (!bootstrap.interval().equals("5m")) {
            findings.error(
                    BOOTSTRAP + ".interval",
                    "is for flux only: Argo CD has one interval, helm_values_override.argocd.configs.cm.timeout.reconciliation",
                    "cluster.gitops.provider");
        }
    }

    private void credentials(GitOpsBootstrap bootstrap, RepositoryCredentials credentials) {
        String path = BOOTSTRAP + ".credentials";
        String url = bootstrap.repoUrl();
        boolean ssh = SSH_URL.matcher(url).matches();
        int ways = (credentials.token().isPresent() ? 1 : 0)
                + (credentials.sshKey().isPresent() ? 1 : 0)
                + (credentials.githubApp().isPresent() ? 1 : 0);
        if (ways > 1) {
            findings.error(path, "gives more than one of token, ssh_key, github_app");
        } else if (ways == 0 && credentials.ca().isEmpty() && !findings.anyBelow(path)) {
            findings.error(path, "says nothing: give token, ssh_key, github_app or ca");
        }
        if (credentials.token().isPresent() && !url.startsWith("https://") && !url.startsWith("oci://")) {
            findings.error(
                    path + ".token",
                    ssh ? "is for https and oci; ssh takes ssh_key" : "would be sent in clear text: use https",
                    BOOTSTRAP + ".repo_url");
        }
        if (credentials.username().isPresent() && credentials.token().isEmpty()) {
            findings.error(path + ".username", "stands beside a token, and there is none", path + ".token");
        }
        if (credentials.sshKey().isPresent() && !ssh) {
            findings.error(path + ".ssh_key", "is for ssh, and repo_url is not", BOOTSTRAP + ".repo_url");
        }
        if (credentials.sshKey().isPresent() != credentials.knownHosts().isPresent()) {
            findings.error(
                    path,
                    credentials.sshKey().isPresent()
                            ? "has an ssh_key but no known_hosts: the engine refuses servers that it does not know"
                            : "has known_hosts but no ssh_key",
                    path + ".known_hosts",
                    path + ".ssh_key");
        }
        if (credentials.githubApp().isPresent() && !url.startsWith("https://")) {
            findings.error(path + ".github_app", "is for https, and repo_url is not", BOOTSTRAP + ".repo_url");
        }
        credentials.ca().ifPresent(pem -> {
            if (!pem.contains("-----BEGIN CERTIFICATE-----") || !pem.contains("-----END CERTIFICATE-----")) {
                findings.error(path + ".ca", "is not a certificate as PEM text (-----BEGIN CERTIFICATE-----)");
            }
            if (ssh) {
                findings.error(path + ".ca", "is for https; ssh takes known_hosts", BOOTSTRAP + ".repo_url");
            }
        });
    }
}
