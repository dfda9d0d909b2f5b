/** Certificates of the simulated servers. */
@NullMarked
package io.talospve.testkit.internal.tls;

import org.jspecify.annotations.NullMarked;
