/** Talos machine configurations, as Talos' own tools would write them. */
@NullMarked
package io.talospve.talos.config;

import org.jspecify.annotations.NullMarked;
