/** How fast it is. */
@NullMarked
package io.talospve.benchmarks;

import org.jspecify.annotations.NullMarked;
