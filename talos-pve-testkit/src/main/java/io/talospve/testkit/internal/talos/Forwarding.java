package io.talospve.testkit.internal.talos;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.talospve.spec.Cidr;
import io.talospve.testkit.internal.net.SimNetwork;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Finds the machine a call is for, by the metadata {@code node} and {@code nodes}, as apid does. */
final class Forwarding {
    private static final Metadata.Key<String> NODE = Metadata.Key.of("node", Metadata.ASCII_STRING_MARSHALLER);
    private static final Metadata.Key<String> NODES = Metadata.Key.of("nodes", Metadata.ASCII_STRING_MARSHALLER);

    private Forwarding() {}

    static <Q, R> void dispatch(
            Fabric fabric,
            TalosSystem local,
            ApiMethods.Method<Q, R> method,
            Set<String> roles,
            Metadata headers,
            Q request,
            Answer<R> answer) {
        List<String> nodes = values(headers, NODES);
        List<String> node = values(headers, NODE);
        if (!nodes.isEmpty()) {
            if (method.name().startsWith("cosi.")) {
                if (!(nodes.size() == 1 && !local.config().controlPlane() && isMe(local, nodes.get(0)))) {
                    answer.fail(Status.INVALID_ARGUMENT.withDescription(
                            "one-2-many proxying is not supported for COSI methods"));
                    return;
                }
                ApiMethods.call(method, local, roles, request, answer);
                return;
            }
            Optional<String> bad = nodes.stream().filter(Forwarding::invalid).findFirst();
            if (bad.isPresent()) {
                answer.fail(Status.INTERNAL.withDescription("invalid target \"" + bad.get() + "\""));
                return;
            }
            if (!local.config().controlPlane()) {
                // A worker answers for itself alone, and then as if it had not been named.
                if (nodes.size() == 1 && isMe(local, nodes.get(0))) {
                    ApiMethods.call(method, local, roles, request, answer);
                } else {
                    answer.fail(Status.PERMISSION_DENIED.withDescription("no request forwarding"));
                }
                return;
            }
            many(fabric, local, method, roles, nodes, request, answer);
            return;
        }
        if (node.size() > 1) {
            answer.fail(Status.INVALID_ARGUMENT.withDescription("node metadata must be single-valued"));
            return;
        }
        try {
            TalosSystem target = node.isEmpty() ? local : resolve(fabric, local, node.get(0));
            ApiMethods.call(method, target, roles, request, answer);
        } catch (Silent nobody) {
            answer.park();
        }
    }

    private static List<String> values(Metadata headers, Metadata.Key<String> key) {
        Iterable<String> all = headers.getAll(key);
        List<String> out = new ArrayList<>();
        if (all != null) {
            all.forEach(out::add);
        }
        return out;
    }

    private static boolean isMe(TalosSystem local, String target) {
        return local.flatAddresses().contains(target) || local.hostname().equals(target);
    }

    /** Targets are names or addresses, never with a port. */
    private static boolean invalid(String target) {
        return target.isEmpty()
                || target.startsWith("[")
                || target.matches(".*:\\d+") && target.indexOf(':') == target.lastIndexOf(':');
    }

    private static TalosSystem resolve(Fabric fabric, TalosSystem local, String target) {
        if (isMe(local, target)) {
            return local;
        }
        if (!local.config().controlPlane()) {
            throw error(Status.PERMISSION_DENIED, "no request forwarding");
        }
        if (invalid(target)) {
            throw error(Status.INTERNAL, "invalid target \"" + target + "\"");
        }
        String address = local.cluster().systems().stream()
                .filter(s -> s.hostname().equals(target))
                .findFirst()
                .map(TalosSystem::nodeAddress)
                .orElse(target);
        if (address.indexOf(',') >= 0) {
            throw error(Status.UNAVAILABLE, "name resolver error: produced zero addresses");
        }
        if (address.equals("127.0.0.1") || address.equals("::1")) {
            throw error(
                    Status.UNAVAILABLE,
                    "connection error: desc = \"transport: authentication handshake failed: tls: failed to verify certificate: x509: certificate is valid for "
                            + String.join(", ", local.flatAddresses()) + ", not " + address + "\"");
        }
        if (!Cidr.isAddress(address)) {
            throw error(Status.UNAVAILABLE, "dns: A record lookup error: lookup " + target + ": no such host");
        }
        Optional<TalosSystem> found = fabric.network
                .holder(address)
                .flatMap(holder -> local.cluster().systems().stream()
                        .filter(s -> s.hardware().name().equals(holder.machine()))
                        .findFirst());
        if (found.isPresent()) {
            return found.get();
        }
        boolean near = local.addresses().stream().anyMatch(a -> a.contains(address));
        if (!near && fabric.network.lookup(address, 50000) instanceof SimNetwork.Lookup.Unreachable) {
            throw new Silent();
        }
        throw error(
                Status.UNAVAILABLE,
                "connection error: desc = \"transport: Error while dialing: dial tcp " + target + ":50000: connect: "
                        + (fabric.network.lookup(address, 50000) instanceof SimNetwork.Lookup.Unreachable
                                ? "no route to host"
                                : "connection refused") + "\"");
    }

    /** Nobody answers, not even with an error: the caller's deadline ends it. */
    private static final class Silent extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    private static <Q, R> void many(
            Fabric fabric,
            TalosSystem local,
            ApiMethods.Method<Q, R> method,
            Set<String> roles,
            List<String> nodes,
            Q request,
            Answer<R> answer) {
        if (!method.unary()) {
            streams(fabric, local, method, roles, nodes, request, answer);
            return;
        }
        Gather<R> gather = new Gather<>(nodes.size(), answer);
        for (String node : nodes) {
            Reply<R> one = new Reply<>() {
                @Override
                public void complete(R message) {
                    gather.add(named(message, node));
                }

                @Override
                public void fail(Status status) {
                    gather.add(failed(method.empty(), node, status));
                }

                @Override
                public void next(R message) {
                    throw new IllegalStateException("a single answer");
                }

                @Override
                public void done() {
                    throw new IllegalStateException("a single answer");
                }

                @Override
                public void park() {
                    answer.park();
                }

                @Override
                public void atEnd(Runnable action) {
                    answer.atEnd(action);
                }
            };
            try {
                ApiMethods.call(method, resolve(fabric, local, node), roles, request, one);
            } catch (StatusRuntimeException e) {
                one.fail(e.getStatus());
            } catch (Silent nobody) {
                answer.park();
            }
        }
    }

    private static <Q, R> void streams(
            Fabric fabric,
            TalosSystem local,
            ApiMethods.Method<Q, R> method,
            Set<String> roles,
            List<String> nodes,
            Q request,
            Answer<R> answer) {
        int[] open = {nodes.size()};
        for (String node : nodes) {
            Reply<R> one = new Reply<>() {
                @Override
                public void complete(R message) {
                    next(message);
                    done();
                }

                @Override
                public void fail(Status status) {
                    answer.next(failedItem(method.empty(), node, status));
                    done();
                }

                @Override
                public void next(R message) {
                    answer.next(namedItem(message, node));
                }

                @Override
                public void done() {
                    if (--open[0] == 0) {
                        answer.done();
                    }
                }

                @Override
                public void park() {
                    answer.park();
                }

                @Override
                public void atEnd(Runnable action) {
                    answer.atEnd(action);
                }
            };
            try {
                ApiMethods.call(method, resolve(fabric, local, node), roles, request, one);
            } catch (StatusRuntimeException e) {
                one.fail(e.getStatus());
            } catch (Silent nobody) {
                answer.park();
            }
        }
    }

    private static final class Gather<R> {
        private final Answer<R> answer;
        private final List<R> parts = new ArrayList<>();
        private int open;

        Gather(int open, Answer<R> answer) {
            this.open = open;
            this.answer = answer;
        }

        void add(R part) {
            parts.add(part);
            if (--open == 0) {
                answer.complete(merge(parts));
            }
        }
    }

    @SuppressWarnings("unchecked")
    private static <R> R merge(List<R> parts) {
        Message.Builder out = ((Message) parts.get(0)).newBuilderForType();
        parts.forEach(p -> out.mergeFrom((Message) p));
        return (R) out.build();
    }

    @SuppressWarnings("unchecked")
    private static <R> R named(R response, String node) {
        Message.Builder out = ((Message) response).toBuilder();
        FieldDescriptor messages = out.getDescriptorForType().findFieldByName("messages");
        for (int i = 0; i < out.getRepeatedFieldCount(messages); i++) {
            out.setRepeatedField(messages, i, namedItem((Message) out.getRepeatedField(messages, i), node));
        }
        return (R) out.build();
    }

    @SuppressWarnings("unchecked")
    private static <R> R failed(R empty, String node, Status status) {
        Message.Builder out = ((Message) empty).newBuilderForType();
        FieldDescriptor messages = out.getDescriptorForType().findFieldByName("messages");
        Message item = out.newBuilderForField(messages).build();
        out.addRepeatedField(messages, failedItem(item, node, status));
        return (R) out.build();
    }

    @SuppressWarnings("unchecked")
    private static <R> R namedItem(R item, String node) {
        Message.Builder out = ((Message) item).toBuilder();
        FieldDescriptor metadata = out.getDescriptorForType().findFieldByName("metadata");
        out.setField(
                metadata,
                io.talospve.talos.proto.common.Metadata.newBuilder().setHostname(node).build());
        return (R) out.build();
    }

    @SuppressWarnings("unchecked")
    private static <R> R failedItem(R item, String node, Status status) {
        Message.Builder out = ((Message) item).toBuilder();
        FieldDescriptor metadata = out.getDescriptorForType().findFieldByName("metadata");
        String text = status.getDescription() == null ? "" : status.getDescription();
        out.setField(
                metadata,
                io.talospve.talos.proto.common.Metadata.newBuilder()
                        .setHostname(node)
                        .setError("rpc error: code = " + goCode(status) + " desc = " + text)
                        .setStatus(com.google.rpc.Status.newBuilder()
                                .setCode(status.getCode().value())
                                .setMessage(text))
                        .build());
        return (R) out.build();
    }

    static String goCode(Status status) {
        StringBuilder out = new StringBuilder();
        for (String word : status.getCode().name().split("_")) {
            out.append(word.charAt(0)).append(word.substring(1).toLowerCase(java.util.Locale.ROOT));
        }
        return out.toString().replace("Cancelled", "Canceled").replace("Ok", "OK");
    }

    static StatusRuntimeException error(Status status, String text) {
        return status.withDescription(text).asRuntimeException();
    }
}
