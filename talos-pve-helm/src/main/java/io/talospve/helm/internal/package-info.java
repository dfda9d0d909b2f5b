/** What runs in the child JVM; it sees only the Java runtime, JNA and helm-java. */
@NullMarked
package io.talospve.helm.internal;

import org.jspecify.annotations.NullMarked;
