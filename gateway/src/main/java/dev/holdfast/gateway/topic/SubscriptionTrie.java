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
 * <p>Any thread may read and write. Reads take no lock. A write locks one node for one step (two while a label is cut,
 * three while labels are joined), and is seen by every {@link #match} that begins after it returned; a match that runs
 * meanwhile may see it or not. Filters and names are taken as valid by {@link Topics}; of a shared filter, give
 * {@link SharedFilter#filter}.
 *
 * <p>Cost: a write takes a step per branching level; a match takes a step per level of the topic and per branch of
 * {@code +} that exists, however many subscriptions there are, and allocates only where a {@code +} branch waits beside a
 * literal one. A filter costs a node, and one more where it branches off in the middle of another one's levels.
 *
 * @param <E> who subscribes to what: one entry for each filter and key
 */
public final class SubscriptionTrie<E extends TrieEntry> {

    /** What a change answers that met a node which has left the tree. */
    private static final Object AGAIN = new Object();

    private final FilterNode<E> root = new FilterNode<>("", 0, 0);
    private final LongAdder size = new LongAdder();
    private final AtomicLong version = new AtomicLong();

    /** Adds an entry, or replaces the one with the same key; gives the one it replaced, or null. */
    public @Nullable E put(String filter, E entry) {
        boolean isDeep = Levels.isDeep(filter);
        int limit = Levels.limit(filter);
        Object old;
        do {
            old = tryPut(filter, limit, isDeep, entry);
        } while (old == AGAIN);
        if (old == null) {
            size.increment();
        }
        version.incrementAndGet();
        return own(old);
    }

    private @Nullable Object tryPut(String filter, int limit, boolean isDeep, E entry) {
        FilterNode<E> node = root;
        int from = 0;
        while (from <= limit) {
            FilterNode<E> next = node.next(filter, from, Levels.end(filter, from, limit));
            if (next == null) {
                FilterNode<E> leaf = new FilterNode<>(filter, from, limit);
                leaf.entries(isDeep, entry);
                return node.branch(leaf) ? null : AGAIN;
            }
            int behind = next.behind(filter, from, limit);
            if (behind < 0) {
                node.fork(next, filter, from, limit);
                if (node.isRetired()) {
                    return AGAIN;
                }
            } else {
                node = next;
                from = behind;
            }
        }
        synchronized (node) {
            if (node.isRetired()) {
                return AGAIN;
            }
            Object entries = node.entries(isDeep);
            TrieEntry old = entries == null ? null : Entries.get(entries, entry.key());
            node.entries(isDeep, Entries.with(entries, entry));
            return old;
        }
    }

    /** The entry of a key, or null. */
    public @Nullable E get(String filter, Object key) {
        FilterNode<E> node = find(filter);
        Object entries = node == null ? null : node.entries(Levels.isDeep(filter));
        return entries == null ? null : own(Entries.get(entries, key));
    }

    /** Removes an entry and the nodes that are not needed without it; gives the entry, or null if there is none. */
    public @Nullable E remove(String filter, Object key) {
        boolean isDeep = Levels.isDeep(filter);
        List<FilterNode<E>> path;
        Object old;
        do {
            path = path(filter, true);
            if (path.isEmpty()) {
                return null;
            }
            old = tryRemove(path.get(path.size() - 1), isDeep, key);
        } while (old == AGAIN);
        if (old != null) {
            size.decrement();
            version.incrementAndGet();
            while (!LevelNode.tidy(path)) {
                path = path(filter, false);
            }
        }
        return own(old);
    }

    private @Nullable Object tryRemove(FilterNode<E> node, boolean isDeep, Object key) {
        synchronized (node) {
            if (node.isRetired()) {
                return AGAIN;
            }
            Object entries = node.entries(isDeep);
            TrieEntry old = entries == null ? null : Entries.get(entries, key);
            if (entries != null && old != null) {
                node.entries(isDeep, Entries.without(entries, key));
            }
            return old;
        }
    }

    @SuppressWarnings("unchecked") // it holds what it was given
    private @Nullable E own(@Nullable Object entry) {
        return (E) entry;
    }

    /**
     * Hands every matching entry to the visitor: once per filter and key, in no order. The visitor runs on the calling
     * thread and may change the trie.
     */
    public void match(String topic, Consumer<? super E> visitor) {
        search(topic).advance(Integer.MAX_VALUE, visitor);
    }

    /** A search for the entries that match a topic name, of which the caller has some done at a time. */
    public SubscriptionSearch<E> search(String topic) {
        return new SubscriptionSearch<>(root, topic);
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
            if (node instanceof FilterNode<?> filterNode && filterNode.plus() != null) {
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

    private @Nullable FilterNode<E> find(String filter) {
        FilterNode<E> node = root;
        int limit = Levels.limit(filter);
        int from = 0;
        while (from <= limit && node != null) {
            node = node.next(filter, from, Levels.end(filter, from, limit));
            from = node == null ? limit : node.behind(filter, from, limit);
            if (from < 0) {
                return null;
            }
        }
        return node;
    }

    /**
     * The nodes from the root towards the filter's.
     *
     * @param whole whether the filter's own is wanted: the path is empty if there is none. Otherwise it goes as far as it can
     */
    private List<FilterNode<E>> path(String filter, boolean whole) {
        List<FilterNode<E>> path = new ArrayList<>(4);
        FilterNode<E> node = root;
        int limit = Levels.limit(filter);
        int from = 0;
        path.add(root);
        while (from <= limit) {
            node = node.next(filter, from, Levels.end(filter, from, limit));
            from = node == null ? -1 : node.behind(filter, from, limit);
            if (node == null || from < 0) {
                return whole ? List.of() : path;
            }
            path.add(node);
        }
        return path;
    }
}
