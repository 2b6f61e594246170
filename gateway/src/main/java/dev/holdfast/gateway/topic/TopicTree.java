// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.topic;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Predicate;

/**
 * The names of retained messages, found by a topic filter: {@link SubscriptionTrie} the other way round.
 *
 * <p>Any thread may read and write. Reads take no lock. A write is seen by every {@link #match} that begins after it
 * returned; a name that is there from the beginning to the end of a match is visited exactly once. Names and filters
 * are taken as valid by {@link Topics}; of a shared filter, give {@link SharedFilter#filter}.
 *
 * <p>Cost: a step per branching level for a write and for a filter without wildcards; with {@code +} all children of that
 * level, with {@code #} all names below, until the visitor stops it.
 */
public final class TopicTree {

    /** What came of one attempt at a change. */
    private enum Change {
        MADE,
        NOT_NEEDED,
        /** It met a node that has left the tree. */
        AGAIN
    }

    private final TopicNode root = new TopicNode("", 0, 0);
    private final LongAdder size = new LongAdder();

    /** Adds a name; answers whether it is new. */
    public boolean add(String topic) {
        Change change;
        do {
            change = tryAdd(topic);
        } while (change == Change.AGAIN);
        if (change == Change.MADE) {
            size.increment();
        }
        return change == Change.MADE;
    }

    private Change tryAdd(String topic) {
        TopicNode node = root;
        int limit = topic.length();
        int from = 0;
        while (from <= limit) {
            TopicNode next = node.next(topic, from, Levels.end(topic, from, limit));
            if (next == null) {
                TopicNode leaf = new TopicNode(topic, from, limit);
                leaf.topic(topic);
                return node.branch(leaf) ? Change.MADE : Change.AGAIN;
            }
            int behind = next.behind(topic, from, limit);
            if (behind < 0) {
                node.fork(next, topic, from, limit);
                if (node.isRetired()) {
                    return Change.AGAIN;
                }
            } else {
                node = next;
                from = behind;
            }
        }
        synchronized (node) {
            if (node.isRetired()) {
                return Change.AGAIN;
            }
            if (node.topic() != null) {
                return Change.NOT_NEEDED;
            }
            node.topic(topic);
            return Change.MADE;
        }
    }

    /** Whether a name is there. */
    public boolean contains(String topic) {
        TopicNode node = root;
        int from = 0;
        while (from <= topic.length()) {
            node = node.next(topic, from, Levels.end(topic, from, topic.length()));
            from = node == null ? -1 : node.behind(topic, from, topic.length());
            if (node == null || from < 0) {
                return false;
            }
        }
        return node.topic() != null;
    }

    /** Removes a name and the nodes that are not needed without it; answers whether it was there. */
    public boolean remove(String topic) {
        List<TopicNode> path;
        Change change;
        do {
            path = path(topic, true);
            if (path.isEmpty()) {
                return false;
            }
            change = tryRemove(path.get(path.size() - 1));
        } while (change == Change.AGAIN);
        if (change == Change.MADE) {
            size.decrement();
            while (!LevelNode.tidy(path)) {
                path = path(topic, false);
            }
        }
        return change == Change.MADE;
    }

    private static Change tryRemove(TopicNode node) {
        synchronized (node) {
            if (node.isRetired()) {
                return Change.AGAIN;
            }
            Change change = node.topic() == null ? Change.NOT_NEEDED : Change.MADE;
            node.topic(null);
            return change;
        }
    }

    /**
     * Hands every name that the filter matches to the visitor, in no order, until it answers false. The visitor runs on
     * the calling thread and may change the tree.
     */
    public void match(String filter, Predicate<String> visitor) {
        search(filter).advance(Integer.MAX_VALUE, visitor);
    }

    /** A search for the names that the filter matches, of which the caller has some done at a time. */
    public TopicSearch search(String filter) {
        return new TopicSearch(root, filter);
    }

    /** How many names there are; approximate while others write. */
    public int size() {
        return size.intValue();
    }

    /** How many nodes there are, the root included. Walks them all; for tests. */
    int nodes() {
        List<TreeChild> open = new ArrayList<>(List.of(root));
        int count = 0;
        while (!open.isEmpty()) {
            if (open.remove(open.size() - 1) instanceof TopicNode node) {
                count++;
                Children.addTo(open, node.children());
            }
        }
        return count;
    }

    /**
     * The nodes from the root towards the name's.
     *
     * @param whole whether the name's own is wanted: the path is empty if there is none. Otherwise it goes as far as it can
     */
    private List<TopicNode> path(String topic, boolean whole) {
        List<TopicNode> path = new ArrayList<>(4);
        TopicNode node = root;
        int limit = topic.length();
        int from = 0;
        path.add(root);
        while (from <= limit) {
            node = node.next(topic, from, Levels.end(topic, from, limit));
            from = node == null ? -1 : node.behind(topic, from, limit);
            if (node == null || from < 0) {
                return whole ? List.of() : path;
            }
            path.add(node);
        }
        return path;
    }
}
