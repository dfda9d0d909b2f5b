/** JUnit 5: contract tests for implementations of the SPIs. */
@NullMarked
package io.talospve.testkit.junit;

import org.jspecify.annotations.NullMarked;
