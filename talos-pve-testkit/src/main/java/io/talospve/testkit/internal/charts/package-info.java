/** A chart repository with stand-ins for the charts that clusters are brought up with, over HTTPS and as an OCI registry. */
@NullMarked
package io.talospve.testkit.internal.charts;

import org.jspecify.annotations.NullMarked;
