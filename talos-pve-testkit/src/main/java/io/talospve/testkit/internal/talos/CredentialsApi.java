package io.talospve.testkit.internal.talos;

import static io.talospve.testkit.internal.talos.Forwarding.error;

import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.talospve.talos.proto.common.Data;
import io.talospve.talos.proto.machine.GenerateClientConfiguration;
import io.talospve.talos.proto.machine.GenerateClientConfigurationRequest;
import io.talospve.talos.proto.machine.GenerateClientConfigurationResponse;
import io.talospve.testkit.internal.tls.NodePki;
import io.talospve.testkit.internal.yaml.GoYaml;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.GZIPOutputStream;

/** Credentials that a machine hands out: kubeconfig and talosconfig. */
final class CredentialsApi {
    private CredentialsApi() {}

    static void kubeconfig(
            TalosSystem system, Set<String> roles, com.google.protobuf.Empty request, Reply<Data> reply) {
        MachineConfig config = system.config();
        if (!config.controlPlane()) {
            throw error(Status.UNIMPLEMENTED, "kubeconfig is only available on control plane nodes");
        }
        NodePki authority = config.clusterCa()
                .orElseThrow(() -> error(Status.UNKNOWN, "failed to generate kubeconfig: no cluster CA"))
                .by(system.certificateClock());
        NodePki.Issued admin = authority.kubernetesClient("admin", "system:masters", Duration.ofDays(365));
        String name = config.clusterName();
        String text = GoYaml.write(Cosi.ordered(
                "apiVersion", "v1",
                "kind", "Config",
                "clusters",
                List.of(Cosi.ordered(
                        "name", name,
                        "cluster",
                        Cosi.ordered(
                                "server", config.endpoint().toString(),
                                "certificate-authority-data", base64(authority.pem())))),
                "users",
                List.of(Cosi.ordered(
                        "name", "admin@" + name,
                        "user",
                        Cosi.ordered(
                                "client-certificate-data", base64(admin.certificatePem()),
                                "client-key-data", base64(admin.keyPem())))),
                "contexts",
                List.of(Cosi.ordered(
                        "context",
                        Cosi.ordered("cluster", name, "namespace", "default", "user", "admin@" + name),
                        "name",
                        "admin@" + name)),
                "current-context",
                "admin@" + name));
        reply.next(Data.newBuilder()
                .setBytes(ByteString.copyFrom(archive("kubeconfig", text.getBytes(StandardCharsets.UTF_8))))
                .build());
        reply.done();
    }

    static void generate(
            TalosSystem system,
            Set<String> roles,
            GenerateClientConfigurationRequest request,
            Reply<GenerateClientConfigurationResponse> reply) {
        if (system.maintenance()) {
            throw error(
                    Status.UNIMPLEMENTED,
                    "client configuration (talosconfig) can't be generated in the maintenance mode");
        }
        MachineConfig config = system.config();
        if (!config.controlPlane()) {
            throw error(Status.FAILED_PRECONDITION, "client configuration (talosconfig) can't be generated on worker nodes");
        }
        for (String role : request.getRolesList()) {
            if (!Set.of("os:admin", "os:operator", "os:reader", "os:etcd:backup", "os:impersonator").contains(role)) {
                throw error(Status.INVALID_ARGUMENT, "unknown roles: [" + role + "]");
            }
        }
        Duration validity = Duration.ofSeconds(request.getCrtTtl().getSeconds());
        if (validity.isZero() || validity.isNegative()) {
            throw error(Status.INVALID_ARGUMENT, "ttl should be positive");
        }
        NodePki authority = config.osCa().orElseThrow(() -> error(Status.UNKNOWN, "no CA"))
                .by(system.certificateClock());
        NodePki.Issued client = authority.talosClient(
                request.getRolesList().isEmpty() ? List.of("os:admin") : request.getRolesList(), validity);
        String name = config.clusterName();
        String talosconfig = GoYaml.write(Cosi.ordered(
                "context", name,
                "contexts",
                Map.of(
                        name,
                        Cosi.ordered(
                                "endpoints", List.of(system.nodeAddress()),
                                "ca", base64(authority.pem()),
                                "crt", base64(client.certificatePem()),
                                "key", base64(client.keyPem())))));
        reply.complete(GenerateClientConfigurationResponse.newBuilder()
                .addMessages(GenerateClientConfiguration.newBuilder()
                        .setCa(ByteString.copyFromUtf8(authority.pem()))
                        .setCrt(ByteString.copyFromUtf8(client.certificatePem()))
                        .setKey(ByteString.copyFromUtf8(client.keyPem()))
                        .setTalosconfig(ByteString.copyFromUtf8(talosconfig)))
                .build());
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    /** A tar.gz with one file and without the two empty blocks at the end, as Talos sends it. */
    private static byte[] archive(String name, byte[] content) {
        byte[] header = new byte[512];
        put(header, 0, name);
        put(header, 100, "0000600\0");
        put(header, 108, "0000000\0");
        put(header, 116, "0000000\0");
        put(header, 124, String.format("%011o\0", content.length));
        put(header, 136, String.format("%011o\0", 0));
        put(header, 148, "        ");
        header[156] = '0';
        put(header, 257, "ustar\00000");
        int sum = 0;
        for (byte b : header) {
            sum += b & 0xFF;
        }
        put(header, 148, String.format("%06o\0 ", sum));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream zip = new GZIPOutputStream(bytes)) {
            zip.write(header);
            zip.write(content);
            zip.write(new byte[(512 - content.length % 512) % 512]);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        return bytes.toByteArray();
    }

    private static void put(byte[] target, int at, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(bytes, 0, target, at, bytes.length);
    }
}
