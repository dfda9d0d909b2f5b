package io.talospve.http;

import org.jspecify.annotations.Nullable;

/**
 * What a client advises when a call fails below HTTP.
 *
 * @param untrusted what to do if the server's certificate is not trusted
 * @param unreachable what to do if there is no answer, or null
 * @param effectUnknown what to do if there is no answer to a request that changes something, which may have had its effect;
 *     null for the same as unreachable
 */
public record HttpHints(String untrusted, @Nullable String unreachable, @Nullable String effectUnknown) {}
