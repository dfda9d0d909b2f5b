/** Simulated Talos machines: their life, their API, etcd. */
@NullMarked
package io.talospve.testkit.internal.talos;

import org.jspecify.annotations.NullMarked;
