// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.gateway.config.binding.Key;
import dev.holdfast.gateway.config.value.DataSize;
import dev.holdfast.gateway.config.value.DurationText;
import dev.holdfast.gateway.config.value.Rate;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("unit")
final class ConfigTextTest {
    private static final Pattern REFUSED = Pattern.compile("refused\\((?:transport, )?\"([a-z_]+)\"\\)");

    @TempDir
    private Path directory;

    @Test
    void theDocumentedDefaultsReadBackAsTheDefaults() throws Exception {
        assertThat(readBack(ConfigText.documented(HoldfastConfig.defaults()), "auth.anonymous=true"))
                .isEqualTo(HoldfastConfig.of("auth.anonymous=true"));
    }

    /** It wrote every default out, so that with --dev nobody was let in: what is written counts. */
    @Test
    void theDocumentedDefaultsTakeNothingFromDev() throws Exception {
        String text = ConfigText.documented(HoldfastConfig.defaults());

        assertThat(readBack(text, "dev=true")).isEqualTo(HoldfastConfig.of("dev=true"));
        assertThat(text).contains("With --dev: true.\n  # anonymous: false\n").contains("\n  # byte-rate: 1MiB/s\n");
    }

    /** {@code config default} left out all of auth.jwt, whose first setting has no default. */
    @Test
    void theDocumentedDefaultsShowTheSectionOfTokensAsComments() throws Exception {
        String text = ConfigText.documented(HoldfastConfig.defaults());
        String written = text.lines()
                .dropWhile(line -> !line.equals("  # jwt:"))
                .takeWhile(line -> !line.isEmpty())
                .map(line -> line.replaceFirst("^  # ", "  "))
                .collect(Collectors.joining("\n", "auth:\n", "\n"))
                .replace("# issuer:", "issuer: https://id.example")
                .replace("audience: []", "audience: [mqtt]")
                .replace("algorithms: []", "algorithms: [HS256]")
                .replace("# secret-file:", "secret-file: secret")
                .replace("# permission:", "permission: allow")
                .replace("# action:", "action: publish");
        Files.writeString(directory.resolve("secret"), "a secret of forty-eight characters, and not less");

        assertThat(readBack(written).auth().jwt())
                .isEqualTo(readBack("""
                                auth:
                                  jwt:
                                    issuers:
                                      - issuer: https://id.example
                                        audience: [mqtt]
                                        algorithms: [HS256]
                                        keys: { secret-file: secret }
                                        default-acl: [{ permission: allow, action: publish, topics: [] }]
                                """).auth().jwt());
    }

    /** Written by {@code holdfast config doc --markdown > docs/configuration.md}. */
    @Test
    void thePageOfTheSettingsSaysWhatTheCodeSays() throws Exception {
        assertThat(Files.readString(Path.of("docs", "configuration.md"))).isEqualTo(ConfigPage.text());
    }

    @Test
    void anyConfigurationReadsBackAsItself() throws Exception {
        HoldfastConfig odd = HoldfastConfig.of(
                "dev=true",
                "listeners.host=::",
                "websocket.paths=[\"/a b\", \"/#\", \"/null\", '/with \"quotes\"']",
                "websocket.allowed-origins=https://a.example https://b.example:8443",
                "tls.certificate=C:\\certs\\on",
                "tls.key=yes",
                "limits.byte-rate=3MiB/s burst 5MiB",
                "limits.takeover-rate=7/h",
                "session.default-expiry=1500ms",
                "limits.max-packet-size=65537",
                "store.redis.prefix=true");

        assertThat(readBack(ConfigText.plain(odd))).isEqualTo(odd);
        assertThat(readBack(ConfigText.documented(odd))).isEqualTo(odd);
    }

    @Test
    void secretsAreNeverPrinted() {
        HoldfastConfig config = HoldfastConfig.of(
                "dev=true",
                "store.redis.url=redis://me:hunt@er2@redis:6379/3",
                "store.redis.mode=sentinel",
                "store.redis.addresses=redis://me:hunter2@one:26379,redis://:hunter2@two:26379");

        assertThat(ConfigText.plain(config))
                .contains("redis://***@redis:6379/3", "redis://***@one:26379", "redis://***@two:26379")
                .doesNotContain("hunter2", "er2@");
        assertThat(config.toString()).doesNotContain("hunter2");
    }

    @Test
    void everySettingIsDocumentedAndHasAUsableDefault() {
        List<Key> leaves = Key.leaves(HoldfastConfig.class, "").toList();

        assertThat(leaves).hasSizeGreaterThan(60).allSatisfy(key -> {
            assertThat(key.doc()).as(key.path()).endsWith(".");
            assertThat(key.defaultText(false) != null || key.isNullable())
                    .as(key.path())
                    .isTrue();
        });
        assertThat(leaves.stream().map(Key::environmentName)).doesNotHaveDuplicates();
        assertThat(ConfigDoc.text())
                .contains("limits.message-rate (default: 500/s, with --dev off)")
                .contains("HOLDFAST_LIMITS_MESSAGE_RATE");
    }

    /** Of 38 limits and their kinds 17 stood in no document. */
    @Test
    void everyLimitAndEveryKindOfRefusalStandsOnThePageOfLimits() throws Exception {
        String page = Files.readString(Path.of("docs", "limits.md"));

        assertThat(Key.of(LimitsConfig.class, ""))
                .allSatisfy(key -> assertThat(page)
                        .containsAnyOf(
                                "`" + key.path() + "`", "`limits." + key.path() + "`", "`limits." + key.path() + ": "));
        try (Stream<Path> sources = Files.walk(Path.of("src", "main", "java"))) {
            for (Path source :
                    sources.filter(path -> path.toString().endsWith(".java")).toList()) {
                Matcher refused = REFUSED.matcher(Files.readString(source));
                while (refused.find()) {
                    assertThat(page).as("%s", source).contains("`" + refused.group(1) + "`");
                }
            }
        }
    }

    @Test
    void sizesDurationsAndRatesAreWrittenInTheirLargestUnit() {
        for (Map.Entry<String, String> pair : Map.of(
                        "65536", "64KiB", "1024 KiB", "1MiB", "1000", "1000B", "0", "0B", "3GiB", "3GiB")
                .entrySet()) {
            assertThat(DataSize.parse(pair.getKey())).hasToString(pair.getValue());
        }
        assertThat(DurationText.of(DurationText.parse("86400s"))).isEqualTo("1d");
        assertThat(DurationText.of(DurationText.parse("90m"))).isEqualTo("90m");
        assertThat(DurationText.parse("PT1M30S")).isEqualTo(Duration.ofSeconds(90));
        assertThat(Rate.parseBytes("1048576/s").toStringOfBytes()).isEqualTo("1MiB/s");
        assertThat(Rate.parse("1048576/s")).hasToString("1048576/s");
        assertThat(Rate.parse(" off ")).isEqualTo(Rate.OFF);
        assertThat(Rate.parse("20 / s burst 50")).hasToString("20/s burst 50");
        for (String wrong : List.of(
                "", "-1", "64 kibbles", "99999999999999999999", "1.5MiB", "99999999999GiB", "1MB", "1M", "64kb")) {
            assertThatThrownBy(() -> DataSize.parse(wrong)).as(wrong).isInstanceOf(IllegalArgumentException.class);
        }
        for (String wrong : List.of("", "5", "-5s", "PT-5S", "s", "5 weeks", "999999999999d")) {
            assertThatThrownBy(() -> DurationText.parse(wrong)).as(wrong).isInstanceOf(IllegalArgumentException.class);
        }
        for (String wrong :
                List.of("", "5", "0", "0/s", "5/week", "/s", "5/s burst", "5/s burst 0", "K/s", "1MiB/s", "-1/s")) {
            assertThatThrownBy(() -> Rate.parse(wrong)).as(wrong).isInstanceOf(IllegalArgumentException.class);
        }
    }

    private HoldfastConfig readBack(String text, String... settings) throws Exception {
        Path file = Files.writeString(directory.resolve("printed.yaml"), text);
        ConfigLoader loader = new ConfigLoader().file(file);
        for (String setting : settings) {
            loader.set(setting);
        }
        return loader.load();
    }
}
