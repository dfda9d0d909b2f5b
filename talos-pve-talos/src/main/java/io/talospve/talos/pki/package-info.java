/** The secrets of a cluster: making, reading and writing the bundle, issuing certificates from it. */
@NullMarked
package io.talospve.talos.pki;

import org.jspecify.annotations.NullMarked;
