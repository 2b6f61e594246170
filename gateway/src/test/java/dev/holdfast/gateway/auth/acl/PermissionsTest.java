// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth.acl;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.auth.Permissions;
import dev.holdfast.gateway.auth.token.Claims;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Access rules: by example, and against a slow reference that tries every topic name there is. */
class PermissionsTest {

    private static Permissions of(Object acl) {
        return of(acl, "c1", "u1");
    }

    private static Permissions of(Object acl, String clientId, @Nullable String username) {
        try {
            return CompiledPermissions.of(AclRules.ofClaim(acl), new Placeholders(clientId, username, "s1"));
        } catch (AclRules.GarbledException e) {
            throw new AssertionError(e);
        }
    }

    private static Map<String, Object> rule(String permission, String action, Object topics) {
        Map<String, Object> rule = new LinkedHashMap<>();
        rule.put("permission", permission);
        rule.put("action", action);
        rule.put(topics instanceof List ? "topics" : "topic", topics);
        return rule;
    }

    private static Map<String, Object> rule(
            String permission, String action, Object topics, String further, Object value) {
        Map<String, Object> rule = rule(permission, action, topics);
        rule.put(further, value);
        return rule;
    }

    @Test
    void whatNoRuleAllowsIsDenied() {
        Permissions none = of(List.of());

        assertThat(none.mayPublish("a", 0, false)).isFalse();
        assertThat(none.maySubscribe("a", 0)).isFalse();
        assertThat(none.mayReceive("a")).isFalse();
    }

    @Test
    void theShortFormAllowsWhatItLists() {
        Permissions some = of(Map.of("pub", List.of("up/${clientid}/#"), "sub", "down/+", "all", List.of("chat")));

        assertThat(some.mayPublish("up/c1/x/y", 2, true)).isTrue();
        assertThat(some.mayPublish("up/c1", 2, true)).isTrue();
        assertThat(some.mayPublish("up/c2/x", 0, false)).isFalse();
        assertThat(some.mayReceive("up/c1/x")).isFalse();
        assertThat(some.maySubscribe("down/+", 1)).isTrue();
        assertThat(some.maySubscribe("down/x", 1)).isTrue();
        assertThat(some.maySubscribe("down/#", 1)).isFalse();
        assertThat(some.maySubscribe("#", 1)).isFalse();
        assertThat(some.mayPublish("chat", 0, false) && some.maySubscribe("chat", 0))
                .isTrue();
    }

    @Test
    void theFirstRuleThatFitsDecides() {
        Permissions some = of(List.of(rule("deny", "all", "a/secret/#"), rule("allow", "all", List.of("a/#", "b"))));

        assertThat(some.mayPublish("a/secret", 0, false)).isFalse();
        assertThat(some.mayPublish("a/open", 0, false)).isTrue();
        assertThat(some.maySubscribe("a/open/#", 0)).isTrue();
        assertThat(some.maySubscribe("a/+", 0)).as("could match a/secret").isFalse();
        assertThat(some.maySubscribe("a/#", 0)).isFalse();
        assertThat(some.mayReceive("a/secret/x")).isFalse();
        assertThat(some.mayReceive("a/x")).isTrue();
    }

    @Test
    void qosAndRetainNarrowARule() {
        Permissions some = of(List.of(
                rule("allow", "publish", "q", "qos", List.of(0, 1)),
                rule("allow", "publish", "r", "retain", true),
                rule("allow", "publish", "n", "retain", false),
                rule("allow", "publish", "all", "retain", "all"),
                rule("allow", "subscribe", "s", "qos", 1),
                rule("deny", "subscribe", "t", "qos", 2),
                rule("allow", "subscribe", "t")));

        assertThat(some.mayPublish("q", 1, true)).isTrue();
        assertThat(some.mayPublish("q", 2, false)).isFalse();
        assertThat(some.mayPublish("r", 0, true)).isTrue();
        assertThat(some.mayPublish("r", 0, false)).isFalse();
        assertThat(some.mayPublish("n", 2, true)).isFalse();
        assertThat(some.mayPublish("n", 2, false)).isTrue();
        assertThat(some.mayPublish("all", 2, true)).isTrue();
        assertThat(some.maySubscribe("s", 0)).isFalse();
        assertThat(some.maySubscribe("s", 1)).isTrue();
        assertThat(some.maySubscribe("t", 2)).isFalse();
        assertThat(some.mayReceive("t")).as("it may come by QoS 0 or 1").isTrue();
    }

    @Test
    void eqTakesAFilterLiterally() {
        Permissions some = of(List.of(
                rule("deny", "subscribe", "eq #"), rule("allow", "subscribe", "eq a/#"), rule("allow", "all", "eq b")));
        Permissions most = of(List.of(rule("deny", "subscribe", "eq #"), rule("allow", "all", "#")));

        assertThat(some.maySubscribe("a/#", 0)).isTrue();
        assertThat(some.maySubscribe("a/+", 0)).isFalse();
        assertThat(some.maySubscribe("a/b", 0)).isFalse();
        assertThat(some.mayReceive("a/b"))
                .as("what the one subscription brings")
                .isTrue();
        assertThat(some.mayPublish("b", 0, false)).isTrue();
        assertThat(most.maySubscribe("#", 0)).isFalse();
        assertThat(most.maySubscribe("a/#", 0)).isTrue();
        assertThat(most.mayReceive("a/b")).isTrue();
    }

    @Test
    void systemTopicsAreReadOnlyAndNotReachedByWildcards() {
        Permissions all = of(List.of(rule("allow", "all", List.of("#", "+/+", "$SYS/#", "$auth/refresh"))));

        for (String topic : List.of("$SYS/x", "$SYS", "$auth/refresh", "$share/g/t", "$", "$x/y")) {
            assertThat(all.mayPublish(topic, 0, false)).as(topic).isFalse();
        }
        assertThat(all.maySubscribe("$SYS/broker/#", 0)).isTrue();
        assertThat(all.mayReceive("$SYS/broker/x")).isTrue();
        assertThat(all.maySubscribe("$other/#", 0)).isFalse();
        assertThat(all.mayReceive("$other/x")).isFalse();
        assertThat(of(Map.of("sub", "#")).maySubscribe("$SYS/#", 0)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "#",
                "+",
                "+/a",
                "a/b",
                "a/#",
                "a+",
                "a#b",
                "/",
                "${username}",
                "${clientid}",
                "a${sub}",
                "a\0b",
                "$SYS",
                "\n"
            })
    void aClientIdThatIsNoPlainLevelWidensNothing(String clientId) {
        Permissions some = of(
                List.of(rule("allow", "all", List.of("${clientid}/#", "d/${clientid}", "x-${clientid}/+"))),
                clientId,
                "u1");

        for (String topic :
                List.of("a/b", "d/x", "d/a/b", "$SYS/x", "u1/x", "c1/x", clientId + "/x", "d/u1", "a", "x-a/b")) {
            boolean plain = clientId.equals("$SYS") && topic.equals("d/$SYS");
            assertThat(some.mayPublish(topic, 0, false)).as(topic).isEqualTo(plain);
            assertThat(some.mayReceive(topic)).as(topic).isEqualTo(plain);
            assertThat(some.maySubscribe(topic, 0)).as(topic).isEqualTo(plain);
        }
        assertThat(some.maySubscribe("$SYS/#", 0)).isFalse();
        assertThat(some.maySubscribe("#", 0)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"#", "+", "a/b", "a/b/c", "${username}", "/"})
    void aValueThatCannotBeFilledInMakesADenialWiderAndNeverNarrower(String clientId) {
        Permissions some =
                of(List.of(rule("deny", "all", "secret/${clientid}/x"), rule("allow", "all", "#")), clientId, null);
        Permissions first =
                of(List.of(rule("deny", "all", "${clientid}/#"), rule("allow", "all", "#")), clientId, null);
        Permissions missing = of(List.of(rule("deny", "all", "p/${username}"), rule("allow", "all", "#")), "c", null);

        assertThat(some.mayPublish("secret/" + clientId + "/x", 0, false)).isFalse();
        assertThat(some.mayReceive("secret/a/b/x")).isFalse();
        assertThat(some.maySubscribe("secret/#", 0)).isFalse();
        assertThat(some.mayPublish("open", 0, false)).isTrue();
        assertThat(first.mayPublish("open", 0, false)).isFalse();
        assertThat(missing.mayPublish("p/x", 0, false)).isFalse();
    }

    @Test
    void aPlaceholderIsFilledInOnce() {
        Permissions some = of(Map.of("pub", List.of("${username}/x", "${sub}/y")), "c1", "${sub}");

        assertThat(some.mayPublish("s1/x", 0, false)).isFalse();
        assertThat(some.mayPublish("${sub}/x", 0, false)).isFalse();
        assertThat(some.mayPublish("s1/y", 0, false)).isTrue();
    }

    private static Permissions claiming(Object acl, Map<String, Object> claims) throws Exception {
        return CompiledPermissions.of(AclRules.ofClaim(acl), new Placeholders("c1", "u1", "s1", new Claims(claims)));
    }

    @Test
    void aClaimStandsForItsValueAndEachOfAListInTurn() throws Exception {
        Map<String, Object> claims = Map.of(
                "tenant",
                "acme",
                "level",
                3,
                "https://example.com/site",
                "berlin",
                "realm_access",
                Map.of("roles", List.of("reader", "writer")),
                "a.b",
                Map.of("c", "deep"));
        Permissions some = claiming(
                Map.of(
                        "pub",
                        List.of(
                                "t/${claims.tenant}/${claims.level}/#",
                                "s/${claims.https://example.com/site}",
                                "r/${claims.realm_access.roles}/${sub}",
                                "d/${claims.a.b.c}",
                                "m/${claims.missing}/#",
                                "n/${claims.realm_access}/#")),
                claims);

        for (String topic : List.of("t/acme/3/x", "s/berlin", "r/reader/s1", "r/writer/s1", "d/deep")) {
            assertThat(some.mayPublish(topic, 1, false)).as(topic).isTrue();
        }
        for (String topic : List.of("t/other/3/x", "s/paris", "r/admin/s1", "r/reader/s2", "m/x", "m/", "n/x")) {
            assertThat(some.mayPublish(topic, 1, false)).as(topic).isFalse();
        }
    }

    /** What an identity server writes into a claim may mean more in a topic: as with a client's own names. */
    @ParameterizedTest
    @ValueSource(strings = {"#", "+", "a/b", "", "${sub}", "x\u0000"})
    void aValueOfAClaimThatIsNoPlainLevelWidensNothingAndNarrowsNoDenial(String value) throws Exception {
        Map<String, Object> claims = Map.of("groups", List.of("good", value));

        Permissions allowed = claiming(Map.of("all", List.of("g/${claims.groups}/#")), claims);
        assertThat(allowed.mayPublish("g/good/x", 0, false)).isTrue();
        assertThat(allowed.mayPublish("g/other/x", 0, false)).isFalse();
        assertThat(allowed.maySubscribe("g/#", 0)).isFalse();

        Permissions denied =
                claiming(List.of(rule("deny", "all", "g/${claims.groups}/x"), rule("allow", "all", "#")), claims);
        assertThat(denied.mayPublish("g/good/x", 0, false)).isFalse();
        assertThat(denied.mayPublish("g/other/x", 0, false)).isFalse();
        assertThat(denied.mayPublish("open", 0, false)).isTrue();
    }

    @Test
    void aListOfThousandsOfValuesIsCutForWhatIsAllowedAndDeniesEverything() throws Exception {
        List<String> many = IntStream.range(0, 5_000).mapToObj(i -> "v" + i).toList();

        Permissions allowed = claiming(Map.of("pub", List.of("g/${claims.many}/${claims.many}")), Map.of("many", many));
        assertThat(allowed.mayPublish("g/v0/v1", 0, false)).isTrue();
        assertThat(allowed.mayPublish("g/v4999/v1", 0, false)).isFalse();
        Permissions denied = claiming(
                List.of(rule("deny", "publish", "g/${claims.many}"), rule("allow", "all", "#")), Map.of("many", many));
        assertThat(denied.mayPublish("g/v4999", 0, false)).isFalse();
    }

    /** Every topic name of up to three levels out of a few words, one of them in no filter, and the $ ones. */
    private static List<String> everyTopic() {
        List<String> levels = List.of("a", "b", "", "other");
        List<String> topics = new ArrayList<>();
        for (String one : List.of("a", "b", "", "other", "$SYS")) {
            topics.add(one);
            for (String two : levels) {
                topics.add(one + "/" + two);
                for (String three : levels) {
                    topics.add(one + "/" + two + "/" + three);
                    topics.add(one + "/" + two + "/" + three + "/other");
                }
            }
        }
        topics.remove("");
        return topics;
    }

    private static String filter(Random random) {
        String[] words = {"a", "b", "", "+", "+", "#"};
        StringBuilder filter = new StringBuilder();
        int levels = 1 + random.nextInt(3);
        for (int i = 0; i < levels; i++) {
            String word = i == 0 && random.nextInt(6) == 0 ? "$SYS" : words[random.nextInt(words.length)];
            filter.append(i == 0 ? "" : "/").append(word);
            if (word.equals("#")) {
                break;
            }
        }
        return filter.isEmpty() ? "a" : filter.toString();
    }

    /** MQTT 5.0 section 4.7 as slowly as it reads. */
    private static boolean matches(String filter, String topic) {
        String[] f = filter.split("/", -1);
        String[] t = topic.split("/", -1);
        if (t[0].startsWith("$") && (f[0].equals("#") || f[0].equals("+"))) {
            return false;
        }
        for (int i = 0; i < f.length; i++) {
            if (f[i].equals("#")) {
                return true;
            }
            if (i == t.length || !(f[i].equals("+") || f[i].equals(t[i]))) {
                return false;
            }
            if (i == t.length - 1 && i == f.length - 2 && f[i + 1].equals("#")) {
                return true;
            }
        }
        return f.length == t.length;
    }

    @Test
    void patternsAgreeWithAReferenceThatTriesEveryTopic() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<String> topics = everyTopic();
        // No topic name, but "/#" and "+" could both be said to match it; the pattern errs to the safe side.
        topics.add("");
        for (int i = 0; i < 4000; i++) {
            TopicPattern pattern = TopicPattern.of(filter(random));
            String filter = filter(random);
            boolean covers = true;
            boolean overlaps = false;
            for (String topic : topics) {
                boolean in = matches(pattern.filter(), topic);
                boolean of = matches(filter, topic);
                assertThat(pattern.matches(topic))
                        .as("seed %s: %s, %s", seed, pattern, topic)
                        .isEqualTo(in);
                covers &= in || !of;
                overlaps |= in && of;
            }
            assertThat(pattern.covers(filter))
                    .as("seed %s: %s covers %s", seed, pattern, filter)
                    .isEqualTo(covers);
            assertThat(pattern.overlaps(filter))
                    .as("seed %s: %s overlaps %s", seed, pattern, filter)
                    .isEqualTo(overlaps);
        }
    }

    @Test
    void permissionsAgreeWithAReferenceThatTriesEveryTopic() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<String> topics = everyTopic();
        int accepted = 0;
        for (int i = 0; i < 2000; i++) {
            List<Map<String, Object>> rules = new ArrayList<>();
            for (int n = random.nextInt(5); n >= 0; n--) {
                String literally = random.nextInt(5) == 0 ? "eq " : "";
                Map<String, Object> rule = rule(
                        random.nextInt(3) == 0 ? "deny" : "allow",
                        List.of("publish", "subscribe", "all").get(random.nextInt(3)),
                        literally + filter(random));
                if (random.nextInt(3) == 0) {
                    rule.put("qos", random.nextInt(3));
                }
                if (random.nextInt(4) == 0) {
                    rule.put("retain", random.nextBoolean());
                }
                rules.add(rule);
            }
            Permissions permissions = of(rules);
            String about = "seed " + seed + ": " + rules;
            int qos = random.nextInt(3);
            boolean retain = random.nextBoolean();
            for (String topic : topics) {
                assertThat(permissions.mayPublish(topic, qos, retain))
                        .as("%s publish %s %s %s", about, topic, qos, retain)
                        .isEqualTo(referencePublish(rules, topic, qos, retain));
                boolean receivable = referenceReceive(rules, topic, 0)
                        || referenceReceive(rules, topic, 1)
                        || referenceReceive(rules, topic, 2);
                assertThat(permissions.mayReceive(topic))
                        .as("%s receive %s", about, topic)
                        .isEqualTo(receivable);
            }
            String filter = filter(random);
            if (permissions.maySubscribe(filter, qos)) {
                accepted++;
                for (String topic : topics) {
                    if (matches(filter, topic)) {
                        assertThat(referenceReceive(rules, topic, qos))
                                .as("%s subscribe %s: %s", about, filter, topic)
                                .isTrue();
                        assertThat(permissions.mayReceive(topic))
                                .as("%s subscribe %s: %s", about, filter, topic)
                                .isTrue();
                    }
                }
            }
        }
        assertThat(accepted).isGreaterThan(50);
    }

    private static Object said(Map<String, Object> rule, String key) {
        return Objects.requireNonNull(rule.get(key));
    }

    private static boolean referencePublish(List<Map<String, Object>> rules, String topic, int qos, boolean retain) {
        if (topic.startsWith("$")) {
            return false;
        }
        for (Map<String, Object> rule : rules) {
            String text = (String) said(rule, "topic");
            boolean fits = text.startsWith("eq ") ? text.substring(3).equals(topic) : matches(text, topic);
            if (!said(rule, "action").equals("subscribe")
                    && rule.getOrDefault("qos", qos).equals(qos)
                    && rule.getOrDefault("retain", retain).equals(retain)
                    && fits) {
                return said(rule, "permission").equals("allow");
            }
        }
        return false;
    }

    private static boolean referenceReceive(List<Map<String, Object>> rules, String topic, int qos) {
        for (Map<String, Object> rule : rules) {
            String text = (String) said(rule, "topic");
            boolean allow = said(rule, "permission").equals("allow");
            boolean literalDenial = text.startsWith("eq ") && !allow;
            boolean fits =
                    literalDenial ? text.substring(3).equals(topic) : matches(text.replaceFirst("^eq ", ""), topic);
            if (!said(rule, "action").equals("publish")
                    && rule.getOrDefault("qos", qos).equals(qos)
                    && fits) {
                return allow;
            }
        }
        return false;
    }
}
