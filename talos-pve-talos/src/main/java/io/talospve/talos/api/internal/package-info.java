/** The inside of the Talos API client: channels, trust, and what answers mean. Nobody else's business. */
@NullMarked
package io.talospve.talos.api.internal;

import org.jspecify.annotations.NullMarked;
