/** The simulated Kubernetes API server. */
@NullMarked
package io.talospve.testkit.internal.kube;

import org.jspecify.annotations.NullMarked;
