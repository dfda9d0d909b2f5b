/** Secrets that another program prints, such as {@code op read} or {@code sops -d}. */
@NullMarked
package io.talospve.secrets.process;

import org.jspecify.annotations.NullMarked;
