/** Renders Helm charts: in a JVM of their own with helm-java, or with an installed helm. */
@NullMarked
package io.talospve.helm;

import org.jspecify.annotations.NullMarked;
