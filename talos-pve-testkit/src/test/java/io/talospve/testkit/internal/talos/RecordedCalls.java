package io.talospve.testkit.internal.talos;


import com.google.protobuf.Descriptors;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.Message;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.MethodDescriptor;
import io.grpc.ServiceDescriptor;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.ProtoServiceDescriptorSupplier;
import io.grpc.stub.ClientCalls;
import io.talospve.talos.proto.cosi.StateGrpc;
import io.talospve.talos.proto.machine.MachineServiceGrpc;
import io.talospve.talos.proto.storage.StorageServiceGrpc;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;


/** Makes recorded calls again and compares the code, the message, and for many nodes each node's own error. */
final class RecordedCalls {
    static final JsonMapper JSON = JsonMapper.builder().build();
    private static final Duration PATIENCE = Duration.ofMillis(400);

    private RecordedCalls() {}

    /** Messages as they are. */
    enum Bytes implements MethodDescriptor.Marshaller<byte[]> {
        INSTANCE;

        @Override
        public InputStream stream(byte[] value) {
            return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
            try {
                return stream.readAllBytes();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static Optional<Descriptors.MethodDescriptor> described(String call) {
        for (ServiceDescriptor service : List.of(
                MachineServiceGrpc.getServiceDescriptor(),
                StateGrpc.getServiceDescriptor(),
                StorageServiceGrpc.getServiceDescriptor())) {
            if (call.startsWith(service.getName() + "/")) {
                return Optional.ofNullable(
                        ((ProtoServiceDescriptorSupplier) service.getSchemaDescriptor())
                                .getServiceDescriptor()
                                .findMethodByName(call.substring(call.indexOf('/') + 1)));
            }
        }
        return Optional.empty();
    }

    /** Protojson to a message, as far as the recordings use it; fields that are not described are left out. */
    private static DynamicMessage message(Descriptors.Descriptor type, JsonNode json) {
        DynamicMessage.Builder out = DynamicMessage.newBuilder(type);
        for (FieldDescriptor field : type.getFields()) {
            JsonNode value = json.path(field.getJsonName());
            if (value.isMissingNode()) {
                continue;
            }
            if (field.isMapField()) {
                continue;
            }
            if (field.isRepeated()) {
                value.forEach(item -> out.addRepeatedField(field, scalar(field, item)));
            } else {
                out.setField(field, scalar(field, value));
            }
        }
        return out.build();
    }

    private static Object scalar(FieldDescriptor field, JsonNode value) {
        return switch (field.getJavaType()) {
            case BOOLEAN -> value.asBoolean();
            case INT -> value.asInt();
            case LONG -> value.isString() ? Long.parseUnsignedLong(value.asString()) : value.asLong();
            case STRING -> value.asString();
            case BYTE_STRING -> com.google.protobuf.ByteString.copyFrom(Base64.getDecoder().decode(value.asString()));
            case ENUM -> value.isNumber()
                    ? field.getEnumType().findValueByNumberCreatingIfUnknown(value.asInt())
                    : field.getEnumType().findValueByName(value.asString());
            case MESSAGE -> field.getMessageType().getFullName().equals("google.protobuf.Duration")
                    ? duration(value.asString())
                    : message(field.getMessageType(), value.isString() ? JSON.createObjectNode() : value);
            case FLOAT, DOUBLE -> value.asDouble();
        };
    }

    private static Message duration(String text) {
        Duration value = GoDuration.parse(text);
        return com.google.protobuf.Duration.newBuilder()
                .setSeconds(value.getSeconds())
                .setNanos(value.getNano())
                .build();
    }

    /** A row whose configuration is put together, as request data. */
    static JsonNode withConfiguration(JsonNode row, Path directory) throws IOException {
        JsonNode request = row.path("request");
        if (!request.path("config_template").isString()) {
            return row;
        }
        StringBuilder text = new StringBuilder(request.path("config_template").asString());
        for (Map.Entry<String, JsonNode> token :
                JSON.readTree(Files.readString(directory.resolve("config-tokens.json"))).properties()) {
            for (int at = text.indexOf(token.getKey()); at >= 0; at = text.indexOf(token.getKey(), at)) {
                text.replace(at, at + token.getKey().length(), token.getValue().asString());
            }
        }
        if (request.has("config_padding")) {
            int size = request.path("config_bytes").asInt();
            String line = "# " + "x".repeat(200) + "\n";
            while (text.length() < size) {
                text.append(line, 0, Math.min(line.length(), size - text.length()));
            }
        }
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        data.writeBytes(text.toString().getBytes(StandardCharsets.UTF_8));
        data.writeBytes(Base64.getDecoder().decode(request.path("config_suffix_base64").asString("")));
        ObjectNode whole = (ObjectNode) row.deepCopy();
        ((ObjectNode) whole.path("request")).put("data", Base64.getEncoder().encodeToString(data.toByteArray()));
        return whole;
    }

    /** What came back, message by message. */
    record Result(String code, String message, Map<String, String> nodes, List<DynamicMessage> answers) {}

    static Result call(Channel channel, JsonNode row, Duration patience) {
        String call = row.path("call").asString();
        Optional<Descriptors.MethodDescriptor> method = described(call);
        byte[] request = method.map(m -> message(m.getInputType(), row.path("request")).toByteArray())
                .orElse(new byte[0]);
        MethodDescriptor<byte[], byte[]> raw = MethodDescriptor.<byte[], byte[]>newBuilder()
                .setType(MethodDescriptor.MethodType.SERVER_STREAMING)
                .setFullMethodName(call)
                .setRequestMarshaller(Bytes.INSTANCE)
                .setResponseMarshaller(Bytes.INSTANCE)
                .build();
        Map<String, String> nodes = new TreeMap<>();
        List<DynamicMessage> messages = new ArrayList<>();
        try {
            Iterator<byte[]> answers = ClientCalls.blockingServerStreamingCall(
                    channel,
                    raw,
                    CallOptions.DEFAULT.withDeadlineAfter(patience.toMillis(), TimeUnit.MILLISECONDS),
                    request);
            while (answers.hasNext()) {
                byte[] answer = answers.next();
                if (method.isPresent()) {
                    messages.add(DynamicMessage.parseFrom(method.get().getOutputType(), answer));
                    errors(messages.get(messages.size() - 1), nodes);
                }
            }
            return new Result("OK", "", nodes, messages);
        } catch (StatusRuntimeException e) {
            String text = e.getStatus().getDescription();
            return new Result(Forwarding.goCode(e.getStatus()), text == null ? "" : text, nodes, messages);
        } catch (com.google.protobuf.InvalidProtocolBufferException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void errors(Message message, Map<String, String> nodes) {
        FieldDescriptor metadata = message.getDescriptorForType().findFieldByName("metadata");
        if (metadata != null && metadata.getMessageType().getFullName().equals("common.Metadata")) {
            Message of = (Message) message.getField(metadata);
            String host = (String) of.getField(of.getDescriptorForType().findFieldByName("hostname"));
            String error = (String) of.getField(of.getDescriptorForType().findFieldByName("error"));
            if (!host.isEmpty()) {
                nodes.merge(host, error, (a, b) -> a.isEmpty() ? b : a);
            }
        }
        FieldDescriptor messages = message.getDescriptorForType().findFieldByName("messages");
        if (messages != null) {
            ((List<?>) message.getField(messages)).forEach(m -> errors((Message) m, nodes));
        }
    }

    static Map<String, String> recordedNodes(JsonNode row) {
        Map<String, String> nodes = new TreeMap<>();
        for (JsonNode response : row.path("responses")) {
            List<JsonNode> items = new ArrayList<>();
            if (response.has("messages")) {
                response.path("messages").forEach(items::add);
            } else {
                items.add(response);
            }
            for (JsonNode item : items) {
                String host = item.path("metadata").path("hostname").asString("");
                if (!host.isEmpty()) {
                    nodes.merge(host, item.path("metadata").path("error").asString(""), (a, b) -> a.isEmpty() ? b : a);
                }
            }
        }
        return nodes;
    }

    /** Why an exchange is out of scope; empty if it is in scope. */
    static String excluded(JsonNode row) {
        String call = row.path("call").asString();
        String message = row.path("message").asString("");
        if (call.equals("tls") || !row.has("code")) {
            return "a handshake, or a poll";
        }
        if (List.of("foreign-ca", "expired", "server-eku", "both-eku").contains(row.path("role").asString())
                && !row.path("stage").asString().equals("maintenance")) {
            return "refused in the handshake: the text is the client library's";
        }
        if (message.contains("container mode")) {
            return "an artefact of container mode";
        }
        if (call.endsWith("/ApplyConfiguration") && row.path("request").has("config_template")) {
            return "checked by ConfigConformanceTest";
        }
        if (described(call).isEmpty() && row.path("code").asString().equals("OK")) {
            return "a method that is not described here";
        }
        if (message.contains("no metrics received") || message.contains("invalid generate request")) {
            return "an artefact of the sandbox, or a method that is not described here";
        }
        if (message.endsWith("i/o timeout\"") || call.endsWith("/Events") && row.path("metadata").has("nodes")) {
            return "takes as long as a dial or the client's deadline does";
        }
        if (row.path("request").path("type").asString("").startsWith("SystemInformations")) {
            return "the sandbox had no SMBIOS";
        }
        if (call.endsWith("/BlockDeviceWipe")) {
            return "a method that is not described here";
        }
        return "";
    }

    static String difference(JsonNode row, Channel channel) {
        // A stream that the recorder's client cancelled went on until then.
        boolean hangs = List.of("DeadlineExceeded", "Canceled").contains(row.path("code").asString());
        Result got = call(channel, row, hangs ? PATIENCE : Duration.ofSeconds(20));
        return difference(row, got);
    }

    static String difference(JsonNode row, Result got) {
        boolean hangs = List.of("DeadlineExceeded", "Canceled").contains(row.path("code").asString());
        String code = hangs ? "DeadlineExceeded" : row.path("code").asString();
        String message = ids(row.path("message").asString(""));
        // Wordings of the client library, and of a resolver with its port numbers.
        boolean wording = hangs || message.startsWith("dns: A record lookup error");
        String nodes = got.nodes().toString();
        String recorded = recordedNodes(row).toString();
        boolean sameNodes = hangs
                || nodes.replaceAll("dns: A record[^,}]*", "dns").equals(recorded.replaceAll("dns: A record[^,}]*", "dns"));
        if (got.code().equals(code) && (wording || ids(got.message()).equals(message)) && sameNodes) {
            return "";
        }
        return row.path("call").asString() + " " + row.path("metadata") + " " + row.path("role").asString("") + " "
                + row.path("node").asString("") + " " + row.path("request").toString().substring(0, Math.min(90, row.path("request").toString().length()))
                + "\n      recorded " + code + " " + message + " " + recorded + "\n      here     " + got.code() + " " + got.message() + " " + nodes;
    }

    /** Ids of etcd's members are random. */
    private static String ids(String message) {
        return message.replaceAll("\\b[0-9]{12,}\\b", "{id}");
    }

    static Channel withHeaders(Channel channel, JsonNode row) {
        Channel out = channel;
        for (String key : List.of("node", "nodes")) {
            List<String> values = new ArrayList<>();
            row.path("metadata").path(key).forEach(v -> values.add(v.asString()));
            if (!values.isEmpty()) {
                out = FakeWorld.to(out, key, values.toArray(String[]::new));
            }
        }
        return out;
    }
}
