package io.talospve.gitops.internal;

import io.talospve.error.ErrorCode;
import io.talospve.error.RefusedException;
import io.talospve.gitops.ManifestDocument;
import io.talospve.spec.Secret;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** What fits into a machine configuration: a machine in maintenance mode takes 4 MiB in one message. */
public final class InlineSizes {
    /** What a machine in maintenance mode takes. */
    static final int LIMIT = 4 * 1024 * 1024;

    /** Left for the rest of the configuration, which has 10 to 60 KB, with patches more. */
    static final int RESERVE = 256 * 1024;

    /** A manifest is split when it is larger, so that nobody has to read or send megabytes in one piece. */
    static final int PIECE = 256 * 1024;

    /** Each line of a manifest is indented by so much in the configuration. */
    private static final int INDENT = 12;

    private InlineSizes() {}

    /** Bytes of a text in UTF-8. */
    public static int bytes(Secret<String> text) {
        return text.reveal().getBytes(StandardCharsets.UTF_8).length;
    }

    /** How much of a machine configuration texts take, about. */
    public static int inConfiguration(List<Secret<String>> texts) {
        return texts.stream()
                .mapToInt(text -> bytes(text)
                        + INDENT * (int) text.reveal().chars().filter(c -> c == '\n').count())
                .sum();
    }

    /** Whether so much fits. */
    public static boolean fits(int inConfiguration) {
        return inConfiguration <= LIMIT - RESERVE;
    }

    /** Refuses what does not fit, with numbers. */
    public static RefusedException tooLarge(Map<String, Integer> sizes, int inConfiguration) {
        return new RefusedException(
                ErrorCode.PLAN_REFUSED,
                "the manifests do not fit into a machine configuration: they would take " + inConfiguration
                        + " bytes of it, without the descriptions of CustomResourceDefinitions; a machine takes " + LIMIT
                        + " in all, of which " + RESERVE + " are left for the rest: "
                        + sizes.entrySet().stream()
                                .map(size -> size.getKey() + " " + size.getValue())
                                .collect(Collectors.joining(", ")),
                "Leave large add-ons to the GitOps engine, which has no such limit.");
    }

    /** Documents in one group, or in several if they are large; a document stays whole. */
    public static List<List<ManifestDocument>> split(List<ManifestDocument> documents) {
        List<List<ManifestDocument>> groups = new ArrayList<>();
        List<ManifestDocument> current = new ArrayList<>();
        int size = 0;
        for (ManifestDocument document : documents) {
            int own = bytes(document.yaml());
            if (!current.isEmpty() && size + own > PIECE) {
                groups.add(List.copyOf(current));
                current.clear();
                size = 0;
            }
            current.add(document);
            size += own;
        }
        if (!current.isEmpty()) {
            groups.add(List.copyOf(current));
        }
        return groups;
    }

    /** Name of one of several texts, such that they sort in their order. */
    public static String name(String name, int index, int count) {
        return count == 1 ? name : String.format(Locale.ROOT, "%s-%02d", name, index + 1);
    }
}
