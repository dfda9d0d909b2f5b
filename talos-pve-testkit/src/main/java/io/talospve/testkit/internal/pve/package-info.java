/** The Proxmox VE API on a {@link io.talospve.testkit.internal.world.World}: transport, parameter rules, calls. */
@NullMarked
package io.talospve.testkit.internal.pve;

import org.jspecify.annotations.NullMarked;
