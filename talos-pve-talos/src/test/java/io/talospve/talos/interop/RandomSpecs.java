package io.talospve.talos.interop;

import io.talospve.spec.BondMode;
import io.talospve.spec.Cidr;
import io.talospve.spec.DiskEncryption;
import io.talospve.spec.MachineSettings;
import io.talospve.spec.NodeSpec;
import io.talospve.spec.Secret;
import io.talospve.spec.SecretValue;
import io.talospve.spec.TalosCluster;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Seeded random clusters that use, over many seeds, everything that a spec can say about machine configurations. */
final class RandomSpecs {
    private static final String PEM = io.talospve.talos.pki.SecretsBundle.parse(Secret.of(io.talospve.talos.Vectors.bundle()))
            .os()
            .certificate();

    private final Random random;
    private final boolean v6;
    private final boolean dual;
    private final boolean dhcp;
    private final boolean bonded;
    private final boolean proxyDisabled;

    private RandomSpecs(long seed) {
        this.random = new Random(seed);
        this.v6 = one(8);
        this.dual = !v6 && one(4);
        this.dhcp = !v6 && one(6);
        this.bonded = one(5);
        this.proxyDisabled = one(2);
    }

    static TalosCluster cluster(long seed) {
        return new RandomSpecs(seed).cluster();
    }

    private boolean one(int in) {
        return random.nextInt(in) == 0;
    }

    @SafeVarargs
    private <T> T any(T... values) {
        return values[random.nextInt(values.length)];
    }

    private String lan(int host) {
        return v6 ? "fd00:62::" + Integer.toHexString(host) : "10.62.0." + host;
    }

    private TalosCluster cluster() {
        int planes = any(1, 3, 5);
        TalosCluster.Builder cluster = TalosCluster.builder()
                .name(any("prod-k8s", "a", "edge1"))
                .datastore("nas", "alpha")
                .talos(talos -> talos.version("v1.12.4"))
                .kubernetesVersion(any("v1.35.0", "v1.34.2", "v1.31.9"))
                .hostPool(pool -> pool.host("alpha", "local-lvm").host("bravo", "local-lvm"))
                .putSizes("s", io.talospve.spec.NodeSize.builder().cpu(4).memory(8192).osDisk(64).build())
                .putSizes(
                        "d",
                        io.talospve.spec.NodeSize.builder()
                                .cpu(4)
                                .memory(8192)
                                .osDisk(64)
                                .dataDisk(100)
                                .dataVolume(io.talospve.spec.DataVolume.builder()
                                        .name(any("data", "longhorn"))
                                        .filesystem(any("xfs", "ext4"))
                                        .build())
                                .build());
        cluster.controlPlane(pool -> {
            for (int i = 0; i < planes; i++) {
                int host = 21 + i;
                pool.node(node -> machine(node, host));
            }
            pool.hostPool("alpha", "bravo");
            if (!one(3)) {
                pool.vip(lan(20));
            }
        });
        cluster.workers(pool -> {
            for (int i = random.nextInt(3); i > 0; i--) {
                int host = 40 + i;
                pool.node(node -> machine(node, host));
            }
            pool.hostPool("bravo", "alpha");
            if (one(3)) {
                pool.machine(this::settings);
            }
        });
        options(cluster);
        return cluster.build();
    }

    private void machine(NodeSpec.Builder node, int host) {
        node.size(any("s", "d"));
        node.network("vmbr0", network -> {
            network.address(lan(host) + (v6 ? "/64" : "/24")).gateway(lan(1));
            if (dhcp) {
                network.dhcp(true);
            }
            if (dual) {
                network.alsoAddress("fd00:62::" + host + "/64");
            }
            if (one(3)) {
                network.mtu(any(1500, 9000, 1400));
            }
            if (one(4)) {
                network.route(route -> {
                    route.network(Cidr.parse(v6 ? "fd00:77::/64" : "172.20.0.0/16")).gateway(lan(2));
                    if (one(2)) {
                        route.metric(random.nextInt(5000) + 1);
                    }
                });
            }
            if (bonded) {
                network.bond(bond -> {
                    bond.addMembers("vmbr1").mode(any(BondMode.values())).miimon(any(50, 100));
                });
            }
            if (one(3)) {
                network.vlan(100, vlan -> vlan.addAddresses(Cidr.parse("10.30.0." + host + "/24")));
                network.vlan(200, vlan -> {
                    vlan.dhcp(true);
                    if (one(2)) {
                        vlan.mtu(1400);
                    }
                });
            }
        });
        if (bonded) {
            node.network("vmbr1", network -> {});
        }
        if (one(2)) {
            node.network("storage", "10.63.0." + host + "/24");
        }
        if (one(4)) {
            node.machine(this::settings);
        }
    }

    private void settings(MachineSettings.Builder settings) {
        if (one(2)) {
            settings.label("example.com/zone", any("a", "b", "true", "1")).label("topology.kubernetes.io/rack", "r10");
        }
        if (one(3)) {
            settings.putAnnotations("example.com/note", any("x: y", "line", "{}", "é"));
        }
        if (one(3)) {
            settings.putTaints("dedicated", any("gpu:NoSchedule", "NoExecute"));
        }
        if (one(3)) {
            settings.addKernelModules(io.talospve.spec.KernelModule.builder()
                    .name(any("br_netfilter", "nvidia"))
                    .addParameters("a=1")
                    .build());
        }
        if (one(3)) {
            settings.putSysctls("vm.nr_hugepages", "1024").putSysctls("net.core.somaxconn", "65535");
        }
        if (one(3)) {
            settings.putKubeletArgs("max-pods", "250").putKubeletArgs("v", any("2", "4"));
        }
        if (one(3)) {
            settings.addLogDestinations(io.talospve.spec.LogDestination.builder()
                    .endpoint(any("tcp://10.62.0.9:5044", "udp://10.62.0.9:514"))
                    .services(true)
                    .kernel(one(2))
                    .putExtraTags("cluster", "x")
                    .build());
        }
        if (one(3)) {
            settings.putExtensionServices(
                    any("lldpd", "nut-client"),
                    io.talospve.spec.ExtensionService.builder()
                            .addEnvironment("A=b")
                            .putConfigFiles("/usr/local/etc/x.conf", any("one\ntwo\n", "a: b", "x:\n  - indented\n\ny: #\n"))
                            .build());
        }
    }

    private void options(TalosCluster.Builder cluster) {
        cluster.options(options -> options.disableDefaultCni(one(2) | proxyDisabled)
                .disableKubeProxy(proxyDisabled)
                .disableSchedulingOnControlPlane(one(2)));
        if (one(2)) {
            cluster.addNameservers(lan(53)).addNameservers(v6 ? "fd00::53" : "9.9.9.9");
        }
        if (one(3)) {
            cluster.addSearchDomains("example.com").addSearchDomains("lab.example.com");
        }
        if (one(3)) {
            cluster.addCertSans(any("api.example.com", "203.0.113.7", "fd00::99"));
        }
        if (one(3)) {
            cluster.time(time -> {
                if (one(2)) {
                    time.hostClock(true);
                } else {
                    time.addServers("ntp.example.com").addServers(lan(1));
                }
            });
        }
        if (one(3)) {
            cluster.registryMirror("ghcr.io", mirror -> mirror.addEndpoints("https://harbor.example.com/v2/gh", "http://10.0.0.1:5000")
                            .overridePath(one(2))
                            .skipFallback(one(2)))
                    .registryMirror("docker.io", "https://mirror.example.com");
        }
        if (one(4)) {
            cluster.putRegistries(
                    "harbor.example.com",
                    io.talospve.spec.RegistryAccess.builder()
                            .username("robot$x")
                            .password(SecretValue.of(Secret.of(any("s3cret", "a: b #c", "\"quoted\""))))
                            .ca(PEM)
                            .build());
            cluster.putRegistries(
                    "other.example.com",
                    io.talospve.spec.RegistryAccess.builder().insecureSkipVerify(true).build());
        }
        if (one(5)) {
            cluster.nodeNetwork(Cidr.parse(v6 ? "fd00:62::/64" : "10.62.0.0/24"));
        }
        boolean kubespan = one(6);
        cluster.kubespan(kubespan);
        cluster.discovery(kubespan || !one(6));
        if (one(4)) {
            cluster.secureBoot(io.talospve.spec.SecureBoot.builder()
                    .encryption(encryption -> {
                        if (one(2)) {
                            encryption.key(DiskEncryption.Key.TPM).dataDisk(one(2));
                        } else {
                            encryption
                                    .key(DiskEncryption.Key.PASSPHRASE)
                                    .passphrase(SecretValue.of(Secret.of("correct horse battery staple")))
                                    .dataDisk(one(2));
                        }
                    })
                    .build());
        }
        kubernetes(cluster);
        if (one(3)) {
            cluster.machine(builder(this::settings));
        }
    }

    private static MachineSettings builder(java.util.function.Consumer<MachineSettings.Builder> fill) {
        MachineSettings.Builder builder = MachineSettings.builder();
        fill.accept(builder);
        return builder.build();
    }

    private void kubernetes(TalosCluster.Builder cluster) {
        io.talospve.spec.KubernetesSettings.Builder kubernetes = io.talospve.spec.KubernetesSettings.builder();
        if (dual) {
            kubernetes.addPodSubnets(Cidr.parse("10.244.0.0/16"), Cidr.parse("fd00:10::/56"));
            kubernetes.addServiceSubnets(Cidr.parse("10.96.0.0/12"), Cidr.parse("fd00:20::/112"));
        }
        if (one(4)) {
            kubernetes.putApiServerArgs("oidc-issuer-url", "https://id.example.com").putApiServerArgs("v", "2");
        }
        if (one(5)) {
            kubernetes.putControllerManagerArgs("bind-address", "0.0.0.0").putSchedulerArgs("bind-address", "0.0.0.0");
        }
        if (one(5)) {
            kubernetes.putEtcdArgs("quota-backend-bytes", "8589934592");
            if (!proxyDisabled) {
                kubernetes.putProxyArgs("metrics-bind-address", "0.0.0.0:10249");
            }
        }
        if (one(5)) {
            kubernetes.dnsDomain("cluster.example.com");
        }
        if (one(5)) {
            kubernetes.addAdmission(io.talospve.spec.AdmissionPlugin.builder()
                    .name("PodSecurity")
                    .configuration(Map.of("kind", "PodSecurityConfiguration", "apiVersion", "pod-security.admission.config.k8s.io/v1", "exemptions",
                            Map.of("namespaces", List.of("a", "b"))))
                    .build());
        }
        if (one(5)) {
            kubernetes.auditPolicy(Map.of("apiVersion", "audit.k8s.io/v1", "kind", "Policy", "omitStages", List.of("RequestReceived"), "rules",
                    List.of(Map.of("level", "None", "users", List.of("system:kube-proxy")), Map.of("level", "Metadata"))));
        }
        if (one(4)) {
            kubernetes.addExtraManifests("https://example.com/a.yaml");
            kubernetes.inlineManifest("ns", "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: " + any("x", "y") + "\n");
            kubernetes.inlineManifest("second", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\ndata:\n  a: \"b\"");
        }
        cluster.kubernetes(kubernetes.build());
    }
}
