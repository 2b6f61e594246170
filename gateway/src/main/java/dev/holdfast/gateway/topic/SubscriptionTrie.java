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
 * literal one. A filter with one subscriber and nothing below it costs its place among its siblings, another one a node; and
 * one more node where it branches off in the middle of another one's levels.
 *
 * @param <E> who subscribes to what: one entry for each filter and key
 */
public final class SubscriptionTrie<E extends TrieEntry> {

    /** What a change answers that met a node which has left the tree. */
    private static final Object AGAIN = new Object();

    private final FilterNode<E> root = new FilterNode<>("", 0, 0);
    private final LongAdder size = new LongAdder();
    private final AtomicLong version = new AtomicLong();

    /** Adds an entry, or replaces the one with the same filter and key; gives the one it replaced, or null. */
    public @Nullable E put(E entry) {
        Object old;
        do {
            old = tryPut(entry);
        } while (old == AGAIN);
        if (old == null) {
            size.increment();
        }
        version.incrementAndGet();
        return own(old);
    }

    private @Nullable Object tryPut(E entry) {
        String filter = entry.filter();
        boolean isDeep = entry.isDeep();
        int limit = Levels.limit(filter);
        FilterNode<E> node = root;
        int from = 0;
        while (from <= limit) {
            TreeChild next = node.next(filter, from, Levels.end(filter, from, limit));
            if (next == null) {
                return node.branch(entry, from) ? null : AGAIN;
            }
            if (next instanceof TrieEntry known && isSame(known, filter, entry.key())) {
                return node.swap(known, entry) ? known : AGAIN;
            }
            int behind = next.behind(filter, from, limit);
            if (next instanceof TrieEntry known) {
                node.grow(known);
            } else if (behind < 0) {
                node.fork((LevelNode) next, filter, from, limit);
            } else {
                node = inner(next);
                from = behind;
            }
            if (node.isRetired()) {
                return AGAIN;
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

    private static boolean isSame(TrieEntry known, String filter, Object key) {
        return known.filter().equals(filter) && known.key().equals(key);
    }

    /** The entry of a key, or null. */
    public @Nullable E get(String filter, Object key) {
        TreeChild end = walk(filter, new ArrayList<>(4));
        if (end instanceof TrieEntry known) {
            return known.key().equals(key) ? own(known) : null;
        }
        Object entries = end == null ? null : inner(end).entries(Levels.isDeep(filter));
        return entries == null ? null : own(Entries.get(entries, key));
    }

    /** How many entries have this filter; approximate while others write. */
    public int count(String filter) {
        TreeChild end = walk(filter, new ArrayList<>(4));
        if (end == null || end instanceof TrieEntry) {
            return end == null ? 0 : 1;
        }
        Object entries = inner(end).entries(Levels.isDeep(filter));
        return entries == null ? 0 : Entries.count(entries);
    }

    /** Removes an entry and the nodes that are not needed without it; gives the entry, or null if there is none. */
    public @Nullable E remove(String filter, Object key) {
        boolean isDeep = Levels.isDeep(filter);
        List<FilterNode<E>> path = new ArrayList<>(4);
        Object old;
        do {
            TreeChild end = walk(filter, path);
            FilterNode<E> last = path.get(path.size() - 1);
            if (end instanceof TrieEntry known) {
                old = !known.key().equals(key) ? null : last.shed(known) ? known : AGAIN;
            } else {
                old = end == null ? null : tryRemove(last, isDeep, key);
            }
        } while (old == AGAIN);
        if (old != null) {
            size.decrement();
            version.incrementAndGet();
            while (!LevelNode.tidy(path)) {
                walk(filter, path);
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

    @SuppressWarnings("unchecked") // what is no entry is one of these
    private FilterNode<E> inner(TreeChild child) {
        return (FilterNode<E>) child;
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

    /** How many nodes there are, the root included, and entries without one not. Walks them all; for tests. */
    int nodes() {
        List<TreeChild> open = new ArrayList<>(List.of(root));
        int count = 0;
        while (!open.isEmpty()) {
            if (open.remove(open.size() - 1) instanceof FilterNode<?> node) {
                count++;
                Children.addTo(open, node.plus());
                Children.addTo(open, node.children());
            }
        }
        return count;
    }

    /**
     * Goes as far towards a filter as the tree does.
     *
     * @param path filled with the nodes from the root on
     * @return what stands for the filter: the last of these nodes, or an entry below it; null if there is nothing
     */
    private @Nullable TreeChild walk(String filter, List<FilterNode<E>> path) {
        FilterNode<E> node = root;
        int limit = Levels.limit(filter);
        int from = 0;
        path.clear();
        path.add(root);
        while (from <= limit) {
            TreeChild next = node.next(filter, from, Levels.end(filter, from, limit));
            if (next instanceof TrieEntry entry) {
                return entry.filter().equals(filter) ? entry : null;
            }
            from = next == null ? -1 : next.behind(filter, from, limit);
            if (next == null || from < 0) {
                return null;
            }
            node = inner(next);
            path.add(node);
        }
        return node;
    }
}
