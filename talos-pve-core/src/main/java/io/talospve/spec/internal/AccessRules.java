package io.talospve.spec.internal;

import io.talospve.spec.DiskEncryption;
import io.talospve.spec.RegistryAccess;
import io.talospve.spec.SecureBoot;
import io.talospve.spec.TalosCluster;

/** The rules about registries' credentials and trust, secure boot and disk encryption. */
final class AccessRules {
    private final TalosCluster cluster;
    private final Findings findings;

    AccessRules(TalosCluster cluster, Findings findings) {
        this.cluster = cluster;
        this.findings = findings;
    }

    void check() {
        cluster.registries().forEach((host, access) -> registry("cluster.registries." + host, host, access));
        cluster.secureBoot().ifPresent(this::secureBoot);
    }

    private void registry(String path, String host, RegistryAccess access) {
        if (!Names.isRegistry(host) || host.equals("*")) {
            findings.error(path, "\"" + host + "\" is not a registry: a host, with a port if it needs one, without scheme");
        }
        boolean user = access.username().isPresent() || access.password().isPresent();
        int ways = (user ? 1 : 0) + (access.auth().isPresent() ? 1 : 0) + (access.identityToken().isPresent() ? 1 : 0);
        if (ways > 1) {
            findings.error(path, "gives more than one of username with password, auth, identity_token", path + ".password");
        }
        if (access.username().isPresent() != access.password().isPresent()) {
            findings.error(
                    path,
                    access.password().isPresent() ? "has a password but no username" : "has a username but no password",
                    path + ".username",
                    path + ".password");
        }
        if (access.ca().isPresent() && access.caSecret().isPresent()) {
            findings.error(path + ".ca_secret", "ca is given too; take one of them");
        }
        boolean ca = access.ca().isPresent() || access.caSecret().isPresent();
        if (ca && access.insecureSkipVerify()) {
            findings.error(path + ".insecure_skip_verify", "with a ca there is something to verify; leave one of them out");
        }
        access.ca().ifPresent(pem -> {
            if (!pem.contains("-----BEGIN CERTIFICATE-----") || !pem.contains("-----END CERTIFICATE-----")) {
                findings.error(path + ".ca", "is not a certificate as PEM text (-----BEGIN CERTIFICATE-----)");
            }
        });
        if (ways == 0 && !ca && !access.insecureSkipVerify() && !findings.anyBelow(path)) {
            findings.error(path, "says nothing: give credentials or a ca");
        }
    }

    private void secureBoot(SecureBoot boot) {
        String path = "cluster.secure_boot";
        if (!boot.enabled() && boot.encryption().isEmpty()) {
            findings.error(path, "says nothing: enabled is false, and there is no encryption", path + ".encryption");
        }
        if (boot.encryption().isEmpty()) {
            return;
        }
        DiskEncryption encryption = boot.encryption().get();
        String at = path + ".encryption";
        boolean tpm = encryption.key() == DiskEncryption.Key.TPM;
        if (tpm && !boot.enabled()) {
            findings.error(
                    at + ".key",
                    "tpm needs secure boot: the TPM seals the key to what was booted; set secure_boot.enabled to true or use a passphrase",
                    path + ".enabled");
        }
        if (tpm == encryption.passphrase().isPresent()) {
            findings.error(
                    at + (tpm ? ".passphrase" : ""),
                    tpm ? "is not used with key: tpm" : "has no passphrase; give one as { secret: \"<source>:<key>\" }",
                    at + ".key",
                    at + ".passphrase");
        }
        if (!tpm && encryption.state()) {
            findings.error(
                    at + ".state", "cannot be encrypted with a passphrase, which is kept in STATE itself; use key: tpm", at + ".key");
        }
        if (!encryption.state() && !encryption.ephemeral() && !encryption.dataDisk()) {
            findings.error(at, "encrypts nothing: state, ephemeral and data_disk are all false");
        }
        if (encryption.dataDisk() && cluster.sizes().values().stream().noneMatch(size -> size.dataDisk().isPresent())) {
            findings.error(at + ".data_disk", "no size has a data_disk", "node_size_configuration");
        }
    }
}
