package io.talospve.testkit.internal.talos;

import static io.talospve.testkit.internal.talos.Forwarding.error;

import io.grpc.Status;
import io.talospve.talos.proto.common.ContainerdNamespace;
import io.talospve.talos.proto.machine.ImageListRequest;
import io.talospve.talos.proto.machine.ImageListResponse;
import io.talospve.talos.proto.machine.ImagePull;
import io.talospve.talos.proto.machine.ImagePullRequest;
import io.talospve.talos.proto.machine.ImagePullResponse;
import io.talospve.testkit.internal.world.Hardware;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Container images: list and pull, with the words of Talos and containerd. */
final class ImageApi {
    private static final String COMPONENT = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
    private static final Pattern PATH = Pattern.compile(COMPONENT + "(?:/" + COMPONENT + ")*");
    private static final Pattern DOMAIN = Pattern.compile("[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]+)?");
    private static final Pattern TAIL = Pattern.compile("(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@[a-z0-9]+:[0-9a-f]{32,})?");

    private ImageApi() {}

    static void list(TalosSystem system, Set<String> roles, ImageListRequest request, Reply<ImageListResponse> reply) {
        known(request.getNamespace());
        if (request.getNamespace() == ContainerdNamespace.NS_CRI) {
            reply.next(ImageListResponse.newBuilder()
                    .setName(system.config().kubeletImage())
                    .setDigest("sha256:" + system.config().digest())
                    .setSize(70 << 20)
                    .setCreatedAt(Cosi.stamp(system.bootTime()))
                    .build());
        }
        reply.done();
    }

    static ImagePullResponse pull(TalosSystem system, ImagePullRequest request) {
        known(request.getNamespace());
        String reference = normalized(request.getReference());
        if (pulled(system, reference).isEmpty()) {
            throw error(Status.NOT_FOUND, "error pulling image: " + notFound(reference));
        }
        return ImagePullResponse.newBuilder().addMessages(ImagePull.getDefaultInstance()).build();
    }

    private static void known(ContainerdNamespace namespace) {
        if (namespace != ContainerdNamespace.NS_CRI && namespace != ContainerdNamespace.NS_SYSTEM) {
            throw error(
                    Status.INVALID_ARGUMENT,
                    "invalid namespace " + (namespace == ContainerdNamespace.UNRECOGNIZED ? "" : namespace.name()).trim());
        }
    }

    /** The installer image behind a reference; fails with the words of the upgrade that asks for it. */
    static Hardware.BootImage installer(TalosSystem system, String reference) {
        String prefix = "error validating installer image \"" + reference + "\": ";
        String normalized;
        try {
            normalized = normalized(reference);
        } catch (io.grpc.StatusRuntimeException e) {
            throw error(Status.UNKNOWN, prefix + e.getStatus().getDescription());
        }
        return pulled(system, normalized).orElseThrow(() -> error(Status.UNKNOWN, prefix + notFound(normalized)));
    }

    private static Optional<Hardware.BootImage> pulled(TalosSystem system, String reference) {
        return system.config().pullCandidates(reference).stream()
                .map(system.fabric().images::pull)
                .flatMap(Optional::stream)
                .findFirst();
    }

    private static String notFound(String reference) {
        return "failed to pull image \"" + reference + "\": failed to resolve reference \"" + reference + "\": "
                + reference + ": not found";
    }

    /** A reference as containerd has it: with a registry and a tag. */
    private static String normalized(String reference) {
        int slash = reference.indexOf('/');
        String first = slash < 0 ? "" : reference.substring(0, slash);
        boolean domain = first.contains(".") || first.contains(":") || first.equals("localhost")
                || !first.equals(first.toLowerCase(Locale.ROOT));
        String host = domain ? first : "docker.io";
        String rest = domain ? reference.substring(slash + 1) : slash < 0 ? "library/" + reference : reference;
        int end = rest.indexOf('@') >= 0 ? rest.indexOf('@') : rest.length();
        int colon = rest.lastIndexOf(':', end - 1);
        int path = colon > rest.lastIndexOf('/', end - 1) ? colon : end;
        String repository = rest.substring(0, path);
        String tail = rest.substring(path);
        if (!repository.equals(repository.toLowerCase(Locale.ROOT))) {
            throw unreadable(reference, "invalid reference format: repository name (" + repository + ") must be lowercase");
        }
        if (!PATH.matcher(repository).matches() || !DOMAIN.matcher(host).matches() || !TAIL.matcher(tail).matches()) {
            throw unreadable(reference, "invalid reference format");
        }
        return host + "/" + repository + (tail.isEmpty() ? ":latest" : tail);
    }

    private static io.grpc.StatusRuntimeException unreadable(String reference, String why) {
        return error(Status.UNKNOWN, "failed to parse image reference \"" + reference + "\": " + why);
    }
}
