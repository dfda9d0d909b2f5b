package io.talospve.talos.api;

/**
 * An alarm of etcd.
 *
 * @param memberId the member, unsigned id
 * @param kind {@code NOSPACE} or {@code CORRUPT}
 */
public record EtcdAlarm(long memberId, String kind) {}
