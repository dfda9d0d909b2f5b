/** The few calls to the Kubernetes API that provisioning needs, on {@code java.net.http}. */
@NullMarked
package io.talospve.kubernetes;

import org.jspecify.annotations.NullMarked;
