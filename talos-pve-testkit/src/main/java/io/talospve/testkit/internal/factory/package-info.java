/** The simulated image factory and the outside from which images come. */
@NullMarked
package io.talospve.testkit.internal.factory;

import org.jspecify.annotations.NullMarked;
