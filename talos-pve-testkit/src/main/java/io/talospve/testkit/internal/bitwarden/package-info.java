/** A simulated Bitwarden: login, projects and secrets of one organisation, with the server's rules and error bodies. */
@NullMarked
package io.talospve.testkit.internal.bitwarden;

import org.jspecify.annotations.NullMarked;
