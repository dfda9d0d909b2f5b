/** The Talos image factory: schematics, extensions, references to images. */
@NullMarked
package io.talospve.talos.factory;

import org.jspecify.annotations.NullMarked;
