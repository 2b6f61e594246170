// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.topic;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Writers that add and remove beside one another on the same branches, so that nodes are pruned under their feet. */
@Tag("unit")
final class ConcurrentTreesTest {

    private static final int WRITERS = 4;
    private static final int ROUNDS = 20_000;

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final long seed = new Random().nextLong();

    @AfterEach
    void stopThreads() throws InterruptedException {
        threads.shutdownNow();
        assertThat(threads.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void noSubscriptionIsLostWhileItsNeighboursArePruned() throws Exception {
        System.out.println("ConcurrentTreesTest subscriptions seed " + seed);
        SubscriptionTrie<KeyedEntry<Integer>> trie = new SubscriptionTrie<>();
        String[] filters = {"a", "a/b", "a/b/c", "a/+/c", "a/#", "+", "a/b/#", "x/"};
        List<Future<?>> writers = new ArrayList<>();

        for (int writer = 0; writer < WRITERS; writer++) {
            int key = writer;
            writers.add(threads.submit(() -> {
                Random random = new Random(seed + key);
                for (int round = 0; round < ROUNDS; round++) {
                    String filter = filters[random.nextInt(filters.length)];
                    filter = filter.equals("x/") ? filter + random.nextInt(40) : filter;
                    String topic = filter.replace("+", "b").replace("#", "c");
                    assertThat(trie.put(new KeyedEntry<>(filter, key, round))).isNull();
                    assertThat(KeyedEntry.valueOf(trie.get(filter, key))).isEqualTo(round);
                    assertThat(hits(trie, topic, round)).isPositive();
                    assertThat(KeyedEntry.valueOf(trie.remove(filter, key))).isEqualTo(round);
                    assertThat(trie.get(filter, key)).isNull();
                }
            }));
        }
        for (Future<?> writer : writers) {
            writer.get(60, TimeUnit.SECONDS);
        }

        assertThat(trie.size()).isZero();
        assertThat(trie.nodes()).isEqualTo(1);
        assertThat(trie.version()).isEqualTo(2L * WRITERS * ROUNDS);
    }

    @Test
    void readersSeeWhatStaysWhileTheRestComesAndGoes() throws Exception {
        System.out.println("ConcurrentTreesTest readers seed " + seed);
        SubscriptionTrie<KeyedEntry<Integer>> trie = new SubscriptionTrie<>();
        TopicTree tree = new TopicTree();
        trie.put(new KeyedEntry<>("s/17", -1, -1));
        trie.put(new KeyedEntry<>("s/+", -1, -1));
        tree.add("s/17");
        AtomicBoolean over = new AtomicBoolean();
        List<Future<?>> writers = new ArrayList<>();

        for (int writer = 0; writer < 2; writer++) {
            int key = writer;
            writers.add(threads.submit(() -> {
                Random random = new Random(seed + key);
                for (int round = 0; round < 200; round++) {
                    int wide = 1 + random.nextInt(300);
                    for (int i = 0; i < wide; i++) {
                        trie.put(new KeyedEntry<>("s/" + i, key, i));
                        tree.add("s/" + key + i + "/x");
                    }
                    for (int i = 0; i < wide; i++) {
                        assertThat(KeyedEntry.valueOf(trie.remove("s/" + i, key)))
                                .isEqualTo(i);
                        assertThat(tree.remove("s/" + key + i + "/x")).isTrue();
                    }
                }
            }));
        }
        Future<Long> reader = threads.submit(() -> {
            long reads = 0;
            while (!over.get() && !Thread.currentThread().isInterrupted()) {
                assertThat(hits(trie, "s/17", -1)).isEqualTo(2);
                int[] seen = {0};
                tree.match("#", topic -> {
                    seen[0] += topic.equals("s/17") ? 1 : 0;
                    return true;
                });
                assertThat(seen[0]).isEqualTo(1);
                reads++;
            }
            return reads;
        });
        for (Future<?> writer : writers) {
            writer.get(60, TimeUnit.SECONDS);
        }
        over.set(true);

        assertThat(reader.get(60, TimeUnit.SECONDS)).isPositive();
        assertThat(trie.size()).isEqualTo(2);
        assertThat(tree.nodes()).isEqualTo(2);
        assertThat(trie.nodes()).isEqualTo(4);
    }

    @Test
    void noNameIsLostWhileItsNeighboursArePruned() throws Exception {
        TopicTree tree = new TopicTree();
        List<Future<?>> writers = new ArrayList<>();

        for (int writer = 0; writer < WRITERS; writer++) {
            String own = "a/b/" + writer;
            writers.add(threads.submit(() -> {
                for (int round = 0; round < ROUNDS; round++) {
                    int[] seen = {0};
                    assertThat(tree.add(own)).isTrue();
                    tree.match(round % 2 == 0 ? "a/#" : "+/b/+", topic -> {
                        seen[0] += topic.equals(own) ? 1 : 0;
                        return true;
                    });
                    assertThat(seen[0]).isEqualTo(1);
                    assertThat(tree.remove(own)).isTrue();
                }
            }));
        }
        for (Future<?> writer : writers) {
            writer.get(60, TimeUnit.SECONDS);
        }

        assertThat(tree.size()).isZero();
        assertThat(tree.nodes()).isEqualTo(1);
    }

    private static int hits(SubscriptionTrie<KeyedEntry<Integer>> trie, String topic, int wanted) {
        int[] hits = {0};
        trie.match(topic, entry -> hits[0] += entry.value() == wanted ? 1 : 0);
        return hits[0];
    }
}
