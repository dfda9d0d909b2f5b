package io.talospve.testkit.internal.talos;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import io.talospve.spec.Cidr;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;

/** Writes a protobuf message field by field, leaving out zero values, for resource specs that have no generated class. */
final class Wire {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final CodedOutputStream out = CodedOutputStream.newInstance(bytes);

    @FunctionalInterface
    private interface Write {
        void run() throws IOException;
    }

    private Wire write(Write write) {
        try {
            write.run();
            return this;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    Wire text(int field, String value) {
        return value.isEmpty() ? this : write(() -> out.writeString(field, value));
    }

    Wire number(int field, long value) {
        return value == 0 ? this : write(() -> out.writeUInt64(field, value));
    }

    Wire flag(int field, boolean value) {
        return value ? write(() -> out.writeBool(field, true)) : this;
    }

    Wire bytes(int field, byte[] value) {
        return value.length == 0 ? this : write(() -> out.writeByteArray(field, value));
    }

    Wire message(int field, Wire value) {
        ByteString content = value.done();
        return write(() -> out.writeBytes(field, content));
    }

    ByteString done() {
        write(out::flush);
        return ByteString.copyFrom(bytes.toByteArray());
    }

    /** {@code common.NetIP}. */
    static Wire ip(String address) {
        try {
            return new Wire().bytes(1, InetAddress.getByName(address).getAddress());
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(e);
        }
    }

    /** {@code common.NetIPPrefix}. */
    static Wire prefix(Cidr value) {
        return new Wire().bytes(1, ipBytes(value.address())).number(2, value.prefix());
    }

    private static byte[] ipBytes(String address) {
        try {
            return InetAddress.getByName(address).getAddress();
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
