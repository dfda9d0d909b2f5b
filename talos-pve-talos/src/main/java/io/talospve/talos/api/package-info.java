/** The client of the Talos API: {@link io.talospve.talos.api.GrpcTalosApi} is the entry. */
@NullMarked
package io.talospve.talos.api;

import org.jspecify.annotations.NullMarked;
