/** How a cluster is: the conditions of a healthy one, in Talos' order. */
@NullMarked
package io.talospve.health;

import org.jspecify.annotations.NullMarked;
