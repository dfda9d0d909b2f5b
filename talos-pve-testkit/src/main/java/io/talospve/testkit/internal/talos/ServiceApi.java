package io.talospve.testkit.internal.talos;

import static io.talospve.testkit.internal.talos.Forwarding.error;

import com.google.protobuf.Empty;
import io.grpc.Status;
import io.talospve.talos.proto.machine.ServiceList;
import io.talospve.talos.proto.machine.ServiceListResponse;
import io.talospve.talos.proto.machine.ServiceRestart;
import io.talospve.talos.proto.machine.ServiceRestartRequest;
import io.talospve.talos.proto.machine.ServiceRestartResponse;
import io.talospve.talos.proto.machine.ServiceStart;
import io.talospve.talos.proto.machine.ServiceStartRequest;
import io.talospve.talos.proto.machine.ServiceStartResponse;
import io.talospve.talos.proto.machine.ServiceStop;
import io.talospve.talos.proto.machine.ServiceStopRequest;
import io.talospve.talos.proto.machine.ServiceStopResponse;

/**
 * The services of a machine, and starting and stopping them: only the kubelet and extensions can be started and restarted, only
 * extensions stopped. What is already as asked is fine for every service.
 */
final class ServiceApi {
    private ServiceApi() {}

    static ServiceListResponse list(TalosSystem system, Empty request) {
        return ServiceListResponse.newBuilder()
                .addMessages(ServiceList.newBuilder().addAllServices(system.services().list()))
                .build();
    }

    static ServiceStartResponse start(TalosSystem system, ServiceStartRequest request) {
        start(system, request.getId());
        return ServiceStartResponse.newBuilder()
                .addMessages(ServiceStart.newBuilder().setResp("Service \"" + request.getId() + "\" started"))
                .build();
    }

    static ServiceStopResponse stop(TalosSystem system, ServiceStopRequest request) {
        ServiceTable.Service service = service(system, request.getId());
        if (service.launched()) {
            if (!extension(request.getId())) {
                throw unsupported(request.getId(), "stop");
            }
            end(service, request.getId());
            system.cluster().reconcile();
        }
        return ServiceStopResponse.newBuilder()
                .addMessages(ServiceStop.newBuilder().setResp("Service \"" + request.getId() + "\" stopped"))
                .build();
    }

    static ServiceRestartResponse restart(TalosSystem system, ServiceRestartRequest request) {
        ServiceTable.Service service = service(system, request.getId());
        if (service.launched()) {
            if (!startable(request.getId())) {
                throw unsupported(request.getId(), "restart");
            }
            end(service, request.getId());
        }
        start(system, request.getId());
        return ServiceRestartResponse.newBuilder()
                .addMessages(ServiceRestart.newBuilder().setResp("Service \"" + request.getId() + "\" restarted"))
                .build();
    }

    private static void start(TalosSystem system, String id) {
        ServiceTable.Service service = service(system, id);
        if (service.launched()) {
            return;
        }
        if (!startable(id)) {
            throw unsupported(id, "start");
        }
        system.services().start(id, "Started task " + id);
        system.cluster().reconcile();
    }

    private static void end(ServiceTable.Service service, String id) {
        service.to("Stopping", "Sending SIGTERM to task " + id).to("Finished", "Service finished successfully");
    }

    private static ServiceTable.Service service(TalosSystem system, String id) {
        return system.services()
                .get(id)
                .orElseThrow(() -> error(Status.UNKNOWN, "service \"" + id + "\" not defined"));
    }

    private static boolean startable(String id) {
        return id.equals("kubelet") || extension(id);
    }

    private static boolean extension(String id) {
        return id.startsWith("ext-");
    }

    private static io.grpc.StatusRuntimeException unsupported(String id, String what) {
        return error(Status.UNKNOWN, "service \"" + id + "\" doesn't support " + what + " operation via API");
    }
}
