/** Bitwarden Secrets Manager: its protocol and its cryptography on the JDK alone. */
@NullMarked
package io.talospve.secrets.bitwarden;

import org.jspecify.annotations.NullMarked;
