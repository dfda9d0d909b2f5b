package io.talospve.talos.config.internal;

import io.talospve.spec.RegistryMirror;
import io.talospve.spec.Secret;
import io.talospve.talos.config.internal.MachineDescription.RegistryTrust;
import io.talospve.talos.internal.yaml.Mapping;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** Mirrors, credentials and trust of registries as documents sorted by name, from contract v1.12 on. Stateless. */
final class RegistryDocuments {
    private RegistryDocuments() {}

    static List<Map<String, Object>> of(MachineDescription description) {
        List<Map<String, Object>> documents = new ArrayList<>();
        description.mirrors().forEach((registry, mirror) -> documents.add(mirror(registry, mirror)));
        description.registries().forEach((host, trust) -> {
            if (trust.hasCredentials()) {
                documents.add(credentials(trust, Documents.named("RegistryAuthConfig", host)).build());
            }
            if (trust.hasTrust()) {
                documents.add(Documents.named("RegistryTLSConfig", host)
                        .with("ca", trust.ca())
                        .with(trust.insecureSkipVerify(), "insecureSkipVerify", true)
                        .build());
            }
        });
        documents.sort(Comparator.comparing(document -> (String) document.get("name")));
        return documents;
    }

    private static Map<String, Object> mirror(String registry, RegistryMirror mirror) {
        List<Map<String, Object>> endpoints = mirror.endpoints().stream()
                .map(url -> new Mapping()
                        .with("url", url)
                        .with(mirror.overridePath(), "overridePath", true)
                        .build())
                .toList();
        return Documents.named("RegistryMirrorConfig", registry)
                .withUnlessEmpty("endpoints", endpoints)
                .with(mirror.skipFallback(), "skipFallback", true)
                .build();
    }

    static Mapping credentials(RegistryTrust trust, Mapping to) {
        return to.with("username", trust.username())
                .with("password", trust.password().map(Secret::reveal))
                .with("auth", trust.auth().map(Secret::reveal))
                .with("identityToken", trust.identityToken().map(Secret::reveal));
    }
}
