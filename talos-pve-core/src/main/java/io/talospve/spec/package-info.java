/** What the user wants: an immutable, validated description of one cluster. No I/O beyond reading the file that is asked for. */
@NullMarked
package io.talospve.spec;

import org.jspecify.annotations.NullMarked;
