package io.talospve.testkit.internal.kube.control;

import java.util.List;
import java.util.Map;

/**
 * What a kubelet says of its node.
 *
 * @param name node name
 * @param machineId machine id
 * @param systemUuid SMBIOS UUID
 * @param addresses IP addresses
 * @param controlPlane whether it is a control plane
 * @param schedulable whether a control plane takes ordinary pods
 * @param labels labels from the machine's configuration
 * @param taints taints from it, {@code value:effect} by key
 * @param kubelet version of the kubelet
 * @param os operating system, {@code Talos (v1.12.4)}
 * @param cores CPU cores
 * @param memoryMiB memory
 */
public record Registration(
        String name,
        String machineId,
        String systemUuid,
        List<String> addresses,
        boolean controlPlane,
        boolean schedulable,
        Map<String, String> labels,
        Map<String, String> taints,
        String kubelet,
        String os,
        int cores,
        int memoryMiB) {}
