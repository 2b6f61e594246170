// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.topic;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Subscriptions by topic filter and key, found by the topic name of a message (MQTT 5, 4.7).
 *
 * <p>Any thread may read and write. Reads take no lock. A write locks one node for one step (two while pruning), and
 * is seen by every {@link #match} that begins after it returned; a match that runs meanwhile may see it or not.
 * Filters and names are taken as valid by {@link Topics}; of a shared filter, give {@link SharedFilter#filter}.
 *
 * <p>Cost: a write takes a step per level; a match takes a step per level of the topic and per branch of {@code +} that
 * exists, however many subscriptions there are, and allocates only where a {@code +} branch waits beside a literal one.
 *
 * @param <K> who subscribes: one value per filter and key; needs equals and hashCode
 * @param <V> what a match hands to the visitor
 */
public final class SubscriptionTrie<K, V> {

    private final FilterNode<K, V> root = new FilterNode<>("");
    private final LongAdder size = new LongAdder();
    private final AtomicLong version = new AtomicLong();

    /** Adds or replaces a subscription; gives the value it replaced, or null. */
    public @Nullable V put(String filter, K key, V value) {
        boolean isDeep = Levels.isDeep(filter);
        while (true) {
            FilterNode<K, V> node = reach(filter);
            if (node == null) {
                continue;
            }
            V old;
            synchronized (node) {
                if (node.isPruned()) {
                    continue;
                }
                Entries<K, V> entries = node.entries(isDeep);
                old = entries == null ? null : entries.get(key);
                node.entries(isDeep, entries == null ? new Entries.One<>(key, value) : entries.with(key, value));
            }
            if (old == null) {
                size.increment();
            }
            version.incrementAndGet();
            return old;
        }
    }

    /** The value of a subscription, or null. */
    public @Nullable V get(String filter, K key) {
        FilterNode<K, V> node = root;
        int limit = Levels.limit(filter);
        int to;
        for (int from = 0; from <= limit && node != null; from = to + 1) {
            to = Levels.end(filter, from, limit);
            node = node.next(filter, from, to);
        }
        Entries<K, V> entries = node == null ? null : node.entries(Levels.isDeep(filter));
        return entries == null ? null : entries.get(key);
    }

    /** Removes a subscription and the nodes that held nothing else; gives the value it had, or null. */
    public @Nullable V remove(String filter, K key) {
        boolean isDeep = Levels.isDeep(filter);
        List<FilterNode<K, V>> path = path(filter);
        if (path.isEmpty()) {
            return null;
        }
        FilterNode<K, V> node = path.get(path.size() - 1);
        V old;
        synchronized (node) {
            Entries<K, V> entries = node.entries(isDeep);
            old = entries == null ? null : entries.get(key);
            if (entries == null || old == null) {
                return null;
            }
            node.entries(isDeep, entries.without(key));
        }
        size.decrement();
        version.incrementAndGet();
        int child = path.size() - 1;
        while (child > 0 && path.get(child - 1).prune(path.get(child))) {
            child--;
        }
        return old;
    }

    /**
     * Hands the value of every matching subscription to the visitor: once per filter and key, in no order. The visitor
     * runs on the calling thread and may change the trie.
     */
    public void match(String topic, Consumer<? super V> visitor) {
        boolean isDollar = Levels.isDollar(topic);
        int limit = topic.length();
        FilterNode<K, V> node = root;
        int from = 0;
        Branch<K, V> waiting = null;
        while (true) {
            boolean isWild = !isDollar || node != root; // [MQTT-4.7.2-1]
            if (isWild) {
                visit(node.deep(), visitor);
            }
            FilterNode<K, V> next = null;
            if (from > limit) {
                visit(node.exact(), visitor);
            } else {
                int to = Levels.end(topic, from, limit);
                FilterNode<K, V> plus = isWild ? node.plus() : null;
                next = node.literal(topic, from, to);
                from = to + 1;
                if (next == null) {
                    next = plus;
                } else if (plus != null) {
                    waiting = new Branch<>(plus, from, waiting);
                }
            }
            if (next == null) {
                if (waiting == null) {
                    return;
                }
                next = waiting.node;
                from = waiting.from;
                waiting = waiting.rest;
            }
            node = next;
        }
    }

    /** How many subscriptions there are; approximate while others write. */
    public int size() {
        return size.intValue();
    }

    /**
     * A number that changes with every change. What was matched after reading it stays true while it stays the same,
     * but for changes whose call has not returned yet.
     */
    public long version() {
        return version.get();
    }

    /** How many nodes there are, the root included. Walks them all; for tests. */
    int nodes() {
        List<LevelNode> open = new ArrayList<>(List.of(root));
        int count = 0;
        while (!open.isEmpty()) {
            LevelNode node = open.remove(open.size() - 1);
            count++;
            if (node instanceof FilterNode<?, ?> filterNode && filterNode.plus() != null) {
                open.add(filterNode.plus());
            }
            Children children = node.children();
            for (int place = 0; children != null && place < children.places(); place++) {
                LevelNode child = children.at(place);
                if (child != null) {
                    open.add(child);
                }
            }
        }
        return count;
    }

    /** The node of a filter, made where missing; null when a node on the way was pruned meanwhile. */
    private @Nullable FilterNode<K, V> reach(String filter) {
        FilterNode<K, V> node = root;
        int limit = Levels.limit(filter);
        int to;
        for (int from = 0; from <= limit && node != null; from = to + 1) {
            to = Levels.end(filter, from, limit);
            node = node.step(filter, from, to);
        }
        return node;
    }

    /** The nodes from the root to the filter's; empty when there is no such node. */
    private List<FilterNode<K, V>> path(String filter) {
        List<FilterNode<K, V>> path = new ArrayList<>();
        path.add(root);
        FilterNode<K, V> node = root;
        int limit = Levels.limit(filter);
        int to;
        for (int from = 0; from <= limit; from = to + 1) {
            to = Levels.end(filter, from, limit);
            node = node.next(filter, from, to);
            if (node == null) {
                return List.of();
            }
            path.add(node);
        }
        return path;
    }

    private static <K, V> void visit(@Nullable Entries<K, V> entries, Consumer<? super V> visitor) {
        if (entries != null) {
            entries.forEach(visitor);
        }
    }

    /** A {@code +} branch to take when the literal one is done. */
    private record Branch<K, V>(
            FilterNode<K, V> node, int from, @Nullable Branch<K, V> rest) {}
}
