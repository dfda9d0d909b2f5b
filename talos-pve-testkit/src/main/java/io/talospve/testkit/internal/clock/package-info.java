/** The datacenter's clock: virtual time that jumps, or wall time. */
@NullMarked
package io.talospve.testkit.internal.clock;

import org.jspecify.annotations.NullMarked;
