/** What clusters meet outside of themselves: git servers, files to download, registries. */
@NullMarked
package io.talospve.testkit.internal.kube.outside;

import org.jspecify.annotations.NullMarked;
