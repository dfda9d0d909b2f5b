package io.talospve.testkit.internal.kube;

import io.talospve.testkit.internal.kube.api.Documents;
import io.talospve.testkit.internal.kube.api.Tree;
import io.talospve.testkit.internal.tls.NodePki;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;

/** A cluster's authority, another one, and kubeconfigs. */
final class KubeTestPki {
    private KubeTestPki() {}

    static NodePki authority() throws IOException {
        return of("k8s");
    }

    static NodePki another() throws IOException {
        return of("etcd");
    }

    private static NodePki of(String name) throws IOException {
        Map<String, Object> secrets = Documents.objects(
                        Files.readString(Path.of("src/test/resources/vectors/talos/default/secrets.yaml")))
                .get(0);
        return NodePki.of(
                decoded(Tree.text(secrets, "certs." + name + ".crt")), decoded(Tree.text(secrets, "certs." + name + ".key")));
    }

    private static String decoded(String text) {
        return new String(Base64.getDecoder().decode(text), StandardCharsets.UTF_8);
    }

    private static String encoded(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    static String ca(NodePki authority) {
        return encoded(authority.pem());
    }

    static String kubeconfig(NodePki authority, int port, String user, String group) {
        NodePki.Issued client = authority.kubernetesClient(user, group, Duration.ofDays(1));
        return """
                apiVersion: v1
                kind: Config
                clusters:
                - name: lab
                  cluster:
                    server: https://127.0.0.1:%d
                    certificate-authority-data: %s
                users:
                - name: me
                  user:
                    client-certificate-data: %s
                    client-key-data: %s
                contexts:
                - name: lab
                  context: {cluster: lab, user: me}
                current-context: lab
                """.formatted(port, ca(authority), encoded(client.certificatePem()), encoded(client.keyPem()));
    }
}
