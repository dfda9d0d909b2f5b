/** HTTP and TLS of the image factory; not for others. */
@NullMarked
package io.talospve.talos.factory.internal;

import org.jspecify.annotations.NullMarked;
