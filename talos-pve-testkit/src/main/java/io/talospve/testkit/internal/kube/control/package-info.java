/** What keeps the simulated cluster's objects true: controllers, kubelets, GitOps engines, in the datacenter's time. */
@NullMarked
package io.talospve.testkit.internal.kube.control;

import org.jspecify.annotations.NullMarked;
