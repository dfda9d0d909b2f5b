package io.talospve.testkit.internal.pve;

import static io.talospve.testkit.internal.pve.Endpoints.node;
import static io.talospve.testkit.internal.pve.Endpoints.onNode;
import static io.talospve.testkit.internal.pve.Endpoints.storage;
import static io.talospve.testkit.internal.pve.Param.bool;
import static io.talospve.testkit.internal.pve.Param.integer;
import static io.talospve.testkit.internal.pve.Param.oneOf;
import static io.talospve.testkit.internal.pve.Param.string;

import io.talospve.testkit.internal.world.Checksums;
import io.talospve.testkit.internal.world.Storage;
import io.talospve.testkit.internal.world.Volume;
import io.talospve.testkit.internal.world.World;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Calls about storages and what is on them. */
final class StorageCalls {
    private static final List<String> ALGORITHMS = List.of("md5", "sha1", "sha224", "sha256", "sha384", "sha512");

    private final World world;
    private final VmTasks tasks;
    private final Downloads downloads;

    StorageCalls(World world) {
        this.world = world;
        tasks = new VmTasks(world);
        downloads = new Downloads(world, tasks);
    }

    void addTo(Endpoints endpoints) {
        List<Param> onStorage = List.of(node(), storage());
        List<Param> onVolume = List.of(node(), string("storage").format(Formats::storageId), string("volume").must());
        Param algorithm = oneOf("checksum-algorithm", ALGORITHMS.toArray(String[]::new));
        String at = "/nodes/{node}/storage/{storage}";
        endpoints
                .add("GET /storage", false, endpoints.schema(List.of(), oneOf("type", types(endpoints.nine()))), Endpoints::anybody,
                        this::definitions)
                .add("GET /storage/{storage}", false, endpoints.schema(List.of(storage())),
                        c -> c.demandAny("/storage/" + c.text("storage"), "Datastore.Allocate", "Datastore.Audit"),
                        c -> definition(find(c.text("storage"))))
                .add("POST /storage", true, storageDefinition(endpoints), c -> c.demand("/storage", "Datastore.Allocate"),
                        this::define)
                .add("GET /nodes/{node}/storage", true,
                        endpoints.schema(onNode(), string("content"), bool("enabled"), bool("format"),
                                string("storage").format(Formats::storageId), string("target").format(Formats::node)),
                        Endpoints::anybody, this::list)
                .add("GET " + at + "/status", true, endpoints.schema(onStorage),
                        c -> c.demandAny(path(c), "Datastore.Audit", "Datastore.AllocateSpace"),
                        c -> status(onHost(c), c.node().name(), false))
                .add("GET " + at + "/content", true,
                        endpoints.schema(onStorage, string("content"),
                                integer("vmid").min(100).max(999_999_999)),
                        c -> c.demandAny(path(c), "Datastore.Audit", "Datastore.AllocateSpace"), this::content)
                .add("POST " + at + "/content", true,
                        endpoints.schema(onStorage, string("filename").must(),
                                oneOf("format", "raw", "qcow2", "subvol", "vmdk").requires("size"),
                                string("size").must().pattern("\\d+[MG]?"),
                                integer("vmid").must().min(100).max(999_999_999)),
                        c -> c.demand(path(c), "Datastore.AllocateSpace"), this::allocate)
                .add("GET " + at + "/content/{volume}", true, endpoints.schema(onVolume), Endpoints::anybody,
                        this::volume)
                .add("DELETE " + at + "/content/{volume}", true,
                        endpoints.schema(onVolume, integer("delay").min(1).max(30)), Endpoints::anybody, this::remove)
                .add("POST " + at + "/download-url", true,
                        endpoints.schema(onStorage, string("checksum").requires("checksum-algorithm"),
                                algorithm.requires("checksum"), string("compression"),
                                oneOf("content", "iso", "vztmpl", "import").must(),
                                string("filename").must().maxLength(255),
                                string("url").must().pattern("https?://.*"), bool("verify-certificates")),
                        this::mayDownload, downloads::start)
                .add("GET /nodes/{node}/query-url-metadata", false,
                        endpoints.schema(onNode(), string("url").must().pattern("https?://.*"),
                                bool("verify-certificates")),
                        StorageCalls::mayAccessNetwork, downloads::metadata)
                .add("POST " + at + "/upload", true,
                        endpoints.schema(onStorage, string("checksum").requires("checksum-algorithm"),
                                oneOf("checksum-algorithm", ALGORITHMS.toArray(String[]::new)).requires("checksum"),
                                oneOf("content", "iso", "vztmpl", "import").must(),
                                string("filename").must().maxLength(255), string("tmpfilename")),
                        c -> c.demand(path(c), "Datastore.AllocateTemplate"), downloads::upload);
    }

    private static String[] types(boolean nine) {
        List<String> types = new ArrayList<>(List.of("btrfs", "cephfs", "cifs", "dir", "esxi", "iscsi", "iscsidirect",
                "lvm", "lvmthin", "nfs", "pbs", "rbd", "zfs", "zfspool"));
        if (!nine) {
            types.add("glusterfs");
        }
        return types.toArray(String[]::new);
    }

    private static Schema storageDefinition(Endpoints endpoints) {
        return endpoints.schema(List.of(storage()),
                oneOf("type", types(endpoints.nine())).must(),
                string("path"), string("content"), bool("shared"), bool("disable"), string("nodes"),
                string("thinpool"), string("vgname"));
    }

    private static String path(Call call) {
        return "/storage/" + call.text("storage");
    }

    private void mayDownload(Call call) {
        call.demand(path(call), "Datastore.AllocateTemplate");
        mayAccessNetwork(call);
    }

    private static void mayAccessNetwork(Call call) {
        boolean admin = call.may("/", "Sys.Audit") && call.may("/", "Sys.Modify");
        if (!admin) {
            call.demand("/nodes/" + call.text("node"), "Sys.AccessNetwork");
        }
    }

    private Storage find(String id) {
        return Optional.ofNullable(world.storages().get(id))
                .orElseThrow(() -> ApiError.die("storage '" + id + "' does not exist"));
    }

    private Storage onHost(Call call) {
        Storage storage = find(call.text("storage"));
        if (!storage.on(call.node().name())) {
            throw ApiError.die("storage '" + storage.id() + "' is not available on node '" + call.node().name() + "'");
        }
        return storage;
    }

    private boolean visible(Call call, Storage storage) {
        return call.may("/storage/" + storage.id(), "Datastore.Audit")
                || call.may("/storage/" + storage.id(), "Datastore.AllocateSpace");
    }

    private Object definitions(Call call) {
        return world.storages().values().stream()
                .filter(s -> visible(call, s))
                .filter(s -> !call.has("type") || s.type().equals(call.text("type")))
                .map(StorageCalls::definition)
                .toList();
    }

    private static Map<String, Object> definition(Storage s) {
        Map<String, Object> json = new TreeMap<>();
        json.put("storage", s.id());
        json.put("type", s.type());
        json.put("content", String.join(",", s.content()));
        json.put("digest", VmConfigs.sha1(s.toString()));
        if (s.shared()) {
            json.put("shared", 1);
        }
        if (s.files()) {
            json.put("path", s.path());
        } else {
            json.put("thinpool", "data");
            json.put("vgname", "pve");
        }
        if (s.id().equals("local")) {
            json.put("prune-backups", "keep-all=1");
        }
        if (!s.hosts().isEmpty()) {
            json.put("nodes", String.join(",", s.hosts()));
        }
        return json;
    }

    private @Nullable Object define(Call call) {
        String id = call.text("storage");
        if (world.storages().containsKey(id)) {
            throw ApiError.die("create storage failed: storage ID '" + id + "' already defined");
        }
        if (!call.text("type").equals("dir")) {
            throw ApiError.die("create storage failed: the simulated datacenter makes storages of type dir only");
        }
        Storage made = new Storage(id, "dir", Formats.list(call.text("content", "images")), call.text("path", ""),
                call.flag("shared"), java.util.Set.copyOf(Formats.list(call.text("nodes", ""))), 1L << 40);
        world.storages().put(id, made);
        return Map.of("storage", id, "type", "dir");
    }

    private Object list(Call call) {
        List<String> wanted = Formats.list(call.text("content", ""));
        return world.storages().values().stream()
                .filter(s -> s.on(call.node().name()) && visible(call, s))
                .filter(s -> wanted.isEmpty() || wanted.stream().anyMatch(s.content()::contains))
                .filter(s -> !call.has("storage") || s.id().equals(call.text("storage")))
                .map(s -> status(s, call.node().name(), true))
                .toList();
    }

    private Map<String, Object> status(Storage s, String host, boolean listed) {
        long used = world.used(s, host);
        Map<String, Object> json = new TreeMap<>();
        if (listed) {
            json.put("storage", s.id());
            json.put("used_fraction", (double) used / s.totalBytes());
        }
        json.put("type", s.type());
        json.put("content", String.join(",", s.content()));
        json.put("active", 1);
        json.put("enabled", 1);
        json.put("shared", s.shared() ? 1 : 0);
        json.put("total", s.totalBytes());
        json.put("used", used);
        json.put("avail", s.totalBytes() - used);
        return json;
    }

    private Object content(Call call) {
        Storage s = onHost(call);
        List<Map<String, Object>> found = new ArrayList<>();
        for (Volume v : world.volumesOn(s, call.node().name())) {
            boolean wanted = (!call.has("content") || v.content().equals(call.text("content")))
                    && (!call.has("vmid") || v.vmid() == call.number("vmid"));
            boolean seen = v.vmid() == 0 || call.may("/storage/" + s.id(), "Datastore.Allocate")
                    || call.may("/vms/" + v.vmid(), "VM.Config.Disk") || call.may("/vms/" + v.vmid(), "VM.Audit");
            if (wanted && seen) {
                found.add(json(v));
            }
        }
        return found;
    }

    private static Map<String, Object> json(Volume v) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("volid", v.volid());
        json.put("content", v.content());
        json.put("format", v.format());
        json.put("size", v.sizeBytes());
        json.put("ctime", v.created().getEpochSecond());
        if (v.vmid() > 0) {
            json.put("vmid", v.vmid());
            if (v.storage().files()) {
                json.put("used", 4096);
                json.put("parent", null);
            }
        }
        return json;
    }

    private String volid(Call call) {
        String volume = call.text("volume");
        return volume.contains(":") ? volume : call.text("storage") + ":" + volume;
    }

    private Object volume(Call call) {
        Storage s = onHost(call);
        String volid = volid(call);
        call.demandAny("/storage/" + s.id(), "Datastore.Audit", "Datastore.AllocateSpace");
        Volume v = world.volume(call.node().name(), volid)
                .orElseThrow(() -> ApiError.die("volume_size_info on '" + volid + "' failed"));
        return Map.of("path", s.pathOf(v.name()), "size", v.sizeBytes(), "used", v.sizeBytes(), "format",
                v.content().equals("iso") ? "raw" : v.format());
    }

    private Object remove(Call call) {
        Storage s = onHost(call);
        String volid = volid(call);
        Optional<Volume> found = world.volume(call.node().name(), volid);
        boolean disk = !volid.substring(volid.indexOf(':') + 1).matches("(iso|vztmpl|import|snippets|backup)/.*");
        if (disk && found.isPresent() && call.may("/vms/" + found.get().vmid(), "VM.Config.Disk")) {
            call.demand("/storage/" + s.id(), "Datastore.AllocateSpace");
        } else {
            call.demand("/storage/" + s.id(), "Datastore.Allocate");
        }
        return tasks.run(call, call.node().name(), "imgdel", s.id(),
                task -> world.volume(call.node().name(), volid).ifPresent(world::remove));
    }

    private Object allocate(Call call) {
        Storage s = onHost(call);
        int vmid = call.number("vmid");
        String file = call.text("filename");
        if (!file.matches("(vm|base)-" + vmid + "-\\S+")) {
            throw ApiError.die("illegal name '" + file + "' - should be 'vm-" + vmid + "-*'");
        }
        String name = s.files() ? vmid + "/" + file : file;
        if (world.volume(call.node().name(), s.id() + ":" + name).isPresent()) {
            throw ApiError.die(s.files()
                    ? "disk image '" + s.pathOf(name) + "' already exists"
                    : "lvcreate 'pve/" + name + "' error: Logical Volume \"" + name + "\" already exists");
        }
        String size = call.text("size");
        long bytes = size.matches("\\d+") ? Long.parseLong(size) << 10 : Formats.bytes(size);
        String format = call.maybe("format")
                .orElse(file.contains(".") ? file.substring(file.lastIndexOf('.') + 1) : "raw");
        Volume made = new Volume(s, call.node().name(), name, "images", format, vmid, bytes, world.now(),
                Optional.empty(), Checksums.UNKNOWN);
        world.put(made);
        return made.volid();
    }
}
