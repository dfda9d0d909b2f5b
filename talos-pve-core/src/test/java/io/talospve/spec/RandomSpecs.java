package io.talospve.spec;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Supplier;

/** Valid specs by seed, over all keys. The same seed gives the same spec. */
final class RandomSpecs {
    private static final List<String> ODD_TEXTS = List.of(
            "true", "null", "~", "1.10", "0x1F", "- x", "a: b", "#no comment", " leading", "trailing ", "two\nlines", "tab\there",
            "quote\"d", "it's", "*alias", "&anchor", "!tag", "{flow}", "[list]", "%percent", "@at", "`tick`", "ünïcödé", "\u00a0nbsp",
            "yes", "2001:db8::1", "12:30:45", "1e3", "", ".inf", "=", "<<", "---", "...", "? q", "| literal", "> folded", "😀");

    private final SplittableRandom random;
    private int address = 10;
    private int serial;

    RandomSpecs(long seed) {
        random = new SplittableRandom(seed);
    }

    TalosCluster next() {
        TalosCluster.Builder c = TalosCluster.builder().name("c" + word());
        int talosMinor = 9 + random.nextInt(4);
        int kubernetesMinor = talosMinor + 18 + random.nextInt(6);
        c.talos(t -> {
            t.version("v1." + talosMinor + "." + random.nextInt(9) + (chance(5) ? "-rc.1" : ""));
            maybe(() -> t.installerMirror("harbor.example.com:5000/" + word()));
            maybe(() -> t.isoMirror("http://proxy.example.com/x/"));
            maybe(() -> t.extensions(words(random.nextInt(4))));
        });
        c.kubernetesVersion("v1." + kubernetesMinor + ".0").datastore("nas", "alpha");
        for (int i = random.nextInt(4); i > 0; i--) {
            c.registryMirror(word() + ".io", m -> m.addEndpoints("https://harbor.example.com/v2/" + word())
                    .overridePath(chance(2)).skipFallback(chance(2)));
        }
        dayZero(c);
        maybe(() -> c.credentials(n -> n.kubeconfig("admin-" + word())));
        maybe(() -> c.time(t -> {
            if (chance(2)) {
                t.hostClock(true);
            } else {
                t.addServers("10.9.0.1", "ntp.example.com");
            }
        }));
        maybe(() -> c.endpoint("k8s.example.com"));
        maybe(() -> c.addNameservers("10.9.0.53", "fd00::53"));
        maybe(() -> c.searchDomains(List.of("example.com", word())));
        maybe(() -> c.certSans(List.of("k8s.example.com", "10.9.0.99")));
        maybe(() -> c.registry(word() + ".example.com", this::registry));
        maybe(() -> c.secureBoot(s -> {
            boolean tpm = chance(2);
            s.enabled(tpm || chance(2)).encryption(e -> {
                e.key(tpm ? DiskEncryption.Key.TPM : DiskEncryption.Key.PASSPHRASE);
                if (tpm) {
                    maybe(() -> e.state(false));
                } else {
                    e.passphrase(secret());
                }
                maybe(() -> e.dataDisk(true));
            });
        }));
        maybe(() -> c.kubernetes(this::kubernetes));
        maybe(() -> c.kubespan(true));
        if (!chance(2)) {
            maybe(() -> c.kubespan(false).discovery(false));
        }
        maybe(() -> c.machine(this::settings));
        maybe(() -> c.vm(this::hardware));
        maybe(() -> c.image(i -> i.mode(ImageMode.ISO)));
        maybe(() -> c.vmids(8000, 8100 + random.nextInt(900)));
        c.hostPool(h -> {
            if (chance(2)) {
                h.host("alpha", "local-lvm");
            } else {
                h.host("alpha", "local-lvm", "slow-lvm");
            }
            for (int i = random.nextInt(3); i > 0; i--) {
                h.host(word(), word());
            }
        });
        c.size("small", s -> {
            s.cpu(2 + random.nextInt(30)).memory(2048 + random.nextInt(100_000)).osDisk(10 + random.nextInt(500)).dataDisk(100);
            maybe(() -> s.extraDisk(1 + random.nextInt(1000)).extraDisk(7, "ceph"));
            maybe(() -> s.dataVolume(DataVolume.builder().name(word()).filesystem("ext4").build()));
        });
        c.size("Big.1", NodeSize.builder().cpu(64).memory(4_194_304).osDisk(65_536).build());
        boolean vip = chance(2);
        c.controlPlane(p -> {
            for (int i = 1 + random.nextInt(4); i > 0; i--) {
                p.node(this::node);
            }
            p.hostPool("alpha");
            maybe(() -> p.placement(Placement.values()[random.nextInt(3)]));
            maybe(() -> p.machine(this::settings));
            maybe(() -> p.vm(this::hardware));
            if (vip) {
                p.vip("10.1.255.200");
            }
        });
        maybe(() -> c.workers(this::pool));
        maybe(() -> c.workerPool("p" + word(), this::pool));
        maybe(() -> c.debug(true));
        return c.build();
    }

    private void dayZero(TalosCluster.Builder c) {
        boolean cilium = chance(2);
        boolean proxyReplaced = cilium && chance(2);
        c.options(o -> o.disableDefaultCni(cilium).disableKubeProxy(proxyReplaced).disableSchedulingOnControlPlane(chance(2)));
        if (cilium && chance(2)) {
            c.cilium(x -> {
                maybe(() -> x.chartVersion("1.19." + random.nextInt(9)));
                maybe(() -> x.chartSha256("0a".repeat(32)));
            });
        } else if (cilium) {
            c.helmValues("cilium", values());
        } else {
            maybe(() -> c.cilium(x -> x.enabled(false)));
        }
        if (chance(2)) {
            GitOps.Provider provider = chance(2) ? GitOps.Provider.FLUX : GitOps.Provider.ARGOCD;
            c.gitops(g -> {
                g.provider(provider).namespace(word());
                maybe(() -> g.chartVersion("1.2.3").chartSha256("0b".repeat(32)));
                maybe(() -> g.bootstrap(b -> bootstrap(provider, b)));
            });
            maybe(() -> c.helmValues(provider == GitOps.Provider.FLUX ? "flux" : "argocd", values()));
        }
        maybe(() -> c.helmMirror(chance(2) ? "oci://harbor.example.com:5000/charts" : "https://charts.example.com"));
        maybe(() -> c.helmCredentials("harbor.example.com:5000", "robot", secret()));
        for (int i = random.nextInt(3); i > 0; i--) {
            c.addon(a -> {
                a.name(word());
                maybe(() -> a.namespace(word()).putNamespaceLabels("pod-security.kubernetes.io/enforce", "privileged"));
                if (chance(2)) {
                    a.manifest("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: ci # with a comment\n");
                } else {
                    a.chart(word()).repository("oci://ghcr.io/" + word()).version("1.2.3-rc.1");
                    maybe(() -> a.values(values()));
                }
            });
        }
        maybe(() -> c.waits(w -> w.cni(chance(2)).gitops(chance(2)).gitopsSync(chance(2)).nodesReady(chance(2)).minutes(30)));
    }

    private void bootstrap(GitOps.Provider provider, GitOpsBootstrap.Builder b) {
        b.path(word() + "/" + word());
        maybe(() -> b.destinationNamespace(word()));
        maybe(() -> b.prune(false));
        switch (random.nextInt(4)) {
            case 0 -> b.repoUrl("git@example.com:x/" + word())
                    .revision("refs/tags/" + word())
                    .credentials(x -> x.sshKey(secret()).knownHosts("example.com ssh-ed25519 AAAA\n"));
            case 1 -> b.repoUrl("https://example.com/x/" + word()).revision("0123456789abcdef".repeat(2) + "01234567");
            case 2 -> b.repoUrl("oci://example.com/x/" + word())
                    .revision(">=1.0.0 <2.0.0")
                    .revisionKind(GitOpsBootstrap.RevisionKind.SEMVER)
                    .credentials(x -> x.username(word()).token(secret()));
            default -> b.repoUrl("https://example.com/x/" + word())
                    .revision(word())
                    .credentials(x -> x.githubApp(app -> app.id("1").installationId("2").privateKey(secret())));
        }
        if (provider == GitOps.Provider.FLUX) {
            maybe(() -> b.interval("1h30m"));
            maybe(() -> b.decryptionKey(secret()));
        } else {
            maybe(() -> b.project(word()));
            maybe(() -> b.syncPolicy(GitOpsBootstrap.SyncPolicy.MANUAL));
        }
    }

    private Map<String, Object> values() {
        Map<String, Object> values = new LinkedHashMap<>(tree(3));
        maybe(() -> values.put(word(), secret()));
        maybe(() -> values.put(word(), java.util.Arrays.asList(null, Map.of("x", secret()))));
        return values;
    }

    private void pool(NodePool.Builder pool) {
        for (int i = random.nextInt(5); i > 0; i--) {
            pool.node(this::node);
        }
        pool.hostPool("alpha", "alpha");
        maybe(() -> pool.placement(Placement.values()[random.nextInt(3)]));
        maybe(() -> pool.machine(this::settings));
        maybe(() -> pool.vm(this::hardware));
        maybe(() -> pool.ha(ha -> {
            ha.failback(chance(2));
            maybe(() -> ha.addHosts("alpha", "zulu").strict(chance(2)));
            maybe(() -> ha.maxRestart(3).maxRelocate(0));
        }));
    }

    private void node(NodeSpec.Builder node) {
        int own = address++;
        String host = own / 200 + "." + (1 + own % 200);
        node.size(chance(2) ? "small" : "Big.1");
        maybe(() -> node.name("n" + word()));
        maybe(() -> node.vmid(100 + own));
        node.network("dmz", n -> {
            n.address("10.1." + host + "/16").gateway("10.1.255.254");
            maybe(() -> n.alsoAddress("fd00:1::" + Integer.toHexString(own + 1) + "/64"));
            maybe(() -> n.dhcp(true));
            maybe(() -> n.mac(String.format("bc:24:11:00:%02x:%02x", own / 256, own % 256)));
            maybe(() -> n.mtu(9000));
            maybe(() -> n.nic(nic -> {
                nic.firewall(chance(2));
                maybe(() -> nic.vlan(1 + random.nextInt(4094)));
                maybe(() -> nic.mtu(1));
                maybe(() -> nic.queues(4));
                maybe(() -> nic.rateMBps(100));
                maybe(() -> nic.bridge("br9"));
            }));
            maybe(() -> n.route(r -> r.network(Cidr.parse("10.200.0.0/16")).gateway("10.1.255.253").metric(1 + random.nextInt(5000))));
            maybe(() -> n.vlan(1 + random.nextInt(4094), v -> {
                v.addAddresses(Cidr.parse("10.2." + host + "/16"));
                maybe(() -> v.mtu(1400));
                maybe(() -> v.addRoutes(Route.builder().gateway("10.2.255.254").metric(2000).build()));
            }));
            maybe(() -> n.bond(b -> {
                b.addMembers("dmz2");
                if (chance(2)) {
                    b.name("uplink").mode(BondMode.LACP).lacpRate("fast").xmitHashPolicy("layer3+4").miimon(50);
                }
            }));
        });
        node.network("dmz2", n -> {});
        maybe(() -> node.network("vmbr1", n -> n.vlan(7, v -> v.dhcp(true))));
        maybe(() -> node.addPciMappings("gpu"));
        maybe(() -> node.addUsbMappings("ups", "stick"));
        maybe(() -> node.host("alpha"));
        maybe(() -> node.vm(this::hardware));
        maybe(() -> node.machine(this::settings));
    }

    private void registry(RegistryAccess.Builder access) {
        switch (random.nextInt(4)) {
            case 0 -> access.username(word()).password(secret());
            case 1 -> access.auth(secret());
            case 2 -> access.identityToken(secret()).caSecret(secret());
            default -> access.ca("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
        }
    }

    private void kubernetes(KubernetesSettings.Builder settings) {
        maybe(() -> settings.addPodSubnets(Cidr.parse("10.16.0.0/16")));
        maybe(() -> settings.addServiceSubnets(Cidr.parse("10.112.0.0/12")));
        maybe(() -> settings.dnsDomain("k8s.example.com"));
        maybe(() -> settings.apiServerArgs(texts()));
        maybe(() -> settings.etcdArgs(texts()));
        maybe(() -> settings.addAdmission(AdmissionPlugin.builder().name("PodSecurity").configuration(tree(2)).build()));
        maybe(() -> settings.auditPolicy(Map.of(
                "apiVersion", "audit.k8s.io/v1", "kind", "Policy", "rules", List.of(Map.of("level", "Metadata")))));
        maybe(() -> settings.addExtraManifests("https://example.com/x.yaml?ref=v1"));
        maybe(() -> settings.inlineManifest(word(), "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: ci # with a comment\n"));
    }

    private void settings(MachineSettings.Builder settings) {
        maybe(() -> settings.label("example.com/" + word(), chance(2) ? "true" : ""));
        maybe(() -> settings.putAnnotations("note", text()));
        maybe(() -> settings.taint(word(), chance(2) ? "NoSchedule" : "x:NoExecute"));
        maybe(() -> settings.addExtensions("siderolabs/" + word()));
        maybe(() -> settings.putExtensionServices(word(), ExtensionService.builder()
                .addEnvironment("A=" + text()).putConfigFiles("/etc/" + word(), "x" + text()).build()));
        maybe(() -> settings.addKernelArgs("net.ifnames=0", "-selinux"));
        maybe(() -> settings.kernelModule("br_netfilter", "a=1"));
        maybe(() -> settings.putSysctls("net.ipv4.ip_forward", "1"));
        maybe(() -> settings.kubeletArgs(texts()));
        maybe(() -> settings.addLogDestinations(LogDestination.builder()
                .endpoint("udp://[fd00::9]:514").kernel(chance(2)).putExtraTags(word(), text()).build()));
        maybe(() -> settings.patch(Map.of("machine", Map.of("env", tree(2)))));
        maybe(() -> settings.patch(Map.of("apiVersion", "v1alpha1", "kind", "FutureConfig", "x", tree(2))));
    }

    private void hardware(VmSettings.Builder vm) {
        maybe(() -> vm.sockets(1));
        maybe(() -> vm.cpuType("x86-64-v2-AES"));
        maybe(() -> vm.numa(chance(2)));
        maybe(() -> vm.affinity("0-3,8"));
        maybe(() -> vm.balloon(random.nextInt(2048)));
        maybe(() -> vm.machineType("pc-q35-9.2+pve1"));
        maybe(() -> vm.firmware(VmOptions.Firmware.OVMF).firmwareDatastore("fast-lvm"));
        maybe(() -> vm.tpm(true));
        maybe(() -> vm.scsiController("virtio-scsi-single"));
        maybe(() -> vm.disks(d -> d.ssd(chance(2)).cache("writeback").replicate(chance(2))));
        maybe(() -> vm.dataDisks(d -> d.backup(false).discard(chance(2)).ioThread(chance(2))));
        maybe(() -> vm.pool("talos/" + word()));
        maybe(() -> vm.addTags(word(), word()));
        maybe(() -> vm.startup(new VmOptions.StartupOrder(
                random.nextInt(9), chance(2) ? Optional.of(30) : Optional.empty(), chance(2) ? Optional.of(60) : Optional.empty())));
        maybe(() -> vm.startOnBoot(chance(2)));
        maybe(() -> vm.protection(chance(2)));
        maybe(() -> vm.description("by " + word() + "\nsecond line"));
    }

    private SecretValue secret() {
        return SecretValue.of(new SecretReference("vault", word() + "/a:b"));
    }

    private Map<String, String> texts() {
        Map<String, String> texts = new LinkedHashMap<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            texts.put(word(), text());
        }
        return texts;
    }

    private Map<String, Object> tree(int depth) {
        Map<String, Object> tree = new LinkedHashMap<>();
        for (int i = random.nextInt(5); i > 0; i--) {
            String odd = text();
            tree.put(chance(3) && !odd.isEmpty() && !odd.equals("<<") ? odd : word(), leaf(depth));
        }
        return tree;
    }

    private Object leaf(int depth) {
        return switch (random.nextInt(depth > 0 ? 9 : 7)) {
            case 0 -> text();
            case 1 -> random.nextInt();
            case 2 -> random.nextLong();
            case 3 -> random.nextDouble() * Math.pow(10, random.nextInt(-20, 20));
            case 4 -> chance(2);
            case 5 -> new java.math.BigInteger("123456789012345678901234567890");
            case 6 -> (double) random.nextInt(10);
            case 7 -> tree(depth - 1);
            default -> {
                List<Object> list = new ArrayList<>();
                for (int i = random.nextInt(4); i > 0; i--) {
                    list.add(leaf(depth - 1));
                }
                list.add(null);
                yield list;
            }
        };
    }

    private String text() {
        return chance(2) ? word() : ODD_TEXTS.get(random.nextInt(ODD_TEXTS.size()));
    }

    private List<String> words(int count) {
        List<String> words = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            words.add(word());
        }
        return words;
    }

    /** A word that is used once only. */
    private String word() {
        StringBuilder word = new StringBuilder();
        for (int i = 1 + random.nextInt(6); i > 0; i--) {
            word.append((char) ('a' + random.nextInt(26)));
        }
        return word.append(serial++).toString();
    }

    private boolean chance(int oneIn) {
        return random.nextInt(oneIn) == 0;
    }

    private void maybe(Runnable part) {
        if (chance(3)) {
            part.run();
        }
    }

    private void maybe(Supplier<?> part) {
        if (chance(3)) {
            part.get();
        }
    }
}
