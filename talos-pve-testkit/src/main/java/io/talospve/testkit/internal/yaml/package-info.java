/** YAML as Go programs write and read it. */
@NullMarked
package io.talospve.testkit.internal.yaml;

import org.jspecify.annotations.NullMarked;
