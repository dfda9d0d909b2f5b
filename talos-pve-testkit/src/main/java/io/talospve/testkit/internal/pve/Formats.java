package io.talospve.testkit.internal.pve;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** The named formats of Proxmox's parameters, with its texts. */
final class Formats {
    private static final Pattern DNS_LABEL = Pattern.compile("[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?");
    private static final Pattern CONFIG_ID = Pattern.compile("[A-Za-z][\\w-]+");
    private static final Pattern TAG = Pattern.compile("(?i)[a-z0-9_][a-z0-9_\\-+.]*");
    private static final Pattern STORAGE = Pattern.compile("(?i)[a-z][a-z0-9\\-_.]*[a-z0-9]");
    private static final Pattern IPV4 = Pattern.compile(
            "((25[0-5]|2[0-4]\\d|1?\\d?\\d)\\.){3}(25[0-5]|2[0-4]\\d|1?\\d?\\d)");
    private static final Pattern IPV6 = Pattern.compile("[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");

    private Formats() {}

    private static void require(boolean ok, String text) {
        if (!ok) {
            throw new IllegalArgumentException(text);
        }
    }

    static boolean dns(String value) {
        for (String label : value.split("\\.", -1)) {
            if (label.length() > 63 || !DNS_LABEL.matcher(label).matches()) {
                return false;
            }
        }
        return true;
    }

    static void dnsName(String value) {
        require(dns(value), "value does not look like a valid DNS name");
    }

    static void node(String value) {
        require(DNS_LABEL.matcher(value).matches(), "value does not look like a valid node name");
    }

    static void configId(String value) {
        require(CONFIG_ID.matcher(value).matches(), "invalid configuration ID '" + value + "'");
    }

    static void storageId(String value) {
        require(STORAGE.matcher(value).matches(), "storage ID '" + value + "' contains illegal characters");
    }

    static void poolId(String value) {
        require(value.matches("[A-Za-z0-9.\\-_]+(/[A-Za-z0-9.\\-_]+){0,2}"), "value '" + value
                + "' does not look like a valid pool name");
    }

    static void userId(String value) {
        require(value.matches("[^\\s:/]+@[A-Za-z][A-Za-z0-9.\\-_]+") && value.length() <= 64,
                "value '" + value + "' does not look like a valid user name");
    }

    static void roleId(String value) {
        require(value.matches("[A-Za-z0-9.\\-_]+"), "value '" + value + "' does not look like a valid role name");
    }

    static boolean isIpv4(String value) {
        return IPV4.matcher(value).matches();
    }

    static boolean isIp(String value) {
        return isIpv4(value) || IPV6.matcher(value).matches();
    }

    static void addressList(String value) {
        for (String one : list(value)) {
            require(isIp(one) || dns(one), "value does not look like a valid address: " + one);
        }
    }

    static void tags(String value) {
        for (String tag : list(value)) {
            require(TAG.matcher(tag).matches(), "invalid characters in tag");
        }
    }

    static void mac(String value) {
        require(value.matches("(?i)[a-f0-9][02468ace](:[a-f0-9]{2}){5}"),
                "value does not look like a valid unicast MAC address");
    }

    static void bridge(String value) {
        require(value.matches("[-_.\\w]+"), "invalid bridge ID '" + value + "'");
    }

    static void urlEncoded(String value) {
        require(value.matches("[-%a-zA-Z0-9_.!~*'()]*"), "value is not URL-encoded");
    }

    static void diskSize(String value) {
        require(value.matches("\\d+(\\.\\d+)?[KMGT]?"), "value does not look like a valid disk size: " + value);
    }

    static void cidr4(String value) {
        require(value.matches(IPV4.pattern() + "/(3[0-2]|[12]?\\d)"), "value does not look like a valid IPv4 CIDR");
    }

    static void cidr6(String value) {
        require(value.matches(IPV6.pattern() + "/(12[0-8]|1[01]\\d|\\d?\\d)"),
                "value does not look like a valid IPv6 CIDR");
    }

    static void cpuset(String value) {
        require(value.matches("\\s*\\d+(-\\d+)?(\\s*,\\s*\\d+(-\\d+)?)*"), "unable to parse '" + value + "' as cpuset");
    }

    /** Items of a list that has commas, semicolons, blanks or NULs between them. */
    static List<String> list(String value) {
        List<String> items = new ArrayList<>();
        for (String item : value.split("[,;\\s\0]+")) {
            if (!item.isEmpty()) {
                items.add(item);
            }
        }
        return items;
    }

    /** Tags as Proxmox keeps them: lower case, sorted, each once. */
    static String normalTags(String value) {
        TreeSet<String> sorted = new TreeSet<>();
        list(value).forEach(t -> sorted.add(t.toLowerCase(Locale.ROOT)));
        return String.join(";", sorted);
    }

    /** Bytes as Proxmox writes sizes: the largest unit that leaves no rest. */
    static String size(long bytes) {
        String[] units = {"", "K", "M", "G", "T"};
        long value = bytes;
        int unit = 0;
        while (unit < 4 && value % 1024 == 0 && value != 0) {
            value /= 1024;
            unit++;
        }
        return value + units[unit];
    }

    /** Bytes of a size such as {@code 8G} or {@code 1024}. */
    static long bytes(String size) {
        char last = size.charAt(size.length() - 1);
        int power = "KMGT".indexOf(last) + 1;
        String number = power == 0 ? size : size.substring(0, size.length() - 1);
        return new java.math.BigDecimal(number)
                .multiply(java.math.BigDecimal.valueOf(1024).pow(power))
                .toBigInteger()
                .longValueExact();
    }
}
