package io.talospve.testkit.internal.pve;

import io.talospve.testkit.internal.world.Vm;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The files that Proxmox generates for cloud-init. */
final class CloudInitText {
    private final VmOptions options;

    CloudInitText(VmOptions options) {
        this.options = options;
    }

    /** One of the files: user, network, meta. */
    String dump(Vm vm, String type) {
        return switch (type) {
            case "user" -> user(vm);
            case "network" -> network(vm);
            default -> "instance-id: " + VmConfigs.sha1(user(vm) + network(vm)) + "\n";
        };
    }

    /** The options of cloud-init that differ from what was last written; all that are set are shown. */
    List<Map<String, Object>> options(Vm vm) {
        List<Map<String, Object>> all = new ArrayList<>();
        vm.config().forEach((k, v) -> {
            if (k.equals("cicustom")) {
                all.add(Map.of("key", k, "value", v));
            }
        });
        return all;
    }

    private String user(Vm vm) {
        Map<String, String> c = vm.config();
        String name = c.getOrDefault("name", "VM" + vm.vmid());
        String domain = Optional.ofNullable(c.get("searchdomain")).map(d -> "." + Formats.list(d).get(0)).orElse("");
        StringBuilder text = new StringBuilder("#cloud-config\n");
        text.append("hostname: ").append(name).append("\nmanage_etc_hosts: true\n");
        text.append("fqdn: ").append(name).append(domain).append('\n');
        if (c.containsKey("ciuser")) {
            text.append("user: ").append(c.get("ciuser")).append('\n');
        }
        if (c.containsKey("cipassword")) {
            text.append("password: ").append(c.get("cipassword")).append('\n');
        }
        if (c.containsKey("sshkeys")) {
            text.append("ssh_authorized_keys:\n");
            for (String key : URLDecoder.decode(c.get("sshkeys"), StandardCharsets.UTF_8).split("\n")) {
                if (!key.isBlank()) {
                    text.append("  - ").append(key).append('\n');
                }
            }
        }
        text.append("chpasswd:\n  expire: False\nusers:\n  - default\n");
        if (!"0".equals(c.get("ciupgrade"))) {
            text.append("package_upgrade: true\n");
        }
        return text.toString();
    }

    private String network(Vm vm) {
        Map<String, String> c = vm.config();
        StringBuilder text = new StringBuilder("version: 1\nconfig:\n");
        Map<Integer, String> nets = VmHardware.numbered(c, "net");
        VmHardware.numbered(c, "ipconfig").forEach((n, value) -> {
            if (!nets.containsKey(n)) {
                return;
            }
            String mac = options.rules("net0").parse(nets.get(n)).getOrDefault("macaddr", "");
            text.append("    - type: physical\n      name: eth").append(n).append("\n      mac_address: '")
                    .append(mac.toLowerCase(Locale.ROOT)).append("'\n      subnets:\n");
            Map<String, String> ip = options.rules("ipconfig0").parse(value);
            if (ip.containsKey("ip")) {
                subnet4(text, ip);
            }
            if (ip.containsKey("ip6")) {
                subnet6(text, ip);
            }
        });
        text.append("    - type: nameserver\n      address:\n");
        List<String> servers = c.containsKey("nameserver") ? Formats.list(c.get("nameserver")) : List.of("127.0.0.1");
        servers.forEach(s -> text.append("      - '").append(s).append("'\n"));
        if (c.containsKey("searchdomain")) {
            text.append("      search:\n");
            Formats.list(c.get("searchdomain")).forEach(d -> text.append("      - '").append(d).append("'\n"));
        }
        return text.toString();
    }

    private static void subnet4(StringBuilder text, Map<String, String> ip) {
        if (ip.get("ip").equals("dhcp")) {
            text.append("      - type: dhcp4\n");
            return;
        }
        String[] parts = ip.get("ip").split("/");
        long mask = 0xffffffffL << (32 - Integer.parseInt(parts[1])) & 0xffffffffL;
        text.append("      - type: static\n        address: '").append(parts[0]).append("'\n        netmask: '")
                .append(mask >> 24).append('.').append(mask >> 16 & 255).append('.').append(mask >> 8 & 255)
                .append('.').append(mask & 255).append("'\n");
        if (ip.containsKey("gw")) {
            text.append("        gateway: '").append(ip.get("gw")).append("'\n");
        }
    }

    private static void subnet6(StringBuilder text, Map<String, String> ip) {
        switch (ip.get("ip6")) {
            case "dhcp" -> text.append("      - type: dhcp6\n");
            case "auto" -> text.append("      - type: ipv6_slaac\n");
            default -> {
                text.append("      - type: static6\n        address: '").append(ip.get("ip6")).append("'\n");
                if (ip.containsKey("gw6")) {
                    text.append("        gateway: '").append(ip.get("gw6")).append("'\n");
                }
            }
        }
    }
}
