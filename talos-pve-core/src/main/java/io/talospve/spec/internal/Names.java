package io.talospve.spec.internal;

import io.talospve.spec.Cidr;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What names may look like, by the rules of DNS, Proxmox VE and OCI. */
final class Names {
    static final int MAX_LABEL = 63;

    private static final Pattern LABEL = Pattern.compile("[a-z0-9]([-a-z0-9]*[a-z0-9])?");
    private static final Pattern DNS = Pattern.compile(
            "(?=.{1,253}$)[A-Za-z0-9]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?(\\.[A-Za-z0-9]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?)*");
    private static final Pattern HOST = Pattern.compile("[A-Za-z0-9]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?");
    private static final Pattern STORAGE = Pattern.compile("[A-Za-z][-A-Za-z0-9_.]*[A-Za-z0-9]");
    private static final Pattern BRIDGE = Pattern.compile("[A-Za-z0-9_.-]{1,15}");
    private static final Pattern MAC = Pattern.compile("[0-9a-f]{2}(:[0-9a-f]{2}){5}");
    private static final Pattern REGISTRY = Pattern.compile("\\*|[A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?(:\\d{1,5})?");
    private static final Pattern REGISTRY_PATH = Pattern.compile(
            "[A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?(:\\d{1,5})?(/[a-z0-9]+([._-]+[a-z0-9]+)*)*");
    private static final Pattern EXTENSION = Pattern.compile("[a-z0-9]([-a-z0-9._]*[a-z0-9])?(/[a-z0-9]([-a-z0-9._]*[a-z0-9])?)?");
    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
    private static final Pattern CHART_VERSION = Pattern.compile("v?\\d{1,9}\\.\\d{1,9}\\.\\d{1,9}([-+][0-9A-Za-z.+-]{1,100})?");
    private static final Pattern SIZE = Pattern.compile("[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?");

    private Names() {}

    /** A DNS label in lower case, of any length. */
    static boolean isLabel(String text) {
        return LABEL.matcher(text).matches();
    }

    /** A DNS name, not an address. */
    static boolean isDnsName(String text) {
        // A last label of digits only would be an address with a typo.
        return DNS.matcher(text).matches() && !text.substring(text.lastIndexOf('.') + 1).matches("\\d+");
    }

    static boolean isAddressOrDnsName(String text) {
        return Cidr.isAddress(text) || isDnsName(text);
    }

    static boolean isHost(String text) {
        return HOST.matcher(text).matches();
    }

    static boolean isStorage(String text) {
        return STORAGE.matcher(text).matches();
    }

    static boolean isBridge(String text) {
        return BRIDGE.matcher(text).matches();
    }

    static boolean isMac(String text) {
        return MAC.matcher(text).matches();
    }

    static boolean isRegistry(String text) {
        return REGISTRY.matcher(text).matches();
    }

    static boolean isRegistryPath(String text) {
        return REGISTRY_PATH.matcher(text).matches();
    }

    static boolean isExtension(String text) {
        return EXTENSION.matcher(text).matches();
    }

    static boolean isSize(String text) {
        return SIZE.matcher(text).matches();
    }

    /** Why a text is no URL of a chart repository; null if it is one. */
    static @Nullable String whyNotChartUrl(String text) {
        return whyNotHttpUrl(text.startsWith("oci://") ? "https" + text.substring(3) : text);
    }

    static boolean isSha256(String text) {
        return SHA256.matcher(text).matches();
    }

    /** An exact version of a chart. */
    static boolean isChartVersion(String text) {
        return CHART_VERSION.matcher(text).matches();
    }

    /** Why a text is no URL of a manifest; null if it is one. */
    static @Nullable String whyNotManifestUrl(String text) {
        int query = text.indexOf('?');
        return whyNotHttpUrl(query < 0 ? text : text.substring(0, query));
    }

    /** Why a text is no http or https URL; null if it is one. */
    static @Nullable String whyNotHttpUrl(String text) {
        if (!text.contains("://")) {
            return "needs a scheme: write it as https://" + text;
        }
        try {
            URI uri = new URI(text);
            if (!"https".equals(uri.getScheme()) && !"http".equals(uri.getScheme())) {
                return "the scheme must be https or http";
            }
            if (uri.getHost() == null || uri.getHost().isEmpty()) {
                return "has no host";
            }
            return uri.getRawQuery() == null && uri.getRawFragment() == null ? null : "may have no ? or # part";
        } catch (URISyntaxException e) {
            return "is not a URL: " + e.getReason();
        }
    }
}
