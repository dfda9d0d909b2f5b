/** The simulated Kubernetes API: types, storage, writes by every kind of patch, watches. */
@NullMarked
package io.talospve.testkit.internal.kube.api;

import org.jspecify.annotations.NullMarked;
