// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.topic;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The names of retained messages, found by a topic filter: {@link SubscriptionTrie} the other way round.
 *
 * <p>Any thread may read and write. Reads take no lock. A write is seen by every {@link #match} that begins after it
 * returned; a name that is there from the beginning to the end of a match is visited exactly once. Names and filters
 * are taken as valid by {@link Topics}; of a shared filter, give {@link SharedFilter#filter}.
 *
 * <p>Cost: a step per level for a write and for a filter without wildcards; with {@code +} all children of that level,
 * with {@code #} all names below, until the visitor stops it.
 */
public final class TopicTree {

    private final TopicNode root = new TopicNode("");
    private final LongAdder size = new LongAdder();

    /** Adds a name; answers whether it is new. */
    public boolean add(String topic) {
        while (true) {
            TopicNode node = reach(topic);
            if (node == null) {
                continue;
            }
            synchronized (node) {
                if (node.isPruned()) {
                    continue;
                }
                if (node.topic() != null) {
                    return false;
                }
                node.topic(topic);
            }
            size.increment();
            return true;
        }
    }

    /** Whether a name is there. */
    public boolean contains(String topic) {
        TopicNode node = root;
        int to;
        for (int from = 0; from <= topic.length() && node != null; from = to + 1) {
            to = Levels.end(topic, from, topic.length());
            node = node.next(topic, from, to);
        }
        return node != null && node.topic() != null;
    }

    /** Removes a name and the nodes that held nothing else; answers whether it was there. */
    public boolean remove(String topic) {
        List<TopicNode> path = path(topic);
        if (path.isEmpty()) {
            return false;
        }
        TopicNode node = path.get(path.size() - 1);
        synchronized (node) {
            if (node.topic() == null) {
                return false;
            }
            node.topic(null);
        }
        size.decrement();
        int child = path.size() - 1;
        while (child > 0 && path.get(child - 1).prune(path.get(child))) {
            child--;
        }
        return true;
    }

    /**
     * Hands every name that the filter matches to the visitor, in no order, until it answers false. The visitor runs on
     * the calling thread and may change the tree.
     */
    public void match(String filter, Predicate<String> visitor) {
        boolean isDeep = Levels.isDeep(filter);
        int limit = Levels.limit(filter);
        TopicNode node = root;
        int from = 0;
        Fan open = null;
        while (true) {
            TopicNode next = null;
            if (from > limit) {
                String topic = node.topic();
                if (topic != null && !visitor.test(topic)) {
                    return;
                }
                if (isDeep) {
                    open = Fan.of(node, from, open);
                }
            } else {
                int to = Levels.end(filter, from, limit);
                boolean isPlus = Levels.is('+', filter, from, to);
                if (isPlus) {
                    open = Fan.of(node, to + 1, open);
                } else {
                    next = node.next(filter, from, to);
                    from = to + 1;
                }
            }
            while (next == null) {
                if (open == null) {
                    return;
                }
                next = open.next(root);
                from = open.from;
                if (next == null) {
                    open = open.rest;
                }
            }
            node = next;
        }
    }

    /** How many names there are; approximate while others write. */
    public int size() {
        return size.intValue();
    }

    /** How many nodes there are, the root included. Walks them all; for tests. */
    int nodes() {
        List<LevelNode> open = new ArrayList<>(List.of(root));
        int count = 0;
        while (!open.isEmpty()) {
            Children children = open.remove(open.size() - 1).children();
            count++;
            for (int place = 0; children != null && place < children.places(); place++) {
                LevelNode child = children.at(place);
                if (child != null) {
                    open.add(child);
                }
            }
        }
        return count;
    }

    /** The node of a name, made where missing; null when a node on the way was pruned meanwhile. */
    private @Nullable TopicNode reach(String topic) {
        TopicNode node = root;
        int to;
        for (int from = 0; from <= topic.length() && node != null; from = to + 1) {
            to = Levels.end(topic, from, topic.length());
            node = node.step(topic, from, to);
        }
        return node;
    }

    /** The nodes from the root to the name's; empty when there is no such node. */
    private List<TopicNode> path(String topic) {
        List<TopicNode> path = new ArrayList<>();
        path.add(root);
        TopicNode node = root;
        int to;
        for (int from = 0; from <= topic.length(); from = to + 1) {
            to = Levels.end(topic, from, topic.length());
            node = node.next(topic, from, to);
            if (node == null) {
                return List.of();
            }
            path.add(node);
        }
        return path;
    }

    /** The children of a node that a wildcard has still to visit. */
    private static final class Fan {

        final int from;
        final @Nullable Fan rest;
        private final TopicNode owner;
        private final Children children;
        private int place;

        private Fan(TopicNode owner, Children children, int from, @Nullable Fan rest) {
            this.owner = owner;
            this.children = children;
            this.from = from;
            this.rest = rest;
        }

        /** The fan of a node on top of the others; just the others when it has no children. */
        static @Nullable Fan of(TopicNode node, int from, @Nullable Fan rest) {
            Children children = node.children();
            return children == null ? rest : new Fan(node, children, from, rest);
        }

        /** The next child, or null after the last. Below the root those that begin with {@code $} are passed over. */
        @Nullable
        TopicNode next(TopicNode root) {
            while (place < children.places()) {
                LevelNode child = children.at(place++);
                if (child != null && !(owner == root && Levels.isDollar(child.name))) { // [MQTT-4.7.2-1]
                    return (TopicNode) child;
                }
            }
            return null;
        }
    }
}
