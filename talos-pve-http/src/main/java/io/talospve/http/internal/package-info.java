/** What {@link io.talospve.http} is made of. */
@NullMarked
package io.talospve.http.internal;

import org.jspecify.annotations.NullMarked;
