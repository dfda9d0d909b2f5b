/** The Proxmox VE API as the hypervisor uses it: transport, authentication, errors, values. Not for embedders. */
@NullMarked
package io.talospve.proxmox.internal;

import org.jspecify.annotations.NullMarked;
