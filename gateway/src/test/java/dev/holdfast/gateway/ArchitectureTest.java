// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.stream.Collectors.toList;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.ArchConfiguration;
import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.EvaluationResult;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.assertj.core.api.SoftAssertions;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Holds the house to its map, {@code .github/ARCHITECTURE.md}. Whoever changes one changes the other and says why. */
final class ArchitectureTest {
    private static final String HOUSE = "dev.holdfast";
    private static final String GATEWAY = HOUSE + ".gateway.";
    private static final String STORE = HOUSE + ".store";

    /** The packages of the contract, which every store keeps. */
    private static final Set<String> CONTRACTS = Set.of(STORE, STORE + ".session", STORE + ".log", STORE + ".cluster");

    /** Of the contract: the values that a store keeps, without the stores. Whoever handles a message names its type. */
    private static final String STORED_VALUES = "stored values";

    /** The rooms and what of ours they may import. Everybody may import config, which imports nothing; cli and app all. */
    private static final Map<String, Set<String>> MAY_IMPORT = new TreeMap<>(Map.ofEntries(
            Map.entry("config", Set.of()),
            Map.entry("observe", Set.of()),
            Map.entry("topic", Set.of()),
            Map.entry("trace", Set.of()),
            Map.entry("spans", Set.of("codec", STORED_VALUES)),
            Map.entry("limits", Set.of(STORED_VALUES)),
            Map.entry("pem", Set.of()),
            Map.entry("process", Set.of()),
            Map.entry("transport", Set.of("observe", "limits", "pem", STORED_VALUES)),
            Map.entry("codec", Set.of(STORED_VALUES)),
            Map.entry("auth", Set.of("topic", "store", "pem")),
            Map.entry("session", Set.of("store", "topic", "observe")),
            Map.entry("routing", Set.of("session", "topic", "spans", "store", "observe")),
            Map.entry(
                    "client",
                    Set.of("session", "routing", "auth", "limits", "observe", "trace", "topic", STORED_VALUES)),
            Map.entry(
                    "protocol",
                    Set.of(
                            "client",
                            "transport",
                            "codec",
                            "session",
                            "routing",
                            "topic",
                            "auth",
                            "limits",
                            "observe",
                            "spans",
                            "trace",
                            STORED_VALUES)),
            Map.entry("link", Set.of("transport", "observe", STORED_VALUES)),
            Map.entry("cluster", Set.of("link", "routing", "session", "store", "observe")),
            Map.entry("hooks", Set.of("session", "observe", STORED_VALUES)),
            Map.entry("api", Set.of("cluster", "routing", "session", "topic", "codec", "store", "observe", "trace")),
            Map.entry("sys", Set.of("cluster", "hooks", "routing", "session", "codec", "store", "observe")),
            Map.entry("admin", Set.of("store", "session", "hooks", "observe", "auth"))));

    private static final long MOST_CLASSES = 26;
    private static final Set<String> LARGER = Set.of(GATEWAY + "protocol");

    private static JavaClasses house;

    @BeforeAll
    static void read() {
        // Only names of packages count here: no need to look into the libraries.
        ArchConfiguration.get().setResolveMissingDependenciesFromClassPath(false);
        house = new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .withImportOption(location -> !location.contains("-tests.jar")) // those of session-store
                .importPackages(HOUSE);
    }

    @Test
    void everyRoomImportsOnlyWhatItsMapAllows() {
        SoftAssertions.assertSoftly(all -> MAY_IMPORT.forEach((room, allowed) -> {
            EvaluationResult result = noClasses()
                    .that()
                    .resideInAPackage(GATEWAY + room + "..")
                    .should()
                    .dependOnClassesThat(areOfTheHouseBut(room, allowed))
                    .allowEmptyShould(true)
                    .evaluate(house);
            all.assertThat(result.getFailureReport().getDetails())
                    .as("%s may import %s and config", room, allowed)
                    .isEmpty();
        }));
    }

    /** Another protocol could speak for a client: it is no packet, no socket and no byte that it knows. */
    @Test
    void aClientIsNotItsPackets() {
        noClasses()
                .that()
                .resideInAPackage(GATEWAY + "client..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        GATEWAY + "protocol..",
                        GATEWAY + "codec..",
                        GATEWAY + "transport..",
                        "io.netty..",
                        "io.undertow..",
                        "org.xnio..",
                        "java.nio..")
                .check(house);
    }

    @Test
    void noTwoClassesHaveOneSimpleName() {
        Map<String, List<String>> byName = house.stream()
                .filter(type -> type.getPackageName().startsWith(HOUSE) && type.isTopLevelClass())
                .filter(type -> !type.getSimpleName().equals("package-info"))
                .collect(Collectors.groupingBy(
                        JavaClass::getSimpleName, TreeMap::new, Collectors.mapping(JavaClass::getName, toList())));
        byName.values().removeIf(names -> names.size() == 1);

        assertThat(byName).isEmpty();
    }

    /** A reader looks through a package at a glance. {@code protocol} is larger, for the reason on the map. */
    @Test
    void noPackageIsTooLargeToLookThrough() {
        Map<String, Long> larger = house.stream()
                .filter(type -> type.getPackageName().startsWith(HOUSE) && type.isTopLevelClass())
                .filter(type -> !type.getSimpleName().equals("package-info"))
                .collect(Collectors.groupingBy(JavaClass::getPackageName, TreeMap::new, Collectors.counting()));
        larger.values().removeIf(count -> count <= MOST_CLASSES);

        assertThat(larger.keySet()).isEqualTo(LARGER);
    }

    @Test
    void everyRoomIsOnTheMap() {
        Set<String> rooms = house.stream()
                .filter(type -> type.getPackageName().startsWith(GATEWAY))
                .map(ArchitectureTest::roomOf)
                .collect(Collectors.toSet());
        rooms.removeAll(Set.of("cli", "app"));

        assertThat(MAY_IMPORT.keySet()).containsAll(rooms);
    }

    @Test
    void theContractOfTheStoreNeedsNothingButTheJdk() {
        contractNeedsOnly(STORE);
        contractNeedsOnly(STORE + ".session", STORE);
        contractNeedsOnly(STORE + ".log", STORE);
        contractNeedsOnly(STORE + ".cluster", STORE, STORE + ".session");
        noClasses()
                .that()
                .resideInAPackage(STORE + "..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage(HOUSE + ".gateway..")
                .check(house);
    }

    private static void contractNeedsOnly(String contract, String... others) {
        Set<String> allowed = new TreeSet<>(Set.of(others));
        allowed.addAll(Set.of(contract, "java..", "org.jspecify.."));
        classes()
                .that()
                .resideInAPackage(contract)
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(allowed.toArray(new String[0]))
                .check(house);
    }

    @Test
    void librariesStayInTheRoomsThatKnowThem() {
        fence("org.redisson", STORE + ".redis..");
        fence("io.undertow", GATEWAY + "transport..", GATEWAY + "admin..", GATEWAY + "api..");
        fence("org.xnio", GATEWAY + "transport..", GATEWAY + "admin..");
        fence(
                "io.netty.handler.codec.mqtt",
                GATEWAY + "codec..",
                GATEWAY + "protocol..",
                GATEWAY + "cli.mqtt..",
                "io.netty.handler.codec.mqtt..");
        fence("io.jsonwebtoken", GATEWAY + "auth..");
        fence("io.opentelemetry", GATEWAY + "spans..");
        fence("picocli", GATEWAY + "cli..");
        fence("io.micrometer", GATEWAY + "observe..", GATEWAY + "app..");
    }

    @Test
    void thereAreNoCycles() {
        slices().matching(GATEWAY + "(**)").should().beFreeOfCycles().check(house);
        slices().matching(STORE + ".(**)")
                .should()
                .beFreeOfCycles()
                .allowEmptyShould(true)
                .check(house);
    }

    @Test
    void everyPackageSaysWhatItIsAndThatNothingInItIsNull() {
        assertThat(house.stream()
                        .filter(type -> type.getPackageName().startsWith(HOUSE))
                        .map(JavaClass::getPackage)
                        .distinct()
                        .filter(room -> !room.isAnnotatedWith(NullMarked.class)))
                .isEmpty();
    }

    @Test
    void namesSayWhatAThingIs() {
        noClasses()
                .that()
                .resideInAPackage(HOUSE + "..")
                .should()
                .haveNameMatching(".*(Impl|Utils?|Helper|Manager)")
                .check(house);
    }

    private void fence(String library, String... inside) {
        noClasses()
                .that()
                .resideOutsideOfPackages(inside)
                .and()
                .resideInAPackage(HOUSE + "..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage(library + "..")
                .allowEmptyShould(true)
                .check(house);
    }

    private static DescribedPredicate<JavaClass> areOfTheHouseBut(String room, Set<String> allowed) {
        return DescribedPredicate.describe("are of the house but neither " + room + " nor in " + allowed, type -> {
            String in = type.getPackageName();
            if (in.startsWith(GATEWAY)) {
                String other = roomOf(type);
                return !other.equals(room) && !other.equals("config") && !allowed.contains(other);
            }
            boolean store = in.equals(STORE) || in.startsWith(STORE + ".");
            boolean value = CONTRACTS.contains(in) && !type.getName().endsWith("Store");
            return store && !allowed.contains("store") && !(value && allowed.contains(STORED_VALUES));
        });
    }

    private static String roomOf(JavaClass type) {
        return type.getPackageName().substring(GATEWAY.length()).replaceAll("\\..*", "");
    }
}
