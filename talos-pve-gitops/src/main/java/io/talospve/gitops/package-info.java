/** What a cluster gets at day 0: Cilium, Flux or Argo CD and add-ons, rendered from charts into inline manifests. */
@NullMarked
package io.talospve.gitops;

import org.jspecify.annotations.NullMarked;
