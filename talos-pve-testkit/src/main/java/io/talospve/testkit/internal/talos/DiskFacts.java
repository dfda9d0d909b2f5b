package io.talospve.testkit.internal.talos;

import io.talospve.testkit.internal.world.Hardware;
import java.util.Map;

/**
 * What Talos sees of a disk. On virtio-scsi a serial is never visible and the WWN becomes {@code naa.…}.
 *
 * @param name kernel name, {@code sda}
 * @param size bytes
 * @param wwid World Wide ID; empty if the disk has none
 * @param busPath path on the bus; the last number is the index of the slot
 */
record DiskFacts(String name, long size, String wwid, String busPath) {
    static DiskFacts of(Hardware.Disk disk, int index) {
        String number = disk.slot().replaceAll("\\D", "");
        boolean virtio = disk.slot().startsWith("virtio");
        return new DiskFacts(
                (virtio ? "vd" : "sd") + (char) ('a' + index),
                disk.sizeBytes(),
                disk.wwn().map(w -> "naa." + w.substring(2).toLowerCase(java.util.Locale.ROOT)).orElse(""),
                "/pci0000:00/0000:00:05.0/0000:01:0" + (1 + index) + ".0/virtio" + (3 + index) + "/host"
                        + (2 + index) + "/target" + (2 + index) + ":0:0/" + (2 + index) + ":0:0:" + number + "/");
    }

    String devicePath() {
        return "/dev/" + name;
    }

    String prettySize() {
        return size >= 1_000_000_000L
                ? (size + 500_000_000L) / 1_000_000_000L + " GB"
                : (size + 500_000L) / 1_000_000L + " MB";
    }

    /** Whether the old-style disk selector of {@code machine.install} takes this disk: all given fields have to match. */
    boolean matches(Map<?, ?> selector) {
        for (Map.Entry<?, ?> entry : selector.entrySet()) {
            String wanted = String.valueOf(entry.getValue());
            boolean matches = switch (String.valueOf(entry.getKey())) {
                case "wwid" -> !wwid.isEmpty() && wwid.matches(MachineConfig.glob(wanted));
                case "name" -> name.matches(MachineConfig.glob(wanted)) || devicePath().equals(wanted);
                case "busPath" -> busPath.matches(MachineConfig.glob("*" + wanted.replaceAll("^\\*+", "")) + ".?")
                        || busPath.matches(MachineConfig.glob(wanted));
                case "model" -> "QEMU HARDDISK".matches(MachineConfig.glob(wanted));
                case "size" -> sizeMatches(wanted);
                case "type" -> wanted.equals("hdd") || wanted.equals("ssd");
                // Neither serial nor uuid nor modalias of a virtio-scsi disk is visible.
                default -> false;
            };
            if (!matches) {
                return false;
            }
        }
        return true;
    }

    private boolean sizeMatches(String condition) {
        var parts = java.util.regex.Pattern.compile("\\s*(==|>=|<=|>|<)?\\s*([0-9.]+)\\s*([kKMGT]?i?B?)\\s*").matcher(condition);
        if (!parts.matches()) {
            return false;
        }
        String unit = parts.group(3);
        double base = unit.contains("i") ? 1024 : 1000;
        int power = unit.isEmpty() ? 0 : "BKMGT".indexOf(Character.toUpperCase(unit.charAt(0)));
        double bytes = Double.parseDouble(parts.group(2)) * Math.pow(base, power);
        return switch (parts.group(1) == null ? "==" : parts.group(1)) {
            case ">=" -> size >= bytes;
            case "<=" -> size <= bytes;
            case ">" -> size > bytes;
            case "<" -> size < bytes;
            default -> size == bytes;
        };
    }
}
