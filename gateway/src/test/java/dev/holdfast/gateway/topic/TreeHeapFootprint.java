// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.topic;

import java.lang.management.ManagementFactory;
import java.lang.ref.Reference;
import java.util.function.IntConsumer;

/**
 * Prints the live heap that one subscription or retained name costs: used heap after a collection, before and after. The
 * strings of the filters are garbage by then, those of the names are held by the tree and counted; keys and values are one
 * shared object, the caller's affair.
 */
public final class TreeHeapFootprint {

    private static final Object OWNER = new Object();

    private TreeHeapFootprint() {}

    /** Takes no arguments. */
    public static void main(String[] args) {
        for (int count : new int[] {18_500, 100_000}) {
            for (String prefix : new String[] {"run/s/", "run/%d/s/"}) {
                SubscriptionTrie<Object, Object> trie = new SubscriptionTrie<>();
                print("unique filters " + prefix, count, i -> trie.put(filter(prefix, i), OWNER, OWNER));
            }
            SubscriptionTrie<Integer, Object> shared = new SubscriptionTrie<>();
            Integer[] keys = new Integer[count];
            for (int i = 0; i < count; i++) {
                keys[i] = i;
            }
            print("keys on one filter", count, i -> shared.put("news", keys[i], OWNER));
            TopicTree tree = new TopicTree();
            print("names run/s/, their strings included", count, i -> tree.add(filter("run/s/", i)));
        }
    }

    private static String filter(String prefix, int i) {
        return prefix.replace("%d", "site" + i) + (100_000 + i);
    }

    private static void print(String what, int count, IntConsumer add) {
        long before = used();
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
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
