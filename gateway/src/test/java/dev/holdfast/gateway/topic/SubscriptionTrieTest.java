// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.topic;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("unit")
final class SubscriptionTrieTest {

    private final SubscriptionTrie<KeyedEntry<String>> trie = new SubscriptionTrie<>();

    @Test
    void aSubscriptionIsAddedReplacedReadAndRemoved() {
        assertThat(put("a/+", "k", "v1")).isNull();
        assertThat(put("a/+", "k", "v2")).isEqualTo("v1");
        assertThat(put("a/+", "k2", "v3")).isNull();

        assertThat(get("a/+", "k")).isEqualTo("v2");
        assertThat(get("a/+", "k3")).isNull();
        assertThat(get("a", "k")).isNull();
        assertThat(get("a/#", "k")).isNull();
        assertThat(get("b/+", "k")).isNull();
        assertThat(trie.size()).isEqualTo(2);
        assertThat(remove("a/+", "k3")).isNull();
        assertThat(remove("a/b", "k")).isNull();
        assertThat(remove("a/+", "k")).isEqualTo("v2");
        assertThat(remove("a/+", "k")).isNull();
        assertThat(matched("a/b")).containsExactly("v3");
    }

    @Test
    void everyMatchingFilterIsVisitedOnce() {
        for (String filter : List.of("#", "+/#", "a/#", "a/b/#", "a/b", "a/+", "+/b", "+/+", "a/b/c", "a", "/a/b")) {
            put(filter, "k", filter);
        }

        assertThat(matched("a/b")).containsExactlyInAnyOrder("#", "+/#", "a/#", "a/b/#", "a/b", "a/+", "+/b", "+/+");
    }

    @Test
    void leadingWildcardsDoNotMatchDollarTopics() {
        for (String filter : List.of("#", "+/#", "+/a", "$SYS/#", "$SYS/+", "$SYS/a")) {
            put(filter, "k", filter);
        }

        assertThat(matched("$SYS/a")).containsExactlyInAnyOrder("$SYS/#", "$SYS/+", "$SYS/a");
        assertThat(matched("$SYS")).containsExactly("$SYS/#");
    }

    @Test
    void theVersionChangesWithEveryChangeAndWithNothingElse() {
        long before = trie.version();
        put("a", "k", "v");
        long put = trie.version();
        put("a", "k", "w");
        long replaced = trie.version();
        remove("a", "other");
        trie.match("a", value -> {});
        long untouched = trie.version();
        remove("a", "k");

        assertThat(List.of(before, put, replaced, trie.version())).doesNotHaveDuplicates();
        assertThat(untouched).isEqualTo(replaced);
    }

    @Test
    void nodesThatHoldNothingAreRemoved() {
        List<String> filters = List.of("a/b/c", "a/b", "a/+/c", "a/+/#", "#", "+", "/", "//", "a/b/#", "+/+/+");
        filters.forEach(filter -> put(filter, "k", filter));

        remove("a/b/c", "k");
        assertThat(matched("a/b")).contains("a/b", "a/b/#");
        filters.forEach(filter -> remove(filter, "k"));

        assertThat(trie.nodes()).isEqualTo(1);
        assertThat(trie.size()).isZero();
    }

    @Test
    void levelsThatNothingBranchesOffFromShareANode() {
        put("a/b/c/d/e", "k", "v");
        put("a/b/c/d/e", "k2", "v2");
        assertThat(trie.nodes()).isEqualTo(2);
        put("a/b/c/x/+/z/#", "k", "w");
        put("a/b/c/x/+/z/#", "k2", "w2");
        assertThat(trie.nodes()).isEqualTo(4);
        assertThat(matched("a/b/c/x/y/z/q")).containsExactly("w", "w2");
        assertThat(matched("a/b/c/x/y/z")).containsExactly("w", "w2");
        assertThat(matched("a/b/c/x/y")).isEmpty();

        for (String passing : List.of("a/b/c", "a", "a/b/c/+", "a/b/c/x/+", "a/b/#", "#")) {
            put(passing, "k", passing);
            remove(passing, "k");
        }

        assertThat(trie.nodes()).as("what branched off has gone").isEqualTo(4);
        remove("a/b/c/d/e", "k");
        remove("a/b/c/d/e", "k2");
        assertThat(trie.nodes()).isEqualTo(2);
        assertThat(matched("a/b/c/x/y/z")).containsExactly("w", "w2");
    }

    @Test
    void aFilterWithOneSubscriberAndNothingBelowItNeedsNoNode() {
        for (int i = 0; i < 100; i++) {
            put("run/s/" + i, "k", "v" + i);
            put("deep/s/" + i + "/#", "k", "d" + i);
        }

        assertThat(trie.nodes())
                .as("root, run/s, deep/s, and the first of each")
                .isEqualTo(5);
        for (int i = 0; i < 100; i++) {
            assertThat(matched("run/s/" + i)).containsExactly("v" + i);
            assertThat(matched("run/s/" + i + "/x")).isEmpty();
            assertThat(matched("deep/s/" + i)).containsExactly("d" + i);
            assertThat(matched("deep/s/" + i + "/x/y")).containsExactly("d" + i);
        }
        put("run/s/7", "k", "other");
        assertThat(trie.nodes()).as("replaced where it stood").isEqualTo(5);
        assertThat(matched("run/s/7")).containsExactly("other");
    }

    @Test
    void whatComesBesideASubscriberOrBelowItOrInTheMiddleOfItsFilterIsFoundToo() {
        String first = "run/s/7/a/b";
        for (String second :
                List.of(first, first + "/#", first + "/c", first + "/+", "run/s/7/a/x", "run/s", "run/#")) {
            put("run/s/1", "k", "v");
            put(first, "k", "first");
            put(second, "k2", "second");

            String topic = second.replace("/#", "/a").replace("+", "c");
            assertThat(matched(topic)).as(second).contains("second");
            assertThat(matched(first)).as(second).contains("first");
            remove(first, "k");
            assertThat(matched(first)).as(second).doesNotContain("first");
            assertThat(matched(topic)).as(second).contains("second");
            remove(second, "k2");
            remove("run/s/1", "k");
            assertThat(trie.nodes()).as(second).isEqualTo(1);
        }
    }

    @Test
    void aFilterOfManyShortLevelsCostsLessThanFourTimesItsBytes() {
        int many = 50_000;
        Random random = new Random(1);
        List<String> filters = IntStream.range(0, many)
                .mapToObj(i -> RandomTopics.ofOneLetterLevels(random, 32))
                .toList();
        long before = liveHeap();

        filters.forEach(filter -> put(filter, "k", "v"));

        assertThat((liveHeap() - before) / many).isLessThan(4L * 63);
        assertThat(trie.size()).isEqualTo(filters.size());
    }

    private static long liveHeap() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    @Test
    void aWideLevelGrowsShrinksAndIsRemoved() {
        for (int i = 0; i < 5_000; i++) {
            put("run/s/" + i, "k", "v" + i);
        }
        for (int i = 0; i < 5_000; i++) {
            assertThat(matched("run/s/" + i)).containsExactly("v" + i);
        }
        for (int i = 0; i < 5_000; i++) {
            assertThat(remove("run/s/" + i, "k")).isEqualTo("v" + i);
            assertThat(matched("run/s/" + i)).isEmpty();
            assertThat(matched("run/s/4999")).hasSize(i == 4_999 ? 0 : 1);
        }

        assertThat(trie.nodes()).isEqualTo(1);
    }

    @Test
    void oneFilterHoldsAHundredThousandSubscribers() {
        int many = 100_000;
        for (int i = 0; i < many; i++) {
            put("news", "k" + i, "v");
        }
        assertThat(trie.size()).isEqualTo(many);
        assertThat(matched("news")).hasSize(many);

        for (int i = 0; i < many; i++) {
            remove("news", "k" + i);
        }

        assertThat(trie.size()).isZero();
        assertThat(trie.nodes()).isEqualTo(1);
    }

    @Test
    void theDeepestFiltersTheWireCanCarryAreHandled() {
        String slashes = "/".repeat(Topics.MAX_BYTES);
        String pluses = "+/".repeat(32_767) + "#";
        put(slashes, "k", "slashes");
        put(pluses, "k", "pluses");

        assertThat(matched(slashes)).containsExactlyInAnyOrder("slashes", "pluses");
        remove(slashes, "k");
        remove(pluses, "k");

        assertThat(trie.nodes()).isEqualTo(1);
    }

    @Test
    void aVisitorMayChangeTheTrie() {
        put("a", "k", "v");
        put("+", "k", "w");

        trie.match("a", value -> {
            remove("a", "k");
            remove("+", "k");
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
                assertThat(put(filter, key, value)).isEqualTo(model.put(List.of(filter, key), value));
                keys.add(List.of(filter, key));
            } else {
                List<String> gone = keys.remove(random.nextInt(keys.size()));
                assertThat(remove(gone.get(0), gone.get(1))).isEqualTo(model.remove(gone));
            }
            assertThat(trie.size()).isEqualTo(model.size());
            if (step % 20 == 0) {
                String topic = topics.name();
                assertThat(matched(topic)).as(topic).containsExactlyInAnyOrderElementsOf(matching(model, topic));
            }
        }
        keys.forEach(key -> remove(key.get(0), key.get(1)));

        assertThat(trie.nodes()).isEqualTo(1);
    }

    private static List<String> matching(Map<List<String>, String> model, String topic) {
        return model.entrySet().stream()
                .filter(entry -> Topics.matches(entry.getKey().get(0), topic))
                .map(Map.Entry::getValue)
                .toList();
    }

    private @Nullable String put(String filter, String key, String value) {
        return KeyedEntry.valueOf(trie.put(new KeyedEntry<>(filter, key, value)));
    }

    private @Nullable String get(String filter, String key) {
        return KeyedEntry.valueOf(trie.get(filter, key));
    }

    private @Nullable String remove(String filter, String key) {
        return KeyedEntry.valueOf(trie.remove(filter, key));
    }

    @Test
    void aSearchThroughManyBranchesStopsWhenItsStepsAreUsedUp() {
        int levels = 10;
        for (int bits = 0; bits < 1 << levels; bits++) {
            StringBuilder filter = new StringBuilder();
            for (int level = 0; level < levels; level++) {
                filter.append((bits >> level & 1) == 0 ? "a/" : "+/");
            }
            put(filter + "zz", "k", filter.toString());
        }
        String topic = "a/".repeat(levels);

        SubscriptionSearch<KeyedEntry<String>> search = trie.search(topic + "none");
        int steps = 0;
        while (!search.isDone()) {
            int some = search.advance(10, value -> {});
            assertThat(some).isBetween(1, 10);
            steps += some;
        }

        assertThat(steps).isGreaterThan(1 << (levels - 1));
        assertThat(matched(topic + "zz")).hasSize(1 << levels).doesNotHaveDuplicates();
    }

    @Test
    void aFilterWithManySubscribersIsFoundABitAtATime() {
        for (int i = 0; i < 1_000; i++) {
            put("news/#", "k" + i, "deep" + i);
            put("news", "k" + i, "exact" + i);
        }
        List<String> found = new ArrayList<>();
        SubscriptionSearch<KeyedEntry<String>> search = trie.search("news");
        while (!search.isDone()) {
            int before = found.size();
            search.advance(10, entry -> found.add(entry.value()));
            assertThat(found.size() - before).isLessThanOrEqualTo(10);
            put("news", "late" + before, "late");
            remove("news", "late" + (before - 10));
        }

        assertThat(found.stream().filter(value -> !value.equals("late")))
                .hasSize(2_000)
                .doesNotHaveDuplicates();
    }

    /** Whole, or a few steps at a time: the same values. */
    private List<String> matched(String topic) {
        List<String> values = new ArrayList<>();
        trie.match(topic, entry -> values.add(entry.value()));
        List<String> slowly = new ArrayList<>();
        SubscriptionSearch<KeyedEntry<String>> search = trie.search(topic);
        while (!search.isDone()) {
            search.advance(2, entry -> slowly.add(entry.value()));
        }
        assertThat(slowly).isEqualTo(values);
        return values;
    }
}
