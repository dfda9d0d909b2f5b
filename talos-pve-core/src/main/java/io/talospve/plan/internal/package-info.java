/** Renderings of a plan. */
@NullMarked
package io.talospve.plan.internal;

import org.jspecify.annotations.NullMarked;
