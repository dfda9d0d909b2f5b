/** The simulated IP network, the proxy that leads to it, and a small HTTPS server. */
@NullMarked
package io.talospve.testkit.internal.net;

import org.jspecify.annotations.NullMarked;
