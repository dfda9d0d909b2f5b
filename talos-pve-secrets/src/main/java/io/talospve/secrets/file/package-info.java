/** Secrets as files that only their owner can read. */
@NullMarked
package io.talospve.secrets.file;

import org.jspecify.annotations.NullMarked;
