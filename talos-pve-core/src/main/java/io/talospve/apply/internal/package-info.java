/** The scheduler and what each kind of step does. */
@NullMarked
package io.talospve.apply.internal;

import org.jspecify.annotations.NullMarked;
