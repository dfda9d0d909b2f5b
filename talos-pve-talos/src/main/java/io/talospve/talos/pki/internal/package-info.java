/** Keys, certificates and PEM texts; not for others. */
@NullMarked
package io.talospve.talos.pki.internal;

import org.jspecify.annotations.NullMarked;
