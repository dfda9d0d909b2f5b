package io.talospve.testkit.internal.talos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Empty;
import io.grpc.ManagedChannel;
import io.talospve.talos.proto.machine.ApplyConfigurationRequest;
import io.talospve.talos.proto.machine.BootstrapRequest;
import io.talospve.talos.proto.machine.DmesgRequest;
import io.talospve.testkit.internal.kube.KubeCluster;
import io.talospve.testkit.internal.kube.api.Tree;
import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ManifestApplyTest {
    private static final String MAP = "{apiVersion: v1, kind: ConfigMap, metadata: {name: %s, namespace: %s}, data: {a: %s}}";

    private final FakeWorld world = new FakeWorld();
    private FakeWorld.Vm vm = world.vm("cp-1", "192.168.62.21");

    @AfterEach
    void close() {
        world.close();
    }

    private static String config(FakeWorld.Vm vm, Map<String, String> manifests) {
        StringBuilder inline = new StringBuilder("\n    inlineManifests:\n");
        manifests.forEach((name, text) -> inline.append("        - name: ")
                .append(name)
                .append("\n          contents: |\n")
                .append(text.indent(14)));
        return FakeWorld.config(true, vm, FakeWorld.INSTALLER).replaceFirst("\n---\n", java.util.regex.Matcher.quoteReplacement(inline + "---\n"));
    }

    private ManagedChannel bootstrapped(String config) {
        vm.start();
        world.await("maintenance", () -> world.machine(vm).stage().equals("maintenance"));
        world.maintenance(vm).applyConfiguration(FakeWorld.request(config));
        world.await("apid", () -> world.network.lookup(vm.address, 50000)
                        instanceof io.talospve.testkit.internal.net.SimNetwork.Lookup.Target
                && List.of("booting", "running").contains(world.machine(vm).stage()));
        ManagedChannel channel = world.channel(vm, FakeWorld.admin());
        FakeWorld.stub(channel).bootstrap(BootstrapRequest.getDefaultInstance());
        world.await("Kubernetes", () -> !world.guests.kubernetes().isEmpty() && kube().has("cp-1"));
        pass(Duration.ofSeconds(90));
        return channel;
    }

    private void pass(Duration time) {
        for (long i = 0; i < time.toSeconds(); i++) {
            world.clock.advance(Duration.ofSeconds(1));
        }
    }

    private KubeCluster kube() {
        return world.guests.kubernetes().get(0);
    }

    private List<String> maps() {
        return kube().objects("configmaps").stream()
                .map(c -> Tree.namespace(c) + "/" + Tree.name(c) + "=" + Tree.text(c, "data.a"))
                .filter(c -> !c.endsWith("="))
                .toList();
    }

    private static String dmesg(ManagedChannel channel) {
        StringBuilder out = new StringBuilder();
        FakeWorld.stub(channel)
                .dmesg(DmesgRequest.getDefaultInstance())
                .forEachRemaining(part -> out.append(part.getBytes().toStringUtf8()));
        return out.toString();
    }

    @Test
    void namespacesAndDefinitionsGoFirstAndMalformedOnesDoNotStopTheRest() {
        Map<String, String> manifests = new LinkedHashMap<>();
        manifests.put("00-thing", "{apiVersion: example.com/v1, kind: Thing, metadata: {name: one, namespace: late}, spec: {size: 1}}");
        manifests.put("01-bad", "{apiVersion: v1, kind: ConfigMap, metadata: {name: Bad_Name, namespace: late}}");
        manifests.put("02-broken", "a: [b");
        manifests.put("03-map", MAP.formatted("x", "late", "first"));
        manifests.put("98-namespace", "{apiVersion: v1, kind: Namespace, metadata: {name: late}}");
        manifests.put("99-definition", """
                apiVersion: apiextensions.k8s.io/v1
                kind: CustomResourceDefinition
                metadata: {name: things.example.com}
                spec:
                  group: example.com
                  names: {kind: Thing, plural: things}
                  scope: Namespaced
                  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {size: {type: integer}}}}}}}]
                """);
        ManagedChannel channel = bootstrapped(config(vm, manifests));
        assertThat(maps()).containsExactly("late/x=first");
        assertThat(kube().objects("things.example.com")).hasSize(1);
        assertThat(dmesg(channel))
                .contains("[talos] created /v1/Namespace/late {\"component\": \"controller-runtime\"")
                .contains("error creating mapping for object example.com/v1/Thing/one: no matches for kind")
                .contains("[talos] created example.com/v1/Thing/one")
                .contains("error creating /v1/ConfigMap/Bad_Name: ConfigMap \\\"Bad_Name\\\" is invalid")
                .contains("error parsing manifest 99-02-broken");
        assertThat(kube().objects("deployments.apps")).extracting(Tree::name).contains("coredns");
    }

    @Test
    void aMissingNamespaceEndsEveryPassBeforeWhatComesAfterIt() {
        Map<String, String> manifests = new LinkedHashMap<>();
        manifests.put("00-before", MAP.formatted("before", "default", "x"));
        manifests.put("01-nowhere", MAP.formatted("y", "nowhere", "x"));
        manifests.put("02-after", MAP.formatted("after", "default", "x"));
        ManagedChannel channel = bootstrapped(config(vm, manifests));
        assertThat(maps()).containsExactly("default/before=x");
        String log = dmesg(channel);
        assertThat(log).contains("error creating /v1/ConfigMap/y: namespaces \\\"nowhere\\\" not found");
        assertThat(log.split("controller failed", -1).length - 1).isBetween(3, 30);
        // it is repaired as soon as somebody makes the namespace
        Map<String, Object> namespace = Map.of("apiVersion", "v1", "kind", "Namespace", "metadata", Map.of("name", "nowhere"));
        kube().resources()
                .create(
                        kube().resources().placeOf(namespace).orElseThrow(),
                        namespace,
                        io.talospve.testkit.internal.kube.api.Resources.Options.by("somebody"));
        pass(Duration.ofSeconds(70));
        assertThat(maps()).contains("default/after=x", "nowhere/y=x");
    }

    @Test
    void aLaterConfigurationAddsButNeitherChangesNorRemoves() {
        ManagedChannel channel = bootstrapped(config(
                vm, Map.of("keep", MAP.formatted("keep", "default", "old"))));
        assertThat(maps()).containsExactly("default/keep=old");
        Map<String, String> next = new LinkedHashMap<>();
        next.put("other", MAP.formatted("other", "default", "new"));
        next.put("keep", MAP.formatted("keep", "default", "new"));
        FakeWorld.stub(channel)
                .applyConfiguration(ApplyConfigurationRequest.newBuilder()
                        .setData(com.google.protobuf.ByteString.copyFromUtf8(config(vm, next)))
                        .setMode(ApplyConfigurationRequest.Mode.NO_REBOOT)
                        .build());
        pass(Duration.ofSeconds(10));
        assertThat(maps()).containsExactly("default/keep=old", "default/other=new");
        FakeWorld.stub(channel)
                .applyConfiguration(ApplyConfigurationRequest.newBuilder()
                        .setData(com.google.protobuf.ByteString.copyFromUtf8(
                                FakeWorld.config(true, vm, FakeWorld.INSTALLER)))
                        .setMode(ApplyConfigurationRequest.Mode.NO_REBOOT)
                        .build());
        pass(Duration.ofSeconds(10));
        assertThat(maps()).hasSize(2);
        assertThat(FakeWorld.stub(channel).version(Empty.getDefaultInstance()).getMessagesCount()).isEqualTo(1);
    }

    @Test
    void downloadedManifestsAreAppliedAndThoseThatAreNotThereAreSaid() {
        String here = "https://files.example.com/map.yaml";
        world.guests.outside().file(URI.create(here).toString(), MAP.formatted("fetched", "default", "x"));
        ManagedChannel channel = bootstrapped(FakeWorld.config(true, vm, FakeWorld.INSTALLER)
                .replaceFirst("\n---\n", "\n    extraManifests:\n        - " + here + "\n        - https://gone.example.com/x.yaml\n---\n"));
        assertThat(maps()).containsExactly("default/fetched=x");
        assertThat(dmesg(channel)).contains("error downloading \\\"https://gone.example.com/x.yaml\\\"");
    }

    @Test
    void doubleAndEmptyNamesAreRefused() {
        vm.start();
        world.await("maintenance", () -> world.machine(vm).stage().equals("maintenance"));
        String twice = config(vm, Map.of("same", "a: b")).replace("---\napiVersion: v1alpha1\nkind: HostnameConfig",
                "        - name: same\n          contents: \"\"\n        - name: \" \"\n          contents: \"\"\n---\napiVersion: v1alpha1\nkind: HostnameConfig");
        assertThatThrownBy(() -> world.maintenance(vm).applyConfiguration(FakeWorld.request(twice)))
                .hasMessageContaining("inline manifest name \"same\" is duplicate")
                .hasMessageContaining("inline manifest name can't be empty");
    }
}
