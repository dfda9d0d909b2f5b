package io.talospve.spec;

import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.immutables.value.Value;

/**
 * Settings of machines: {@code machine} of the cluster, of a role, of a pool or of one machine. What stands closer to the
 * machine comes later: lists are appended, of maps the later entry of a key wins. Immutable.
 */
@Value.Immutable
@ValueStyle
public interface MachineSettings {
    /** Labels of the Kubernetes node. */
    Map<String, String> labels();

    /** Annotations of the Kubernetes node. */
    Map<String, String> annotations();

    /** Taints of the Kubernetes node by key, {@code value:effect} or {@code effect}. */
    Map<String, String> taints();

    /** System extensions in addition to those of {@link TalosSettings#extensions()}. */
    List<String> extensions();

    /** Configuration of extensions' services by name of service. */
    Map<String, ExtensionService> extensionServices();

    /** Arguments of the kernel, {@code name} or {@code name=value}; they go into the image. */
    List<String> kernelArgs();

    /** Kernel modules to load. */
    List<KernelModule> kernelModules();

    /** Kernel parameters. */
    Map<String, String> sysctls();

    /** Extra arguments of the kubelet, without leading dashes. */
    Map<String, String> kubeletArgs();

    /** Where logs are sent. */
    List<LogDestination> logDestinations();

    /** Strategic merge patches of the machine configuration, applied last, in this order; each a plain tree, a document of any kind. */
    List<Map<String, Object>> patches();

    /**
     * These settings with more specific ones on top.
     *
     * @param closer settings of something closer to the machine
     * @return lists appended, of maps the closer entry of a key
     */
    default MachineSettings with(MachineSettings closer) {
        return MergedSettings.of(this, closer);
    }

    /** No settings at all. */
    static MachineSettings none() {
        return builder().build();
    }

    /** Starts one with the defaults. */
    static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link MachineSettings}. Not thread-safe. */
    class Builder extends ImmutableMachineSettings.Builder {
        private final Nested nested = new Nested();

        Builder() {}

        /**
         * Adds a label of the Kubernetes node.
         *
         * @param key its key
         * @param value its value
         * @return this
         */
        public Builder label(String key, String value) {
            return putLabels(key, value);
        }

        /**
         * Adds a taint of the Kubernetes node.
         *
         * @param key its key
         * @param valueAndEffect {@code value:effect} or {@code effect}
         * @return this
         */
        public Builder taint(String key, String valueAndEffect) {
            return putTaints(key, valueAndEffect);
        }

        /**
         * Adds a strategic merge patch.
         *
         * @param document a plain tree: part of the machine configuration, or a document with apiVersion and kind
         * @return this
         */
        public Builder patch(Map<String, Object> document) {
            return addPatches(document);
        }

        /**
         * Adds a destination of logs.
         *
         * @param fill says which
         * @return this
         */
        public Builder logDestination(Consumer<LogDestination.Builder> fill) {
            LogDestination.Builder destination = LogDestination.builder();
            fill.accept(destination);
            nested.part(destination::build, this::addLogDestinations, "log_destinations.");
            return this;
        }

        /**
         * Configures a system extension's service.
         *
         * @param name of the service
         * @param fill says how
         * @return this
         */
        public Builder extensionService(String name, Consumer<ExtensionService.Builder> fill) {
            ExtensionService.Builder service = ExtensionService.builder();
            fill.accept(service);
            return putExtensionServices(name, service.build());
        }

        /**
         * Adds a kernel module.
         *
         * @param name its name
         * @param parameters its parameters, {@code name=value}
         * @return this
         */
        public Builder kernelModule(String name, String... parameters) {
            return addKernelModules(KernelModule.builder().name(name).addParameters(parameters).build());
        }

        /**
         * Builds the value.
         *
         * @return the value
         * @throws io.talospve.error.SpecException if a tree holds anything but maps with text keys, lists, texts, numbers,
         *     booleans and null
         */
        @Override
        public MachineSettings build() {
            MachineSettings draft = super.build();
            Nested nested = this.nested.copy();
            patches(List.of());
            for (int i = 0; i < draft.patches().size(); i++) {
                nested.tree(draft.patches().get(i), this::addPatches, "patches[" + i + "]");
            }
            nested.check();
            return super.build();
        }
    }
}
