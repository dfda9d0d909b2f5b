/** Strategic merge patches of machine configurations, as Talos merges them; not for others. */
@NullMarked
package io.talospve.talos.config.internal.patch;

import org.jspecify.annotations.NullMarked;
