package io.talospve.testkit.internal.pve;

import io.talospve.testkit.internal.world.Checksums;
import io.talospve.testkit.internal.world.ImageSource;
import io.talospve.testkit.internal.world.ImageSource.Fetched;
import io.talospve.testkit.internal.world.Storage;
import io.talospve.testkit.internal.world.Task;
import io.talospve.testkit.internal.world.Volume;
import io.talospve.testkit.internal.world.World;
import io.talospve.testkit.internal.world.WorldError;
import java.net.URI;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Files that a host fetches from outside, or that are sent to it. Needs the world's lock. */
final class Downloads {
    private static final DateTimeFormatter CLOCK =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss").withZone(ZoneOffset.UTC);
    private static final Duration RETRIES = Duration.ofMinutes(3);

    private final World world;
    private final VmTasks tasks;

    Downloads(World world, VmTasks tasks) {
        this.world = world;
        this.tasks = tasks;
    }

    private record Wanted(
            Storage storage,
            String host,
            String content,
            String file,
            String url,
            Optional<String> algorithm,
            String checksum,
            boolean verify,
            Optional<String> compression) {
        String name() {
            return content + "/" + file;
        }

        String target() {
            return storage.pathOf(name());
        }
    }

    /** The name as Proxmox keeps it: the path stripped, odd characters replaced. */
    static String normalName(String name) {
        return name.substring(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1)
                .replaceAll("[^a-zA-Z0-9_.-]", "_");
    }

    private static void checkName(String content, String file) {
        boolean ok = switch (content) {
            case "iso" -> file.matches("(?i).+\\.(iso|img)");
            case "import" -> file.matches("[^/]+\\.(ova|qcow2|raw|vmdk)");
            default -> file.matches(".+\\.tar\\.(gz|xz|zst|bz2)");
        };
        if (!ok) {
            throw ApiError.parameter("filename",
                    content.equals("import") ? "invalid filename or wrong extension" : "wrong file extension");
        }
    }

    private Storage storage(Call call, String content) {
        Storage storage = Optional.ofNullable(world.storages().get(call.text("storage")))
                .orElseThrow(() -> ApiError.die("storage '" + call.text("storage") + "' does not exist"));
        if (!storage.on(call.node().name())) {
            throw ApiError.die("storage '" + storage.id() + "' is not available on node '" + call.node().name() + "'");
        }
        if (!storage.files()) {
            throw ApiError.die("can't upload to storage type '" + storage.type() + "'");
        }
        if (!storage.content().contains(content)) {
            throw ApiError.die("storage '" + storage.id() + "' is not configured for content-type '" + content + "'");
        }
        return storage;
    }

    Object start(Call call) {
        String content = call.text("content");
        Storage storage = storage(call, content);
        String file = normalName(call.text("filename"));
        checkName(content, file);
        Wanted wanted = new Wanted(storage, call.node().name(), content, file, call.text("url"),
                call.maybe("checksum-algorithm"), call.text("checksum", ""),
                call.text("verify-certificates", "1").equals("1"), call.maybe("compression"));
        Fetched fetched = world.images().fetch(wanted.url);
        boolean slow = !fetched.file().time().isZero();
        Duration time = !fetched.file().complete()
                ? RETRIES
                : slow ? fetched.file().time() : world.latency().task();
        Task task = world.start(wanted.host, "download", file, call.caller().authId());
        task.onInterrupt(() -> world.end(task, "download failed: received interrupt"));
        VmTasks.Work before = t -> before(t, wanted);
        if (fetched.file().complete() && !slow) {
            world.after(time, () -> tasks.guarded(task, t -> {
                before.run(t);
                transfer(t, wanted, fetched);
            }));
        } else {
            tasks.guarded(task, t -> {
                before.run(t);
                head(t, wanted, fetched);
            });
            world.after(time, () -> tasks.guarded(task, t -> finish(t, wanted, fetched)));
        }
        return task.upid();
    }

    private void before(Task task, Wanted wanted) {
        wanted.compression.ifPresent(c -> {
            if (!List.of("gz", "lzo", "zst").contains(c)) {
                throw new WorldError("no decompression method found");
            }
            if (wanted.content.equals("import")) {
                throw new WorldError("decompression not supported for import");
            }
        });
        task.say("downloading " + wanted.url + " to " + wanted.target());
        Optional<Volume> there = world.volume(wanted.host, wanted.storage.id() + ":" + wanted.name());
        if (there.isPresent()) {
            if (wanted.algorithm.isEmpty()) {
                throw new WorldError("refusing to override existing file '" + wanted.target() + "'");
            }
            String got = there.get().checksums().of(wanted.algorithm.get()).orElse("unknown");
            if (!got.equalsIgnoreCase(wanted.checksum)) {
                throw new WorldError("checksum mismatch: got '" + got + "' != expect '" + wanted.checksum
                        + "', aborting");
            }
            task.say("OK, got correct file already, no need to download");
            world.end(task, "OK");
        }
    }

    private void transfer(Task task, Wanted wanted, Fetched fetched) {
        if (task.ended().isEmpty()) {
            head(task, wanted, fetched);
            finish(task, wanted, fetched);
        }
    }

    private void head(Task task, Wanted wanted, Fetched fetched) {
        if (task.ended().isPresent()) {
            return;
        }
        URI uri = URI.create(wanted.url);
        String now = CLOCK.format(world.now());
        int port = uri.getPort() > 0 ? uri.getPort() : uri.getScheme().equals("https") ? 443 : 80;
        task.say("--" + now + "--  " + wanted.url);
        if (fetched.status() == 0) {
            task.say("Resolving " + uri.getHost() + " (" + uri.getHost() + ")... failed: Name or service not known.");
            task.say("wget: unable to resolve host address '" + uri.getHost() + "'");
            throw new WorldError("download failed: exit code 4");
        }
        task.say("Connecting to " + uri.getHost() + ":" + port + "... connected.");
        if (!fetched.file().trusted() && wanted.verify) {
            task.say("ERROR: The certificate of '" + uri.getHost() + "' is not trusted.");
            task.say("ERROR: The certificate of '" + uri.getHost() + "' doesn't have a known issuer.");
            throw new WorldError(
                    "download failed: The certificate's owner does not match hostname '" + uri.getHost() + "'");
        }
        task.say("HTTP request sent, awaiting response... " + status(fetched.status()));
        if (fetched.status() != 200) {
            task.say(now + " ERROR " + status(fetched.status()).replaceFirst(" ", ": ") + ".");
            throw new WorldError("download failed: exit code 8");
        }
        task.say("Length: " + fetched.sizeBytes() + " (" + Formats.size(fetched.sizeBytes()) + ")"
                + (fetched.file().mimeType().isEmpty() ? "" : " [" + fetched.file().mimeType() + "]"));
        task.say("Saving to: '" + temporary(task, wanted) + "'");
    }

    static String status(int status) {
        return switch (status) {
            case 200 -> "200 OK";
            case 404 -> "404 File not found";
            case 500 -> "500 Internal Server Error";
            default -> status + " Error";
        };
    }

    private static String temporary(Task task, Wanted wanted) {
        return wanted.target() + ".tmp_dwnl." + task.pid();
    }

    private void finish(Task task, Wanted wanted, Fetched fetched) {
        if (!fetched.file().complete()) {
            throw new WorldError("download failed: exit code 4");
        }
        if (world.full(wanted.storage.id())
                || world.used(wanted.storage, wanted.host) + fetched.sizeBytes() > wanted.storage.totalBytes()) {
            task.say("Cannot write to '" + temporary(task, wanted) + "' (No space left on device).");
            throw new WorldError("download failed: exit code 3");
        }
        task.say(CLOCK.format(world.now()) + " (100 MB/s) - '" + temporary(task, wanted) + "' saved ["
                + fetched.sizeBytes() + "/" + fetched.sizeBytes() + "]");
        if (wanted.algorithm.isPresent()) {
            task.say("calculating checksum...");
            String got = fetched.file().checksums().of(wanted.algorithm.get()).orElse("unknown");
            if (!got.equalsIgnoreCase(wanted.checksum)) {
                throw new WorldError("checksum mismatch: got '" + got + "' != expect '" + wanted.checksum + "'");
            }
            task.say("OK, checksum verified");
        }
        Fetched kept = wanted.compression.isPresent() ? unpacked(task, wanted, fetched) : fetched;
        String extension = wanted.file.substring(wanted.file.lastIndexOf('.') + 1);
        String format = kept.file().format();
        boolean lies = wanted.content.equals("import") && (extension.equals("qcow2") || extension.equals("vmdk"))
                && !format.isEmpty() && !format.equals(extension);
        if (lies) {
            task.say("command '/usr/bin/qemu-img info '--output=json' " + temporary(task, wanted) + " -f " + extension
                    + "' failed: exit code 1");
            throw new WorldError("failed to verify file: qemu-img: Could not open '" + temporary(task, wanted)
                    + "': Image is not in " + extension + " format");
        }
        store(wanted.storage, wanted.host, wanted.content, wanted.file, kept);
        task.say("download of '" + wanted.url + "' to '" + wanted.target() + "' finished");
        world.end(task, "OK");
    }

    private static Fetched unpacked(Task task, Wanted wanted, Fetched fetched) {
        task.say("decompressing " + temporary(task, wanted) + " to " + wanted.target());
        return fetched.file().unpacked().orElseThrow(() -> new WorldError(
                "decompressing failed: zstd: " + temporary(task, wanted) + ": unsupported format"));
    }

    private void store(Storage storage, String host, String content, String file, Fetched kept) {
        String format = switch (content) {
            case "iso" -> "iso";
            case "import" -> file.substring(file.lastIndexOf('.') + 1);
            default -> "tgz";
        };
        Volume made = new Volume(storage, host, content + "/" + file, content, format, 0, kept.sizeBytes(),
                world.now(), kept.image(), kept.file().checksums());
        made.virtualBytes(kept.file().virtualBytes());
        world.put(made);
    }

    Object metadata(Call call) {
        String url = call.text("url");
        Fetched fetched = world.images().fetch(url);
        if (fetched.status() == 0) {
            throw ApiError.die("invalid server response: '500 Can't connect to " + URI.create(url).getHost()
                    + ":" + (url.startsWith("https") ? 443 : 80) + " (Name or service not known)'");
        }
        if (!fetched.file().trusted() && !call.text("verify-certificates", "1").equals("0")) {
            throw ApiError.die("invalid server response: '500 Can't connect to " + URI.create(url).getAuthority()
                    + " (certificate verify failed)'");
        }
        if (fetched.status() != 200) {
            throw ApiError.die("invalid server response: '" + status(fetched.status()) + "'");
        }
        Map<String, Object> json = new LinkedHashMap<>();
        String path = URI.create(url).getPath();
        json.put("filename", normalName(path));
        json.put("size", fetched.sizeBytes());
        json.put("mimetype", fetched.file().mimeType().isEmpty()
                ? "application/octet-stream"
                : fetched.file().mimeType());
        return json;
    }

    /** A file that came in the request itself. */
    @Nullable Object upload(Call call) {
        String content = call.text("content");
        String file = normalName(call.text("filename"));
        Storage storage = storage(call, content);
        checkName(content, file);
        long bytes = call.number(Multipart.SIZE, 0);
        Map<String, String> checksums = new LinkedHashMap<>();
        call.params().forEach((k, v) -> {
            if (k.startsWith(Multipart.SUM)) {
                checksums.put(k.substring(5), String.valueOf(v));
            }
        });
        String target = storage.pathOf(content + "/" + file);
        return tasks.run(call, call.node().name(), "imgcopy", "", task -> {
            String temporary = "/var/tmp/pveupload-" + world.randomUuid().toString().replace("-", "");
            task.say("starting file import from: " + temporary);
            call.maybe("checksum-algorithm").ifPresent(algorithm -> {
                String got = checksums.getOrDefault(algorithm, "unknown");
                task.say("calculating checksum...");
                if (!got.equalsIgnoreCase(call.text("checksum"))) {
                    throw new WorldError("checksum mismatch: got '" + got + "' != expect '" + call.text("checksum")
                            + "'");
                }
            });
            task.say("target node: " + call.node().name());
            task.say("target file: " + target);
            task.say("file size is: " + bytes);
            task.say("command: cp -- " + temporary + " " + target);
            store(storage, call.node().name(), content, file,
                    new Fetched(200, bytes, Optional.empty(), new ImageSource.FileFacts(Checksums.known(checksums), "", 0,
                            Optional.empty(), true, true, Duration.ZERO, "")));
            task.say("finished file import successfully");
        });
    }
}
