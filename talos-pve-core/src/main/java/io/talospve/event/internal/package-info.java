/** Events as JSON. */
@NullMarked
package io.talospve.event.internal;

import org.jspecify.annotations.NullMarked;
