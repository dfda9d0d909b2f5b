package io.talospve.gitops.internal;

import io.talospve.error.ErrorCode;
import io.talospve.error.RefusedException;
import io.talospve.spec.SecretReference;
import io.talospve.spec.SecretValue;
import io.talospve.spi.ManifestSource.Request;

/** What stands for secrets in values and objects: their values, or placeholders that everybody may see. */
public interface SecretTexts {
    /** The text of a secret of the spec. */
    String of(SecretValue secret);

    /** The text of a kept secret. */
    String kept(String name);

    /** The values themselves. */
    static SecretTexts real(Request request) {
        return new SecretTexts() {
            @Override
            public String of(SecretValue secret) {
                return secret.resolve(reference -> {
                            var value = request.secrets().get(reference);
                            if (value == null) {
                                throw missing("the value of the secret " + reference);
                            }
                            return value;
                        })
                        .reveal();
            }

            @Override
            public String kept(String name) {
                var value = request.kept().get(name);
                if (value == null) {
                    throw missing("the cluster's own secret " + name);
                }
                return value.reveal();
            }

            private RefusedException missing(String what) {
                return new RefusedException(
                        ErrorCode.NOT_CONFIGURED,
                        "rendering the manifests of " + request.cluster().name() + " needs " + what + ", which is not given",
                        "Read all secrets of the spec first.");
            }
        };
    }

    /** Placeholders of about the size of what they stand for. */
    static SecretTexts placeholders() {
        return new SecretTexts() {
            private static final String LINE = "placeholderplaceholderplaceholderplaceholderplaceholderplacehold\n";
            private static final String CERTIFICATE =
                    "-----BEGIN CERTIFICATE-----\n" + LINE.repeat(9) + "-----END CERTIFICATE-----\n";
            private static final String KEY =
                    "-----BEGIN EC PRIVATE KEY-----\n" + LINE.repeat(3) + "-----END EC PRIVATE KEY-----\n";

            @Override
            public String of(SecretValue secret) {
                return secret.reference().map(SecretReference::toString).orElse("placeholder");
            }

            @Override
            public String kept(String name) {
                return name.startsWith("hubble-") ? (CERTIFICATE + KEY).repeat(3) : "placeholder-of-a-password-of-32";
            }
        };
    }
}
