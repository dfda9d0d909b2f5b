/** From a spec and what is observed to a plan: an immutable graph of typed steps that a person can review. */
@NullMarked
package io.talospve.plan;

import org.jspecify.annotations.NullMarked;
