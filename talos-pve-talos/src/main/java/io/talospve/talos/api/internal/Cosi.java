package io.talospve.talos.api.internal;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.talospve.talos.proto.cosi.GetRequest;
import io.talospve.talos.proto.cosi.ListRequest;
import io.talospve.talos.proto.cosi.ListResponse;
import io.talospve.talos.proto.cosi.Resource;
import io.talospve.talos.proto.cosi.StateGrpc;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * Reads COSI resources leniently: what a machine does not have, does not know or does not show is simply not there. Only
 * failures of the connection are thrown.
 */
final class Cosi {
    private static final int MAX_RESOURCES = 10_000;

    private final Caller caller;

    Cosi(Caller caller) {
        this.caller = caller;
    }

    /** The specification of one resource. */
    Optional<Map<?, ?>> get(String namespace, String type, String id) {
        try {
            Resource resource = caller
                    .stub(StateGrpc::newBlockingStub)
                    .get(GetRequest.newBuilder()
                            .setNamespace(namespace)
                            .setType(type)
                            .setId(id)
                            .build())
                    .getResource();
            return Optional.of(spec(resource));
        } catch (StatusRuntimeException e) {
            if (notThere(e)) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /** The specifications of all resources of a type. */
    List<Map<?, ?>> list(String namespace, String type) {
        List<Map<?, ?>> found = new ArrayList<>();
        try {
            Iterator<ListResponse> answers = caller
                    .stub(StateGrpc::newBlockingStub)
                    .list(ListRequest.newBuilder()
                            .setNamespace(namespace)
                            .setType(type)
                            .build());
            while (answers.hasNext() && found.size() < MAX_RESOURCES) {
                found.add(spec(answers.next().getResource()));
            }
            return found;
        } catch (StatusRuntimeException e) {
            if (notThere(e)) {
                return List.of();
            }
            throw e;
        }
    }

    private static boolean notThere(StatusRuntimeException error) {
        Status.Code code = error.getStatus().getCode();
        return switch (code) {
            case NOT_FOUND, UNIMPLEMENTED, PERMISSION_DENIED, UNKNOWN, INTERNAL -> Failure.of(error).kind()
                    == Failure.Kind.ANSWERED;
            default -> false;
        };
    }

    private static Map<?, ?> spec(Resource resource) {
        String yaml = resource.getSpec().getYamlSpec();
        try {
            Object value = new Load(LoadSettings.builder().build()).loadFromString(yaml);
            return value instanceof Map<?, ?> map ? map : Map.of();
        } catch (YamlEngineException e) {
            return Map.of();
        }
    }
}
