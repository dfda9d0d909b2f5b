/** What happens while a plan is applied, as typed events for listeners. */
@NullMarked
package io.talospve.event;

import org.jspecify.annotations.NullMarked;
