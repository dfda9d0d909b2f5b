/** Carries a plan out: runs ready steps, journals, waits, and can be stopped at any instant and run again. */
@NullMarked
package io.talospve.apply;

import org.jspecify.annotations.NullMarked;
