/** The documents of a machine configuration; not for others. */
@NullMarked
package io.talospve.talos.config.internal;

import org.jspecify.annotations.NullMarked;
