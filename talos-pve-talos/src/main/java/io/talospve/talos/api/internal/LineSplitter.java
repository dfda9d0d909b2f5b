package io.talospve.talos.api.internal;

import io.grpc.StatusRuntimeException;
import io.grpc.Status;
import io.talospve.talos.proto.common.Data;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Cuts bytes into lines, wherever the messages end; a line that is too long is cut as well. */
final class LineSplitter implements StreamReader<Data, String> {
    private static final int LONGEST = 1 << 20;

    private final ByteArrayOutputStream line = new ByteArrayOutputStream();

    @Override
    public List<String> read(Data message) {
        requireNoError(message);
        List<String> lines = new ArrayList<>();
        for (byte b : message.getBytes()) {
            if (b == '\n') {
                lines.add(take());
            } else {
                line.write(b);
                if (line.size() == LONGEST) {
                    lines.add(take());
                }
            }
        }
        return lines;
    }

    @Override
    public List<String> end() {
        return line.size() == 0 ? List.of() : List.of(take());
    }

    private String take() {
        String text = line.toString(StandardCharsets.UTF_8);
        line.reset();
        return text;
    }

    /** A message may carry the error of the machine that was forwarded to. */
    static void requireNoError(Data message) throws StatusRuntimeException {
        Failure failure = message.hasMetadata() ? Part.failure(message.getMetadata()) : null;
        if (failure != null) {
            throw Status.fromCode(failure.code()).withDescription(failure.text()).asRuntimeException();
        }
    }
}
