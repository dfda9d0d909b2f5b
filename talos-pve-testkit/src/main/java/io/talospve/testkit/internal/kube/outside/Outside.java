package io.talospve.testkit.internal.kube.outside;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** What clusters meet outside of themselves: git servers, files to download, registries that fail. Thread-safe. */
public final class Outside {
    private final GitRemotes git = new GitRemotes();
    private final Map<String, String> files = new ConcurrentHashMap<>();
    private final Set<String> brokenImages = ConcurrentHashMap.newKeySet();

    /** An outside without anything in it. */
    public Outside() {}

    /** The git servers and OCI registries with manifests. */
    public GitRemotes git() {
        return git;
    }

    /** Puts a file at a URL, for extraManifests and CNI manifests. */
    public void file(String url, String content) {
        files.put(url, content);
    }

    /** The file at a URL. */
    public Optional<String> file(String url) {
        return Optional.ofNullable(files.get(url));
    }

    /** Images whose reference begins like this cannot be pulled. */
    public void breakImages(String prefix) {
        brokenImages.add(prefix);
    }

    /** Takes {@link #breakImages} back. */
    public void healImages(String prefix) {
        brokenImages.remove(prefix);
    }

    /** Whether an image can be pulled. */
    public boolean pullable(String image) {
        return brokenImages.stream().noneMatch(image::startsWith);
    }
}
