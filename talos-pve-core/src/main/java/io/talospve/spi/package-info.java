/** What the planner and the executor need from the outside; implemented by the other modules and by embedders. */
@NullMarked
package io.talospve.spi;

import org.jspecify.annotations.NullMarked;
