/** The stores of this library: one layout over files on disk or in memory. */
@NullMarked
package io.talospve.store.internal;

import org.jspecify.annotations.NullMarked;
