package io.talospve.spec;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.immutables.value.Value;

/**
 * Settings of the Kubernetes control plane: {@code cluster.kubernetes} of the YAML. Immutable.
 */
@Value.Immutable
@ValueStyle
public interface KubernetesSettings {
    /** Subnets of pods, one per family; empty for Talos' default, 10.244.0.0/16. */
    List<Cidr> podSubnets();

    /** Subnets of services, one per family; empty for Talos' default, 10.96.0.0/12. */
    List<Cidr> serviceSubnets();

    /** Domain of the cluster; empty for {@code cluster.local}. */
    Optional<String> dnsDomain();

    /** Extra arguments of the API server, without leading dashes. */
    Map<String, String> apiServerArgs();

    /** Extra arguments of the controller manager, without leading dashes. */
    Map<String, String> controllerManagerArgs();

    /** Extra arguments of the scheduler, without leading dashes. */
    Map<String, String> schedulerArgs();

    /** Extra arguments of etcd, without leading dashes. */
    Map<String, String> etcdArgs();

    /** Extra arguments of kube-proxy, without leading dashes. */
    Map<String, String> proxyArgs();

    /** Admission plugins; empty for Talos' default (PodSecurity baseline). */
    List<AdmissionPlugin> admission();

    /** Audit policy of the API server, a plain tree; empty for Talos' default (metadata of everything). */
    Optional<Map<String, Object>> auditPolicy();

    /** URLs of manifests that Talos applies at bootstrap. */
    List<String> extraManifests();

    /** Manifests (YAML text) by name that Talos applies at bootstrap. */
    Map<String, String> inlineManifests();

    /** Starts one with the defaults. */
    static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link KubernetesSettings}. Not thread-safe. */
    class Builder extends ImmutableKubernetesSettings.Builder {
        private final Nested nested = new Nested();

        Builder() {}

        /**
         * Configures an admission plugin.
         *
         * @param fill says which and how
         * @return this
         */
        public Builder admission(Consumer<AdmissionPlugin.Builder> fill) {
            AdmissionPlugin.Builder plugin = AdmissionPlugin.builder();
            fill.accept(plugin);
            nested.part(plugin::build, this::addAdmission, "admission.");
            return this;
        }

        /**
         * Adds a manifest that Talos applies at bootstrap.
         *
         * @param name a name of its own
         * @param yaml its text
         * @return this
         */
        public Builder inlineManifest(String name, String yaml) {
            return putInlineManifests(name, yaml);
        }

        /**
         * Builds the value.
         *
         * @return the value
         * @throws io.talospve.error.SpecException if a tree holds anything but maps with text keys, lists, texts, numbers,
         *     booleans and null
         */
        @Override
        public KubernetesSettings build() {
            KubernetesSettings draft = super.build();
            Nested nested = this.nested.copy();
            draft.auditPolicy().ifPresent(tree -> nested.tree(tree, this::auditPolicy, "audit_policy"));
            nested.check();
            return super.build();
        }
    }
}
