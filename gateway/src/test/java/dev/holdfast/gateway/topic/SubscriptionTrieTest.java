// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.topic;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SubscriptionTrieTest {

    private final SubscriptionTrie<String, String> trie = new SubscriptionTrie<>();

    @Test
    void aSubscriptionIsAddedReplacedReadAndRemoved() {
        assertThat(trie.put("a/+", "k", "v1")).isNull();
        assertThat(trie.put("a/+", "k", "v2")).isEqualTo("v1");
        assertThat(trie.put("a/+", "k2", "v3")).isNull();

        assertThat(trie.get("a/+", "k")).isEqualTo("v2");
        assertThat(trie.get("a/+", "k3")).isNull();
        assertThat(trie.get("a", "k")).isNull();
        assertThat(trie.get("a/#", "k")).isNull();
        assertThat(trie.get("b/+", "k")).isNull();
        assertThat(trie.size()).isEqualTo(2);
        assertThat(trie.remove("a/+", "k3")).isNull();
        assertThat(trie.remove("a/b", "k")).isNull();
        assertThat(trie.remove("a/+", "k")).isEqualTo("v2");
        assertThat(trie.remove("a/+", "k")).isNull();
        assertThat(matched("a/b")).containsExactly("v3");
    }

    @Test
    void everyMatchingFilterIsVisitedOnce() {
        for (String filter : List.of("#", "+/#", "a/#", "a/b/#", "a/b", "a/+", "+/b", "+/+", "a/b/c", "a", "/a/b")) {
            trie.put(filter, "k", filter);
        }

        assertThat(matched("a/b")).containsExactlyInAnyOrder("#", "+/#", "a/#", "a/b/#", "a/b", "a/+", "+/b", "+/+");
    }

    @Test
    void leadingWildcardsDoNotMatchDollarTopics() {
        for (String filter : List.of("#", "+/#", "+/a", "$SYS/#", "$SYS/+", "$SYS/a")) {
            trie.put(filter, "k", filter);
        }

        assertThat(matched("$SYS/a")).containsExactlyInAnyOrder("$SYS/#", "$SYS/+", "$SYS/a");
        assertThat(matched("$SYS")).containsExactly("$SYS/#");
    }

    @Test
    void theVersionChangesWithEveryChangeAndWithNothingElse() {
        long before = trie.version();
        trie.put("a", "k", "v");
        long put = trie.version();
        trie.put("a", "k", "w");
        long replaced = trie.version();
        trie.remove("a", "other");
        trie.match("a", value -> {});
        long untouched = trie.version();
        trie.remove("a", "k");

        assertThat(List.of(before, put, replaced, trie.version())).doesNotHaveDuplicates();
        assertThat(untouched).isEqualTo(replaced);
    }

    @Test
    void nodesThatHoldNothingAreRemoved() {
        List<String> filters = List.of("a/b/c", "a/b", "a/+/c", "a/+/#", "#", "+", "/", "//", "a/b/#", "+/+/+");
        filters.forEach(filter -> trie.put(filter, "k", filter));

        trie.remove("a/b/c", "k");
        assertThat(matched("a/b")).contains("a/b", "a/b/#");
        filters.forEach(filter -> trie.remove(filter, "k"));

        assertThat(trie.nodes()).isEqualTo(1);
        assertThat(trie.size()).isZero();
    }

    @Test
    void aWideLevelGrowsShrinksAndIsRemoved() {
        for (int i = 0; i < 5_000; i++) {
            trie.put("run/s/" + i, "k", "v" + i);
        }
        for (int i = 0; i < 5_000; i++) {
            assertThat(matched("run/s/" + i)).containsExactly("v" + i);
        }
        for (int i = 0; i < 5_000; i++) {
            assertThat(trie.remove("run/s/" + i, "k")).isEqualTo("v" + i);
            assertThat(matched("run/s/" + i)).isEmpty();
            assertThat(matched("run/s/4999")).hasSize(i == 4_999 ? 0 : 1);
        }

        assertThat(trie.nodes()).isEqualTo(1);
    }

    @Test
    void oneFilterHoldsAHundredThousandSubscribers() {
        int many = 100_000;
        for (int i = 0; i < many; i++) {
            trie.put("news", "k" + i, "v");
        }
        assertThat(trie.size()).isEqualTo(many);
        assertThat(matched("news")).hasSize(many);

        for (int i = 0; i < many; i++) {
            trie.remove("news", "k" + i);
        }

        assertThat(trie.size()).isZero();
        assertThat(trie.nodes()).isEqualTo(1);
    }

    @Test
    void theDeepestFiltersTheWireCanCarryAreHandled() {
        String slashes = "/".repeat(Topics.MAX_BYTES);
        String pluses = "+/".repeat(32_767) + "#";
        trie.put(slashes, "k", "slashes");
        trie.put(pluses, "k", "pluses");

        assertThat(matched(slashes)).containsExactlyInAnyOrder("slashes", "pluses");
        trie.remove(slashes, "k");
        trie.remove(pluses, "k");

        assertThat(trie.nodes()).isEqualTo(1);
    }

    @Test
    void aVisitorMayChangeTheTrie() {
        trie.put("a", "k", "v");
        trie.put("+", "k", "w");

        trie.match("a", value -> {
            trie.remove("a", "k");
            trie.remove("+", "k");
        });

        assertThat(trie.size()).isZero();
        assertThat(trie.nodes()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 30, 300})
    void theTrieAgreesWithTheSlowReference(int wide) {
        long seed = new Random().nextLong();
        System.out.println("SubscriptionTrieTest wide " + wide + " seed " + seed);
        Random random = new Random(seed);
        RandomTopics topics = new RandomTopics(random, wide);
        Map<List<String>, String> model = new HashMap<>();
        List<List<String>> keys = new ArrayList<>();
        for (int step = 0; step < 6_000; step++) {
            boolean adds = random.nextInt(4_000) > model.size();
            if (adds || keys.isEmpty()) {
                String key = "k" + random.nextInt(20);
                String filter = random.nextInt(4) == 0 ? "a/b" : topics.filter();
                String value = filter + " " + key + " " + step;
                assertThat(trie.put(filter, key, value)).isEqualTo(model.put(List.of(filter, key), value));
                keys.add(List.of(filter, key));
            } else {
                List<String> gone = keys.remove(random.nextInt(keys.size()));
                assertThat(trie.remove(gone.get(0), gone.get(1))).isEqualTo(model.remove(gone));
            }
            assertThat(trie.size()).isEqualTo(model.size());
            if (step % 20 == 0) {
                String topic = topics.name();
                assertThat(matched(topic)).as(topic).containsExactlyInAnyOrderElementsOf(matching(model, topic));
            }
        }
        keys.forEach(key -> trie.remove(key.get(0), key.get(1)));

        assertThat(trie.nodes()).isEqualTo(1);
    }

    private static List<String> matching(Map<List<String>, String> model, String topic) {
        return model.entrySet().stream()
                .filter(entry -> Topics.matches(entry.getKey().get(0), topic))
                .map(Map.Entry::getValue)
                .toList();
    }

    private List<String> matched(String topic) {
        List<String> values = new ArrayList<>();
        trie.match(topic, values::add);
        return values;
    }
}
