/**
 * HTTP as the clients of this library make it, on java.net.http: bounded in time and size, TLS verified or pinned, no redirect
 * followed, every failure told apart by what is known about the request's fate. For builders of clients ({@link
 * io.talospve.http.HttpSettings}) and for implementers of SPIs that talk to a server of their own.
 */
@NullMarked
package io.talospve.http;

import org.jspecify.annotations.NullMarked;
