// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.check;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.store.redis.RedisAccess;
import dev.holdfast.store.redis.RedisAccess.Login;
import dev.holdfast.store.redis.RedisProcess;
import dev.holdfast.store.redis.RedisSettings;
import dev.holdfast.store.redis.RedisSettings.Durability;
import dev.holdfast.store.redis.RedisSettings.Mode;
import dev.holdfast.store.redis.RedisSettings.Server;
import dev.holdfast.store.redis.RedisUrl;
import dev.holdfast.store.redis.script.Script;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The smallest ACL is enough, no right of it can be left out, and missing rights are named. */
final class AclRightsTest {
    private static RedisProcess redis;
    private static RedisSettings settings;

    @BeforeAll
    static void start() {
        redis = RedisProcess.start();
        settings = RedisSettings.of(new Server(
                        Mode.SINGLE, List.of(redis.address()), "", 3, RedisAccess.of(new Login("small", "pass"))))
                .withDurability(Durability.replicated(1));
    }

    @AfterAll
    static void stop() {
        redis.close();
    }

    @BeforeEach
    void smallest() {
        acl("reset", "on", ">pass");
        acl(new AclRights(settings).smallest().split(" "));
    }

    private static void acl(String... rules) {
        List<String> words = new ArrayList<>(List.of("ACL", "SETUSER", "small"));
        words.addAll(List.of(rules));
        assertThat(redis.command(words.toArray(String[]::new))).isEqualTo("OK");
    }

    private static List<String> missing() throws Exception {
        try (RespClient small = RespClient.with(RedisUrl.of(redis.address()), null, Inspection.PATIENCE)) {
            assertThat(small.ask("AUTH", "small", "pass")).isEqualTo("OK");
            small.ask("SELECT", "3");
            return new AclRights(settings).missing(small);
        }
    }

    private static List<String> keys() {
        String all =
                redis.command("EVAL", "redis.call('SELECT', 3) return table.concat(redis.call('KEYS', '*'), ' ')", "0");
        return all.isEmpty() ? List.of() : List.of(all.split(" "));
    }

    private static long ttl(String key) {
        return Long.parseLong(
                redis.command("EVAL", "redis.call('SELECT', 3) return redis.call('PTTL', KEYS[1])", "1", key));
    }

    @Test
    void whoHasTheSmallestAclLacksNothingAndLeavesNothingBehind() throws Exception {
        int before = keys().size();
        assertThat(missing()).isEmpty();
        assertThat(keys()).hasSizeLessThanOrEqualTo(before);
    }

    @Test
    void eachCommandThatIsTakenAwayIsNamedAndNoOther() throws Exception {
        for (String command : new AclRights(settings).commands()) {
            acl("-" + command);
            assertThat(missing()).containsExactly("+" + command);
            acl("+" + command);
        }
        // Without DEL the key of the tries goes by itself.
        assertThat(keys())
                .hasSizeLessThanOrEqualTo(1)
                .allSatisfy(key -> assertThat(ttl(key)).isBetween(0L, 10_000L));
    }

    @ParameterizedTest
    @CsvSource({
        "resetchannels, &hf:n",
        "resetkeys, ~hf:*",
        "resetkeys ~hf:{* ~hf:[^{m]*, ~hf:m{*}",
        "resetkeys ~hf:* resetchannels &other, &hf:n",
        "-@all +ping, all commands"
    })
    void whatIsMissingOfKeysAndChannelsIsNamed(String rules, String expected) throws Exception {
        acl(rules.split(" "));

        if (expected.equals("all commands")) {
            assertThat(missing())
                    .hasSize(new AclRights(settings).commands().size() - 1)
                    .contains("+time", "+publish", "+select", "+wait")
                    .allMatch(rule -> rule.startsWith("+"));
        } else {
            assertThat(missing()).containsExactly(expected);
        }
    }

    @Test
    void whoMayReadKeysAndNotChangeThemIsTold() throws Exception {
        acl("resetkeys", "%R~hf:*");
        assertThat(missing()).containsExactly("~hf:*");
        acl("resetkeys", "%W~hf:*");
        assertThat(missing()).containsExactly("~hf:*");
    }

    @Test
    void whatTheScriptsCallIsWhatIsAskedFor() {
        Pattern called = Pattern.compile("redis\\.p?call\\(\\s*'(\\w+)'");
        TreeSet<String> commands = new TreeSet<>();
        for (Script script : Script.values()) {
            Matcher call = called.matcher(script.text());
            while (call.find()) {
                commands.add(call.group(1).toLowerCase(Locale.ROOT));
            }
        }
        assertThat(AclRights.IN_SCRIPTS).containsExactlyElementsOf(commands);
    }

    @Test
    void theDocumentedAclIsTheSmallest() throws IOException {
        RedisSettings plain = RedisSettings.of("redis://h");
        String document = Files.readString(Path.of("docs", "redis.md")).replaceAll("\\s*\\\\\\s*\n\\s*", " ");

        assertThat(document)
                .contains("ACL SETUSER holdfast on '>...' '~hf:*' resetchannels '&hf:n' "
                        + new AclRights(plain).smallest().replace("~hf:* resetchannels &hf:n ", ""));
    }
}
