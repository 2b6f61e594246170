// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.topic;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("unit")
final class TopicTreeTest {

    private final TopicTree tree = new TopicTree();

    @Test
    void aNameIsAddedOnceAndRemovedOnce() {
        assertThat(tree.add("a/b")).isTrue();
        assertThat(tree.add("a/b")).isFalse();
        assertThat(tree.remove("a")).isFalse();
        assertThat(tree.remove("a/b/c")).isFalse();
        assertThat(tree.size()).isEqualTo(1);

        assertThat(tree.remove("a/b")).isTrue();
        assertThat(tree.remove("a/b")).isFalse();

        assertThat(tree.size()).isZero();
        assertThat(tree.nodes()).isEqualTo(1);
    }

    @Test
    void filtersFindTheNamesTheyMatch() {
        List.of("a", "a/b", "a/b/c", "a//c", "/a", "/", "$SYS/a", "$SYS", "a/$b")
                .forEach(tree::add);

        assertThat(matched("#")).containsExactlyInAnyOrder("a", "a/b", "a/b/c", "a//c", "/a", "/", "a/$b");
        assertThat(matched("+")).containsExactly("a");
        assertThat(matched("+/a")).containsExactly("/a");
        assertThat(matched("+/+/c")).containsExactlyInAnyOrder("a/b/c", "a//c");
        assertThat(matched("a/#")).containsExactlyInAnyOrder("a", "a/b", "a/b/c", "a//c", "a/$b");
        assertThat(matched("a/+")).containsExactlyInAnyOrder("a/b", "a/$b");
        assertThat(matched("$SYS/#")).containsExactlyInAnyOrder("$SYS", "$SYS/a");
        assertThat(matched("a/b")).containsExactly("a/b");
        assertThat(matched("/+")).containsExactlyInAnyOrder("/a", "/");
        assertThat(matched("b/#")).isEmpty();
    }

    @Test
    void theVisitorStopsTheVisit() {
        for (int i = 0; i < 1_000; i++) {
            tree.add("run/" + i % 10 + "/" + i);
        }
        List<String> seen = new ArrayList<>();

        tree.match("#", topic -> {
            seen.add(topic);
            return seen.size() < 7;
        });

        assertThat(seen).hasSize(7).doesNotHaveDuplicates();
    }

    @Test
    void aHundredThousandNamesAreVisitedOnceEach() {
        for (int i = 0; i < 100_000; i++) {
            tree.add("site/" + i % 100 + "/device/" + i);
        }

        assertThat(matched("#")).hasSize(100_000).doesNotHaveDuplicates();
        assertThat(matched("site/7/#")).hasSize(1_000);
        assertThat(matched("site/+/device/77777")).containsExactly("site/77/device/77777");
    }

    @Test
    void theDeepestNamesTheWireCanCarryAreHandled() {
        String slashes = "/".repeat(Topics.MAX_BYTES);
        tree.add(slashes);

        assertThat(matched("#")).containsExactly(slashes);
        assertThat(matched("+/".repeat(32_767) + "#")).containsExactly(slashes);
        tree.remove(slashes);

        assertThat(tree.nodes()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 30, 300})
    void theTreeAgreesWithTheSlowReference(int wide) {
        long seed = new Random().nextLong();
        System.out.println("TopicTreeTest wide " + wide + " seed " + seed);
        Random random = new Random(seed);
        RandomTopics topics = new RandomTopics(random, wide);
        Set<String> model = new LinkedHashSet<>();
        for (int step = 0; step < 6_000; step++) {
            String name = topics.name();
            if (random.nextInt(4_000) > model.size()) {
                assertThat(tree.add(name)).isEqualTo(model.add(name));
            } else {
                String gone = random.nextBoolean() ? name : model.iterator().next();
                assertThat(tree.remove(gone)).isEqualTo(model.remove(gone));
            }
            assertThat(tree.size()).isEqualTo(model.size());
            if (step % 20 == 0) {
                String filter = topics.filter();
                List<String> expected = model.stream()
                        .filter(topic -> Topics.matches(filter, topic))
                        .toList();
                assertThat(matched(filter)).as(filter).containsExactlyInAnyOrderElementsOf(expected);
            }
        }
        model.forEach(tree::remove);

        assertThat(tree.nodes()).isEqualTo(1);
    }

    @Test
    void aSearchTakesNoMoreStepsThanItIsAllowedAndGoesOnWhereItStopped() {
        for (int i = 0; i < 10_000; i++) {
            tree.add("d/" + i % 100 + "/" + i);
        }
        TopicSearch search = tree.search("d/+/none");
        int calls = 0;
        while (!search.isDone()) {
            assertThat(search.advance(10, topic -> true)).isBetween(1, 10);
            calls++;
        }
        assertThat(calls).isGreaterThan(10);

        List<String> found = new ArrayList<>();
        TopicSearch all = tree.search("d/#");
        while (!all.isDone()) {
            all.advance(7, found::add);
        }
        assertThat(found).hasSize(10_000).doesNotHaveDuplicates();
    }

    @Test
    void whatIsThereThroughoutASearchIsFoundOnceWhateverComesAndGoesMeanwhile() {
        for (int i = 0; i < 2_000; i++) {
            tree.add("stays/" + i);
        }
        List<String> found = new ArrayList<>();
        TopicSearch search = tree.search("#");
        for (int round = 0; !search.isDone(); round++) {
            search.advance(5, found::add);
            tree.add("stays/more" + round);
            tree.add("other/" + round % 50);
            tree.remove("other/" + (round + 25) % 50);
            if (round % 3 == 0) {
                tree.remove("stays/more" + round / 3);
            }
        }

        assertThat(found.stream().filter(topic -> topic.matches("stays/\\d+")))
                .hasSize(2_000)
                .doesNotHaveDuplicates();
    }

    /** A level of 65,536 names was placed anew at once, on an I/O thread. What is placed anew is allocated, which can be counted. */
    @Test
    void noChangePlacesMuchAnewHoweverManyNamesStandBesideOneAnother() {
        String[] names = new String[200_000];
        Arrays.setAll(names, i -> "wide/" + i);
        int mostBytes = 128 * 1024; // a table of 65,536 would be 512 KiB

        assertThat(mostAllocated(names, tree::add)).isLessThan(mostBytes);
        List<String> found = matched("wide/+");
        assertThat(found).hasSameSizeAs(names);
        assertThat(Set.copyOf(found)).isEqualTo(Set.of(names));
        assertThat(Arrays.stream(names)).allMatch(tree::contains);

        assertThat(mostAllocated(names, tree::remove)).isLessThan(mostBytes);
        assertThat(tree.size()).isZero();
        assertThat(tree.nodes()).isEqualTo(1);
    }

    private static long mostAllocated(String[] names, Predicate<String> change) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long most = 0;
        for (String name : names) {
            long before = threads.getCurrentThreadAllocatedBytes();
            assertThat(change.test(name)).isTrue();
            most = Math.max(most, threads.getCurrentThreadAllocatedBytes() - before);
        }
        return most;
    }

    @Test
    void whatIsThereThroughoutASearchIsFoundOnceWhileThousandsComeAndGoBesideIt() {
        for (int i = 0; i < 600; i++) {
            tree.add("wide/" + i);
        }
        List<String> found = new ArrayList<>();
        TopicSearch begunSmall = tree.search("wide/+");
        begunSmall.advance(100, found::add);
        for (int i = 600; i < 60_000; i++) {
            tree.add("wide/" + i);
        }
        List<String> foundLater = new ArrayList<>();
        TopicSearch begunLarge = tree.search("#");
        begunLarge.advance(50_000, foundLater::add);
        for (int i = 600; i < 60_000; i++) {
            tree.remove("wide/" + i);
        }

        begunSmall.advance(Integer.MAX_VALUE, found::add);
        begunLarge.advance(Integer.MAX_VALUE, foundLater::add);

        for (List<String> each : List.of(found, foundLater)) {
            assertThat(each).doesNotHaveDuplicates();
            assertThat(each.stream().filter(name -> Integer.parseInt(name.substring(5)) < 600))
                    .hasSize(600);
        }
    }

    /** Whole, or a few steps at a time: the same names. */
    private List<String> matched(String filter) {
        List<String> topics = new ArrayList<>();
        tree.match(filter, topic -> topics.add(topic));
        List<String> slowly = new ArrayList<>();
        TopicSearch search = tree.search(filter);
        while (!search.isDone()) {
            search.advance(3, slowly::add);
        }
        assertThat(slowly).isEqualTo(topics);
        return topics;
    }
}
