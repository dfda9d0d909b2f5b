/** HTTPS with bounds, shared by the stores that are servers. */
@NullMarked
package io.talospve.secrets.internal;

import org.jspecify.annotations.NullMarked;
