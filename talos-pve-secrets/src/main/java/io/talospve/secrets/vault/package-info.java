/** HashiCorp Vault and OpenBao: secrets engine KV version 2. */
@NullMarked
package io.talospve.secrets.vault;

import org.jspecify.annotations.NullMarked;
