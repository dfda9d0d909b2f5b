/** How the conditions of a healthy cluster are looked at. */
@NullMarked
package io.talospve.health.internal;

import org.jspecify.annotations.NullMarked;
