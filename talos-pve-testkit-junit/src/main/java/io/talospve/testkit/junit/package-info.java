/** JUnit 5: a simulated datacenter as a parameter, and contract tests for implementations of the SPIs. */
@NullMarked
package io.talospve.testkit.junit;

import org.jspecify.annotations.NullMarked;
