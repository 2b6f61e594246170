// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.topic;

import java.lang.management.ManagementFactory;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.IntConsumer;
import java.util.function.Supplier;

/**
 * Prints the live heap that one subscription or retained name costs: used heap after a collection, before and after.
 * The strings of the filters and names and the entries, 32 bytes each, are counted. Run it with the serial collector.
 */
public final class TreeHeapFootprint {

    private static final List<Integer> KEYS = new ArrayList<>();

    private TreeHeapFootprint() {}

    /** Takes no arguments. */
    public static void main(String[] args) {
        for (int i = 0; i < 100_000; i++) {
            KEYS.add(i);
        }
        print("warm-up, not a figure", 100_000, () -> filters("run/s/", ""));
        for (int count : new int[] {18_500, 100_000}) {
            print("unique filters run/s/{i}", count, () -> filters("run/s/", ""));
            print("unique filters run/{i}/s/x", count, () -> filters("run/", "/s/x"));
            print("unique filters run/{i}/#", count, () -> filters("run/", "/#"));
            print("filters of 32 levels, 63 letters", count, TreeHeapFootprint::deep);
            print("keys on one filter", count, TreeHeapFootprint::keys);
            print("names run/s/{i}, whole strings included", count, TreeHeapFootprint::names);
        }
    }

    private static IntConsumer filters(String before, String after) {
        SubscriptionTrie<KeyedEntry<Integer>> trie = new SubscriptionTrie<>();
        return i -> trie.put(entry(before + (100_000 + i) + after, i));
    }

    private static KeyedEntry<Integer> entry(String filter, int i) {
        return new KeyedEntry<>(filter, KEYS.get(i), KEYS.get(i));
    }

    private static IntConsumer deep() {
        SubscriptionTrie<KeyedEntry<Integer>> trie = new SubscriptionTrie<>();
        Random random = new Random(1);
        return i -> trie.put(entry(RandomTopics.ofOneLetterLevels(random, 32), i));
    }

    private static IntConsumer keys() {
        SubscriptionTrie<KeyedEntry<Integer>> trie = new SubscriptionTrie<>();
        return i -> trie.put(entry("news", i));
    }

    private static IntConsumer names() {
        TopicTree tree = new TopicTree();
        return i -> tree.add("run/s/" + (100_000 + i));
    }

    private static void print(String what, int count, Supplier<IntConsumer> tree) {
        long before = used();
        IntConsumer add = tree.get();
        try {
            for (int i = 0; i < count; i++) {
                add.accept(i);
            }
            System.out.printf("%,9d %-40s %d B each%n", count, what, (used() - before) / count);
        } finally {
            Reference.reachabilityFence(add); // holds the tree
        }
    }

    private static long used() {
        for (int i = 0; i < 4; i++) { // the serial collector leaves some garbage in three of four collections
            System.gc();
        }
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
