/** YAML of manifests and what Kubernetes and Helm know about kinds. */
@NullMarked
package io.talospve.gitops.internal;

import org.jspecify.annotations.NullMarked;
