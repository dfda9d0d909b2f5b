/** YAML as Talos' own tools write and read it. */
@NullMarked
package io.talospve.talos.internal.yaml;

import org.jspecify.annotations.NullMarked;
