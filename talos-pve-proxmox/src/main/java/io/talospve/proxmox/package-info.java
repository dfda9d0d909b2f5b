/** Proxmox VE: the {@link io.talospve.spi.Hypervisor} on its HTTP API. */
@NullMarked
package io.talospve.proxmox;

import org.jspecify.annotations.NullMarked;
