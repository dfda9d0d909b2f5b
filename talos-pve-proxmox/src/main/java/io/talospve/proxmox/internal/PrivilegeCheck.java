package io.talospve.proxmox.internal;

import io.talospve.spi.PlannedCall;
import io.talospve.spi.PlannedCall.ChangeVm;
import io.talospve.spi.PlannedCall.CreateVm;
import io.talospve.spi.PlannedCall.DeleteImage;
import io.talospve.spi.PlannedCall.DeleteVm;
import io.talospve.spi.PlannedCall.DownloadImage;
import io.talospve.spi.PlannedCall.ManageHa;
import io.talospve.spi.PrivilegeGap;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Compares what the account may do with what a plan needs. Which privilege is needed for what was measured on 8.4 and 9.2
 * by taking away one at a time.
 */
public final class PrivilegeCheck {
    private static final List<String> CREATE = List.of(
            "VM.Allocate",
            "VM.Audit",
            "VM.Config.CDROM",
            "VM.Config.CPU",
            "VM.Config.Cloudinit",
            "VM.Config.Disk",
            "VM.Config.HWType",
            "VM.Config.Memory",
            "VM.Config.Network",
            "VM.Config.Options",
            "VM.PowerMgmt");
    private static final List<String> CHANGE = List.of("VM.Audit", "VM.Config.Options", "VM.PowerMgmt");
    private static final List<String> DELETE = List.of("VM.Allocate", "VM.Audit", "VM.PowerMgmt");

    private final ApiClient api;

    /** On a client. */
    public PrivilegeCheck(ApiClient api) {
        this.api = api;
    }

    /** Everything that is missing, sorted by path; one call if there is anything to ask. */
    public List<PrivilegeGap> missing(Collection<PlannedCall> calls) {
        if (calls.isEmpty()) {
            return List.of();
        }
        Permissions held = Permissions.read(api.send(Call.get("access", "permissions")));
        Set<PrivilegeGap> gaps = new LinkedHashSet<>();
        for (PlannedCall call : calls) {
            if (call instanceof CreateVm create) {
                create(held, create, gaps);
            } else if (call instanceof ChangeVm change) {
                existing(held, change.vmid(), CHANGE, "to start, stop and tag VM " + change.vmid(), gaps);
            } else if (call instanceof DeleteVm delete) {
                existing(held, delete.vmid(), DELETE, "to stop and delete VM " + delete.vmid(), gaps);
            } else if (call instanceof DownloadImage download) {
                download(held, download, gaps);
            } else if (call instanceof DeleteImage image) {
                require(held, "/storage/" + image.datastore(), "Datastore.Allocate", "to delete the image there", gaps);
            } else if (call instanceof ManageHa) {
                require(held, "/", "Sys.Console", "to add and remove HA resources", gaps);
                require(held, "/", "Sys.Audit", "to read HA resources", gaps);
            }
        }
        return gaps.stream()
                .sorted(Comparator.comparing(PrivilegeGap::path).thenComparing(PrivilegeGap::privilege))
                .toList();
    }

    private static void create(Permissions held, CreateVm vm, Set<PrivilegeGap> gaps) {
        // rights on the pool count for its members; without a pool they have to be on /vms
        String path = vm.pool().map(pool -> "/pool/" + pool).orElse("/vms");
        for (String privilege : CREATE) {
            if (!held.allows("/vms", privilege)) {
                require(held, path, privilege, "to create and start virtual machines", gaps);
            }
        }
        vm.pciMappings().forEach(name ->
                require(held, "/mapping/pci/" + name, "Mapping.Use", "to pass a PCI device through", gaps));
        vm.usbMappings().forEach(name ->
                require(held, "/mapping/usb/" + name, "Mapping.Use", "to pass a USB device through", gaps));
        if (vm.startupOrder()) {
            require(held, "/", "Sys.Modify", "to give machines a place in the start-up order", gaps);
        }
        for (String datastore : vm.datastores()) {
            require(held, "/storage/" + datastore, "Datastore.AllocateSpace", "to allocate disks there", gaps);
        }
        String iso = "/storage/" + vm.isoDatastore();
        if (!held.allows(iso, "Datastore.AllocateSpace")) {
            require(held, iso, "Datastore.Audit", "to list and attach the boot image", gaps);
        }
        for (String bridge : vm.bridges()) {
            if (!mayUse(held, bridge)) {
                gaps.add(new PrivilegeGap(
                        "/sdn/zones/localnetwork/" + bridge, "SDN.Use", "to attach NICs to " + bridge));
            }
        }
    }

    /** A bridge is in the zone localnetwork; a vnet may be in any other, which only who may read SDN can tell. */
    private static boolean mayUse(Permissions held, String bridge) {
        if (held.allows("/sdn/zones/localnetwork/" + bridge, "SDN.Use")) {
            return true;
        }
        return held.below("/sdn/zones").stream()
                .filter(path -> !path.equals("/sdn/zones/localnetwork") && !path.startsWith("/sdn/zones/localnetwork/"))
                .anyMatch(path -> path.indexOf('/', "/sdn/zones/".length()) < 0
                        ? held.allows(path + "/" + bridge, "SDN.Use")
                        : path.endsWith("/" + bridge) && held.allows(path, "SDN.Use"));
    }

    private static void existing(
            Permissions held, int vmid, List<String> privileges, String purpose, Set<PrivilegeGap> gaps) {
        for (String privilege : privileges) {
            boolean perhapsByPool = held.below("/pool").stream().anyMatch(pool -> held.allows(pool, privilege));
            if (!perhapsByPool) {
                require(held, "/vms/" + vmid, privilege, purpose, gaps);
            }
        }
    }

    private static void download(Permissions held, DownloadImage download, Set<PrivilegeGap> gaps) {
        String storage = "/storage/" + download.datastore();
        require(held, storage, "Datastore.AllocateTemplate", "to download the boot image to it", gaps);
        boolean byNode = held.allows("/nodes/" + download.host(), "Sys.AccessNetwork");
        boolean byRoot = held.allows("/", "Sys.Audit") && held.allows("/", "Sys.Modify");
        if (!byNode && !byRoot) {
            gaps.add(new PrivilegeGap(
                    "/nodes/" + download.host(), "Sys.AccessNetwork", "to let the host download from the image factory"));
        }
    }

    private static void require(Permissions held, String path, String privilege, String purpose, Set<PrivilegeGap> gaps) {
        if (!held.allows(path, privilege)) {
            gaps.add(new PrivilegeGap(path, privilege, purpose));
        }
    }
}
