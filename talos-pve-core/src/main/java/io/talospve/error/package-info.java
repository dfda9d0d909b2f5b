/** The errors of the library: one unchecked root, subclasses by what a caller does about them. */
@NullMarked
package io.talospve.error;

import org.jspecify.annotations.NullMarked;
