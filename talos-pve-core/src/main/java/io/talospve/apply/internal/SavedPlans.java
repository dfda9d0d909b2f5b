package io.talospve.apply.internal;

import io.talospve.apply.internal.ReviewedPlan.ReviewedStep;
import io.talospve.error.ErrorCode;
import io.talospve.error.RefusedException;
import io.talospve.plan.Plan;
import io.talospve.spec.Secret;
import io.talospve.spec.TalosCluster;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Plans in files: spec, steps, and a MAC under the store's key over both. */
public final class SavedPlans {
    /** Changes whenever the same world could give steps with other digests. */
    private static final String FORMAT = "talos-pve plan 1";

    private static final JsonMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private SavedPlans() {}

    /** The document of a plan. */
    public static String write(Plan plan, Secret<byte[]> key) {
        ReviewedPlan reviewed = ReviewedPlan.of(plan);
        ObjectNode root = JSON.createObjectNode();
        root.put("format", FORMAT);
        root.put("cluster", plan.cluster().name());
        root.put("kind", plan.kind().name());
        root.put("basis", plan.basis().name());
        root.put("spec", plan.cluster().toYaml());
        root.set("plan", JSON.readTree(plan.toJson()));
        ObjectNode steps = root.putObject("steps");
        reviewed.steps().stream()
                .sorted(Comparator.comparing(ReviewedStep::id))
                .forEach(step -> steps.put(step.id(), step.digest()));
        root.put("mac", mac(root, key));
        return JSON.writeValueAsString(root) + "\n";
    }

    /**
     * Reads a document.
     *
     * @param text the document
     * @param keys the store's key, by cluster
     * @throws RefusedException if it is not what this library wrote with this store
     */
    public static ReviewedPlan read(String text, Function<String, Secret<byte[]>> keys) {
        ObjectNode root = parse(text);
        String format = root.path("format").asString("");
        if (!format.equals(FORMAT)) {
            throw new RefusedException(
                    ErrorCode.PLAN_ALTERED,
                    "the saved plan has format \"" + format + "\"; this version of the library applies \"" + FORMAT + "\"",
                    "Plan again with this version, or apply it with the version that wrote it.");
        }
        String cluster = root.path("cluster").asString("");
        JsonNode claimed = root.remove("mac");
        byte[] found = bytes(claimed == null ? "" : claimed.asString(""));
        // An unknown name must not lead to a file: only names that a spec could have are looked up.
        if (!cluster.matches("[a-z0-9]([a-z0-9-]*[a-z0-9])?")
                || !MessageDigest.isEqual(found, bytes(mac(root, keys.apply(cluster))))) {
            throw new RefusedException(
                    ErrorCode.PLAN_ALTERED,
                    "the saved plan of " + cluster + " was changed after it was saved, or was saved with another store",
                    "Plan and save again, with the store that it will be applied with.");
        }
        List<ReviewedStep> steps = new ArrayList<>();
        root.path("plan").path("steps").forEach(step -> {
            String id = step.path("id").asString("");
            steps.add(new ReviewedStep(
                    id, step.path("title").asString(id), root.path("steps").path(id).asString("")));
        });
        Map<String, String> hosts = new TreeMap<>();
        root.path("plan").path("machines").forEach(machine ->
                hosts.put(machine.path("name").asString(""), machine.path("host").asString("")));
        return new ReviewedPlan(
                Plan.Kind.valueOf(root.path("kind").asString()),
                Plan.Basis.valueOf(root.path("basis").asString()),
                TalosCluster.parse(root.path("spec").asString(), "saved plan of " + cluster),
                hosts,
                steps);
    }

    private static ObjectNode parse(String text) {
        try {
            if (JSON.readTree(text) instanceof ObjectNode object) {
                return object;
            }
        } catch (JacksonException notJson) {
            // said below
        }
        throw new RefusedException(ErrorCode.PLAN_ALTERED, "this is not a saved plan", "Plan and save again.");
    }

    /** Over the document without the MAC, in the form that writing it again gives: spaces between values do not count. */
    private static String mac(ObjectNode root, Secret<byte[]> key) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key.reveal(), "HmacSHA256"));
            return HexFormat.of().formatHex(mac.doFinal(JSON.writeValueAsString(root).getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] bytes(String hex) {
        return hex.getBytes(StandardCharsets.US_ASCII);
    }
}
