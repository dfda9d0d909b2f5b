/** Fetches charts: from repositories, registries, addresses and disk, or from a mirror of them. */
@NullMarked
package io.talospve.gitops.chart;

import org.jspecify.annotations.NullMarked;
