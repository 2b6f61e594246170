// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.holdfast.gateway.config.binding.ConfigProblem;
import dev.holdfast.gateway.config.value.Rate;
import dev.holdfast.gateway.config.value.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("unit")
final class ConfigLoaderTest {
    @TempDir
    private Path directory;

    @Test
    void aLineEndAtTheEndOfAVariableIsNotPartOfIt() throws Exception {
        HoldfastConfig config = new ConfigLoader()
                .environment(Map.of(
                        "HOLDFAST_AUTH_ANONYMOUS", "true\n",
                        "HOLDFAST_LIMITS_MAX_INFLIGHT", "7\r\n",
                        "HOLDFAST_STORE_REDIS_URL", "redis://redis_master\n",
                        "HOLDFAST_STORE_REDIS_PASSWORD", " p@ss \n",
                        "HOLDFAST_LISTENERS_HOST", "\n"))
                .load();

        assertThat(config.limits().maxInflight()).isEqualTo(7);
        assertThat(config.store().redis().url()).isEqualTo(new Secret("redis://redis_master"));
        assertThat(config.store().redis().password()).isEqualTo(new Secret(" p@ss "));
        assertThat(config.listeners().host()).isEqualTo("0.0.0.0");
    }

    @Test
    void withoutAnySourceTheDefaultsHold() {
        LimitsConfig limits = HoldfastConfig.defaults().limits();

        assertThat(limits.maxPacketSizeBeforeAuth().bytes()).isEqualTo(65_536);
        assertThat(limits.maxPacketSize().bytes()).isEqualTo(262_144);
        assertThat(limits.maxKeepAlive()).isEqualTo(Duration.ofMinutes(5));
        assertThat(limits.connectRatePerAddress()).isEqualTo(new Rate(20, Duration.ofSeconds(1), 50));
        assertThat(HoldfastConfig.defaults().websocket().paths()).containsExactly("/mqtt");
        assertThat(HoldfastConfig.defaults().websocket().allowedOrigins()).isEmpty();
        assertThat(HoldfastConfig.defaults().store().redis().url()).isNull();
    }

    @Test
    void devOpensTheDoorsOfTheOwnMachineAndLiftsEveryRate() {
        HoldfastConfig dev = HoldfastConfig.of("dev=true");

        assertThat(dev.auth().anonymous()).isTrue();
        assertThat(dev.listeners().host()).isEqualTo("127.0.0.1");
        assertThat(dev.cluster().host()).isEqualTo("127.0.0.1");
        assertThat(dev.websocket().allowedOrigins()).containsExactly("*");
        assertThat(List.of(
                        dev.limits().connectRate(),
                        dev.limits().connectRatePerAddress(),
                        dev.limits().messageRate(),
                        dev.limits().byteRate(),
                        dev.limits().takeoverRate()))
                .allMatch(Rate::isOff);
        assertThat(HoldfastConfig.of("dev=true", "listeners.host=0.0.0.0", "limits.message-rate=7/s")
                        .listeners()
                        .host())
                .isEqualTo("0.0.0.0");
    }

    @Test
    void flagsWinOverTheEnvironmentAndTheEnvironmentOverTheFile() throws Exception {
        Path file = file("""
                auth:
                  anonymous: true
                limits:
                  max-inflight: 1
                  receive-maximum: 1
                  max-topic-levels: 1
                """);

        LimitsConfig limits = new ConfigLoader()
                .set("limits.max-inflight=3")
                .environment(Map.of("HOLDFAST_LIMITS_MAX_INFLIGHT", "2", "HOLDFAST_LIMITS_RECEIVE_MAXIMUM", "2"))
                .file(file)
                .load()
                .limits();

        assertThat(limits.maxInflight()).isEqualTo(3);
        assertThat(limits.receiveMaximum()).isEqualTo(2);
        assertThat(limits.maxTopicLevels()).isEqualTo(1);
    }

    @Test
    void everyProblemIsToldWithItsPlaceAndWhatWouldBeRight() throws IOException {
        Path file = file("""
                auth:
                  anonymous: yes please
                limits:
                  max-packet-sise: 1MiB
                  max-inflight: many
                  max-inflight: 2
                listeners:
                  tcp-port: 99999
                  ws-port:
                    - 1
                max-keep-alive: 30s
                session:
                  when-full: drop-random
                """);

        ConfigException e = problems(new ConfigLoader()
                .file(file)
                .environment(Map.of("HOLDFAST_LIMITS_MAX_INFLIGTH", "2", "HOLDFAST_SESSION_MAX_EXPIRY", "1h"))
                .set("limits.connect-timeout=soon")
                .set("nonsense"));

        assertThat(e.problems().stream().map(ConfigProblem::toString))
                .containsExactlyInAnyOrder(
                        file + ":6: max-inflight: written twice in the same section",
                        "HOLDFAST_LIMITS_MAX_INFLIGTH: no setting has this name; did you mean "
                                + "HOLDFAST_LIMITS_MAX_INFLIGHT?",
                        "--set nonsense: expected path=value, for example limits.max-packet-size=1MiB",
                        file + ":2: auth.anonymous: expected true or false, got \"yes please\"",
                        file + ":4: limits.max-packet-sise: unknown key; did you mean limits.max-packet-size?",
                        "--set limits.connect-timeout: limits.connect-timeout: expected a duration such as 500ms, "
                                + "30s, 2h or 7d from 100ms to 5m, got \"soon\"",
                        file + ":8: listeners.tcp-port: expected a whole number from 0 to 65535, got 99999",
                        file + ":9: listeners.ws-port: expected a whole number from 0 to 65535, got a list",
                        file + ":11: max-keep-alive: unknown key; did you mean limits.max-keep-alive?",
                        file + ":13: session.when-full: expected one of drop-oldest, drop-newest, got "
                                + "\"drop-random\"",
                        "session.default-expiry: is longer than session.max-expiry (1h); expected at most that");
    }

    @Test
    void aFileThatIsNotYamlNamesItsLine() throws IOException {
        Path file = file("limits:\n  max-inflight: 3\n bad: [1\n");

        ConfigException e = problems(new ConfigLoader().file(file).set("auth.anonymous=true"));

        assertThat(e.problems()).singleElement().satisfies(problem -> {
            assertThat(problem.origin()).startsWith(file + ":");
            assertThat(problem.what()).startsWith("not YAML");
        });
    }

    /** Each was taken for something: 1MB for 1MiB, 0/s for no limit, and a megabyte a second for a million CONNECTs. */
    @Test
    void aSizeOrARateThatCouldMeanTwoThingsIsRefusedWithWhatToWrite() {
        for (Map.Entry<String, String> each : Map.of(
                        "limits.max-packet-size=1MB", "got \"1MB\"; write 1MiB, or the number of bytes",
                        "limits.max-packet-size=64k", "got \"64k\"; write 64KiB, or the number of bytes",
                        "limits.byte-rate=1MB/s", "got \"1MB/s\"; write 1MiB, or the number of bytes",
                        "limits.connect-rate=1MiB/s", "got \"1MiB/s\"; this limit counts, it does not measure bytes",
                        "limits.connect-rate=5/s burst 1KiB", "this limit counts, it does not measure bytes",
                        "limits.connect-rate=0/s", "got \"0/s\"; 0 lets nothing through; write off for no limit",
                        "limits.byte-rate=0B/s", "0 lets nothing through; write off for no limit",
                        "limits.message-rate=5/s burst 0", "0 lets nothing through; write off for no limit",
                        "drain.rate=0", "got \"0\"; write off for no limit")
                .entrySet()) {
            ConfigException e =
                    problems(new ConfigLoader().set("auth.anonymous=true").set(each.getKey()));

            assertThat(e.problems()).singleElement().asString().endsWith(each.getValue());
        }
    }

    /** Such a message was acknowledged and dropped. */
    @Test
    void aQueueHasRoomForTheLargestMessage() throws Exception {
        Path file = file("auth: {anonymous: true}\nsession:\n  max-queue-bytes: 64KiB\n");

        ConfigException e = problems(new ConfigLoader().file(file));

        assertThat(e.problems())
                .singleElement()
                .asString()
                .startsWith(file + ":3: session.max-queue-bytes: is smaller than limits.max-packet-size (256KiB)");
        assertThat(new ConfigLoader()
                        .file(file)
                        .set("limits.max-packet-size=64KiB")
                        .load()
                        .session()
                        .maxQueueBytes()
                        .bytes())
                .isEqualTo(65_536);
    }

    /** The words were those of the parser: "while scanning for the next token". */
    @Test
    void aFileThatIsNotYamlIsToldInWordsOfOurOwn() throws IOException {
        for (Map.Entry<String, String> each : Map.of(
                        "limits:\n\tmax-inflight: 3\n", ":2: not YAML: a tab where only spaces may stand",
                        "log: a: b\n",
                                ":1: not YAML: a colon too many; a text with a colon and a space in it needs quotes",
                        "log:\n  level: @x\n", ":2: not YAML: a text that begins with this character needs quotes",
                        "log:\n  level: \"info\n", ":3: not YAML: quotes that are not closed",
                        "auth: {anonymous: true\nlog: {}\n",
                                ":2: not YAML: a bracket that is not closed, or a comma that is missing",
                        "limits:\n  max-inflight: 3\n bad: 1\n",
                                ":3: not YAML: this line is indented otherwise than the one that it follows",
                        "limits\n", ":1: expected sections such as \"limits:\"")
                .entrySet()) {
            Path file = file(each.getKey());

            ConfigException e = problems(new ConfigLoader().file(file));

            assertThat(e.problems()).singleElement().hasToString(file + each.getValue());
        }
    }

    @Test
    void aFileThatCannotBeReadIsTheOnlyProblem() throws IOException {
        Path latin = Files.write(directory.resolve("latin.yaml"), new byte[] {'#', (byte) 0xE9, '\n'});

        assertThat(problems(new ConfigLoader().file(directory)))
                .hasMessage(directory + ": cannot be read: it is a directory");
        assertThat(problems(new ConfigLoader().file(latin))).hasMessage(latin + ": cannot be read: not text in UTF-8");
    }

    /** A second line said that nobody could come in, which the file would have said otherwise. */
    @Test
    void aFileThatIsNotThereIsTheOnlyProblem() {
        ConfigException e = problems(new ConfigLoader().file(directory.resolve("none.yaml")));

        assertThat(e).hasMessage(directory.resolve("none.yaml") + ": no such file");
    }

    @Test
    void aFileThatIsNotThereIsAProblemAndNotTheDefaults() {
        ConfigException e =
                problems(new ConfigLoader().file(directory.resolve("none.yaml")).set("auth.anonymous=true"));

        assertThat(e).hasMessage(directory.resolve("none.yaml") + ": no such file");
    }

    @Test
    void whatKubernetesPutsIntoTheEnvironmentIsNotOurs() throws Exception {
        Map<String, String> environment = Map.of(
                "HOLDFAST_SERVICE_HOST", "10.0.0.1",
                "HOLDFAST_PORT_1883_TCP_ADDR", "10.0.0.1",
                "HOLDFAST_GATEWAY_SERVICE_PORT_MQTT", "1883",
                "HOLDFAST_PORT", "tcp://10.0.0.1:1883",
                "HOLDFAST_CONFIG", "/etc/holdfast.yaml",
                "HOLDFAST_LISTENERS_TCP_PORT", "",
                "PATH", "/bin");

        HoldfastConfig config = new ConfigLoader()
                .environment(environment)
                .set("auth.anonymous=true")
                .load();

        assertThat(config).isEqualTo(HoldfastConfig.of("auth.anonymous=true"));
    }

    /** A Service "holdfast-cluster" made every pod beside it refuse to start: cluster.port was no number. */
    @Test
    void whatKubernetesCallsAsASettingIsTakenForNoneAndToldOnce() throws Exception {
        ConfigLoader loader = new ConfigLoader()
                .environment(Map.of(
                        "HOLDFAST_CLUSTER_PORT", "tcp://10.0.0.5:7000",
                        "HOLDFAST_CLUSTER_PORT_7000_TCP", "tcp://10.0.0.5:7000",
                        "HOLDFAST_CLUSTER_SERVICE_PORT", "7000",
                        "HOLDFAST_LISTENERS_TCP_PORT", "tcp://10.0.0.6:1883",
                        "HOLDFAST_LISTENERS_WS_PORT", "8081"))
                .set("auth.anonymous=true");

        HoldfastConfig config = loader.load();

        assertThat(config).isEqualTo(HoldfastConfig.of("auth.anonymous=true", "listeners.ws-port=8081"));
        assertThat(loader.notices())
                .singleElement()
                .asString()
                .contains("HOLDFAST_CLUSTER_PORT, ", "HOLDFAST_CLUSTER_SERVICE_PORT, HOLDFAST_LISTENERS_TCP_PORT")
                .doesNotContain("WS_PORT");
    }

    @Test
    void aNameAsOfKubernetesWithAValueThatIsNotIsAMistake() {
        ConfigException e = problems(new ConfigLoader()
                .environment(Map.of("HOLDFAST_TCP_PORT", "1884", "HOLDFAST_CLUSTER_PORT", "many"))
                .set("auth.anonymous=true"));

        assertThat(e.problems().stream().map(ConfigProblem::toString))
                .hasSize(2)
                .anyMatch(line -> line.equals(
                        "HOLDFAST_TCP_PORT: no setting has this name; did you mean " + "HOLDFAST_LISTENERS_TCP_PORT?"))
                .anyMatch(line -> line.startsWith("HOLDFAST_CLUSTER_PORT: cluster.port: expected a whole number"));
    }

    @Test
    void listsAreWrittenWithSpacesOrCommasOrAsYaml() {
        for (String written : List.of("/a /b", "/a,/b", "/a, /b", "[/a, \"/b\"]")) {
            assertThat(HoldfastConfig.of("dev=true", "websocket.paths=" + written)
                            .websocket()
                            .paths())
                    .containsExactly("/a", "/b");
        }
    }

    @Test
    void whereOthersFindThisGatewayIsAHostAndPerhapsAPort() {
        for (String good : List.of("gw_1", "gw-1.example.com:65535", "10.0.0.7:7001", "[fd00::7]", "[fd00::7]:7001")) {
            assertThat(HoldfastConfig.of("auth.anonymous=true", "cluster.advertise=" + good)
                            .cluster()
                            .advertise())
                    .isEqualTo(good);
        }
        for (String bad : List.of("a:b", "fd00::7", "host:0", "host:65536", "a b", "http://host:1")) {
            assertThatThrownBy(() -> HoldfastConfig.of("auth.anonymous=true", "cluster.advertise=" + bad))
                    .hasMessageContaining("cluster.advertise: expected host or host:port");
        }
    }

    /** A name passed check-config and ended {@code serve} with a stack trace. */
    @Test
    void trustedProxiesAreAddressesAndNetworks() {
        String good = "10.0.0.7 10.0.0.0/8 0.0.0.0/0 ::1 fd00::/8 2001:db8::7/128 ::ffff:10.0.0.7";
        assertThat(HoldfastConfig.of("dev=true", "websocket.trusted-proxies=" + good)
                        .websocket()
                        .trustedProxies())
                .hasSize(7);
        for (String bad : List.of(
                "proxy.example.com",
                "10.0.0.0/33",
                "::/129",
                "10.0.0.0/",
                "10.0.0/8",
                "10.0.0.256",
                "10",
                "a",
                ":",
                "*")) {
            assertThatThrownBy(() -> HoldfastConfig.of("dev=true", "websocket.trusted-proxies=10.0.0.7 " + bad))
                    .hasMessageContaining("websocket.trusted-proxies: expected addresses or networks")
                    .hasMessageEndingWith("got \"" + bad + "\"");
        }
    }

    /** Origins with an @ or a * passed check-config and ended {@code serve} with a stack trace. */
    @Test
    void allowedOriginsAreSchemeHostAndPortAndNothingElse() {
        String good = "https://app.example.com http://[::1]:8080 app://localhost null file:// HTTPS://B.example:443";
        assertThat(HoldfastConfig.of("dev=true", "websocket.allowed-origins=" + good)
                        .websocket()
                        .allowedOrigins())
                .hasSize(6);
        for (String bad : List.of("https://a@b", "https://*.example.com", "https://a/b", "example.com", "https://a/")) {
            assertThatThrownBy(() -> HoldfastConfig.of("dev=true", "websocket.allowed-origins=" + bad))
                    .hasMessageContaining("websocket.allowed-origins: expected scheme://host[:port]");
        }
    }

    @Test
    void withoutAuthenticationNobodyCouldConnectAndThatIsSaid() {
        ConfigException e = problems(new ConfigLoader());

        assertThat(e).hasMessageContaining("auth.anonymous: true").hasMessageContaining("--dev");
    }

    private Path file(String text) throws IOException {
        return Files.writeString(directory.resolve("holdfast.yaml"), text);
    }

    private static ConfigException problems(ConfigLoader loader) {
        return catchThrowableOfType(ConfigException.class, loader::load);
    }
}
