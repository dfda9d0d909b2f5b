/** What stands behind the interfaces of {@code io.talospve.spi}. */
@NullMarked
package io.talospve.spi.internal;

import org.jspecify.annotations.NullMarked;
