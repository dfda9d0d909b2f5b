package io.talospve.testkit.internal.talos;

import static io.talospve.testkit.internal.talos.Forwarding.error;

import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.talospve.talos.proto.machine.MetaDelete;
import io.talospve.talos.proto.machine.MetaDeleteRequest;
import io.talospve.talos.proto.machine.MetaDeleteResponse;
import io.talospve.talos.proto.machine.MetaWrite;
import io.talospve.talos.proto.machine.MetaWriteRequest;
import io.talospve.talos.proto.machine.MetaWriteResponse;
import java.util.Map;
import java.util.TreeMap;

/** Values in the META partition: they survive reboots and upgrades, and show as resources. */
final class MetaApi {
    private static final int PARTITION = 256 << 10;
    private static final String TYPE = "MetaKeys.runtime.talos.dev";

    private MetaApi() {}

    static MetaWriteResponse write(TalosSystem system, MetaWriteRequest request) {
        int key = key(request.getKey());
        Map<Integer, ByteString> meta = new TreeMap<>(system.guest().installed().meta());
        meta.put(key, request.getValue());
        if (meta.values().stream().mapToLong(ByteString::size).sum() > PARTITION) {
            throw error(Status.RESOURCE_EXHAUSTED, "meta write failed");
        }
        system.guest().write(system.guest().installed().withMeta(meta));
        show(system.cosi(), key, request.getValue());
        return MetaWriteResponse.newBuilder().addMessages(MetaWrite.getDefaultInstance()).build();
    }

    static MetaDeleteResponse delete(TalosSystem system, MetaDeleteRequest request) {
        int key = key(request.getKey());
        Map<Integer, ByteString> meta = new TreeMap<>(system.guest().installed().meta());
        if (meta.remove(key) == null) {
            throw error(Status.NOT_FOUND, "meta key not found");
        }
        system.guest().write(system.guest().installed().withMeta(meta));
        system.cosi().remove("runtime", TYPE, id(key));
        return MetaDeleteResponse.newBuilder().addMessages(MetaDelete.getDefaultInstance()).build();
    }

    /** Shows what is on the disk when the machine boots. */
    static void show(Installed disk, Cosi cosi) {
        disk.meta().forEach((key, value) -> show(cosi, key, value));
    }

    private static void show(Cosi cosi, int key, ByteString value) {
        String text = value.toStringUtf8();
        cosi.put("runtime", TYPE, id(key), "", new Wire().text(1, text), Cosi.ordered("value", text));
    }

    private static String id(int key) {
        return String.format("0x%02x", key);
    }

    private static int key(int key) {
        if (key < 0 || key > 255) {
            throw error(Status.INVALID_ARGUMENT, "key must be a uint8");
        }
        return key;
    }
}
