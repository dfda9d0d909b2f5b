/** The usual parts, wired: what most programs need. */
@NullMarked
package io.talospve;

import org.jspecify.annotations.NullMarked;
