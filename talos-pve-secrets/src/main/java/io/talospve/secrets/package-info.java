/** Where secrets go and come from; one package for each kind of store. */
@NullMarked
package io.talospve.secrets;

import org.jspecify.annotations.NullMarked;
