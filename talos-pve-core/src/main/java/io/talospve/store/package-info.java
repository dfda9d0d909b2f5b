/** What must outlive the process: secrets, credentials, journal and revisions of each cluster. */
@NullMarked
package io.talospve.store;

import org.jspecify.annotations.NullMarked;
