/** What the SPIs promise, as checks that run against any implementation, in any test framework. */
@NullMarked
package io.talospve.testkit.contract;

import org.jspecify.annotations.NullMarked;
