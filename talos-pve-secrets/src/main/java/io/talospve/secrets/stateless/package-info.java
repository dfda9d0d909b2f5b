/** A cluster store for machines that keep nothing between runs: its secrets and its record are in a vault. */
@NullMarked
package io.talospve.secrets.stateless;

import org.jspecify.annotations.NullMarked;
