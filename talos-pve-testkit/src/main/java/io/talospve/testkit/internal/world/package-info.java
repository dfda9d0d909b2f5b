/** What the datacenter consists of: hosts, storages, virtual machines, disks. No protocol. */
@NullMarked
package io.talospve.testkit.internal.world;

import org.jspecify.annotations.NullMarked;
