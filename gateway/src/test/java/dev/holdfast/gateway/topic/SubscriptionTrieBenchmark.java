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
 * What a match costs by the number of subscriptions and the depth of the topic. Half of the filters have wildcards: a
 * {@code +} in a random level but the first, or a {@code #} for the last. Every filter begins with one of 1,000 sites, so a
 * topic meets about as many subscriptions whatever the depth.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
public class SubscriptionTrieBenchmark {

    private static final int TOPICS = 4_096;
    private static final int SITES = 1_000;

    @Param({"1000", "10000", "100000"})
    public int subscriptions;

    @Param({"3", "6", "12"})
    public int depth;

    private final SubscriptionTrie<Integer, Integer> trie = new SubscriptionTrie<>();
    private final String[] topics = new String[TOPICS];
    private int next;

    /** Fills the trie; the seed is fixed so that runs compare. */
    @Setup
    public void fill() {
        Random random = new Random(42);
        for (int i = 0; i < subscriptions; i++) {
            trie.put(filter(random, i), i, i);
        }
        for (int i = 0; i < TOPICS; i++) {
            topics[i] = topic(random, random.nextInt(subscriptions));
        }
    }

    /** One topic that a subscription without wildcards would ask for. */
    @Benchmark
    public void match(Blackhole hole) {
        next = next + 1 & TOPICS - 1;
        trie.match(topics[next], hole::consume);
    }

    /** A subscription that comes and goes beside the others. */
    @Benchmark
    public void putAndRemove(Blackhole hole) {
        next = next + 1 & TOPICS - 1;
        hole.consume(trie.put(topics[next], -1, -1));
        hole.consume(trie.remove(topics[next], -1));
    }

    private String topic(Random random, int device) {
        StringBuilder topic = new StringBuilder("site" + device % SITES);
        for (int level = 1; level < depth - 1; level++) {
            topic.append("/group").append(random.nextInt(4));
        }
        return topic.append("/device").append(device).toString();
    }

    private String filter(Random random, int device) {
        String topic = topic(random, device);
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
