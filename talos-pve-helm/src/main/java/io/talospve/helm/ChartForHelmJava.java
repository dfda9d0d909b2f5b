package io.talospve.helm;

import io.talospve.gitops.chart.FetchedChart;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A chart as helm-java has to get it so that it renders what {@code helm template --include-crds --api-versions} does. Where
 * there is nothing to change it is the chart as it came. Immutable.
 */
final class ChartForHelmJava {
    private static final Pattern CRD = Pattern.compile("((?:charts/[^/]+/)*)crds/.+\\.(yaml|yml|json)");
    private static final Pattern TEMPLATE = Pattern.compile("(?:charts/[^/]+/)*templates/.+");
    private static final Pattern ASKED = Pattern.compile("(?<![\\w)$.])(?:\\$\\w*)?(?:\\.\\w+)*?\\.Capabilities\\.APIVersions\\.Has\\s+"
            + "(?:\"([^\"]*)\"|`([^`]*)`)");
    private static final Pattern COMMENT = Pattern.compile("\\{\\{-?\\s*/\\*.*?\\*/\\s*-?\\}\\}", Pattern.DOTALL);
    private static final String ANY_USE = ".APIVersions";

    private final FetchedChart chart;
    private final Map<String, byte[]> changed;

    private ChartForHelmJava(FetchedChart chart, Map<String, byte[]> changed) {
        this.chart = chart;
        this.changed = changed;
    }

    static ChartForHelmJava of(FetchedChart chart, List<String> apiVersions, HelmFailure failure) {
        SortedMap<String, byte[]> files = chart.unpackedFiles();
        Map<String, byte[]> changed = new TreeMap<>();
        renderDefinitions(files, changed);
        if (!apiVersions.isEmpty()) {
            answerApiVersions(files, apiVersions, changed, failure);
        }
        if (changed.isEmpty()) {
            return new ChartForHelmJava(chart, Map.of());
        }
        Map<String, byte[]> all = new TreeMap<>(files);
        all.putAll(changed);
        if (chart.archive().isPresent()) {
            // Helm heeds it in folders only; here it would leave out what the archive has.
            all.remove(".helmignore");
        }
        return new ChartForHelmJava(chart, all);
    }

    /**
     * helm-java leaves {@code crds/} out. A template in the chart that has them puts them in again, so that Helm itself decides
     * whether the definitions of a subchart count, by its condition and tags.
     */
    private static void renderDefinitions(SortedMap<String, byte[]> files, Map<String, byte[]> changed) {
        Map<String, StringBuilder> templates = new TreeMap<>();
        for (String path : files.keySet()) {
            Matcher matcher = CRD.matcher(path);
            if (matcher.matches()) {
                String root = matcher.group(1);
                templates
                        .computeIfAbsent(root, key -> new StringBuilder())
                        .append("---\n{{ .Files.Get ")
                        .append('"' + path.substring(root.length()).replace("\"", "\\\"") + '"')
                        .append(" }}\n");
            }
        }
        templates.forEach((root, text) ->
                changed.put(root + "templates/talos-pve-crds.yaml", text.toString().getBytes(StandardCharsets.UTF_8)));
    }

    /** helm-java has no option for API versions: where a template asks for one of them by name, the answer is put in. */
    private static void answerApiVersions(
            SortedMap<String, byte[]> files, List<String> apiVersions, Map<String, byte[]> changed, HelmFailure failure) {
        files.forEach((path, content) -> {
            String text = new String(content, StandardCharsets.UTF_8);
            if (!TEMPLATE.matcher(path).matches() || !text.contains(ANY_USE)) {
                return;
            }
            Matcher asked = ASKED.matcher(text);
            StringBuilder answered = new StringBuilder();
            while (asked.find()) {
                String version = asked.group(1) != null ? asked.group(1) : asked.group(2);
                String answer = apiVersions.contains(version) ? "true" : asked.group();
                asked.appendReplacement(answered, Matcher.quoteReplacement(answer));
            }
            asked.appendTail(answered);
            if (ASKED.matcher(COMMENT.matcher(text).replaceAll("")).replaceAll("").contains(ANY_USE)) {
                throw failure.refused(path + " asks for API versions in a way that helm-java cannot be told of"
                        + " (only .Capabilities.APIVersions.Has \"…\" works): use HelmExecutable, or give no further API versions");
            }
            if (!answered.toString().equals(text)) {
                changed.put(path, answered.toString().getBytes(StandardCharsets.UTF_8));
            }
        });
    }

    /**
     * Writes it into a folder.
     *
     * @return its name there
     */
    String writeTo(Path folder) throws IOException {
        if (changed.isEmpty()) {
            return folder.relativize(chart.writeTo(folder)).toString();
        }
        Path root = Files.createDirectory(folder.resolve("chart"));
        for (Map.Entry<String, byte[]> file : changed.entrySet()) {
            Path target = root.resolve(file.getKey()).normalize();
            if (!target.startsWith(root)) {
                throw new IOException("the path " + file.getKey() + " leads out of the chart");
            }
            Files.createDirectories(target.getParent());
            Files.write(target, file.getValue());
        }
        return "chart";
    }
}
