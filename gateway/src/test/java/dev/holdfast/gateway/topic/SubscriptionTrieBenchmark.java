// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.topic;

import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/**
 * What a match costs by the number of subscriptions and the depth of the topic. A site has ten devices and every
 * device one subscription, so that a topic meets about as many of them however many there are in all. Half of the
 * filters have wildcards: a {@code +} in any level but the first or, one in four, a {@code #} for the last. The
 * topics are those of devices; the setup prints how many subscriptions match one on average.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
public class SubscriptionTrieBenchmark {

    private static final int DEVICES_PER_SITE = 10;

    @Param({"1000", "10000", "100000"})
    public int subscriptions;

    @Param({"3", "6", "12"})
    public int depth;

    /** How many topics take turns, a power of two; a few leave the processor's caches warm. */
    @Param("4096")
    public int topicsInUse;

    private final SubscriptionTrie<KeyedEntry<Integer>> trie = new SubscriptionTrie<>();
    private String[] topics = {};
    private int next;

    /** Fills the trie; the seed is fixed so that runs compare. */
    @Setup
    public void fill() {
        Random random = new Random(42);
        for (int device = 0; device < subscriptions; device++) {
            trie.put(new KeyedEntry<>(filter(random, device), device, device));
        }
        int[] matches = {0};
        topics = new String[topicsInUse];
        for (int i = 0; i < topics.length; i++) {
            topics[i] = topic(random.nextInt(subscriptions));
            trie.match(topics[i], value -> matches[0]++);
        }
        System.out.printf("%.2f subscriptions match a topic%n", matches[0] / (double) topics.length);
    }

    /** The topic of one device, another one each time. */
    @Benchmark
    public void match(Blackhole hole) {
        next = next + 1 & topics.length - 1;
        trie.match(topics[next], hole::consume);
    }

    /** A subscription that comes and goes beside the others. */
    @Benchmark
    public void putAndRemove(Blackhole hole) {
        next = next + 1 & topics.length - 1;
        hole.consume(trie.put(new KeyedEntry<>(topics[next], -1, -1)));
        hole.consume(trie.remove(topics[next], -1));
    }

    private String topic(int device) {
        int site = device / DEVICES_PER_SITE;
        StringBuilder topic = new StringBuilder("site" + site);
        for (int level = 1; level < depth - 1; level++) {
            topic.append("/group").append(site + level & 3);
        }
        return topic.append("/device").append(device).toString();
    }

    private String filter(Random random, int device) {
        String topic = topic(device);
        if (device % 2 == 0) {
            return topic;
        }
        String[] levels = topic.split("/");
        if (random.nextInt(4) == 0) {
            levels[depth - 1] = "#";
        } else {
            levels[1 + random.nextInt(depth - 1)] = "+";
        }
        return String.join("/", levels);
    }
}
