package io.talospve.gitops.chart;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a server asks for in WWW-Authenticate (RFC 9110 section 11.6.1), one challenge a header, as registries send it.
 *
 * @param scheme in lower case, for example {@code bearer}
 * @param parameters for example {@code realm}
 */
record Challenge(String scheme, Map<String, String> parameters) {
    private static final Pattern HEADER = Pattern.compile("\\s*([A-Za-z][A-Za-z0-9-]*)(?:\\s+(.*))?", Pattern.DOTALL);
    private static final Pattern PARAMETER =
            Pattern.compile("([A-Za-z0-9_-]+)\\s*=\\s*(?:\"((?:[^\"\\\\]|\\\\.)*+)\"|([^\\s,\"]*+))");

    static Optional<Challenge> parse(String header) {
        Matcher matcher = HEADER.matcher(header.length() > 4096 ? "" : header);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        Map<String, String> parameters = new HashMap<>();
        Matcher each = PARAMETER.matcher(matcher.group(2) == null ? "" : matcher.group(2));
        while (each.find()) {
            String value = each.group(2) != null ? each.group(2).replaceAll("\\\\(.)", "$1") : each.group(3);
            parameters.putIfAbsent(each.group(1).toLowerCase(Locale.ROOT), value);
        }
        return Optional.of(new Challenge(matcher.group(1).toLowerCase(Locale.ROOT), parameters));
    }
}
