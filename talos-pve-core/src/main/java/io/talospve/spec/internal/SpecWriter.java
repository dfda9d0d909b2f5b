package io.talospve.spec.internal;

import io.talospve.spec.TalosCluster;

/** Writes a spec as YAML: the keys that differ from their default, in the order of the model. */
public final class SpecWriter {
    private SpecWriter() {}

    /** The YAML text. */
    public static String write(TalosCluster cluster) {
        return YamlText.dump(SpecKeys.ROOT.write(cluster));
    }
}
