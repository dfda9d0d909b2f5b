/** The simulated datacenter: real servers on loopback for tests of provisioning. */
@NullMarked
package io.talospve.testkit;

import org.jspecify.annotations.NullMarked;
