package io.talospve.talos.api.internal;

import io.grpc.Status;
import io.talospve.talos.proto.common.Metadata;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The part of an answer that one machine gave: its value or its own error, which gRPC's status does not show.
 *
 * @param node the machine as it was named, empty where the answer does not say
 * @param value the value, null if it failed
 * @param failure the machine's error, null if there is none
 */
record Part<T>(String node, @Nullable T value, @Nullable Failure failure) {
    static <T> Part<T> of(Metadata metadata, Supplier<T> value) {
        Failure failure = failure(metadata);
        return new Part<>(metadata.getHostname(), failure == null ? value.get() : null, failure);
    }

    /** The machine's own error in a message's metadata; null if there is none. */
    static @Nullable Failure failure(Metadata metadata) {
        if (metadata.getError().isEmpty() && metadata.getStatus().getCode() == 0) {
            return null;
        }
        Status.Code code = metadata.getStatus().getCode() == 0
                ? Status.Code.UNKNOWN
                : Status.fromCodeValue(metadata.getStatus().getCode()).getCode();
        String text = metadata.getStatus().getMessage().isEmpty()
                ? metadata.getError()
                : metadata.getStatus().getMessage();
        return new Failure(Failure.Kind.ANSWERED, code, ServerWords.without(text), null);
    }
}
