package io.talospve;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The rules of the house, as docs/architecture.md draws it. */
class ArchitectureTest {
    /** Packages of each module. */
    private static final Map<String, List<String>> MODULES = Map.of(
            "core",
            List.of(
                    "io.talospve.spec..",
                    "io.talospve.plan..",
                    "io.talospve.health..",
                    "io.talospve.apply..",
                    "io.talospve.store..",
                    "io.talospve.spi..",
                    "io.talospve.event..",
                    "io.talospve.error.."),
            "http",
            List.of("io.talospve.http.."),
            "proto",
            List.of("io.talospve.talos.proto.."),
            "proxmox",
            List.of("io.talospve.proxmox.."),
            "talos",
            List.of(
                    "io.talospve.talos.api..",
                    "io.talospve.talos.pki..",
                    "io.talospve.talos.config..",
                    "io.talospve.talos.factory..",
                    "io.talospve.talos.internal.."),
            "kubernetes",
            List.of("io.talospve.kubernetes.."),
            "secrets",
            List.of("io.talospve.secrets.."),
            "gitops",
            List.of("io.talospve.gitops.."),
            "helm",
            List.of("io.talospve.helm.."),
            "testkit",
            List.of("io.talospve.testkit", "io.talospve.testkit.internal.."));

    private static final List<String> THIRD_PARTY = List.of(
            "tools.jackson.",
            "com.fasterxml.",
            "com.google.",
            "io.grpc.",
            "io.netty.",
            "org.bouncycastle.",
            "org.immutables.",
            "org.snakeyaml.",
            "com.sun.jna.",
            "com.marcnuri.");

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.talospve");

    private static void knowsOnly(String module, String... others) {
        List<String> forbidden = new ArrayList<>();
        MODULES.forEach((name, packages) -> {
            if (!name.equals(module) && Stream.of(others).noneMatch(name::equals)) {
                forbidden.addAll(packages);
            }
        });
        noClasses()
                .that()
                .resideInAnyPackage(MODULES.get(module).toArray(String[]::new))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(forbidden.toArray(String[]::new))
                .check(CLASSES);
    }

    @Test
    void modulesKnowWhatTheDesignLetsThemKnow() {
        knowsOnly("core");
        knowsOnly("http", "core");
        knowsOnly("proto");
        knowsOnly("proxmox", "core", "http");
        knowsOnly("talos", "core", "http", "proto");
        knowsOnly("kubernetes", "core", "http");
        knowsOnly("secrets", "core", "http");
        knowsOnly("gitops", "core", "http");
        knowsOnly("helm", "core", "gitops");
        // The simulator shares no code with the clients, or they would share their mistakes.
        knowsOnly("testkit", "core", "proto");
    }

    @Test
    void internalsAreNobodyElsesBusiness() {
        MODULES.forEach((name, packages) -> classes()
                .that()
                .resideInAnyPackage(packages.toArray(String[]::new))
                .and()
                .resideInAPackage("..internal..")
                .should()
                .onlyHaveDependentClassesThat()
                .resideInAnyPackage(packages.toArray(String[]::new))
                .allowEmptyShould(true)
                .check(CLASSES));
    }

    @Test
    void coreHasNoNetworkCode() {
        noClasses()
                .that()
                .resideInAnyPackage(MODULES.get("core").toArray(String[]::new))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("java.net.http..", "javax.net..")
                .orShould()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.net.Socket")
                .orShould()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.net.URLConnection")
                .check(CLASSES);
    }

    @Test
    void thePlannerDoesNoInputOrOutput() {
        noClasses()
                .that()
                .haveFullyQualifiedName("io.talospve.plan.Planner")
                .should()
                .dependOnClassesThat()
                .haveSimpleName("Services")
                .orShould()
                .dependOnClassesThat()
                .haveSimpleName("Hypervisor")
                .orShould()
                .dependOnClassesThat()
                .haveSimpleName("ClusterStore")
                .check(CLASSES);
    }

    @Test
    void nothingIsGlobal() {
        noClasses()
                .should()
                .callMethod(System.class, "setProperty", String.class, String.class)
                .orShould()
                .callMethod(System.class, "getenv")
                .orShould()
                .callMethod(System.class, "getenv", String.class)
                .orShould()
                .callMethod(java.security.Security.class, "addProvider", java.security.Provider.class)
                .orShould()
                .callMethod(Thread.class, "sleep", long.class)
                .check(CLASSES);
    }

    @Test
    void publicSignaturesNameNoLibrary() {
        classes()
                .that()
                .arePublic()
                .and()
                .resideOutsideOfPackages("..internal..", "io.talospve.talos.proto..")
                .and(new DescribedPredicate<JavaClass>("are not generated") {
                    @Override
                    public boolean test(JavaClass type) {
                        return !type.getSimpleName().startsWith("Immutable")
                                && type.getEnclosingClass()
                                        .map(outer -> !outer.getSimpleName().startsWith("Immutable"))
                                        .orElse(true);
                    }
                })
                .should(new ArchCondition<JavaClass>("have no type of a library in a public signature") {
                    @Override
                    public void check(JavaClass type, ConditionEvents events) {
                        for (JavaCodeUnit unit : type.getCodeUnits()) {
                            if (unit.getModifiers().contains(JavaModifier.PUBLIC)
                                    || unit.getModifiers().contains(JavaModifier.PROTECTED)) {
                                Stream.concat(
                                                unit.getRawParameterTypes().stream(),
                                                Stream.of(unit.getRawReturnType()))
                                        .filter(used -> THIRD_PARTY.stream()
                                                .anyMatch(used.getName()::startsWith))
                                        .forEach(used -> events.add(SimpleConditionEvent.violated(
                                                unit, unit.getFullName() + " names " + used.getName())));
                            }
                        }
                    }
                })
                .check(CLASSES);
    }

    /**
     * A virtual thread that makes a call, or waits, while it holds a monitor keeps its carrier, before JDK 24. Monitors are
     * left where nothing blocks under them.
     */
    @Test
    void noCallIsMadeUnderAMonitor() throws IOException {
        Set<String> nothingBlocksUnderThem = Set.of(
                "StopSignal.java", "MemoryFiles.java", "KubernetesClient.java", "Connections.java", "LogFollower.java",
                // arithmetic only
                "RsaSearch.java");
        Pattern monitor = Pattern.compile("(?m)^\\s*(?:(?:public|private|protected|static|final)\\s+)*synchronized\\b");
        Set<String> with = new TreeSet<>();
        for (String module : List.of("core", "http", "proxmox", "talos", "kubernetes", "secrets")) {
            Path sources = Path.of("..", "talos-pve-" + module, "src", "main", "java");
            assertThat(sources).isDirectory();
            try (Stream<Path> files = Files.walk(sources)) {
                for (Path file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
                    if (monitor.matcher(Files.readString(file)).find()) {
                        with.add(file.getFileName().toString());
                    }
                }
            }
        }
        with.removeAll(nothingBlocksUnderThem);
        assertThat(with).as("use a ReentrantLock, or say here why nothing blocks").isEmpty();
    }
}
