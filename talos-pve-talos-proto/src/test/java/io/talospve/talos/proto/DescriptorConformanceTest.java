package io.talospve.talos.proto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumDescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.DescriptorProtos.MethodDescriptorProto;
import com.google.protobuf.DescriptorProtos.ServiceDescriptorProto;
import com.google.protobuf.Descriptors.FileDescriptor;
import io.talospve.talos.proto.common.CommonProto;
import io.talospve.talos.proto.cosi.ResourceProto;
import io.talospve.talos.proto.cosi.StateProto;
import io.talospve.talos.proto.machine.MachineProto;
import io.talospve.talos.proto.storage.StorageProto;
import io.talospve.talos.proto.time.TimeProto;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Every message, field, enum value and call of our .proto files exists in Talos' own descriptors with the same meaning. */
class DescriptorConformanceTest {
    private static final Path TALOS = Path.of("../../shared/data/talos-v1.12.4.protoset");
    private static final List<FileDescriptor> OURS = List.of(
            MachineProto.getDescriptor(),
            StorageProto.getDescriptor(),
            TimeProto.getDescriptor(),
            StateProto.getDescriptor(),
            ResourceProto.getDescriptor(),
            CommonProto.getDescriptor());

    @Test
    void everythingOfOursIsTalos() throws IOException {
        assumeTrue(Files.exists(TALOS), () -> "Talos' descriptors are absent, nothing compared: " + TALOS);
        Map<String, String> talos = new TreeMap<>();
        for (FileDescriptorProto file : FileDescriptorSet.parseFrom(Files.readAllBytes(TALOS)).getFileList()) {
            describe(file, talos);
        }
        Map<String, String> ours = new TreeMap<>();
        OURS.forEach(file -> describe(file.toProto(), ours));

        assertThat(ours).hasSizeGreaterThan(700);
        assertThat(differences(ours, talos)).isEmpty();
    }

    @Test
    void aWrongNumberTypeOrNameIsFound() {
        Map<String, String> talos = new TreeMap<>();
        describe(MachineProto.getDescriptor().toProto(), talos);
        FileDescriptorProto.Builder wrong = MachineProto.getDescriptor().toProto().toBuilder();
        DescriptorProto.Builder message = wrong.getMessageTypeBuilderList().stream()
                .filter(m -> m.getName().equals("ResetRequest"))
                .findFirst()
                .orElseThrow();
        message.getFieldBuilder(0).setNumber(77);
        message.getFieldBuilder(1).setType(FieldDescriptorProto.Type.TYPE_STRING);
        message.getFieldBuilder(2).setJsonName("other");
        wrong.getServiceBuilder(0).getMethodBuilder(0).setServerStreaming(true);
        Map<String, String> ours = new TreeMap<>();
        describe(wrong.build(), ours);

        assertThat(differences(ours, talos)).hasSize(4);
    }

    private static List<String> differences(Map<String, String> ours, Map<String, String> talos) {
        List<String> differences = new ArrayList<>();
        ours.forEach((name, meaning) -> {
            String theirs = talos.get(name);
            if (!meaning.equals(theirs)) {
                differences.add(name + ": ours " + meaning + ", Talos' " + theirs);
            }
        });
        return differences;
    }

    private static void describe(FileDescriptorProto file, Map<String, String> into) {
        String scope = "." + file.getPackage();
        file.getMessageTypeList().forEach(m -> describe(scope, m, into));
        file.getEnumTypeList().forEach(e -> describe(scope, e, into));
        for (ServiceDescriptorProto service : file.getServiceList()) {
            for (MethodDescriptorProto call : service.getMethodList()) {
                into.put(
                        scope + "." + service.getName() + "/" + call.getName(),
                        (call.getClientStreaming() ? "stream " : "") + call.getInputType() + " returns "
                                + (call.getServerStreaming() ? "stream " : "") + call.getOutputType());
            }
        }
    }

    private static void describe(String scope, DescriptorProto message, Map<String, String> into) {
        String name = scope + "." + message.getName();
        into.put(name, "message" + (message.getOptions().getMapEntry() ? " of a map" : ""));
        for (FieldDescriptorProto field : message.getFieldList()) {
            String oneof = field.hasOneofIndex() ? " in " + message.getOneofDecl(field.getOneofIndex()).getName() : "";
            into.put(
                    name + "#" + field.getName(),
                    field.getLabel() + " " + field.getType() + " " + field.getTypeName() + " = " + field.getNumber()
                            + " json " + json(field) + oneof + (field.getProto3Optional() ? " optional" : ""));
        }
        message.getNestedTypeList().forEach(m -> describe(name, m, into));
        message.getEnumTypeList().forEach(e -> describe(name, e, into));
    }

    private static void describe(String scope, EnumDescriptorProto type, Map<String, String> into) {
        String name = scope + "." + type.getName();
        into.put(name, "enum");
        type.getValueList().forEach(v -> into.put(name + "#" + v.getName(), "= " + v.getNumber()));
    }

    /** The explicit JSON name, or the one that protobuf derives: underscores go, the letter after each becomes upper case. */
    private static String json(FieldDescriptorProto field) {
        if (field.hasJsonName()) {
            return field.getJsonName();
        }
        StringBuilder name = new StringBuilder();
        boolean upper = false;
        for (char c : field.getName().toCharArray()) {
            if (c == '_') {
                upper = true;
            } else {
                name.append(upper ? Character.toUpperCase(c) : c);
                upper = false;
            }
        }
        return name.toString();
    }
}
