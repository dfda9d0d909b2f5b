/** JUnit 5: a simulated datacenter and a connection to it as test parameters. */
@NullMarked
package io.talospve.testkit.junit;

import org.jspecify.annotations.NullMarked;
