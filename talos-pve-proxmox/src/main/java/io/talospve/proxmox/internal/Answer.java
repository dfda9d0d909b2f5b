package io.talospve.proxmox.internal;

/**
 * What a server answered, uninterpreted.
 *
 * @param status HTTP status
 * @param body the body, empty if there was none
 */
record Answer(int status, byte[] body) {}
