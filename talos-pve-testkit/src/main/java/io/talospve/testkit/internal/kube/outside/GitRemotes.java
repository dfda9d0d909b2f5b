package io.talospve.testkit.internal.kube.outside;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Repositories with manifests that GitOps engines fetch: git servers and OCI registries. A repository is known by its URL;
 * it has branches, tags and commits, each with files. Thread-safe.
 */
public final class GitRemotes {
    private final Map<String, Repository> repositories = new TreeMap<>();

    /** No repository yet. */
    public GitRemotes() {}

    private static final class Repository {
        private final Map<String, Commit> references = new LinkedHashMap<>();
        private Optional<String> password = Optional.empty();
    }

    /**
     * A state of a repository.
     *
     * @param id SHA-1 of a commit, SHA-256 of an artifact, without prefix
     * @param files contents by path
     */
    public record Commit(String id, Map<String, String> files) {
        /** Whether there is something at a path, {@code ./clusters/prod} or {@code clusters/prod}; empty is all. */
        public boolean has(String path) {
            String folder = clean(path);
            return folder.isEmpty() || files.keySet().stream().anyMatch(f -> f.startsWith(folder + "/"));
        }

        /** The YAML files at a path and below, by path. */
        public Map<String, String> manifests(String path) {
            String folder = clean(path);
            return files.entrySet().stream()
                    .filter(f -> folder.isEmpty() || f.getKey().startsWith(folder + "/"))
                    .filter(f -> f.getKey().matches(".*\\.ya?ml") && !f.getKey().endsWith("kustomization.yaml"))
                    .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue, (a, b) -> a, TreeMap::new));
        }

        private static String clean(String path) {
            return path.replaceFirst("^(\\./+|/+|\\.$)", "").replaceFirst("/+$", "");
        }
    }

    /** What asking for a revision gives. */
    public sealed interface Answer {
        /** It is there. */
        record Found(String reference, Commit commit) implements Answer {}

        /** There is no such repository. */
        record NoRepository() implements Answer {}

        /** The credentials are missing or wrong. */
        record Denied() implements Answer {}

        /** There is no such branch, tag or commit. */
        record NoReference(String reference) implements Answer {}
    }

    /**
     * Puts files into a repository, which comes to be if it is not there; a new commit replaces the branch's last one.
     *
     * @param url its URL, {@code https://…}, {@code ssh://…} or {@code oci://…}
     * @param reference a branch or a tag
     * @param files contents by path
     * @return the commit's id
     */
    public synchronized String push(String url, String reference, Map<String, String> files) {
        Map<String, String> sorted = new TreeMap<>(files);
        Commit commit = new Commit(
                digest(url + "\n" + reference + "\n" + sorted, url.startsWith("oci:") ? "SHA-256" : "SHA-1"), sorted);
        repositories.computeIfAbsent(normal(url), u -> new Repository()).references.put(reference, commit);
        return commit.id();
    }

    /** Lets only those in who have a password, token or key; the text must be among the values of the Secret they use. */
    public synchronized void protect(String url, String password) {
        repositories.computeIfAbsent(normal(url), u -> new Repository()).password = Optional.of(password);
    }

    /**
     * Asks for a branch, a tag, a commit or, with {@code HEAD}, the first branch.
     *
     * @param credentials everything that the client has to show
     */
    public synchronized Answer ask(String url, String reference, List<String> credentials) {
        Repository repository = repositories.get(normal(url));
        if (repository == null) {
            return new Answer.NoRepository();
        }
        if (repository.password.isPresent()
                && credentials.stream().noneMatch(c -> c.strip().equals(repository.password.get().strip()))) {
            return new Answer.Denied();
        }
        for (Map.Entry<String, Commit> known : repository.references.entrySet()) {
            if (known.getKey().equals(reference)
                    || known.getValue().id().equals(reference)
                    || reference.equals("HEAD")) {
                return new Answer.Found(known.getKey(), known.getValue());
            }
        }
        return new Answer.NoReference(reference);
    }

    /** The references of a repository, in the order they came. */
    public synchronized List<String> references(String url) {
        Repository repository = repositories.get(normal(url));
        return repository == null ? List.of() : List.copyOf(repository.references.keySet());
    }

    private static String normal(String url) {
        return url.replaceFirst("\\.git$", "").replaceFirst("/+$", "");
    }

    private static String digest(String text, String algorithm) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance(algorithm).digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
