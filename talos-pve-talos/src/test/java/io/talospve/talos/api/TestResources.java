package io.talospve.talos.api;

import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.talospve.talos.proto.cosi.GetRequest;
import io.talospve.talos.proto.cosi.GetResponse;
import io.talospve.talos.proto.cosi.ListRequest;
import io.talospve.talos.proto.cosi.ListResponse;
import io.talospve.talos.proto.cosi.Metadata;
import io.talospve.talos.proto.cosi.Resource;
import io.talospve.talos.proto.cosi.Spec;
import io.talospve.talos.proto.cosi.StateGrpc;
import java.util.ArrayList;
import java.util.List;

/** COSI resources of a test machine, with Talos' answers where there are none. */
final class TestResources extends StateGrpc.StateImplBase {
    private final List<Resource> resources = new ArrayList<>();
    private boolean knowsNothing;

    TestResources with(String namespace, String type, String id, String yaml) {
        resources.add(Resource.newBuilder()
                .setMetadata(Metadata.newBuilder().setNamespace(namespace).setType(type).setId(id))
                .setSpec(Spec.newBuilder().setYamlSpec(yaml))
                .build());
        return this;
    }

    TestResources knowsNothing() {
        knowsNothing = true;
        return this;
    }

    static TestResources inMaintenance(String uuid) {
        return new TestResources()
                .with("runtime", "MachineStatuses.runtime.talos.dev", "machine",
                        "stage: maintenance\nstatus:\n    ready: true\n    unmetConditions: []\n")
                .with("runtime", "Versions.runtime.talos.dev", "version", "version: v1.12.4\n")
                .with("hardware", "SystemInformations.hardware.talos.dev", "systeminformation",
                        "manufacturer: QEMU\nuuid: " + uuid + "\n")
                .with("network", "LinkStatuses.net.talos.dev", "ens18",
                        "index: 2\ntype: ether\nhardwareAddr: 02:00:00:00:00:99\npermanentAddr: BC:24:11:00:00:01\nkind: \"\"\n")
                .with("network", "LinkStatuses.net.talos.dev", "bond0",
                        "index: 3\ntype: ether\nhardwareAddr: 02:00:00:00:00:77\npermanentAddr: \"\"\nkind: bond\n")
                .with("network", "LinkStatuses.net.talos.dev", "lo",
                        "index: 1\ntype: loopback\nhardwareAddr: \"00:00:00:00:00:00\"\npermanentAddr: \"\"\nkind: \"\"\n")
                .with("runtime", "Disks.block.talos.dev", "sda", "size: 1\nwwid: naa.5000000000000001\n")
                .with("runtime", "Disks.block.talos.dev", "sr0", "size: 1\ncdrom: true\n");
    }

    @Override
    public void get(GetRequest request, StreamObserver<GetResponse> observer) {
        if (knowsNothing) {
            observer.onError(Status.PERMISSION_DENIED.withDescription("not authorized").asRuntimeException());
            return;
        }
        for (Resource resource : resources) {
            Metadata metadata = resource.getMetadata();
            if (metadata.getNamespace().equals(request.getNamespace())
                    && metadata.getType().equals(request.getType())
                    && metadata.getId().equals(request.getId())) {
                observer.onNext(GetResponse.newBuilder().setResource(resource).build());
                observer.onCompleted();
                return;
            }
        }
        observer.onError(Status.NOT_FOUND
                .withDescription("resource " + request.getType() + "(" + request.getNamespace() + "/" + request.getId()
                        + "@undefined) doesn't exist")
                .asRuntimeException());
    }

    @Override
    public void list(ListRequest request, StreamObserver<ListResponse> observer) {
        if (knowsNothing) {
            observer.onError(Status.PERMISSION_DENIED.withDescription("not authorized").asRuntimeException());
            return;
        }
        for (Resource resource : resources) {
            Metadata metadata = resource.getMetadata();
            if (metadata.getNamespace().equals(request.getNamespace()) && metadata.getType().equals(request.getType())) {
                observer.onNext(ListResponse.newBuilder().setResource(resource).build());
            }
        }
        observer.onCompleted();
    }
}
