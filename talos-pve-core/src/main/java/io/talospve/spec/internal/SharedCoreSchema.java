package io.talospve.spec.internal;

import java.util.Map;
import org.snakeyaml.engine.v2.api.ConstructNode;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.resolver.ScalarResolver;
import org.snakeyaml.engine.v2.schema.CoreSchema;
import org.snakeyaml.engine.v2.schema.Schema;

/** YAML's core schema, whose resolver is made once: making it costs as much as reading a spec. Immutable. */
final class SharedCoreSchema implements Schema {
    private final Schema core = new CoreSchema();
    private final ScalarResolver resolver = core.getScalarResolver();

    @Override
    public ScalarResolver getScalarResolver() {
        return resolver;
    }

    @Override
    public Map<Tag, ConstructNode> getSchemaTagConstructors() {
        return core.getSchemaTagConstructors();
    }
}
