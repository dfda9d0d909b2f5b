/** Runnable programs: provisioning a cluster, and the simulated datacenter as a process. */
@NullMarked
package io.talospve.examples;

import org.jspecify.annotations.NullMarked;
