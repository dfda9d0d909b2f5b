package io.talospve.testkit.internal.factory;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/** What the image factory knows: registered schematics, Talos versions, official extensions. Thread-safe. */
public final class Schematics {
    private static final List<String> VERSIONS = List.of(
            "v1.9.0", "v1.9.1", "v1.9.2", "v1.9.3", "v1.9.4", "v1.9.5", "v1.9.6", "v1.10.0", "v1.10.1", "v1.10.2",
            "v1.10.3", "v1.10.4", "v1.10.5", "v1.10.6", "v1.10.7", "v1.10.8", "v1.10.9", "v1.11.0", "v1.11.1",
            "v1.11.2", "v1.11.3", "v1.11.4", "v1.11.5", "v1.11.6", "v1.12.0", "v1.12.1", "v1.12.2", "v1.12.3",
            "v1.12.4", "v1.12.5", "v1.12.6");

    private static final List<String> EXTENSIONS = List.of(
            "siderolabs/amazon-ena", "siderolabs/amd-ucode", "siderolabs/amdgpu", "siderolabs/binfmt-misc",
            "siderolabs/bnx2-bnx2x", "siderolabs/btrfs", "siderolabs/chelsio-drivers", "siderolabs/chelsio-firmware",
            "siderolabs/cloudflared", "siderolabs/crun", "siderolabs/ctr", "siderolabs/drbd", "siderolabs/ecr-credential-provider",
            "siderolabs/fuse3", "siderolabs/gasket-driver", "siderolabs/glibc", "siderolabs/gvisor",
            "siderolabs/gvisor-debug", "siderolabs/hello-world-service", "siderolabs/i915", "siderolabs/intel-ice-firmware",
            "siderolabs/intel-ucode", "siderolabs/iscsi-tools", "siderolabs/kata-containers", "siderolabs/lldpd",
            "siderolabs/mdadm", "siderolabs/mei", "siderolabs/metal-agent", "siderolabs/nebula", "siderolabs/netbird",
            "siderolabs/nfs-utils", "siderolabs/nfsd", "siderolabs/nfsrahead", "siderolabs/nonfree-kmod-nvidia-lts",
            "siderolabs/nonfree-kmod-nvidia-production", "siderolabs/nut-client", "siderolabs/nvidia-container-toolkit-lts",
            "siderolabs/nvidia-container-toolkit-production", "siderolabs/nvidia-open-gpu-kernel-modules-lts",
            "siderolabs/nvidia-open-gpu-kernel-modules-production", "siderolabs/nvme-cli", "siderolabs/panfrost",
            "siderolabs/qemu-guest-agent", "siderolabs/qlogic-firmware", "siderolabs/realtek-firmware",
            "siderolabs/revpi-firmware", "siderolabs/spin", "siderolabs/stargz-snapshotter", "siderolabs/tailscale",
            "siderolabs/thunderbolt", "siderolabs/uinput", "siderolabs/usb-audio-drivers", "siderolabs/usb-modem-drivers",
            "siderolabs/util-linux-tools", "siderolabs/v4l-uvc-drivers", "siderolabs/vc4", "siderolabs/vmtoolsd-guest-agent",
            "siderolabs/wasmedge", "siderolabs/xe-guest-utilities", "siderolabs/youki", "siderolabs/zerotier",
            "siderolabs/zfs");

    private static final Pattern ID = Pattern.compile("[0-9a-f]{64}");

    private final Map<String, Schematic> registered = new ConcurrentHashMap<>();

    /** Registers a schematic and gives its id. */
    String register(Schematic schematic) {
        registered.put(schematic.id(), schematic);
        return schematic.id();
    }

    Optional<Schematic> find(String id) {
        return ID.matcher(id).matches() ? Optional.ofNullable(registered.get(id)) : Optional.empty();
    }

    /** Whether a Talos version was released. */
    public boolean knows(String version) {
        return VERSIONS.contains(version);
    }

    /** Released Talos versions, oldest first. */
    public List<String> versions() {
        return VERSIONS;
    }

    /** Full names of the official extensions. */
    public List<String> extensions() {
        return EXTENSIONS;
    }

    /** Ids of all registered schematics, sorted. */
    public List<String> ids() {
        return registered.keySet().stream().sorted().toList();
    }
}
