/** How a spec is read, checked and written. Not for embedders. */
@NullMarked
package io.talospve.spec.internal;

import org.jspecify.annotations.NullMarked;
